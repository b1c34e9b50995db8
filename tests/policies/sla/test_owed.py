"""Promises that are owed: a table of what begins each clock, and of how it ends."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from policies.document.clocks import CLOCKS, ClockName
from policies.sla.owed import ending, is_owed
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.responsible import Responsible
from policies.state.records.sla import Clock
from policies.state.records.waiting import CustomerWait
from policies.state.situation import Situation
from tests.policies.stories import START, Play, at, minutes

OPEN = Situation(
    "c", opened_at=START, at=at(5), responsible=Responsible(team="tier-1"), waiting=CustomerWait(since=START)
)
ANSWERED: dict[str, Any] = {"waiting": CustomerWait(answered_at=at(5))}
RESOLVED: dict[str, Any] = {"waiting": CustomerWait(), "lifecycle": Lifecycle(status="resolved")}
MERGED: dict[str, Any] = {"lifecycle": Lifecycle(merged_into="b")}
MERGED_AND_RESOLVED = RESOLVED | {"lifecycle": Lifecycle(status="resolved", merged_into="b")}


def test_every_kind_has_its_row() -> None:
    """The table has one row for each name that a policy file may use, in that order."""
    assert get_args(ClockName) == CLOCKS


@pytest.mark.parametrize(
    ("change", "owed"),
    [
        ({}, ["first_response", "resolution", "ownership"]),
        ({"waiting": CustomerWait(since=at(4))}, ["next_response", "resolution", "ownership"]),
        (ANSWERED, ["resolution", "ownership"]),
        ({"responsible": Responsible()}, ["first_response", "resolution"]),
        (RESOLVED, []),
        (MERGED_AND_RESOLVED, []),
    ],
)
def test_an_answer_is_owed_while_the_customer_waits(change: dict[str, Any], owed: list[ClockName]) -> None:
    """An answer is owed while the customer waits, the rest until the conversation is resolved."""
    assert [name for name in CLOCKS if is_owed(replace(OPEN, **change), name)] == owed


@pytest.mark.parametrize(
    ("change", "answers", "resolution", "ownership"),
    [
        ({}, None, None, None),
        (ANSWERED, "met", None, None),
        ({"responsible": Responsible(team="tier-2")}, None, None, "met"),
        (RESOLVED, "cancelled", "met", "met"),
        (MERGED, None, "cancelled", "cancelled"),
        (MERGED_AND_RESOLVED, "cancelled", "cancelled", "cancelled"),
    ],
)
def test_how_each_promise_ends(
    change: dict[str, Any], answers: str | None, resolution: str | None, ownership: str | None
) -> None:
    """Resolving keeps all promises but that of an answer; merging lets the other conversation keep them."""
    endings = {name: ending(replace(OPEN, **change), _clock(name)) for name in CLOCKS}
    assert endings == {
        "first_response": answers,
        "next_response": answers,
        "resolution": resolution,
        "ownership": ownership,
    }


def _clock(name: ClockName) -> Clock:
    return Clock(name, 1, minutes(20), "always", started_at=START, team="tier-1")


def test_one_answer_is_promised_at_a_time() -> None:
    """A customer who writes again before the first answer waits for that answer, not for two."""
    play = Play()
    play.customer(3)
    play.tell("customer_updated", 4, tier="gold")
    assert [clock.id for clock in play.now.sla.open_clocks if clock.kind.is_answer] == ["first_response.1"]
