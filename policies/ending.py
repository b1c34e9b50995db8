"""The end of a conversation: resolved, by a person or by a rule.

Promises that every promise and every call ends with it. Must not know who asked for it.
"""

from policies.on_call import ladder
from policies.running.facts import ResolvedFacts
from policies.running.turn import Turn
from policies.sla import sla
from policies.state.records.handoffs import Handoffs
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.waiting import CustomerWait
from policies.understanding import agreement


def resolved(turn: Turn, because: str, *, by: str = "") -> None:
    """End clocks, callbacks, snooze and calls; the conversation closes after the policy's `linger`.

    Rules hear of it, but not of a drill, an incident or a conversation that goes on in the one it was merged into.
    """
    closes_at = turn.at + turn.policy.document.linger
    turn.change(Lifecycle, status="resolved", is_held=False, held_until=None, snoozed_until=None, closes_at=closes_at)
    turn.change(CustomerWait, since=None, callback_at=None)
    turn.change(Handoffs, offered=())
    sla.follow(turn, because)
    ladder.stand_down(turn, because)
    agreement.compare(turn)
    s = turn.situation
    if not (s.lifecycle.merged_into or s.on_call.drill or s.on_call.incident is not None):
        turn.announce(ResolvedFacts(by=by, why=because))
