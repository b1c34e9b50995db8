"""The activity that performs each kind of effect.

Promises that every effect has one activity, one lane, one patience and one task queue. Must not know why an effect is
wanted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from temporalio import workflow
from temporalio.common import Priority
from temporalio.workflow import ActivityCancellationType

from activities.channels.apprise import AppriseChannels
from activities.context.port import Gathering
from activities.desk.port import DeskActivities
from activities.desk.transcripts import Transcripts
from activities.effects.accepted import Accepted
from activities.incidents.membership import Incidents
from activities.ledger.lines import LedgerBatch
from activities.slack.real import Slack
from activities.workflows.conversations import Conversations
from activities.workflows.teams import Teams
from policies.document.targets import Target
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyEffect,
    AskIncident,
    AskTeam,
    Assign,
    AttachTranscript,
    EndIncident,
    FindPlace,
    GatherContext,
    LeaveIncident,
    LeaveTeam,
    ListMembers,
    Notify,
    RemoveTag,
    ReportBug,
    SendReply,
    SetAssistant,
    SetPriority,
    SetStatus,
    TellConversation,
    TellOwner,
    UpdateNotification,
)
from workflows.contract import SLACK_QUEUE
from workflows.limits import patience, shortening
from workflows.limits.patience import Patience

_PAGE, _UPDATE = Priority(priority_key=1), Priority(priority_key=2)
"""Before everything else: calls bring a person now, and updates show called people that they need not come any more."""
_LIST = Priority(priority_key=5)
"""After everything else: a long list is for people who want to look it up later."""


@dataclass(frozen=True, slots=True)
class Performance:
    """How one kind of effect is performed. Effects of one lane go out one after another, all lanes at the same time.

    `each` returns what gives an effect a lane of its own within its kind: for example, each team has one.
    """

    activity: Callable[..., Any]
    lane: str
    patience: Patience
    each: Callable[[Any], str] = lambda _: ""
    queue: str = ""
    priority: Priority = Priority.default
    cancellation: ActivityCancellationType = ActivityCancellationType.TRY_CANCEL


_BY_KIND: dict[type[Any], Performance] = {
    Assign: Performance(DeskActivities.assign, "desk", patience.DESK),
    AddInternalNote: Performance(DeskActivities.add_internal_note, "desk", patience.DESK),
    SendReply: Performance(DeskActivities.send_reply, "desk", patience.DESK),
    AddTag: Performance(DeskActivities.add_tag, "desk", patience.DESK),
    RemoveTag: Performance(DeskActivities.remove_tag, "desk", patience.DESK),
    SetPriority: Performance(DeskActivities.set_priority, "desk", patience.DESK),
    SetStatus: Performance(DeskActivities.set_status, "desk", patience.DESK),
    UpdateNotification: Performance(
        Slack.update, "run", patience.SLACK, attrgetter("page"), queue=SLACK_QUEUE, priority=_UPDATE
    ),
    ReportBug: Performance(DeskActivities.report_bug, "desk", patience.DESK),
    AskTeam: Performance(Teams.ask, "team", patience.TELLING, attrgetter("team")),
    FindPlace: Performance(Teams.find, "team", patience.FINDING, attrgetter("team")),
    TellOwner: Performance(Teams.own, "team", patience.DESK, attrgetter("team")),
    LeaveTeam: Performance(Teams.leave, "team", patience.DESK, attrgetter("team")),
    ListMembers: Performance(Slack.list_members, "members", patience.LISTING, queue=SLACK_QUEUE, priority=_LIST),
    TellConversation: Performance(Conversations.tell, "conversation", patience.TELLING, attrgetter("to")),
    AskIncident: Performance(Incidents.ask, "asking", patience.ASKING),
    LeaveIncident: Performance(Incidents.leave, "incidents", patience.LETTING_GO),
    EndIncident: Performance(Incidents.end, "incidents", patience.LETTING_GO),
    SetAssistant: Performance(DeskActivities.set_assistant, "desk", patience.DESK),
    AttachTranscript: Performance(Transcripts.attach, "transcripts", patience.DESK),
    GatherContext: Performance(Gathering.gather, "context", patience.CONTEXT),
}


def lane_of(effect: AnyEffect) -> str:
    """Return the effect's lane. The effect waits only for earlier ones of the same lane."""
    how = _how(effect)
    return f"{how.lane}:{each}" if (each := how.each(effect)) else how.lane


def _how(effect: AnyEffect) -> Performance:
    return _notification(effect) if isinstance(effect, Notify) else _BY_KIND[type(effect)]


def _notification(effect: Notify) -> Performance:
    """Return how a notification is performed, in which lane and on which task queue.

    A call and an alert have their own lane each. An offer or a question about a decision shares a lane with the updates
    of its message. Notices to one target queue up. Slack has a task queue of its own; nothing else has to wait for it.
    """
    is_call = bool(effect.page or effect.offer or effect.is_alert)
    to = Target.of(effect.target).kind
    is_channel, is_elsewhere = to == "apprise", to in ("apprise", "webhook")
    asked = f"offer:{effect.offer}" if effect.offer else effect.hindsight.about if effect.hindsight else ""
    own = effect.page or (effect.key if effect.is_alert else "")
    lane, each = ("call", own) if own else ("run", asked) if asked else ("notice", effect.target)
    return Performance(
        AppriseChannels.notify if is_channel else Slack.notify,
        lane,
        patience.CHANNEL if is_channel else patience.CALL if is_call else patience.SLACK,
        lambda _: each,
        queue="" if is_elsewhere else SLACK_QUEUE,
        priority=_PAGE if is_call else Priority.default,
        # So that a message that was sent in spite of the cancellation can show that nobody need come any more.
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


def named(target: str) -> str:
    """Return whom a notification is for, fit for everybody to read: a webhook's address is often a secret."""
    return target if Target.of(target).kind != "webhook" else "a webhook"


def _wording(effect: AnyEffect) -> str:
    """Return the activity's summary; empty where writing it raises, since no effect may wait for its wording."""
    try:
        return shortening.summary(_summary(effect))
    except Exception:
        return ""


def _summary(effect: AnyEffect) -> str:
    """Return what an operator reads beside the activity: whom or what it concerns, and why. No personal data."""
    match effect:
        case Assign():
            what = f"assign to {effect.team_name}{f' / {effect.assignee}' if effect.assignee else ''}"
        case AddTag() | RemoveTag():
            what = f"{effect.kind.replace('_', ' ')} {effect.tag}"
        case SetPriority():
            what = f"priority {effect.priority}"
        case SetStatus():
            what = f"status {effect.status}"
        case AskTeam():
            what = f"get in line at {effect.team}"
        case FindPlace():
            what = f"look for the place at {effect.team}"
        case TellOwner():
            what = f"tell {effect.team} who has it"
        case SetAssistant():
            what = "mute the assistant" if effect.is_muted else "let the assistant speak"
        case AttachTranscript():
            what = f"attach {effect.name}"
        case LeaveTeam():
            what = f"leave {effect.team}"
        case TellConversation():
            what = f"tell {effect.to}"
        case AskIncident():
            what = f"ask {effect.incident}"
        case LeaveIncident():
            what = f"leave {effect.incident}"
        case Notify():
            what = f"notify {named(effect.target)}"
        case UpdateNotification():
            what = f"show on {effect.page}: {effect.outcome.replace('_', ' ')}"
        case _:
            what = effect.kind.replace("_", " ")
    return f"{what}: {effect.because}"
