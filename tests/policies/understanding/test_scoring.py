"""The escalation score: many weak signs together escalate a conversation, one noisy message does not."""

from typing import Any

import pytest

from policies.loading.load import PolicyError
from policies.state.records.understood import Score
from tests.cases import case
from tests.policies.stories import Play, policy_of, reasons, told
from tests.policies.understanding.readings import reading

SCORE = case("policies/understanding/score")
POLICY = policy_of(SCORE)
BAD: dict[str, Any] = {"frustration": 1.0, "unresolved": 3}


def read(play: Play, when: float, **meaning: Any) -> list[tuple[str, ...]]:
    play.customer(when)
    return told(play.feed(reading(when, f"customer-{when:g}", **meaning), when).effects)


def test_a_pattern_escalates_and_says_what_it_is_made_of() -> None:
    """A score that is high in two readings in a row escalates, and its heaviest signs are the reason."""
    play = Play(POLICY)
    assert read(play, 1, **BAD) == []
    assert read(play, 2, **BAD) == [("assign", "tier-2"), ("note", "Score 60: sentiment 40, unresolved 20")]
    assert play.now.responsible.reason == "sentiment"
    assert "Escalation score 60 (sentiment 40, unresolved 20): high: 60 or more in 2 readings" in [
        entry.text for entry in play.now.told.timeline
    ]


def test_one_noisy_message_decides_nothing() -> None:
    """A score that is high only in every other reading escalates nothing."""
    play = Play(POLICY)
    for minute, meaning in enumerate((BAD, {}, BAD, {"frustration": 0.9}), start=1):
        assert read(play, minute, **meaning) == []


def test_a_reading_that_failed_neither_counts_nor_interrupts() -> None:
    """A reading that failed neither raises the score nor interrupts two high readings in a row."""
    play = Play(POLICY)
    assert read(play, 1, **BAD) == []
    assert read(play, 2, trouble="no answer in time") == []
    assert play.now.understanding.score == Score(60, 1, is_high=False, parts=(("sentiment", 40), ("unresolved", 20)))
    assert read(play, 3, **BAD)[0] == ("assign", "tier-2")


def test_a_score_that_swings_about_the_threshold_is_high_once() -> None:
    """A score that was high can be high again only after it was calm, at 40 or less."""
    play = Play(policy_of(SCORE.replace("escalate: tier-2", "tag: high").replace("- note:", "- note:")))
    read(play, 1, **BAD)
    assert ("tag", "high") in read(play, 2, **BAD)
    play.tell("tag_removed", 2, tag="high")
    assert read(play, 3, frustration=0.8, unresolved=2) == []
    assert play.now.understanding.score is not None
    assert play.now.understanding.score.is_high
    assert read(play, 4, **BAD) == []
    assert read(play, 5, **BAD) == []
    assert read(play, 6, frustration=0.2) == []
    assert not play.now.understanding.score.is_high
    read(play, 7, **BAD)
    assert ("tag", "high") in read(play, 8, **BAD)


def test_the_value_of_a_customer_weighs_but_explains_nothing() -> None:
    """A customer's value adds points in proportion, and a valued tier adds all of them."""
    for customer, points in (({"value": 5000}, 10), ({"value": 99999}, 20), ({"tier": "enterprise"}, 20), ({}, 0)):
        play = Play(POLICY, customer=customer)
        read(play, 1, confidence=0.0, failed=3)
        assert play.now.understanding.score is not None
        assert dict(play.now.understanding.score.parts).get("value", 0) == points
        assert play.now.understanding.score.points == 30 + points


def test_urgency_is_the_priority_or_the_worst_open_promise() -> None:
    """Urgent priority or a breach gives all points for urgency; high priority or an at-risk clock gives half."""
    for priority, when, points in (("urgent", 1, 20), ("high", 1, 10), ("normal", 12, 10), ("low", 25, 20)):
        play = Play(POLICY, priority=priority)
        read(play, when)
        assert play.now.understanding.score is not None
        assert play.now.understanding.score.points == points


def test_an_unknown_confidence_gives_no_points() -> None:
    """An unknown confidence adds no points: only low confidence or failed answers do."""
    for meaning, points in (({}, 0), ({"confidence": 0.1}, 27), ({"failed": 1}, 10), ({"failed": 9}, 30)):
        play = Play(POLICY)
        read(play, 1, **meaning)
        assert play.now.understanding.score is not None
        assert play.now.understanding.score.points == points


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ("high_at: 60", "high_at: 400", "the weights give 130 points at most, so the score never reaches 400"),
        (
            "calm_at: 40",
            "calm_at: 60",
            "`calm_at` must be lower than `high_at`, or the score would swing: less than 60",
        ),
        ("on: score_high", "on: message", "no rule listens to it: add one with `on: score_high`"),
    ],
)
def test_a_score_that_can_not_work_is_refused(wrong: str, right: str, sentence: str) -> None:
    """A score that can't reach its threshold, swings, or has no rule is refused with a remedy."""
    text = SCORE.replace(wrong, right).replace('{{ event.score }}: {{ event.why | join(", ") }}', "x")
    with pytest.raises(PolicyError) as error:
        policy_of(text)
    assert sentence in str(error.value)


def test_a_rule_that_listens_to_no_score_is_refused() -> None:
    """A rule on a high score is refused in a policy without a score."""
    with pytest.raises(PolicyError, match="there is no `score`, so it is never high"):
        policy_of("\nrules: [{name: up, on: score_high, do: [{tag: x}]}]\n")


def test_rising_is_on_the_record_before_it_is_high() -> None:
    """The first high reading stands on the timeline, with the number of readings that are needed."""
    play = Play(POLICY)
    play.customer(1)
    decision = play.feed(reading(1, "customer-1", **BAD), 1)
    assert "Escalation score 60 (sentiment 40, unresolved 20): 60 or more in 1 of 2 readings" in reasons(decision)
