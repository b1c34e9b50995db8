"""The lease: the time that the person who acknowledged a call has to answer the customer.

Promises that the lease runs while the customer waits and stands still otherwise, and that no further people are called
while a person has it. Must not know how people are called again once it is over (`ladder`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from policies.on_call.calls import name_of, update
from policies.running.turn import Turn
from policies.state.records.on_call import Calling, OnCallRun


def follow(turn: Turn) -> None:
    """Let leases run while the customer waits, and stop them otherwise. To be called after every change."""
    s = turn.situation
    for run in s.on_call.runs:
        if run.lease_until is not None and not s.is_waiting:
            left = max(run.lease_until - turn.at, timedelta(0))
            turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, lease_until=None, lease_left=left)))
        elif run.lease_left is not None and s.is_waiting:
            run = replace(run, lease_until=ends_at(turn, run.lease_left), lease_left=None)
            turn.change(Calling, runs=turn.situation.on_call.with_run(run))
            until = turn.policy.local_time(run.lease_until or turn.at)
            turn.record("lease_runs_on", f"{run.acknowledged_by} has to answer by {until}: the customer waits again")
            show(turn, run)


def ends_at(turn: Turn, time: timedelta) -> datetime:
    """Return until when the customer has to be answered: the lease's end, or before it when the answer is due."""
    ends_at, due_at = turn.at + time, turn.situation.sla.answer_due_at
    return min(ends_at, due_at) if due_at is not None and due_at > turn.at else ends_at


def show(turn: Turn, run: OnCallRun) -> None:
    """Show on the messages of the call who has it, and until when."""
    until = f", to answer by {turn.policy.local_time(run.lease_until)}" if run.lease_until else ""
    update(turn, run, "acknowledged", f"acknowledged by {name_of(turn, run.acknowledged_by)}{until}")


def leave_to(turn: Turn, run: OnCallRun, other: OnCallRun, still_waits: str) -> None:
    """Stand down where another rule called the same people meanwhile: one customer must not have them called twice."""
    has_it = f"{other.acknowledged_by} has it by {other.id}" if other.ended else f"{other.id} calls by now"
    text = f"{still_waits}: {has_it}"
    turn.record("lease_over", text)
    run = replace(run, stood_down=text)
    turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    update(turn, run, "stood_down", text)


def other_run(turn: Turn, run: OnCallRun) -> OnCallRun | None:
    """Return another run of the same ladder that calls people, or will if the person who has it does not answer."""
    others = (other for other in turn.situation.on_call.runs if other.ladder == run.ladder and other.id != run.id)
    return next((other for other in others if other.can_go_on), None)


def who_has_it(turn: Turn, escalation: str, cause: str) -> str:
    """Return who acknowledged a call of the same cause and still has time to answer; "" where no person does."""
    calls = (run for run in turn.situation.on_call.runs if (run.ladder, run.cause) == (escalation, cause))
    return next((run.acknowledged_by for run in calls if run.lease_until and run.lease_until >= turn.at), "")
