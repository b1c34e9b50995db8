"""An estimate of the wait for a person: what is known of it, and no guess.

Promises no figure without a basis: the team's own estimate where it has a queue, its opening where it is closed, and
the clock that runs. Must not know how it is worded.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from policies.handoff.reader import Reader, best
from policies.running.facts import HandoffFacts
from policies.running.turn import Turn
from policies.state.records.handoffs import Handoff


def facts(turn: Turn, handoff: Handoff | None, reader: Reader | None = None, *, closed: str = "") -> HandoffFacts:
    """Return a handoff as rules and texts see it, with an estimate that says only what is known.

    Times and names are written for the policy's own people, or for the customer who is the `reader`. The team is the
    responsible one, or the one that is `closed` where another team stands in for it.
    """
    s, entry = turn.situation, turn.situation.queue_entry
    team = closed or s.responsible.team
    time = reader.time if reader else turn.policy.local_time
    is_open = not turn.policy.is_closed(team, turn.at)
    opens_at = None if is_open else turn.policy.hours_of_team(team).opens_at(turn.at)
    in_line = entry if entry is not None and entry.team == s.responsible.team and entry.state == "waiting" else None
    known = HandoffFacts(waited_minutes=_unanswered(turn)) if handoff is None else _known(turn, handoff)
    return replace(
        known,
        team=team,
        team_name=_team_name(turn, team, reader),
        position=in_line.position if in_line else 0,
        wait_low=in_line.wait_low if in_line and is_open else None,
        wait_high=in_line.wait_high if in_line and is_open else None,
        is_open=is_open,
        opens_at=time(opens_at) if opens_at else "",
        answer_by=_answer_by(turn, time),
        callback_at=time(s.waiting.callback_at) if s.waiting.callback_at else "",
    )


def _unanswered(turn: Turn) -> int:
    """Return the minutes for which the customer has waited for an answer, in the team's business time."""
    since, hours = turn.situation.waiting.since, turn.policy.hours_of_team(turn.situation.responsible.team)
    return 0 if since is None else int(hours.between(since, turn.at).total_seconds()) // 60


def _known(turn: Turn, handoff: Handoff) -> HandoffFacts:
    """Return what is known of the handoff itself."""
    return HandoffFacts(
        number=handoff.number,
        state=handoff.state,
        from_team=handoff.from_team,
        reason=handoff.reason,
        because=handoff.because,
        by=handoff.accepted_by,
        waited_minutes=int(_waited(turn, handoff).total_seconds()) // 60,
    )


def _team_name(turn: Turn, name: str, reader: Reader | None) -> str:
    team = turn.policy.team(name)
    names = team.public_name if team and reader else None
    return names[best(names, reader.languages)] if names and reader else turn.policy.team_name(name)


def _answer_by(turn: Turn, time: Callable[[datetime], str]) -> str:
    """Return when the customer was promised an answer; empty where nothing is promised, or the time has passed."""
    due_at = turn.situation.sla.answer_due_at
    return time(due_at) if due_at is not None and due_at > turn.at else ""


def _waited(turn: Turn, handoff: Handoff) -> timedelta:
    """Return the wait for a person in the wanted team's business time, as rules on `handoff_waiting` count it."""
    return turn.policy.hours_of_team(turn.situation.responsible.team).between(
        handoff.awaited_at or handoff.requested_at, turn.at
    )
