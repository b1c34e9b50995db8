"""Drills: an escalation rehearsed by a conversation without a customer.

Promises that a drill calls people as an emergency would, tells its lead how it went, and touches nothing else: no desk,
no promise, no rule. Must not know how people are called (`ladder`).
"""

from policies import ending, ladder
from policies.calls import lead_of
from policies.effects import Notify
from policies.events import ConversationStarted
from policies.part import format_span
from policies.turn import Turn

REASON = "drill"
_SAYS_HOW_IT_WENT = (
    "paged",
    "step_delivered",
    "step_passed_over",
    "step_unreachable",
    "acknowledged",
    "called",
    "escalation_exhausted",
)


def begin(turn: Turn, event: ConversationStarted) -> None:
    """Call the first step; an escalation that does not exist ends the drill at once."""
    turn.change(drill=event.drill, channel=event.channel, subject=f"Drill of {event.drill}", reason=REASON)
    turn.record("drill_started", f"Drill of {event.drill}: nobody waits, nothing is promised")
    if event.drill in turn.policy.document.escalations:
        ladder.tell(turn, event.drill, f"DRILL: {event.drill}, please acknowledge", "a drill")
    else:
        turn.record("trouble", f"{event.drill} is no escalation of this policy")
    look(turn)


def look(turn: Turn) -> None:
    """Nobody is called any more: tell the lead how it went, and rest. To be called after every change of a drill."""
    s = turn.situation
    if not s.drill or s.is_resolved or s.running_pages:
        return
    page = next(iter(s.pages), None)
    outcome = page.ended if page else "there is no such escalation"
    text = f"Drill of {s.drill}: {outcome} after {format_span(turn.at - s.opened_at)}"
    turn.record("drill_ended", text)
    if lead := lead_of(turn.policy, s.drill):
        facts = tuple(
            (turn.policy.local_time(entry.at, seconds=True), entry.text)
            for entry in turn.situation.timeline
            if entry.kind in _SAYS_HOW_IT_WENT
        )
        turn.ask(Notify, "a drill", target=lead, headline=text, facts=facts)
    ending.resolved(turn, "the drill is over")
