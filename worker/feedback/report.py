"""The report on people's answers about each reason and each rule: shares with intervals, and conclusions.

Promises no conclusion where there are too few answers, or where the interval of 95 % leaves it open. Must not know
where answers come from or how they are shown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from activities.ledger.feedback import FeedbackRow
from policies.document.hindsight import QUESTIONS, RATING, Question
from worker.tagger.evaluating import Share

ENOUGH = 10
"""The least number of answers for a conclusion. With fewer, the interval is as wide as half of the scale."""
NOT_MOVED = "no other team or person was brought in"
PEOPLE = "people's own decision"

_ADVICE: tuple[tuple[Question, str, str, str], ...] = (
    ("needed", "needed", "raise its threshold or narrow its condition", "agree when to bring other people in"),
    (
        "right_team",
        "to the right team",
        "check to which team it sends conversations",
        "agree which team is responsible for which topic",
    ),
)


@dataclass(frozen=True, slots=True)
class Group:
    """The answers about one reason, or one rule of one policy. `rule` is empty where no rule decided."""

    name: str
    policy: str
    rule: str
    conversations: int
    shares: dict[Question, Share]
    ratings: tuple[float, ...]

    @property
    def rating(self) -> float | None:
        """The average rating of the customers; None where there are no ratings."""
        return fmean(self.ratings) if self.ratings else None


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """The groups by reason and by rule, and the conclusions in sentences."""

    reasons: list[Group]
    rules: list[Group]
    sentences: list[str]


def report(answers: Sequence[FeedbackRow]) -> FeedbackReport:
    """Return the report; groups with the most conversations come first."""
    reasons = _grouped(answers, lambda answer: ("", "", answer.reason if answer.moved_at else NOT_MOVED))
    moved = [answer for answer in answers if answer.moved_at is not None]
    rules = _grouped(moved, lambda answer: (answer.policy, answer.rule, answer.rule or PEOPLE))
    return FeedbackReport(reasons, rules, [*_verdicts(rules), *_too_few(rules)])


def as_data(found: FeedbackReport) -> dict[str, Any]:
    """Return the report as data for machines."""
    return {
        "reasons": [{"reason": group.name, **_data(group)} for group in found.reasons],
        "rules": [{"rule": group.rule, "policy": group.policy, **_data(group)} for group in found.rules],
        "sentences": found.sentences,
    }


def percent(share: Share) -> str:
    """Return a share and its interval: `3 of 20 needed` is `15 % (5–36)`. Empty where there are no answers."""
    if share.value is None or share.interval is None:
        return ""
    low, high = share.interval
    return f"{share.value:.0%} ({low * 100:.0f}–{high * 100:.0f})".replace("%", " %")


def _grouped(answers: Iterable[FeedbackRow], key_of: Callable[[FeedbackRow], tuple[str, str, str]]) -> list[Group]:
    sorted_out: dict[tuple[str, str, str], list[FeedbackRow]] = {}
    for answer in answers:
        sorted_out.setdefault(key_of(answer), []).append(answer)
    groups = [_group(*key, given) for key, given in sorted_out.items()]
    return sorted(groups, key=lambda group: (-group.conversations, group.name, group.policy))


def _group(policy: str, rule: str, name: str, answers: Sequence[FeedbackRow]) -> Group:
    return Group(
        name,
        policy,
        rule,
        len({answer.conversation_id for answer in answers}),
        {question: _share(question, answers) for question in QUESTIONS},
        tuple(answer.answer for answer in answers if answer.question == RATING and answer.answer is not None),
    )


def _share(question: Question, answers: Sequence[FeedbackRow]) -> Share:
    said = [answer.answer for answer in answers if answer.question == question]
    return Share(sum(answer == 1 for answer in said), len(said))


def _verdicts(rules: Iterable[Group]) -> Iterable[str]:
    """Yield advice where it is certain that most answers are bad: the upper end of the interval is below one half."""
    for group in rules:
        for question, words, for_a_rule, for_people in _ADVICE:
            share = group.shares[question]
            if share.of >= ENOUGH and share.interval is not None and share.interval[1] < 1 / 2:
                low, high = share.interval
                interval = f"{low * 100:.0f}–{high * 100:.0f} %"
                advice = for_a_rule if group.rule else for_people
                yield f"{group.name}: {share.hits} of {share.of} {words} ({interval}): {advice}"


def _too_few(rules: Iterable[Group]) -> Iterable[str]:
    counts = ((group.name, max(group.shares[question].of for question, *_ in _ADVICE)) for group in rules)
    few = [f"{name} ({count})" for name, count in counts if count < ENOUGH]
    if few:
        yield f"Fewer than {ENOUGH} answers say nothing yet about: {', '.join(few)}"


def _data(group: Group) -> dict[str, Any]:
    shares = {
        question: {"yes": share.hits, "of": share.of, "share": share.value, "interval": share.interval}
        for question, share in group.shares.items()
    }
    rating = {"mean": group.rating, "of": len(group.ratings)}
    return {"conversations": group.conversations, **shares, "rating": rating}
