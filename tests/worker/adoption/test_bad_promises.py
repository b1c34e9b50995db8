"""Promises that make no sense: `baton policy check` answers each with a sentence and its place."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.cases import case
from worker.cli import app

GOOD = case("worker/adoption/good")
BAD = {
    "span": ("1h,", "an hour or so,"),
    "zone": ("New_York", "New_Yrok"),
    "repeated": ("Mo-Fr 09:00-17:00", "Mo-Su 01:30-05:00"),
    "equal": ("1h,", "1h, special: [{priority: urgent, first_response: 5m}, {channel: email, first_response: 10m}],"),
    "never": ("Mo-Fr 09:00-17:00", "Mo-Fr off"),
    "day": ("1h,", "1d,"),
    "end": ("Mo-Fr 09:00-17:00", "Mo-Fr 17:00-49:00"),
}
"""The broken policies: for each, the passage of GOOD and the wrong text that replaces it."""
SAID = """\
span.yaml:10:23: `an hour or so` is not a duration: write a number and a unit, such as 45s, 15m, 8h, 1h30m or 2d
zone.yaml:3:11: There is no time zone "America/New_Yrok"; did you mean "America/New_York"?
repeated.yaml:5:20: "Mo-Su 01:30-05:00" starts at 01:30 on 2026-11-01, which comes twice in America/New_York, where \
the clocks go back; start before or after the repeated hour.
equal.yaml:10:77: the row in line 10 can fit the same conversation, has as many conditions and gives `first_response`, \
too: add a condition to one of them, or a third row for both
never.yaml:5:20: "Mo-Fr off" is never open from 2026 to 2027; write when the team works.
day.yaml:10:23: `1d` is unclear in the business hours `business`, where a day has no fixed length: write hours, such \
as 16h, or give the SLA `hours: always`
end.yaml:5:20: "Mo-Fr 17:00-49:00": 17:00-49:00 is no time of day; hours start by 23:59 and end by 48:00.
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Result]:
    """Return a function that runs `baton policy check` on these files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    def run(files: dict[str, str]) -> Result:
        for name, text in files.items():
            Path(f"{name}.yaml").write_text(text)
        return CliRunner().invoke(app, ["policy", "check", *(f"{name}.yaml" for name in files)])

    return run


def test_every_promise_that_makes_no_sense_is_shown_with_its_place(check: Callable[[dict[str, str]], Result]) -> None:
    """A span, a zone, an ambiguous opening or equal targets that make no sense are each answered with a sentence."""
    done = check({name: GOOD.replace(*change) for name, change in BAD.items()})
    assert (done.exit_code, done.stdout, done.stderr) == (1, SAID, "✗ 7 errors\n")


def test_a_window_that_ends_the_next_morning_is_a_night_shift(check: Callable[[dict[str, str]], Result]) -> None:
    """A window from 22:00 to 06:00 is one window that ends on the next day."""
    done = check({"night": GOOD.replace("Mo-Fr 09:00-17:00", "Mo-Fr 22:00-06:00")})
    assert (done.exit_code, done.stderr) == (0, "✓ night.yaml: acme version 1, 1 teams, 0 rules\n")
