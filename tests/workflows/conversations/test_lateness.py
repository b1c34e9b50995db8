"""Lateness: what Baton is responsible for, and what came late to Baton."""

from policies.state.effects import AddTag
from tests.policies.stories import at
from workflows.conversations.lateness import Lateness, with_news


def tagged(due: float, key: str = "k") -> AddTag:
    return AddTag(key=key, conversation_id="c", due_at=at(due), because="x", tag="t")


def test_lateness_counts_from_the_later_of_due_and_known() -> None:
    """`opened_at` in the past and late events are late news: their delay is shown apart and blames no worker."""
    (late,) = with_news([tagged(0)], (), at(5))
    known = Lateness().after(late, at(6))
    assert known.latest is not None
    assert (known.worst_ms, known.latest.lateness_ms, known.latest.news_ms) == (60_000, 60_000, 300_000)
    assert known.latest.due_at == at(0)


def test_a_deadline_that_was_ahead_was_known() -> None:
    """A deadline that was ahead before the news could be known: if a worker reaches it late, that is lateness."""
    foreseen, other, coming = with_news([tagged(1), tagged(2), tagged(9)], {at(1)}, at(5))
    assert (foreseen.late_after, other.late_after, coming.late_after) == (at(1), at(5), at(9))
    assert foreseen.does_the_same_as(tagged(1))
    assert other.does_the_same_as(tagged(2))
