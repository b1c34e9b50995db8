"""From an effect to the activity that performs it.

Promises that every kind of effect has one activity, one lane and one patience. Must not know why an effect is wanted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import workflow
from temporalio.common import Priority

from activities.accepted import Accepted
from activities.apprise_channels import SCHEME as APPRISE
from activities.apprise_channels import AppriseChannels
from activities.context.port import Gathering
from activities.conversations import Conversations
from activities.desk.port import DeskActivities
from activities.incidents import Incidents
from activities.ledger import LedgerBatch
from activities.slack.real import Slack
from activities.teams import Teams
from activities.transcripts import Transcripts
from activities.webhook import SCHEME as WEBHOOK
from policies.effects import (
    AddInternalNote,
    AddTag,
    AnyEffect,
    AskTeam,
    Assign,
    AttachTranscript,
    EndIncident,
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
from workflows import patience, shortening
from workflows.contract import SLACK_QUEUE
from workflows.patience import Patience

_PAGE, _UPDATE = Priority(priority_key=1), Priority(priority_key=2)
"""Before everything else that waits: somebody has to come now; or has to see that they need not come any more."""
_LIST = Priority(priority_key=5)
"""After everything else: a long list is for whoever wants to look it up."""


@dataclass(frozen=True, slots=True)
class Performance:
    """How one kind of effect is performed. Effects of one lane go out one after another, lanes side by side."""

    activity: Callable[..., Any]
    lane: str
    patience: Patience


_BY_KIND: dict[type[Any], Performance] = {
    Assign: Performance(DeskActivities.assign, "desk", patience.DESK),
    AddInternalNote: Performance(DeskActivities.add_internal_note, "desk", patience.DESK),
    SendReply: Performance(DeskActivities.send_reply, "desk", patience.DESK),
    AddTag: Performance(DeskActivities.add_tag, "desk", patience.DESK),
    RemoveTag: Performance(DeskActivities.remove_tag, "desk", patience.DESK),
    SetPriority: Performance(DeskActivities.set_priority, "desk", patience.DESK),
    SetStatus: Performance(DeskActivities.set_status, "desk", patience.DESK),
    Notify: Performance(Slack.notify, "slack", patience.SLACK),
    UpdateNotification: Performance(Slack.update, "slack", patience.SLACK),
    ReportBug: Performance(DeskActivities.report_bug, "desk", patience.DESK),
    AskTeam: Performance(Teams.ask, "teams", patience.DESK),
    TellOwner: Performance(Teams.own, "teams", patience.DESK),
    LeaveTeam: Performance(Teams.leave, "teams", patience.DESK),
    ListMembers: Performance(Slack.list_members, "members", patience.LISTING),
    TellConversation: Performance(Conversations.tell, "conversations", patience.DESK),
    LeaveIncident: Performance(Incidents.leave, "incidents", patience.LETTING_GO),
    EndIncident: Performance(Incidents.end, "incidents", patience.LETTING_GO),
    SetAssistant: Performance(DeskActivities.set_assistant, "desk", patience.DESK),
    AttachTranscript: Performance(Transcripts.attach, "transcripts", patience.DESK),
    GatherContext: Performance(Gathering.gather, "context", patience.CONTEXT),
}


def lane_of(effect: AnyEffect) -> str:
    """The outside system an effect waits for."""
    return _how(effect).lane


def _how(effect: AnyEffect) -> Performance:
    """By its kind, but for a further channel, which has a lane to itself: a gateway that hangs holds back no other."""
    if isinstance(effect, Notify) and effect.target.startswith(APPRISE):
        return Performance(AppriseChannels.notify, effect.target, patience.CHANNEL)
    return _BY_KIND[type(effect)]


async def perform(effect: AnyEffect, unwritten: Callable[[], LedgerBatch]) -> Accepted:
    """Run the effect's activity to its end. Raises `ActivityError` where it was refused or ran out of time.

    `unwritten` are the messages that the ledger does not have yet; a transcript takes them along.
    """
    how = _how(effect)
    return await workflow.execute_activity(
        how.activity,
        args=[effect, unwritten()] if isinstance(effect, AttachTranscript) else [effect],
        summary=shortening.summary(_summary(effect)),
        start_to_close_timeout=how.patience.attempt_within,
        schedule_to_close_timeout=how.patience.give_up_after,
        heartbeat_timeout=how.patience.heartbeat_within,
        retry_policy=how.patience.retry,
        task_queue=_queue_of(effect),
        priority=_priority_of(effect),
    )


def _queue_of(effect: AnyEffect) -> str | None:
    """Slack's own for what goes there; a program of the team's own need not wait for Slack."""
    is_for_slack = _how(effect).lane in ("slack", "members") and not (
        isinstance(effect, Notify) and effect.target.startswith(WEBHOOK)
    )
    return workflow.info().task_queue + SLACK_QUEUE if is_for_slack else None


def _priority_of(effect: AnyEffect) -> Priority:
    match effect:
        case Notify() if effect.page or effect.offer:
            return _PAGE
        case UpdateNotification():
            return _UPDATE
        case ListMembers():
            return _LIST
        case _:
            return Priority.default


def named(target: str) -> str:
    """Whom a notification is for, for everybody to read: the address of a webhook often is a secret."""
    return target if not target.startswith(WEBHOOK) else "a webhook"


def _summary(effect: AnyEffect) -> str:
    """What an operator reads beside the activity: whom or what it concerns, and why. No personal data."""
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
        case LeaveIncident():
            what = f"leave {effect.incident}"
        case Notify():
            what = f"notify {named(effect.target)}"
        case UpdateNotification():
            what = f"show on {effect.page}: {effect.outcome.replace('_', ' ')}"
        case _:
            what = effect.kind.replace("_", " ")
    return f"{what}: {effect.because}"
