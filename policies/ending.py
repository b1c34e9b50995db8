"""The end of a conversation: resolved, by a person or by a rule; and a close that is undone.

Promises that every promise and every call ends with it, and that all of them go on as they were where the close is
undone soon. Must not know who asked for it.
"""

from policies.document.part import format_span
from policies.on_call import ladder
from policies.queues import queueing
from policies.running.facts import ResolvedFacts
from policies.running.turn import Turn
from policies.sla import sla
from policies.state.records.handoffs import Handoffs
from policies.state.records.lifecycle import Closed, Lifecycle
from policies.state.records.waiting import CustomerWait
from policies.understanding import agreement


def resolved(turn: Turn, because: str, *, by: str = "") -> None:
    """End clocks, callbacks, snooze and calls; the conversation closes after the policy's `linger`.

    Rules hear of it, but not of a drill, an incident or a conversation that goes on in the one it was merged into.
    """
    s, closes_at = turn.situation, turn.at + turn.policy.document.linger
    if s.edition >= 3 and (s.lifecycle.closes_at is None or s.lifecycle.merged_into):
        turn.change(Lifecycle, closed=_closed(turn))
    turn.change(Lifecycle, status="resolved", is_held=False, held_until=None, snoozed_until=None, closes_at=closes_at)
    turn.change(CustomerWait, since=None, callback_at=None)
    turn.change(Handoffs, offered=())
    sla.follow(turn, because)
    ladder.stand_down(turn, because)
    agreement.compare(turn)
    s = turn.situation
    if not (s.lifecycle.merged_into or s.on_call.drill or s.on_call.incident is not None):
        turn.announce(ResolvedFacts(by=by, why=because))


def undone(turn: Turn) -> bool:
    """Restore all that the close ended, as if it had not happened; return False where it was too long ago."""
    s, within = turn.situation, turn.policy.document.reopen_within
    closed = s.lifecycle.closed
    if closed is None or turn.at - closed.at > within:
        return False
    was_answered = s.waiting.answered_at is not None and s.waiting.answered_at >= closed.at
    answered_at = s.waiting.answered_at if was_answered else None
    hold = {"is_held": closed.is_held, "held_until": closed.held_until, "snoozed_until": closed.snoozed_until}
    turn.change(Lifecycle, closes_at=None, closed=None, **hold)
    if not was_answered:
        turn.change(CustomerWait, since=closed.waiting_since, callback_at=s.waiting.callback_at or closed.callback_at)
        turn.change(Handoffs, offered=closed.offered)
    turn.change(Handoffs, latest=closed.handoff)
    because = f"the close is undone within {format_span(within)}"
    turn.record("close_undone", f"Opened again, as if it had not been closed: {because}")
    sla.take_up_again(turn, closed.clocks, closed.silences, answered_at)
    if not was_answered:
        ladder.take_up_again(turn, closed.calls, because)
    queueing.take_up_again(turn, closed.place)
    return True


def _closed(turn: Turn) -> Closed | None:
    s = turn.situation
    if s.lifecycle.merged_into or s.on_call.drill or s.on_call.incident is not None:
        return None
    return Closed(
        at=turn.at,
        is_held=s.lifecycle.is_held,
        held_until=s.lifecycle.held_until,
        snoozed_until=s.lifecycle.snoozed_until,
        waiting_since=s.waiting.since,
        callback_at=s.waiting.callback_at,
        offered=s.handoffs.offered,
        handoff=s.handoffs.latest,
        clocks=s.sla.open_clocks,
        silences=s.sla.silences,
        calls=tuple(run for run in s.on_call.runs if run.can_go_on),
        place=s.queue_entry,
    )
