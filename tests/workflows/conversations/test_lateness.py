"""Lateness: what Baton is responsible for, and what came late to Baton."""

from datetime import timedelta

from policies.decide import decide
from policies.state.conversation import opened
from policies.state.effects import AddTag
from policies.state.setting_aside import NOTHING
from tests.policies.stories import at, policy_of, started
from workflows.conversations.late_news import News, foreseen
from workflows.conversations.lateness import Lateness


def tagged(due: float, key: str = "k") -> AddTag:
    return AddTag(key=key, conversation_id="c", due_at=at(due), because="x", tag="t")


def test_lateness_counts_from_the_later_of_due_and_known() -> None:
    """`opened_at` in the past and late events are late news: their delay is shown apart and blames no worker."""
    (late,) = News(known_at=at(5)).mark([tagged(0)])
    known = Lateness().after(late, at(6))
    assert known.latest is not None
    assert (known.worst_ms, known.latest.lateness_ms, known.latest.news_ms) == (60_000, 60_000, 300_000)
    assert known.latest.due_at == at(0)


def test_a_deadline_that_was_ahead_was_known() -> None:
    """A deadline that was ahead before the news could be known: if a worker reaches it late, that is lateness."""
    news = News(known_at=at(5), foreseen=(at(1),))
    foreseen, other, coming = news.mark([tagged(1), tagged(2), tagged(9)])
    assert (foreseen.late_after, other.late_after, coming.late_after) == (at(1), at(5), at(9))
    assert foreseen.does_the_same_as(tagged(1))
    assert other.does_the_same_as(tagged(2))


def test_the_reminders_of_a_foreseen_breach_were_known() -> None:
    """A worker is down over a breach and two reminders of it, then a message comes: none of the three was late news."""
    policy = policy_of(
        "rules:\n  - {name: still late, on: {clock: first_response, every: 30m}, do: [{note: 'Still late'}]}\n"
    )
    before = decide(opened("c", at(0)), started(0), at(0), policy=policy).conversation
    due = before.situation.sla.open_clocks[0].due_at
    assert due is not None
    reminders = tuple(due + timedelta(minutes=minutes) for minutes in (30, 60))
    assert foreseen(before, due + timedelta(minutes=75), policy, NOTHING) == reminders
    assert foreseen(before, due, policy, NOTHING) == ()
