"""docs/on-call.md is checked: its policies load, and its tables name the people who are on call."""

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from policies.document.document import Document
from policies.document.rotation import on_call
from policies.loading.load import load_policy
from worker.cli import app

PAGE = (Path(__file__).parents[3] / "docs" / "on-call.md").read_text()
_PLACES = {match.start(): match[1] for match in re.finditer(r"```yaml\n(.*?)```", PAGE, re.DOTALL)}
ROWS = [
    (match.start(), *match.groups())
    for match in re.finditer(r"^\| (\w{3}) (\d{4}-\d\d-\d\d \d\d:\d\d) \| ([\w, ]+) \|", PAGE, re.MULTILINE)
]
OPTIONS = re.findall(r"^(?:    )?baton on-call(?: (override|overrides|import|check))?\b(.*)$", PAGE, re.MULTILINE)


def load(text: str) -> Document:
    return load_policy(text, file="on-call.md", today=date(2026, 1, 1))


@pytest.mark.parametrize("text", _PLACES.values(), ids=map(str, range(len(_PLACES))))
def test_every_policy_of_the_page_can_be_copied(text: str) -> None:
    """Each example policy of the page loads as it is written."""
    assert load(text).on_call["primary"].layers


@pytest.mark.parametrize(("place", "weekday", "at", "people"), ROWS, ids=[row[2] for row in ROWS])
def test_each_row_of_the_page_names_the_person_on_call(place: int, weekday: str, at: str, people: str) -> None:
    """Each row of a table is true under the policy above it."""
    rotation = load(_PLACES[max(start for start in _PLACES if start < place)]).on_call["primary"]
    when = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert f"{when:%a}" == weekday
    assert on_call(rotation, when) == tuple(people.split(", ") if people != "nobody" else ())


def test_the_page_has_rows() -> None:
    """The page has twelve rows, so the pattern finds the tables."""
    assert len(ROWS) == 12


@pytest.mark.parametrize(("command", "words"), OPTIONS)
def test_every_option_of_the_page_exists(command: str, words: str) -> None:
    """Each option that the page shows for a command exists."""
    shown = CliRunner().invoke(app, ["on-call", command or "show", "--help"], env={"COLUMNS": "200"}).stdout
    assert all(option in shown for option in re.findall(r"--[a-z-]+", words))
