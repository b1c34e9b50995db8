"""Shortening: every text that is shown fits what Temporal's server takes, whatever its characters."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workflows.limits.server import DETAILS_LIMIT, KEYWORD_LIMIT, SEARCH_ATTRIBUTE_LIMIT, SUMMARY_LIMIT
from workflows.limits.shortening import details, keyword, keywords, summary

REFUNDS = [f"возврат-средств-{number:02}" for number in range(23)]
CYRILLIC, EMOJI = "в", "🎈"
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from([CYRILLIC, EMOJI, "\u0000", "\u202e", '"', "\\", "\ud83d"])))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("billing", "billing"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 255),
        (CYRILLIC * 255, CYRILLIC * 255),  # 1,532 bytes
        (EMOJI * 170, EMOJI * 170),  # 2,042 bytes
        (EMOJI * 171, EMOJI * 170 + "…"),  # 2,054 bytes: over the limit; 2,048 with the sign
        (EMOJI * 180, EMOJI * 170 + "…"),
        ("a\u0000b\u001bc\u202ed\ud83de", "abcde"),
        ('"' * 300, '"' * 255),
    ],
)
def test_a_keyword_at_and_over_each_edge(value: str, shown: str) -> None:
    """A channel, team or assignee is listed whole where it fits, else cut; what no database holds is left out."""
    assert keyword(value) == shown
    assert len(json.dumps(shown)) <= SEARCH_ATTRIBUTE_LIMIT


def as_list(values: list[str]) -> int:
    """Return the list's bytes as JSON with every non-ASCII character escaped."""
    return len(json.dumps(values))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([], []),
        (["x" * 7] * 186, ["x" * 7] * 186),  # 2,046 bytes with the brackets; eleven more would be too many
        (["x" * 7] * 187, ["x" * 7] * 186),
        (["x" * 255] * 8, ["x" * 255] * 7),
        (REFUNDS, REFUNDS[:22]),  # 92 bytes each
        ([EMOJI * 170], [EMOJI * 170]),  # 2,044 bytes with the brackets
        ([EMOJI * 171], [EMOJI * 169 + "…"]),  # 2,048 bytes as a keyword alone, which brackets would make too many
        ([EMOJI * 180] * 2, [EMOJI * 169 + "…"]),
        (["x" * 7, EMOJI * 180, "y"], ["x" * 7, "y"]),
    ],
)
def test_a_list_of_keywords_at_and_over_each_edge(values: list[str], shown: list[str]) -> None:
    """A conversation's tags are listed from the first on, as many as there is room for."""
    assert keywords(values) == shown
    assert as_list(shown) <= SEARCH_ATTRIBUTE_LIMIT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 198, "x" * 198),
        ("x" * 199, "x" * 192 + "…"),
        (CYRILLIC * 33, CYRILLIC * 33),
        (CYRILLIC * 34, CYRILLIC * 32 + "…"),
    ],
)
def test_a_summary_at_and_over_its_edge(text: str, shown: str) -> None:
    """A timer's summary for operators is cut where it is too long."""
    assert summary(text) == shown
    assert len(json.dumps(shown)) <= SUMMARY_LIMIT


@pytest.mark.parametrize("letter", ["x", CYRILLIC, EMOJI])
def test_a_page_at_and_over_its_edge(letter: str) -> None:
    """A page of details that fits is shown whole; a longer one loses its last lines and ends with a sign."""
    line = letter * (99 // len(letter.encode())) + "\n"
    fits = (line * 400).encode()[:DETAILS_LIMIT].decode(errors="ignore")
    whole = fits + "x" * (DETAILS_LIMIT - len(fits.encode()))
    assert details(whole) == whole
    cut = details(whole + "x")
    assert len(cut.encode()) <= DETAILS_LIMIT
    kept, sign = cut.split("\n\n")
    assert (set(kept.splitlines()), sign) == ({line.strip()}, "…")


@given(st.lists(TEXTS, max_size=40))
@example([EMOJI * 180] * 3)
@example([CYRILLIC * 4_000])
def test_any_shown_texts_fit(texts: list[str]) -> None:
    """Any texts are shown within the server's limits, and a list that has tags shows at least one."""
    _fits(texts)


@pytest.mark.soak
@settings(max_examples=5_000)
@given(st.lists(TEXTS, max_size=200))
def test_any_shown_texts_fit_thousands_of_times(texts: list[str]) -> None:
    """Thousands of other texts are shown within the limits."""
    _fits(texts)


def _fits(texts: list[str]) -> None:
    shown = keywords(texts)
    assert as_list(shown) <= SEARCH_ATTRIBUTE_LIMIT
    assert (shown == []) == (texts == [])
    for text in [*texts, "\n".join(texts)]:
        one: Any = keyword(text)
        assert (len(one) <= KEYWORD_LIMIT, len(json.dumps(one)) <= SEARCH_ATTRIBUTE_LIMIT) == (True, True)
        assert len(json.dumps(summary(text))) <= SUMMARY_LIMIT
        assert len(details(text).encode(errors="replace")) <= DETAILS_LIMIT
        one.encode()  # raises where half a character is left
