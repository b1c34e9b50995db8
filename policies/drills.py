"""Drills: an escalation rehearsed by a conversation without a customer.

Promises that a drill calls people as an emergency would, tells its lead how it went, and touches nothing else: no desk,
no promise, no rule. Must not know how people are called (`ladder`).
"""

from policies import ending
from policies.document.part import format_span
from policies.on_call import ladder
from policies.on_call.calls import lead_of, reach_or_say
from policies.running.turn import Turn
from policies.state.effects import Notify
from policies.state.entry_kind import EntryKind
from policies.state.events import ConversationStarted
from policies.state.records.contact import Contact
from policies.state.records.on_call import Calling
from policies.state.records.responsible import Responsible

REASON = "drill"
_SAYS_HOW_IT_WENT: tuple[EntryKind, ...] = (
    "paged",
    "step_delivered",
    "step_not_delivered",
    "step_passed_over",
    "step_unreachable",
    "acknowledged",
    "called",
    "escalation_exhausted",
)


def begin(turn: Turn, event: ConversationStarted) -> None:
    """Call the first step; a ladder that does not exist, or an unknown policy, ends the drill at once."""
    turn.change(Calling, drill=event.drill)
    turn.change(Contact, channel=event.channel, subject=f"Drill of {event.drill}")
    turn.change(Responsible, reason=REASON)
    turn.record("drill_started", f"Drill of {event.drill}: nobody waits, nothing is promised")
    if event.trouble:  # the default policy has other people, who may have a ladder of this name, too
        turn.record("trouble", event.trouble)
        return _end(turn, "nobody was called, for its policy is unknown", lead_of(turn.policy, ""))
    if event.drill not in turn.policy.document.escalations:
        turn.record("trouble", f"{event.drill} is no escalation of this policy")
        return _end(turn, "nobody was called, for there is no such escalation", lead_of(turn.policy, event.drill))
    ladder.tell(turn, event.drill, f"DRILL: {event.drill}, please acknowledge", "a drill")
    return look(turn)


def look(turn: Turn) -> None:
    """End a drill that calls people no more, and tell its lead how it went. To be called after every change."""
    s = turn.situation
    if not s.on_call.drill or s.lifecycle.is_resolved or s.on_call.running:
        return
    run = next(iter(s.on_call.runs), None)  # there is none where a person reopened a drill that called no person
    outcome = f"{run.ended} after {format_span(turn.at - s.opened_at)}" if run else "nobody was called"
    _end(turn, outcome, lead_of(turn.policy, s.on_call.drill))


def _end(turn: Turn, outcome: str, lead: str | None) -> None:
    text = f"Drill of {turn.situation.on_call.drill}: {outcome}"
    turn.record("drill_ended", text)
    if lead and (found := reach_or_say(turn, lead, text)):
        facts = tuple(
            (turn.policy.local_time(entry.at, seconds=True), entry.text)
            for entry in turn.situation.told.timeline
            if entry.kind in _SAYS_HOW_IT_WENT
        )
        turn.ask(
            Notify,
            "a drill",
            target=found.target,
            headline=text,
            facts=facts,
            people=found.people,
            policy=turn.policy.document.policy if found.rotation else "",
            rotation=found.rotation,
        )
    ending.resolved(turn, "the drill is over")
