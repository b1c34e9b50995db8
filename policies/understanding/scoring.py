"""The escalation score: many weak signs together, weighed after each reading of what the customer means.

Promises that one noisy message, a failed reading, or a value that swings about the threshold sets nothing off: the
score becomes high once, after several high readings in a row, and again only after it was calm. Must not know what a
policy does about it.
"""

from dataclasses import replace

from policies.document.document import ReasonCode
from policies.document.scores import SIGNS, ScoreTerms, Sign
from policies.running.facts import ScoreFacts
from policies.running.turn import Turn
from policies.state.meaning import Understanding
from policies.state.records.understood import Score, Understood
from policies.state.situation import Situation

_MANY = 3
"""The number of open questions, repetitions or failed answers that gives a sign its full weight."""
_BY_PRIORITY = {"low": 0.0, "normal": 0.0, "high": 0.5, "urgent": 1.0}
_REASONS: dict[Sign, ReasonCode] = {
    "confidence": "low_confidence",
    "sentiment": "sentiment",
    "unresolved": "beyond_automation",
    "urgency": "sla",
    "value": "value",
}


def weigh(turn: Turn, understanding: Understanding) -> None:
    """Bring the score up to date with a reading; tell the rules where it has become high."""
    terms = turn.policy.document.score
    if terms is None:
        return
    before = turn.situation.understanding.score or Score()
    parts = _parts(turn.situation, understanding, terms)
    points = sum(part for _, part in parts)
    in_a_row = before.in_a_row + 1 if points >= terms.high_at else 0
    is_high = points > terms.calm_at if before.is_high else in_a_row >= terms.readings
    turn.change(Understood, score=replace(before, points=points, in_a_row=in_a_row, is_high=is_high, parts=parts))
    if in_a_row or before.is_high:
        turn.record("score", _sentence(points, parts, terms, in_a_row, was_high=before.is_high, is_high=is_high))
    if is_high and not before.is_high:
        turn.announce(_facts(points, parts, in_a_row))


def _parts(s: Situation, u: Understanding, terms: ScoreTerms) -> tuple[tuple[Sign, int], ...]:
    """Return the points of each sign that gives any, the most first."""
    shares: dict[Sign, float] = {
        "confidence": max(1 - u.confidence if u.confidence is not None else 0.0, min(1.0, u.failed / _MANY)),
        "sentiment": u.frustration,
        "unresolved": min(1.0, (u.unresolved + u.repeated) / _MANY),
        "urgency": max(_BY_PRIORITY[s.contact.priority], _by_promise(s)),
        "value": _value(s, terms),
    }
    points: dict[Sign, int] = {sign: round(getattr(terms.weights, sign) * share) for sign, share in shares.items()}
    return tuple(sorted(((sign, part) for sign, part in points.items() if part), key=_most_first))


def _most_first(part: tuple[Sign, int]) -> tuple[int, int]:
    return -part[1], SIGNS.index(part[0])


def _by_promise(s: Situation) -> float:
    """Return the urgency of the worst clock that the customer still waits for: 1 breached, 0.5 at risk."""
    if any(clock.state == "breached" for clock in s.sla.open_promises):
        return 1.0
    return 0.5 if any(clock.is_at_risk for clock in s.sla.open_promises) else 0.0


def _value(s: Situation, terms: ScoreTerms) -> float:
    if s.contact.customer.tier in terms.valued_tiers:
        return 1.0
    return min(1.0, max(0.0, (s.contact.customer.value or 0.0) / terms.full_value))


def _facts(points: int, parts: tuple[tuple[Sign, int], ...], in_a_row: int) -> ScoreFacts:
    """Return the facts for rules. The reason is the heaviest sign that can change: a customer's value alone is none."""
    reason = next((_REASONS[sign] for sign, _ in parts if sign != "value"), "value")
    return ScoreFacts(score=points, readings=in_a_row, reason=reason, why=tuple(f"{sign} {n}" for sign, n in parts))


def _sentence(
    points: int,
    parts: tuple[tuple[Sign, int], ...],
    terms: ScoreTerms,
    in_a_row: int,
    *,
    was_high: bool,
    is_high: bool,
) -> str:
    made_of = ", ".join(f"{sign} {part}" for sign, part in parts) or "no sign"
    if was_high:
        what = "still high" if is_high else f"calm again, at {terms.calm_at} or less"
    elif is_high:
        what = f"high: {terms.high_at} or more in {in_a_row} readings"
    else:
        what = f"{terms.high_at} or more in {in_a_row} of {terms.readings} readings"
    return f"Escalation score {points} ({made_of}): {what}"
