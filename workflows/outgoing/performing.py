"""The activity that performs each kind of effect.

Promises that every effect has one activity, one patience and one task queue. Must not know why an effect is wanted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
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
from activities.memory.choices import CustomerChoices
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
    ForgetChoices,
    GatherContext,
    LeaveIncident,
    LeaveTeam,
    ListMembers,
    Notify,
    RecallChoices,
    RememberChoices,
    TellConversation,
    TellOwner,
    UpdateNotification,
)
from workflows.carrying.packing import first_that_fit
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


_TOGETHER = Performance(desk.DeskActivities.perform, patience.DESK)
MOST_TOGETHER = 10
"""Effects of one activity at the helpdesk. An attempt has 20 seconds for all of them."""


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
        case RecallChoices():
            return Performance(CustomerChoices.recall, patience.RECALL)
        case RememberChoices():
            return Performance(CustomerChoices.remember, patience.DESK)
        case ForgetChoices():
            return Performance(CustomerChoices.forget, patience.FORGET)
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


def goes_together(waiting: Sequence[AnyEffect]) -> Sequence[AnyEffect]:
    """Return the first of a lane's effects: the helpdesk's as many as one activity takes, any other alone."""
    changes = list(takewhile(lambda effect: isinstance(effect, DeskEffect), waiting[:MOST_TOGETHER]))
    return first_that_fit(changes) if len(changes) > 1 else waiting[:1]


async def perform(effects: Sequence[AnyEffect], unwritten: Callable[[], LedgerBatch]) -> Sequence[Accepted]:
    """Run one activity for all these effects to its end.

    Return a confirmation for each of the first effects, at least for one. What comes after them was not done, and has
    to be performed again. Raises `ActivityError` where the first effect was refused or ran out of time. `unwritten`
    returns the messages that the ledger does not have yet; they are added to a transcript.
    """
    first = effects[0]
    if len(effects) > 1:
        return await _execute(_TOGETHER, [effects], "; ".join(map(_wording, effects)))
    more = [unwritten()] if isinstance(first, AttachTranscript) else []
    return [await _execute(_how(first), [first, *more], _wording(first))]


async def _execute(how: Performance, inputs: Sequence[Any], summary: str) -> Any:
    return await workflow.execute_activity(
        how.activity,
        args=inputs,
        summary=shortening.summary(summary),
        start_to_close_timeout=how.patience.attempt_within,
        schedule_to_close_timeout=how.patience.give_up_after,
        heartbeat_timeout=how.patience.heartbeat_within,
        retry_policy=how.patience.retry,
        task_queue=workflow.info().task_queue + how.queue if how.queue else None,
        priority=how.priority,
        cancellation_type=how.cancellation,
    )


def _wording(effect: AnyEffect) -> str:
    """Return the effect in words; empty where writing them raises, since no effect may wait for its wording."""
    try:
        return effect.summary
    except Exception:
        return ""
