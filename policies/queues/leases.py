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
    s, entry = turn.situation, turn.situation.queue_entry
    if entry is None or entry.state != "owned" or s.waiting.since is None:
        return
    lease = _current(s, entry) or Lease(s.waiting.since)
    lease = lease.started(turn.at) if _runs(s) else lease.stopped(turn.at, turn.policy.hours_of_team(entry.team))
    if lease != entry.lease:
        turn.change(Situation, queue_entry=replace(entry, lease=lease))


def stop(turn: Turn) -> None:
    """Stop the lease and count the time used by now, in the hours of the policy that is still in force."""
    entry = turn.situation.queue_entry
    lease = _current(turn.situation, entry) if entry is not None and entry.state == "owned" else None
    if entry is not None and lease is not None:
        turn.change(
            Situation, queue_entry=replace(entry, lease=lease.stopped(turn.at, turn.policy.hours_of_team(entry.team)))
        )


def ends_at(situation: Situation, entry: QueueEntry, policy: Policy) -> datetime | None:
    """Return when the lease will have been used up; None where there is none, or it stands still."""
    team = policy.team(entry.team)
    span = team.queue.lease if team is not None and team.queue is not None and team.queue.led_by == "baton" else None
    lease = _current(situation, entry) if entry.state == "owned" and _runs(situation) else None
    return None if span is None or lease is None else lease.reaches(span, policy.hours_of_team(entry.team))


def _current(s: Situation, entry: QueueEntry) -> Lease | None:
    """Return the lease of the customer's present wait.

    Earlier versions kept no lease; then it has run since the agent had the conversation and the customer waited.
    """
    if entry.lease is None and entry.owned_since is not None and s.waiting.since is not None and _runs(s):
        return Lease(s.waiting.since, since=max(entry.owned_since, s.waiting.since))
    return entry.lease if entry.lease is not None and entry.lease.wait == s.waiting.since else None


def _runs(s: Situation) -> bool:
    return s.is_waiting and s.waiting.callback_at is None
