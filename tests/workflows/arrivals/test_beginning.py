"""Unread starts and signals: they are handed on to the next run with all later ones, and always fit."""

import random
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.inflating import text
from workflows.arrivals.arrivals import Arrival, Arrivals
from workflows.arrivals.beginning import Unread
from workflows.carrying.packing import size_of, unpacked
from workflows.limits.server import PAYLOAD_LIMIT, PLAIN_LIMIT, UNREAD_LIMIT
from workflows.setting_aside.set_aside import AsideList, SetAside

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def handed_on(body: Any, came: list[Any], aside: AsideList | None = None) -> Unread:
    """Return what the next run gets of a start and of signals, after checking that it fits."""
    arrivals = Arrivals(0)
    arrivals.facts = [Arrival("message", each, NOW, number) for number, each in enumerate(came)]
    unread = Unread(input=body, began_at=NOW, is_continued=True)
    form, dropped = unread.handed_on(arrivals, aside or AsideList())
    assert size_of({"unread": form}) < PAYLOAD_LIMIT
    again = Unread.model_validate(unpacked(form))
    assert again.dropped == dropped
    return again


def test_signals_that_fit_are_handed_on_whole() -> None:
    """A few signals that could not be read are handed on as they came."""
    came = [{"text": "Hello?", "author": "customer"}, "no object", None]
    again = handed_on({"policy": "p"}, came)
    assert [each.body for each in again.kept()] == came
    assert (again.input, again.dropped) == ({"policy": "p"}, "")


def test_signals_of_two_megabytes_fit() -> None:
    """Three signals of two megabytes are cut to the part that would be read, and the record says so."""
    noise = random.Random(1)
    again = handed_on({"policy": "p"}, [{"text": text(noise, 2_000_000), "event_id": f"e{n}"} for n in range(3)])
    assert [each.body["event_id"] for each in again.kept()] == ["e0", "e1", "e2"]
    assert all(len(each.body["text"]) == 16_000 - len("…".encode()) + 1 for each in again.kept())
    assert again.dropped == "Too large to be carried on whole; dropped or cut: texts of arrivals beyond 16,000 bytes"


def test_a_state_of_an_earlier_run_stays_whole() -> None:
    """A state that no worker can read is never cut, however many signals come."""
    noise = random.Random(2)
    carried = {"carried": {"zlib": text(noise, 1_500_000)}}
    again = handed_on(carried, [{"text": text(noise, 3_000), "event_id": f"e{n}"} for n in range(2_000)])
    assert again.input == carried
    assert again.kept()[-1].body["event_id"] == "e1999"


def test_a_start_of_two_megabytes_fits() -> None:
    """A start as large as the server takes is cut to the part that would be read."""
    words = b64encode(random.Random(3).randbytes(1_500_000)).decode()  # of a hexadecimal text half would be left
    again = handed_on({"policy": "p", "subject": words}, [])
    assert (again.input["policy"], "the start" in again.dropped) == ("p", True)


_BODIES = st.sampled_from([(0, 0), (3, 2_000_000), (100, 40_000), (2_000, 3_000), (10_000, 200)])


@pytest.mark.soak
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["state", "texts", "numbers", "names", "deep"]), _BODIES, st.booleans(), st.integers(0, 99))
def test_any_unreadable_start_fits(kind: str, shape: tuple[int, int], has_aside: bool, seed: int) -> None:
    """The next run gets an unreadable start and its signals in some form, whatever their shape and size."""
    noise = random.Random(seed)
    inputs: dict[str, Any] = {
        "state": {"carried": {"zlib": text(noise, 1_500_000)}},
        "texts": {"policy": text(noise, 1_000_000), "more": [text(noise, 900)] * 1_000},
        "numbers": [noise.random() for _ in range(100_000)],
        "names": {text(noise, 100): text(noise, 100) for _ in range(9_000)},
        "deep": [[[[[text(noise, 20)] * 6] * 6] * 6] * 6] * 6,
    }
    count, size = shape
    items = [
        SetAside(id=text(noise, 900), kind="event", what="x", why=text(noise, 300), since=NOW, raw=text(noise, 9_000))
        for _ in range(200 if has_aside else 0)
    ]
    came = [{"text": text(noise, size), "event_id": f"e{n}"} for n in range(count)]
    again = handed_on(inputs[kind], came, AsideList(items=items))
    assert kind != "state" or again.input == inputs["state"]
    assert len(again.kept()) >= min(count, 100)
    assert PLAIN_LIMIT < UNREAD_LIMIT < PAYLOAD_LIMIT
