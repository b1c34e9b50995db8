"""The activity that performs each kind of effect.

Promises that every effect has one activity, one patience and one task queue. Must not know why an effect is wanted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from temporalio import workflow
from temporalio.common import Priority
from temporalio.workflow import ActivityCancellationType

from activities.channels.notifying import Notifying
from activities.context.port import Gathering
from activities.desk import port as desk
from activities.desk.transcripts import Transcripts
from activities.effects.accepted import Accepted
from activities.incidents.membership import Incidents
from activities.ledger.lines import LedgerBatch
from activities.workflows.conversations import Conversations
from activities.workflows.teams import Teams
from policies.document.channels import CHANNELS
from policies.document.targets import Target
from policies.state.effects import (
    AnyEffect,
    AskIncident,
    AskTeam,
    AttachTranscript,
    DeskEffect,
    EndIncident,
    FindEntry,
    GatherContext,
    LeaveIncident,
    LeaveTeam,
    ListMembers,
    Notify,
    TellConversation,
    TellOwner,
    UpdateNotification,
)
from workflows.contract import SLACK_QUEUE
from workflows.limits import patience, shortening
from workflows.limits.patience import Patience

_CALL, _UPDATE = Priority(priority_key=1), Priority(priority_key=2)
"""Before everything else: calls bring a person now, and updates show called people that they need not come any more."""
_LIST = Priority(priority_key=5)
"""After everything else: a long list is for people who want to look it up later."""


@dataclass(frozen=True, slots=True)
class Performance:
    """How one kind of effect is performed."""

    activity: Callable[..., Any]
    patience: Patience
    queue: str = ""
    priority: Priority = Priority.default
    cancellation: ActivityCancellationType = ActivityCancellationType.TRY_CANCEL


def _how(effect: AnyEffect) -> Performance:
    match effect:
        case DeskEffect():
            return Performance(desk.activity_for(effect), patience.DESK)
        case Notify():
            return _notification(effect)
        case UpdateNotification():
            return Performance(Notifying.update, patience.SLACK, queue=SLACK_QUEUE, priority=_UPDATE)
        case ListMembers():
            return Performance(Notifying.list_members, patience.LISTING, queue=SLACK_QUEUE, priority=_LIST)
        case AskTeam():
            return Performance(Teams.ask, patience.TELLING)
        case FindEntry():
            return Performance(Teams.find, patience.FINDING)
        case TellOwner():
            return Performance(Teams.own, patience.DESK)
        case LeaveTeam():
            return Performance(Teams.leave, patience.DESK)
        case TellConversation():
            return Performance(Conversations.tell, patience.TELLING)
        case AskIncident():
            return Performance(Incidents.ask, patience.ASKING)
        case LeaveIncident():
            return Performance(Incidents.leave, patience.LETTING_GO)
        case EndIncident():
            return Performance(Incidents.end, patience.LETTING_GO)
        case AttachTranscript():
            return Performance(Transcripts.attach, patience.DESK)
        case GatherContext():
            return Performance(Gathering.gather, patience.CONTEXT)
        case _:
            assert_never(effect)


def _notification(effect: Notify) -> Performance:
    """Return how a notification is performed. Paced channels have a task queue of their own: nothing waits for them."""
    channel = CHANNELS[Target.of(effect.target).channel]
    return Performance(
        Notifying.notify if channel.tells_why else Notifying.notify_soon,
        patience.CHANNEL if not channel.tells_why else patience.CALL if effect.is_urgent else patience.SLACK,
        queue=SLACK_QUEUE if channel.is_paced else "",
        priority=_CALL if effect.is_urgent else Priority.default,
        # So that a message that was sent in spite of the cancellation can show that no person need come any more.
        cancellation=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def perform(effect: AnyEffect, unwritten: Callable[[], LedgerBatch]) -> Accepted:
    """Run the effect's activity to its end. Raises `ActivityError` where it was refused or ran out of time.

    `unwritten` returns the messages that the ledger does not have yet; they are added to a transcript.
    """
    how = _how(effect)
    return await workflow.execute_activity(
        how.activity,
        args=[effect, unwritten()] if isinstance(effect, AttachTranscript) else [effect],
        summary=_wording(effect),
        start_to_close_timeout=how.patience.attempt_within,
        schedule_to_close_timeout=how.patience.give_up_after,
        heartbeat_timeout=how.patience.heartbeat_within,
        retry_policy=how.patience.retry,
        task_queue=workflow.info().task_queue + how.queue if how.queue else None,
        priority=how.priority,
        cancellation_type=how.cancellation,
    )


def _wording(effect: AnyEffect) -> str:
    """Return the activity's summary; empty where writing it raises, since no effect may wait for its wording."""
    try:
        return shortening.summary(effect.summary)
    except Exception:
        return ""
