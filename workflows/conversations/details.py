"""The Markdown page of a conversation, for the Temporal UI and `baton show`.

Promises to fit the server's limit for details, and that nothing a customer writes changes the page's layout. Must not
decide anything.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from shlex import quote

from policies.deadlines import deadlines, why_nothing
from policies.document.part import format_span
from policies.handoff import briefing
from policies.handoff.briefings.summary import summary
from policies.on_call.next_calls import next_calls
from policies.running.policy import Policy
from policies.state.conversation import Conversation, timeline
from policies.state.effects import AnyEffect
from policies.state.records.sla import Clock
from policies.state.situation import Situation
from workflows.limits import shortening
from workflows.setting_aside.set_aside import AsideList
from workflows.showing.markdown import bulleted, cell

When = Callable[..., str]
"""The form of an instant on the page; with `seconds` where several things happen within a minute."""
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
    when = partial(_when, policy, s.at)
    parts = [
        _head(s, policy, policy_name),
        _now(s, policy, when),
        _briefing(s, policy),
        _set_aside(aside, when),
        _rejected(conversation, when),
        _muted(s, when),
        _clocks(s, when),
        _upcoming(s, policy, when),
        _on_the_way(waiting),
        _attachments(s, when),
        _path(s, policy, when),
        _timeline(conversation, when),
    ]
    return shortening.details("\n\n".join(part for part in parts if part))


def _head(s: Situation, policy: Policy, policy_name: str) -> str:
    status = s.lifecycle.shown_status.replace("_", " ")
    facts = {
        "Customer": _customer(s),
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
        "Outage": s.outages.link.name if s.outages.link is not None else "",
        "Policy": policy_name,
    }
    line = " · ".join(f"**{name}** {cell(value)}" for name, value in facts.items() if value)
    return f"## {status.capitalize()}: {cell(s.contact.subject or s.conversation_id)}\n\n{line}"


def _customer(s: Situation) -> str:
    """Return the customer's name and tier, or as much of them as is known."""
    of = s.contact.customer
    return f"{of.name or of.id}{f' ({of.tier})' if of.tier else ''}".strip()


def _now(s: Situation, policy: Policy, when: When) -> str:
    """Return what a person who is called at night has to know first: how late, the next call, and what to type."""
    lines: list[str] = []
    if late := min((clock for clock in s.sla.open_clocks if clock.state == "breached"), key=_due, default=None):
        lines.append(f"**Late since** {when(late.due_at)}: {late.kind.title}")
    for call in next_calls(s, policy):
        who = " and ".join(cell(each) for each in call.called)
        lines.append(f"**Next call** {when(call.at)}: {who}, by {cell(call.escalation)}, unless acknowledged")
    command = f"baton command {quote(s.conversation_id)}".replace("`", "")
    if s.on_call.running:
        lines.append(f"**Stop the calls**: `{command} acknowledge`")
    if not s.lifecycle.is_resolved:
        lines.append(f"**Take it**: `{command} take`")
    return "\n".join(f"- {line}" for line in lines)


def _briefing(s: Situation, policy: Policy) -> str:
    """Return the beginning of the briefing once there was one: the next steps, and the conversation in a few lines."""
    if policy.briefing is None or s.briefing is None or not s.briefing.number or s.edition < 4:
        return ""
    steps = (f"**{number}.** {cell(step)}" for number, step in enumerate(briefing.parts(s, policy)["next_steps"], 1))
    return bulleted("Briefing", (*steps, *map(cell, summary(s, policy, s.at))))


def _due(clock: Clock) -> datetime:
    return clock.due_at or clock.started_at


def _handoff(s: Situation) -> str:
    if s.handoffs.latest is None:
        return ""
    by = f" by {s.handoffs.latest.accepted_by}" if s.handoffs.latest.accepted_by else ""
    return f"{s.handoffs.latest.state}{by}{', the assistant is muted' if s.handoffs.is_assistant_muted else ''}"


def _set_aside(aside: AsideList, when: When) -> str:
    rows = (f"{when(each.since, seconds=True)}: **{cell(each.what)}**, {cell(each.why)}" for each in aside.items)
    return bulleted("Could not be judged: mend the worker, then `baton retry`", rows)


def _rejected(conversation: Conversation, when: When) -> str:
    entries = [entry for entry in timeline(conversation) if entry.kind == "rejected"]
    return bulleted("Could not be read", (f"{when(e.at, seconds=True)}: {cell(e.text)}" for e in entries[-_REJECTED:]))


def _muted(s: Situation, when: When) -> str:
    rows = (f"{when(known.muted_since, seconds=True)}: **{cell(known.rule)}**" for known in s.rule_budget.muted)
    return bulleted("Muted rules, which left effects too often: check the policy for a loop", rows)


def _clocks(s: Situation, when: When) -> str:
    return bulleted("Clocks", (_clock(clock, when) for clock in s.sla.clocks))


def _clock(clock: Clock, when: When) -> str:
    name = f"{clock.kind.title}{f' #{clock.episode}' if clock.episode > 1 else ''}"
    state = "at_risk" if clock.is_at_risk else clock.state
    line = f"**{name}** {_MARKS[state]} {state.replace('_', ' ')}: promised within {format_span(clock.target)}"
    if clock.due_at:
        line += f", due {when(clock.due_at)}"
    return f"{line}, {_ENDED.get(state, 'answered')} {when(clock.ended_at)}" if clock.ended_at else line


def _upcoming(s: Situation, policy: Policy, when: When) -> str:
    rows = (f"{when(d.at)}: **{cell(d.what)}**, unless {cell(d.unless)}" for d in deadlines(s, policy))
    nothing = why_nothing(s, policy)
    return bulleted("What will happen", [*rows, *([f"Nothing by time alone: {cell(nothing)}"] if nothing else [])])


def _on_the_way(waiting: Sequence[AnyEffect]) -> str:
    rows = (f"**{effect.kind.replace('_', ' ')}**: {cell(effect.because)}" for effect in waiting)
    return bulleted("On its way to the outside world", rows)


def _attachments(s: Situation, when: When) -> str:
    rows = (
        " ".join(filter(None, (f"{when(each.at)}: **{cell(each.file.described)}**", cell(each.file.url))))
        for each in s.told.attachments
    )
    return bulleted("Attachments, which Baton never opens", rows)


def _path(s: Situation, policy: Policy, when: When) -> str:
    rows = (
        f"{when(stint.since)}: **{cell(policy.team_name(stint.team))}**, {cell(stint.because)}"
        for stint in s.responsible.path
    )
    return bulleted("Path", rows)


def _timeline(conversation: Conversation, when: When) -> str:
    entries = reversed(timeline(conversation)[-_ENTRIES:])
    return bulleted("Timeline, the newest first", (f"{when(e.at, seconds=True)}: {cell(e.text)}" for e in entries))


def _when(policy: Policy, now: datetime, at: datetime | None, *, seconds: bool = False) -> str:
    return policy.both_times(at, now, seconds=seconds) if at else ""
