"""The expected wait that a customer is told: an honest range, or nothing."""

from datetime import timedelta

import pytest

from policies.queues.teams.estimate import Estimate, pace
from policies.queues.teams.state import Grant
from tests.policies.queues.teams.crews import Crew
from tests.policies.stories import at


def grants(*when: float) -> list[Grant]:
    """Return grants at these minutes."""
    return [Grant(at(minute), f"c{minute:g}", "ann", timedelta(minutes=3), "…") for minute in when]


@pytest.mark.parametrize(
    ("position", "when", "now", "expected"),
    [
        pytest.param(1, (0, 5, 10, 15), 16, None, id="four grants are no basis"),
        pytest.param(1, (0, 5, 10, 15, 20), 20, Estimate(5, 6), id="the next one, where one goes every five minutes"),
        pytest.param(3, (0, 5, 10, 15, 20), 20, Estimate(15, 16), id="everybody ahead takes as long"),
        pytest.param(1, (0, 2, 10, 12, 30), 30, Estimate(2, 8), id="a range where it goes by fits and starts"),
        pytest.param(1, (0, 1, 2, 3, 4), 64, Estimate(1, 2), id="one long silence alone is no reason to promise hours"),
        pytest.param(1, (0, 30, 31, 32, 33), 63, Estimate(1, 30), id="but a silence like an earlier one is"),
        pytest.param(1, (0, 0, 0, 0, 0), 0, Estimate(1, 2), id="never less than a minute"),
        pytest.param(1, (0, 5, 10, 15, 20), 121, None, id="what is two hours old tells nothing"),
        pytest.param(2, (0, 1.5, 3, 4.5, 6), 6, Estimate(3, 4), id="rounded to whole minutes"),
    ],
)
def test_an_estimate_is_a_range_from_what_was(
    position: int, when: tuple[float, ...], now: float, expected: Estimate | None
) -> None:
    """The range goes from the first to the third quartile of the times between grants, times the position."""
    moves = pace(grants(*when), at(now))
    assert (moves.wait(position) if moves else None) == expected


def test_an_estimate_reads_as_one_would_say_it() -> None:
    """An estimate reads like “4 to 9 minutes”, the words that customers see."""
    assert str(Estimate(4, 9)) == "4 to 9 minutes"


def test_a_waiting_customer_hears_the_estimate_with_the_position() -> None:
    """After five grants the team knows how long one takes, and tells the wait as a text and in numbers."""
    crew = Crew("{capacity: 1}", there=("ann",))
    for number in range(5):
        crew.asks(4 * number, f"c{number}")
        crew.owned(4 * number, f"c{number}", "ann")
        crew.leaves(4 * number + 3, f"c{number}")
    crew.goes(17, "ann")
    [told] = crew.asks(20, "late").messages
    body = {name: told.body[name] for name in ("position", "present", "wait", "wait_low", "wait_high")}
    assert body == {"position": 1, "present": 0, "wait": "4 to 5 minutes", "wait_low": 4, "wait_high": 5}


def test_without_a_basis_nothing_is_promised() -> None:
    """A team that just began tells the position and no time."""
    crew = Crew()
    [told] = crew.asks(0, "c").messages
    assert sorted(told.body) == [
        "because", "event_id", "occurred_at", "position", "present", "team", "ticket", "told"
    ]  # fmt: skip
