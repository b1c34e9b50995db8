"""How long until somebody comes: what is known of it, and nothing that is not.

Promises no figure without a basis: the team's own estimate where it has a queue, its opening where it is closed, and
the promise that runs. Must not know how it is worded.
"""

from dataclasses import dataclass
from datetime import timedelta

from policies.facts import HandoffFacts
from policies.situation import Handoff
from policies.turn import Turn


@dataclass(frozen=True, slots=True)
class Outlook:
    """Waits are whole minutes; 0 for `position` and an empty text mean that it is not known, or not needed.

    `opens_at` and `answer_by` are as people of this policy read times.
    """

    position: int = 0
    wait_low: int | None = None
    wait_high: int | None = None
    is_open: bool = True
    opens_at: str = ""
    answer_by: str = ""


def outlook(turn: Turn) -> Outlook:
    """As things stand at this instant."""
    s, place = turn.situation, turn.situation.place
    is_open = not turn.policy.is_closed(s.team, turn.at)
    due = min(
        (c.due_at for c in s.open_clocks if c.name in ("first_response", "next_response") and c.due_at), default=None
    )
    in_line = place if place is not None and place.team == s.team and place.state == "waiting" else None
    return Outlook(
        position=in_line.position if in_line else 0,
        wait_low=in_line.wait_low if in_line and is_open else None,
        wait_high=in_line.wait_high if in_line and is_open else None,
        is_open=is_open,
        opens_at="" if is_open else turn.policy.local_time(turn.policy.hours_of_team(s.team).next_opening(turn.at)),
        answer_by=turn.policy.local_time(due) if due is not None and due > turn.at else "",
    )


def facts(turn: Turn, handoff: Handoff) -> HandoffFacts:
    """A handoff as rules and texts see it, with an estimate that says only what is known."""
    ahead = outlook(turn)
    return HandoffFacts(
        number=handoff.number,
        state=handoff.state,
        from_team=handoff.from_team,
        team=turn.situation.team,
        team_name=turn.policy.team_name(turn.situation.team),
        reason=handoff.reason,
        because=handoff.because,
        by=handoff.accepted_by,
        waited_minutes=int(_waited(turn, handoff).total_seconds()) // 60,
        position=ahead.position,
        wait_low=ahead.wait_low,
        wait_high=ahead.wait_high,
        is_open=ahead.is_open,
        opens_at=ahead.opens_at,
        answer_by=ahead.answer_by,
    )


def _waited(turn: Turn, handoff: Handoff) -> timedelta:
    """In the business time of the team that is wanted, as the rules that wait for it count."""
    return turn.policy.hours_of_team(turn.situation.team).between(handoff.requested_at, turn.at)
