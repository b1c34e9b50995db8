"""A hold ends by itself, so that no customer is forgotten because an agent did not release them."""

from typing import Any

import pytest

from policies.contract.commands import Refused
from policies.deadlines import deadlines
from tests.policies.stories import Play, at, reasons, told

DAY = 24 * 60
OVER = "The hold is over, because its time has passed: the promises to the customer run on."


@pytest.mark.parametrize(
    ("stated", "ends"),
    [({}, 5 + 3 * DAY), ({"for": "2h"}, 125), ({"until": at(50).isoformat()}, 50)],
)
def test_a_hold_ends_when_it_was_said_to_end(stated: dict[str, Any], ends: float) -> None:
    """A hold ends at the stated time, else after three days: the clocks run on, and a note says so."""
    play = Play()
    play.command("hold", 5, note="n", **stated)
    assert ("the hold ends", at(ends)) in [(each.what, each.at) for each in deadlines(play.now, play.policy)]
    assert told(play.wake(ends - 1).effects) == []
    assert {clock.state for clock in play.now.sla.open_clocks} == {"paused"}
    over = play.wake(ends)
    assert told(over.effects) == [("note", OVER)]
    assert reasons(over) == ["Released: the time of the hold is over", "Clocks run again"]
    assert {clock.state for clock in play.now.sla.open_clocks} == {"running"}
    assert not [each for each in deadlines(play.now, play.policy) if each.kind == "hold"]


def test_a_released_hold_has_no_end_any_more() -> None:
    """After a release or a resolution nothing happens at the hold's end."""
    for command in ("release", "resolve"):
        play = Play()
        play.command("hold", 5, note="n")
        play.command(command, 10)
        assert OVER not in [said[1] for said in told(play.wake(5 + 3 * DAY).effects)]


@pytest.mark.parametrize("command", ["hold", "snooze"])
def test_nothing_is_put_off_for_decades(command: str) -> None:
    """A hold or snooze of more than 366 days, such as a slip in the year, is refused with a sentence."""
    for body in ({"for": "367d"}, {"until": "2062-01-06T09:00:00Z"}, {"for": "999999999d"}):
        with pytest.raises(Refused, match=f"{command}: nobody waits so long: name a time within 366 days"):
            Play().command(command, 5, note="n", **body)
    Play().command(command, 5, note="n", **{"for": "366d"})


def test_a_hold_that_has_passed_is_refused() -> None:
    """A hold until a time that has passed is refused."""
    with pytest.raises(Refused, match="hold: that time has passed already"):
        Play().command("hold", 5, note="n", until=at(0).isoformat())
