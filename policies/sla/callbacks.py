"""Callbacks: a customer was promised to be called at an instant.

Promises that for a customer who has chosen a callback nothing is late until then. Must not know what follows when it is
time.
"""

from policies.running.turn import Turn, by
from policies.sla import sla
from policies.state.events import CallbackPromised
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.waiting import CustomerWait


def promised(turn: Turn, event: CallbackPromised, *, is_chosen: bool = False) -> None:
    """Promise a callback. The next public answer keeps the promise, and resolving the conversation ends it.

    A customer who has chosen it (`is_chosen`) does not wait until then: the clocks for answers stand still.
    """
    turn.change(CustomerWait, callback_at=event.at, is_callback_chosen=is_chosen)
    if (closes_at := turn.situation.lifecycle.closes_at) is not None:  # the customer is called before that
        turn.change(Lifecycle, closes_at=max(closes_at, event.at + turn.policy.document.linger))
    sla.follow_status(turn)
    note = f" — {event.note}" if event.note else ""
    when = turn.policy.local_time(event.at)
    turn.record("callback_promised", f"Callback promised for {when}{by(event.by)}{note}")
    turn.note(f"The customer was promised a callback at {when}{by(event.by)}{note}", f"callback promised{by(event.by)}")
