"""Whether a team still knows of a place in its line: looked at every now and then, and what follows where it does not.

Promises that no conversation waits for ever in the line of a team whose workflow was terminated, has forgotten it or
gives no answer: the look itself gets in line again where that is needed, and where it fails, people hear and it is
repeated until the team answers. Must not know how a team is asked (`queueing`, `activities.workflows.teams`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from policies.on_call import ladder
from policies.on_call.calls import subject_of
from policies.running.turn import Turn
from policies.state.situation import Place

LOOKED_FOR_EVERY = timedelta(minutes=15)
"""Business time of the team without a word from it, after which its place is looked for."""
_FIRST_PAUSE, _LONGEST_PAUSE, _DOUBLINGS = timedelta(minutes=1), timedelta(hours=1), 6
"""After a look that failed the next one comes a minute later, then after 2, 4, 8 minutes, up to an hour."""
_PEOPLE_HEAR_AT = 2
"""Looks that failed in a row. The first may have failed because all workers were away."""
CAUSE = "a team's queue does not answer"
"""What people are called for; calls of the same cause may become one incident."""


def next_look(turn: Turn, team: str) -> datetime:
    """Return when a place in the line of this team is looked for, if nothing is heard from the team before."""
    return turn.policy.hours_of_team(team).due(turn.at, LOOKED_FOR_EVERY)


def heard(turn: Turn, place: Place) -> Place:
    """Return the place after a word of its team."""
    if place.unheard >= _PEOPLE_HEAR_AT:
        turn.record("team_answers", f"The queue of {turn.policy.team_name(place.team)} answers again")
    return replace(place, unheard=0, look_at=next_look(turn, place.team))


def not_found(turn: Turn, team: str, why: str) -> None:
    """A look failed: it is repeated, and after the second in a row people hear."""
    place = turn.situation.place
    if place is None or place.team != team or place.state == "owned" or place.look_at is not None:
        return
    unheard = place.unheard + 1
    pause = min(_FIRST_PAUSE * 2 ** min(place.unheard, _DOUBLINGS), _LONGEST_PAUSE)
    turn.change(place=replace(place, unheard=unheard, look_at=turn.at + pause))
    if unheard == _PEOPLE_HEAR_AT:
        _tell_people(turn, place, why)


def _tell_people(turn: Turn, place: Place, why: str) -> None:
    """Those under `alert`; without them the first escalation, and without any whoever reads the desk's notes."""
    text = f"The queue of {turn.policy.team_name(place.team)} does not answer: {why}"
    turn.record("team_silent", text)
    document = turn.policy.document
    target = document.alert or next(iter(document.escalations), "")
    if target:
        ladder.tell(turn, target, f"{text} — {subject_of(turn)}", CAUSE, rule=CAUSE, is_alert=True)
    else:
        turn.note(text, CAUSE)
