"""Wrong values in any place of a policy: each is told in words of our own."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from policies.loading.sent_policy import UnusablePolicyError, read_sent
from policies.loading.shape import check_shape
from policies.loading.source import Path, PolicySource
from tests.cases import case
from tests.policies.loading.mistakes import TODAY

RICH = PolicySource(case("policies/loading/rich"), "rich.yaml").raw
WRONG: tuple[Any, ...] = (
    "",
    "x",
    "5",
    "-1",
    "1e999",
    "99999999999d",
    "x" * 5_000,
    [],
    [[]],
    ["x"],
    {},
    {"x": "y"},
    [{}],
)
OF_PYDANTIC = re.compile(r"Input|should be|valid (tuple|dict|string|integer|number|list)|instance|None|timedelta|str\b")


def places(content: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of each value in a policy."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def with_value(path: Path, value: Any) -> Any:
    """Return the rich policy with another value in one place."""
    changed = copy.deepcopy(RICH)
    of = changed
    for part in path[:-1]:
        of = of[part]
    of[path[-1]] = value
    return changed


@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(value)[:12])
def test_a_wrong_value_in_any_place_is_told_in_our_words(value: Any) -> None:
    """A wrong value in any place of a policy is told in sentences without a word of a library."""
    sentences = {mistake.sentence for path in places(RICH) for mistake in check_shape(with_value(path, value))}
    assert [sentence for sentence in sentences if OF_PYDANTIC.search(sentence)] == []


def refusal(document: Any) -> str:
    """Return the words with which a policy that a program sends is refused; empty where it is read."""
    try:
        read_sent(document, today=TODAY)
    except UnusablePolicyError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("path", [path for path in places(RICH) if len(path) < 3], ids=str)
def test_a_value_that_is_null_is_told_in_our_words(path: Path) -> None:
    """A policy that a program sends with null in some place is refused in our words, or read without that place."""
    assert not OF_PYDANTIC.search(refusal(with_value(path, None)))
