"""The queue entry of a conversation, read from its `state`, and the message that tells the team of it again.

Promises to tell the team what the conversation has told it before, in the same words (`activities.workflows.teams`).
Must not know why the team has forgotten the entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from activities.catalog import plain_name

_TELLING = ("ask_team", "find_place", "tell_owner", "leave_team")
"""The effects that tell a team something. While one of them waits, the team can't know of the queue entry yet."""


@dataclass(frozen=True, slots=True)
class ReportedEntry:
    """A conversation's queue entry as the conversation itself knows it. `body` is the message to its team."""

    conversation: str
    team: str
    state: str
    agent: str
    ticket: str
    policy: str
    entered_at: datetime
    is_being_told: bool
    body: dict[str, Any]

    def is_told(self, before: datetime) -> bool:
        """Return whether the team must know of the entry by now."""
        return not self.is_being_told and self.entered_at < before


def entry_of(state: Mapping[str, Any]) -> ReportedEntry | None:
    """Return the queue entry of a conversation; None where it has none."""
    entry = state.get("place")
    if not entry or not state.get("policy"):
        return None
    began = [datetime.fromisoformat(at) for at in (entry["entered_at"], entry["owned_since"]) if at]
    return ReportedEntry(
        conversation=state["conversation_id"],
        team=entry["team"],
        state=entry["state"],
        agent=entry["agent"],
        ticket=entry["ticket"],
        policy=plain_name(state["policy"]["name"]),
        entered_at=max(began),
        is_being_told=any(effect["kind"] in _TELLING for effect in state["waiting_effects"]),
        body=_owned(state, entry) if entry["state"] == "owned" else _asked(state, entry),
    )


async def tell(client: Client, entry: ReportedEntry, run_id: str, now: datetime) -> None:
    """Tell the team of a queue entry, and start the team where it does not run.

    `run_id` is the team's present run: each run is told once.
    """
    head = {
        "event_id": f"audit/{entry.conversation}/{entry.ticket}/{entry.state}/{run_id}",
        "occurred_at": now.isoformat(),
        "conversation": entry.conversation,
        "ticket": entry.ticket,
    }
    handle = client.get_workflow_handle(f"conversation/{entry.conversation}")
    await client.start_workflow(
        "Team",
        {"team": entry.team, "policy": entry.policy},
        id=f"team/{entry.team}",
        task_queue=(await handle.describe()).task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"Queue of the team {entry.team}",
        start_signal="owned" if entry.state == "owned" else "asked",
        start_signal_args=[{**entry.body, **head}],
    )


def _asked(state: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    needs = [{"skill": skill, "required": required, "steps": steps} for skill, required, steps in entry["needs"]]
    return {
        **_about(state),
        "since": entry["wait"] or entry["entered_at"],
        "priority": entry["priority"],
        "language": entry["language"],
        "last_agent": state["answered_by"],
        "failed": entry["failed"],
        "entered_at": entry["entered_at"],
        "needs": needs,
    }


def _owned(state: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    is_waiting = bool(state["waiting_since"]) and state["status"] == "open" and not state["is_held"]
    on_hold = entry.get("is_on_hold", False)
    return {**_about(state), "agent": entry["agent"], "is_waiting": is_waiting, "is_on_hold": on_hold}


def _about(state: Mapping[str, Any]) -> dict[str, Any]:
    return {"policy": plain_name(state["policy"]["name"]), "channel": state["channel"], "subject": state["subject"]}
