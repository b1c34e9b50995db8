"""docs/clocks.md names the tests of its last table, and each test of a hard case is named there."""

import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
PAGE = (TESTS.parent / "docs" / "clocks.md").read_text()
TABLE = PAGE[PAGE.index("## The cases that other systems get wrong") :]
LINES = [line.strip("|").split("|") for line in TABLE.splitlines() if line.startswith("| ")]
ROWS = [[cell.strip() for cell in line] for line in LINES[1:]]
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)


@cache
def defined(file: Path) -> set[str]:
    """Return the names of a file's tests."""
    return {*re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE)}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_of_a_row_exists(file: str, name: str) -> None:
    """Each test that the table names exists in its file."""
    assert name in defined(TESTS / file)


def test_every_row_is_proved() -> None:
    """Each hard case in the table has a rule and a test."""
    assert len(ROWS) == len({case for case, _, _ in ROWS}) == 41
    assert [case for case, rule, proof in ROWS if not (rule and proof)] == []


def test_no_row_has_a_test_that_the_page_does_not_name() -> None:
    """Each test of a hard case is named on the page."""
    there = {
        (str(file.relative_to(TESTS)), name)
        for file in TESTS.rglob("test_*.py")
        for name in defined(file)
        if name.startswith("test_row_")
    }
    assert there - set(NAMED) == set()
