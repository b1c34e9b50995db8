"""How long until somebody comes: what is known of it, and nothing that is not.

Promises no figure without a basis: the team's own estimate where it has a queue, its opening where it is closed, and
the promise that runs. Must not know how it is worded.
"""

from datetime import timedelta

from policies.facts import HandoffFacts
from policies.situation import Handoff
from policies.turn import Turn


def facts(turn: Turn, handoff: Handoff) -> HandoffFacts:
    """A handoff as rules and texts see it, with an estimate that says only what is known."""
    s, place = turn.situation, turn.situation.place
    is_open = not turn.policy.is_closed(s.team, turn.at)
    in_line = place if place is not None and place.team == s.team and place.state == "waiting" else None
    return HandoffFacts(
        number=handoff.number,
        state=handoff.state,
        from_team=handoff.from_team,
        team=s.team,
        team_name=turn.policy.team_name(s.team),
        reason=handoff.reason,
        because=handoff.because,
        by=handoff.accepted_by,
        waited_minutes=int(_waited(turn, handoff).total_seconds()) // 60,
        position=in_line.position if in_line else 0,
        wait_low=in_line.wait_low if in_line and is_open else None,
        wait_high=in_line.wait_high if in_line and is_open else None,
        is_open=is_open,
        opens_at="" if is_open else turn.policy.local_time(turn.policy.hours_of_team(s.team).next_opening(turn.at)),
        answer_by=_answer_by(turn),
        callback_at=turn.policy.local_time(s.callback_at) if s.callback_at else "",
    )


def _answer_by(turn: Turn) -> str:
    """When the customer was promised an answer; empty where nothing is promised, or the time has passed."""
    responses = [c.due_at for c in turn.situation.open_clocks if c.name in ("first_response", "next_response")]
    due = min((at for at in responses if at), default=None)
    return turn.policy.local_time(due) if due is not None and due > turn.at else ""


def _waited(turn: Turn, handoff: Handoff) -> timedelta:
    """In the business time of the team that is wanted, as the rules that wait for it count: since nobody comes."""
    return turn.policy.hours_of_team(turn.situation.team).between(handoff.awaited_at or handoff.requested_at, turn.at)
