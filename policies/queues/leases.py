"""The lease of an agent who has a queue's conversation: how long they may let its customer wait.

Promises that only time in which the customer waits for them counts: not holds, not waiting for the customer, not the
time until a promised callback. Must not know what happens when a lease is over (`queueing`).
"""

from dataclasses import replace
from datetime import datetime

from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.records.queue_entry import Lease, QueueEntry
from policies.state.situation import Situation


def follow(turn: Turn) -> None:
    """Begin, stop or resume the lease as the situation demands. Call this after every change."""
    s, place = turn.situation, turn.situation.queue_entry
    if place is None or place.state != "owned" or s.waiting.since is None:
        return
    lease = _current(s, place) or Lease(s.waiting.since)
    lease = lease.started(turn.at) if _runs(s) else lease.stopped(turn.at, turn.policy.hours_of_team(place.team))
    if lease != place.lease:
        turn.change(Situation, queue_entry=replace(place, lease=lease))


def stop(turn: Turn) -> None:
    """Stop the lease and count the time used by now, in the hours of the policy that is still in force."""
    place = turn.situation.queue_entry
    lease = _current(turn.situation, place) if place is not None and place.state == "owned" else None
    if place is not None and lease is not None:
        turn.change(
            Situation, queue_entry=replace(place, lease=lease.stopped(turn.at, turn.policy.hours_of_team(place.team)))
        )


def ends_at(situation: Situation, place: QueueEntry, policy: Policy) -> datetime | None:
    """Return when the lease will have been used up; None where there is none, or it stands still."""
    team = policy.team(place.team)
    span = team.queue.lease if team is not None and team.queue is not None and team.queue.led_by == "baton" else None
    lease = _current(situation, place) if place.state == "owned" and _runs(situation) else None
    return None if span is None or lease is None else lease.reaches(span, policy.hours_of_team(place.team))


def _current(s: Situation, place: QueueEntry) -> Lease | None:
    """Return the lease of the customer's present wait.

    Earlier versions kept no lease; then it has run since the agent had the conversation and the customer waited.
    """
    if place.lease is None and place.owned_since is not None and s.waiting.since is not None and _runs(s):
        return Lease(s.waiting.since, since=max(place.owned_since, s.waiting.since))
    return place.lease if place.lease is not None and place.lease.wait == s.waiting.since else None


def _runs(s: Situation) -> bool:
    return s.is_waiting and s.waiting.callback_at is None
