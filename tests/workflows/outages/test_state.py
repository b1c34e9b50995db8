"""The state of an outage: what it tells next, when it looks again, and what its signals do."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.outages.telling import OutageNews, OutageTold
from policies.contract.outages import opened
from workflows.outages import showing
from workflows.outages.state import OutageState

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def state() -> OutageState:
    """Return the state of an outage that was opened now."""
    return OutageState(outage=opened({"when": "true", "text": "We know."}, "shop", "life", NOW))


def after(**span: float) -> datetime:
    """Return the instant so long after the opening."""
    return NOW + timedelta(**span)


def tell(of: OutageState, now: datetime, told: OutageTold | None) -> OutageNews:
    """Return the news that are told now, once they have this result."""
    news = of.news(now)
    assert news is not None
    of.was_told(news, now, told)
    return news


def test_conversations_that_began_meanwhile_are_told_later() -> None:
    """All conversations are told at once, and those that began since the last look half a minute later, and so on."""
    of = state()
    assert tell(of, NOW, OutageTold(told=30)).since is None
    assert (of.news(after(seconds=29)), of.next_look()) == (None, after(seconds=30))
    assert tell(of, after(seconds=30), OutageTold(told=2)).since == after(minutes=-1)
    assert tell(of, after(minutes=6), OutageTold()).since == after(seconds=-30)
    assert (of.next_look(), of.told) == (after(hours=1, minutes=6), 32)


def test_a_conversation_that_could_not_be_told_is_told_again() -> None:
    """A conversation that could not be told is told alone again; where none could, all of them are."""
    of = state()
    tell(of, NOW, None)
    assert (of.news(after(seconds=19)), of.next_look()) == (None, after(seconds=20))
    tell(of, after(seconds=20), OutageTold(told=1, untold=("c-1", "c-2")))
    again = tell(of, after(seconds=40), OutageTold(told=1, untold=("c-2",)))
    assert (again.only, again.since) == (("c-1", "c-2"), None)
    assert tell(of, after(seconds=60), None).only == ("c-2",)
    assert of.news(after(seconds=79)) is None
    assert tell(of, after(seconds=80), OutageTold(told=1)).only == ("c-2",)
    assert tell(of, after(seconds=81), OutageTold()).since is not None


def test_a_change_is_told_to_all() -> None:
    """After a change all conversations are told the new version, with an id of its own."""
    of = state()
    first = tell(of, NOW, OutageTold(told=1))
    of.take_in("change", {"for": "1h", "by": "ana"}, after(minutes=1))
    second = tell(of, after(minutes=1), OutageTold(told=1))
    assert (second.since, second.only, second.body["version"]) == (None, (), 2)
    assert second.body["event_id"] != first.body["event_id"]
    assert of.is_over(after(minutes=61))
    assert not of.is_over(after(minutes=60))


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("change", {"until": "2020-01-01T00:00:00Z"}, "Rejected change: until: name a time within the next 7d"),
        ("close", [], "Rejected close: the input must be one JSON object"),
        ("closed", {}, "Rejected closed: there is no signal closed: there are change, close"),
    ],
)
def test_a_signal_that_cannot_be_read_changes_nothing(name: str, body: object, why: str) -> None:
    """A signal that can't be read is a line of the timeline, and the outage goes on as it was."""
    of = state()
    before = of.outage
    of.take_in(name, body, after(minutes=1))
    assert (of.outage, of.is_over(after(minutes=1)), of.lines[-1].text) == (before, False, why)


def test_an_outage_ends_once() -> None:
    """An outage that is closed stays closed, whatever comes afterwards."""
    of = state()
    of.take_in("close", {"by": "ana", "text": "All is well."}, after(minutes=1))
    of.take_in("change", {"for": "2h"}, after(minutes=2))
    assert [line.text for line in of.lines] == ["Over: ended by ana", "Rejected change: the outage is over already"]
    assert of.end_news().body["text"] == {"": "All is well."}
    assert showing.state(of, after(minutes=3))["state"] == "over"
    assert "## Over: shop" in showing.details(of, after(minutes=3))


def test_a_state_is_handed_on_whole() -> None:
    """The state that one run hands to the next is read as it was written."""
    of = state()
    tell(of, NOW, OutageTold(told=1, untold=("c-1",)))
    of.take_in("change", {"for": "1h"}, after(minutes=1))
    assert OutageState.model_validate(of.model_dump(mode="json")) == of
