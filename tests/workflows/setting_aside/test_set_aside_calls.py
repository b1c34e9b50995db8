"""Calls about items that could not be judged: when people are called about them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.setting_aside.set_aside import ALERT, TOLD_AGAIN, AsideList, SetAside

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def aside(id: str, kind: Any, since: datetime = NOW) -> SetAside:
    """Return an item that could not be judged."""
    return SetAside(id=id, kind=kind, what="…", why="…", since=since)


def told(*items: SetAside) -> AsideList:
    """Return a list of items about which people were called at ten."""
    found = AsideList(items=list(items))
    found.told(NOW)
    return found


def test_an_empty_list_calls_no_person() -> None:
    """With nothing set aside, nobody is called."""
    assert (AsideList().tell_at(), told().tell_at()) == (None, None)


def test_people_are_called_at_once_and_every_half_hour() -> None:
    """A deadline that could not be judged calls people at once, and every half hour until it is judged."""
    assert AsideList(items=[aside("a", "deadline")]).tell_at() == NOW
    assert told(aside("a", "deadline")).tell_at() == NOW + TOLD_AGAIN


def test_a_start_that_could_not_be_judged_calls_people_every_half_hour() -> None:
    """A conversation whose start could not be judged promises nothing, so people are called until it is judged."""
    start = aside("a", "event").model_copy(update={"fact": {"kind": "conversation_started", "source": "helpdesk"}})
    assert told(start).tell_at() == NOW + TOLD_AGAIN


def test_another_deadline_calls_people_at_once() -> None:
    """A second deadline calls people at once, even a second after the first call."""
    found = told(aside("a", "deadline"))
    found.add(aside("b", "deadline", NOW + SECOND))
    assert found.tell_at() == NOW


def test_other_news_is_told_together_a_minute_later() -> None:
    """A hundred effects with an unknown outcome cause one call a minute, not a hundred."""
    found = told(aside("a", "part"))
    found.add(aside("b", "part", NOW + SECOND))
    assert found.tell_at() == NOW + MINUTE


def test_an_outcome_of_a_call_is_no_reason_for_another() -> None:
    """An outcome of a call that can't be judged causes no call of its own."""
    found = told(aside("a", "event"))
    found.add(aside(f"c{ALERT}1/done", "part", NOW + SECOND))
    assert found.tell_at() == NOW + TOLD_AGAIN


def test_an_untold_item_is_told_by_the_next_run() -> None:
    """A run that ends before people hear of an item leaves the call to the next run."""
    found = told(aside("a", "part"))
    found.add(aside("b", "part", NOW + SECOND))
    (first, second) = found.take_all(NOW + 2 * SECOND)
    found.add(first)
    found.add(second)
    assert [(item.tries, item.is_told) for item in found.items] == [(2, True), (2, False)]
    assert found.tell_at() == NOW + MINUTE
