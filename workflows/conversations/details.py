"""The Markdown page of a conversation, for the Temporal UI and `baton show`.

Promises to fit the server's limit for details, and that nothing a customer writes changes the page's layout. Must not
decide anything.
"""

from collections.abc import Sequence
from datetime import datetime

from policies.deadlines import deadlines
from policies.document.part import format_span
from policies.running.policy import Policy
from policies.state.conversation import Conversation, timeline
from policies.state.effects import AnyEffect
from policies.state.records.sla import Clock
from policies.state.situation import Situation
from workflows.limits import shortening
from workflows.setting_aside.set_aside import AsideList
from workflows.showing.markdown import bulleted, cell

_ENTRIES = 20
_REJECTED = 5
_MARKS = {"met": "✓", "running": "●", "paused": "○", "at_risk": "▲", "breached": "✗", "cancelled": "–"}
"""Signs that every font has: on many servers' browsers, coloured signs show as empty boxes."""
_ENDED = {"met": "met", "cancelled": "cancelled"}


def details(
    conversation: Conversation, policy: Policy, policy_name: str, waiting: Sequence[AnyEffect], aside: AsideList
) -> str:
    """Return the whole page."""
    s = conversation.situation
    parts = [
        _head(s, policy, policy_name),
        _set_aside(aside, policy),
        _rejected(conversation, policy),
        _clocks(s, policy),
        _upcoming(s, policy),
        _on_the_way(waiting),
        _path(s, policy),
        _timeline(conversation, policy),
    ]
    return shortening.details("\n\n".join(part for part in parts if part))


def _head(s: Situation, policy: Policy, policy_name: str) -> str:
    status = "on hold" if s.lifecycle.is_held else s.lifecycle.status.replace("_", " ")
    facts = {
        "Team": policy.team_name(s.responsible.team),
        "Assignee": s.responsible.assignee or "nobody yet",
        "SLA": s.sla.state.replace("_", " "),
        "Priority": s.contact.priority,
        "Channel": s.contact.channel + (f" ({s.contact.inbox})" if s.contact.inbox else ""),
        "Tags": ", ".join(s.contact.tags),
        "Reason": s.responsible.reason.replace("_", " "),
        "Handoff": _handoff(s),
        "Score": f"{s.understanding.score.points}{' (high)' if s.understanding.score.is_high else ''}"
        if s.understanding.score and s.understanding.score.points
        else "",
        "Merged into": s.lifecycle.merged_into,
        "Called for by": ", ".join(run.incident for run in s.on_call.runs if run.incident),
        "Policy": policy_name,
    }
    line = " · ".join(f"**{name}** {cell(value)}" for name, value in facts.items() if value)
    return f"## {status.capitalize()}: {cell(s.contact.subject or s.conversation_id)}\n\n{line}"


def _handoff(s: Situation) -> str:
    if s.handoffs.latest is None:
        return ""
    by = f" by {s.handoffs.latest.accepted_by}" if s.handoffs.latest.accepted_by else ""
    return f"{s.handoffs.latest.state}{by}{', the assistant is muted' if s.handoffs.is_assistant_muted else ''}"


def _set_aside(aside: AsideList, policy: Policy) -> str:
    rows = (
        f"{_when(each.since, policy, seconds=True)}: **{cell(each.what)}**, {cell(each.why)}" for each in aside.items
    )
    return bulleted("Could not be judged: mend the worker, then `baton retry`", rows)


def _rejected(conversation: Conversation, policy: Policy) -> str:
    entries = [entry for entry in timeline(conversation) if entry.kind == "rejected"]
    return bulleted(
        "Could not be read", (f"{_when(e.at, policy, seconds=True)}: {cell(e.text)}" for e in entries[-_REJECTED:])
    )


def _clocks(s: Situation, policy: Policy) -> str:
    return bulleted("Clocks", (_clock(clock, policy) for clock in s.sla.clocks))


def _clock(clock: Clock, policy: Policy) -> str:
    name = f"{clock.kind.title}{f' #{clock.episode}' if clock.episode > 1 else ''}"
    state = "at_risk" if clock.is_at_risk else clock.state
    line = f"**{name}** {_MARKS[state]} {state.replace('_', ' ')}: promised within {format_span(clock.target)}"
    if clock.due_at:
        line += f", due {_when(clock.due_at, policy)}"
    return f"{line}, {_ENDED.get(state, 'answered')} {_when(clock.ended_at, policy)}" if clock.ended_at else line


def _upcoming(s: Situation, policy: Policy) -> str:
    rows = (f"{_when(d.at, policy)}: **{cell(d.what)}**, unless {cell(d.unless)}" for d in deadlines(s, policy))
    return bulleted("What will happen", rows)


def _on_the_way(waiting: Sequence[AnyEffect]) -> str:
    rows = (f"**{effect.kind.replace('_', ' ')}**: {cell(effect.because)}" for effect in waiting)
    return bulleted("On its way to the outside world", rows)


def _path(s: Situation, policy: Policy) -> str:
    rows = (
        f"{_when(stint.since, policy)}: **{cell(policy.team_name(stint.team))}**, {cell(stint.because)}"
        for stint in s.responsible.path
    )
    return bulleted("Path", rows)


def _timeline(conversation: Conversation, policy: Policy) -> str:
    entries = reversed(timeline(conversation)[-_ENTRIES:])
    return bulleted(
        "Timeline, the newest first", (f"{_when(e.at, policy, seconds=True)}: {cell(e.text)}" for e in entries)
    )


def _when(at: datetime | None, policy: Policy, *, seconds: bool = False) -> str:
    return policy.local_time(at, seconds=seconds) if at else ""
