"""Checks that a team still knows of a conversation's queue entry, and the consequences where it does not.

Promises that no conversation waits for ever in the queue of a team whose workflow was terminated, has forgotten the
entry or gives no answer: each check enters the queue again where needed, and where checks fail, people are told and the
check is repeated until the team answers. Must not know how a team is asked (`queueing`, `activities.workflows.teams`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from policies.on_call import ladder
from policies.on_call.calls import subject_of
from policies.running.turn import Turn
from policies.state.records.queue_entry import QueueEntry
from policies.state.situation import Situation

LOOKED_FOR_EVERY = timedelta(minutes=15)
"""The team's business time without a word from it after which its queue entry is checked."""
_FIRST_PAUSE, _LONGEST_PAUSE, _DOUBLINGS = timedelta(minutes=1), timedelta(hours=1), 6
"""The pause after a failed check: a minute, then 2, 4, 8 minutes, up to an hour."""
_PEOPLE_HEAR_AT = 2
"""Failed checks in a row after which people are told. The first may have failed because all workers were away."""
CAUSE = "a team's queue does not answer"
"""The cause for which people are called; calls of the same cause may become one incident."""


def next_look(turn: Turn, team: str) -> datetime:
    """Return when the queue entry is checked next, if nothing is heard from this team before."""
    return turn.policy.hours_of_team(team).due(turn.at, LOOKED_FOR_EVERY)


def heard(turn: Turn, entry: QueueEntry) -> QueueEntry:
    """Return the queue entry after a word from its team, with its next check due later."""
    if entry.unheard >= _PEOPLE_HEAR_AT:
        turn.record("team_answers", f"The queue of {turn.policy.team_name(entry.team)} answers again")
    return replace(entry, unheard=0, look_at=next_look(turn, entry.team))


def not_found(turn: Turn, team: str, why: str) -> None:
    """Take in that a check failed: repeat it later, and after the second failure in a row tell people."""
    entry = turn.situation.queue_entry
    if entry is None or entry.team != team or entry.state == "owned" or entry.look_at is not None:
        return
    unheard = entry.unheard + 1
    pause = min(_FIRST_PAUSE * 2 ** min(entry.unheard, _DOUBLINGS), _LONGEST_PAUSE)
    turn.change(Situation, queue_entry=replace(entry, unheard=unheard, look_at=turn.at + pause))
    if unheard == _PEOPLE_HEAR_AT:
        _tell_people(turn, entry, why)


def _tell_people(turn: Turn, entry: QueueEntry, why: str) -> None:
    """Notify the policy's `alert`, else its first escalation; in a policy without either, write an internal note."""
    text = f"The queue of {turn.policy.team_name(entry.team)} does not answer: {why}"
    turn.record("team_silent", text)
    document = turn.policy.document
    target = document.alert or next(iter(document.escalations), "")
    if target:
        ladder.tell(turn, target, f"{text} — {subject_of(turn)}", CAUSE, rule=CAUSE, is_alert=True)
    else:
        turn.note(text, CAUSE)
