"""Messages are read sooner, and nothing is overlooked for it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.insight import patterns, vader
from activities.insight.literals import folded, has_any, pieces_of
from activities.insight.patterns import Wording, language_of

ENGLISH = language_of("en")
WORDINGS: dict[str, Wording] = {
    "asks": ENGLISH.asks_for_human,
    **{name: weighed.wording for name, weighed in ENGLISH.frustration.items()},
    **{f"risk {name}": wording for name, wording in ENGLISH.risks.items()},
    **{f"system {name}": wording for name, wording in ENGLISH.systems.items()},
}
PARTS = [
    pytest.param(pieces, pattern, id=f"{name} {number}")
    for name, wording in WORDINGS.items()
    for number, (pieces, pattern) in enumerate(wording.parts)
]


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (r"\b(?:talk|speak)\b", ("speak", "talk")),
        (r"f+u+c+k+", ("ck",)),
        (r"(?:re)?fund(?:ed|s)?", ("fund",)),
        (r"(?:direct|redirect) me (?:now )?please", (" me ",)),
        (r"[😡💩]", ("💩", "😡")),
        (r"[a-z]+ing\b(?= soon)", (" soon",)),
        (r"\w+", None),
        (r"(?:refund|)", None),
        (r"x?y*", None),
    ],
)
def test_what_a_text_must_have(pattern: str, pieces: tuple[str, ...] | None) -> None:
    """From each expression the pieces are taken that no match can do without; none where there are none."""
    assert pieces_of(pattern) == pieces


@pytest.mark.parametrize(("pieces", "pattern"), PARTS)
def test_no_match_is_lost(pieces: tuple[str, ...] | None, pattern: re.Pattern[str]) -> None:
    """Whatever an expression of ours can match, its pieces are in it, in any letters that count as the same."""

    @settings(max_examples=10, database=None)
    @given(st.from_regex(pattern))
    def always(text: str) -> None:
        small = text.lower()
        if pattern.search(small):
            assert has_any(pieces, folded(small))

    always()


@pytest.mark.parametrize("name", WORDINGS)
def test_the_same_words_are_found(name: str) -> None:
    """What is quoted as the reason is what trying all expressions at once would quote."""
    wording = WORDINGS[name]
    whole = Wording(wording.looked_for, ((None, wording.looked_for),), unless_after=re.compile(r"(?!)"))

    @settings(max_examples=10, database=None)
    @given(st.lists(st.one_of(*(st.from_regex(pattern) for _, pattern in wording.parts)), min_size=1, max_size=3))
    def always(texts: list[str]) -> None:
        small = " ".join(texts).lower()
        if name != "asks":
            assert wording.found_in(small) == whole.found_in(small)

    always()


@pytest.mark.skipif(vader._analyser() is None, reason="the extra `sentiment` is not installed")
def test_vader_says_what_it_would_have_said() -> None:
    """VADER is asked less often, and its verdict is the same: also of words that turn or dampen others."""
    found = vader._analyser()
    assert found is not None
    turning = [*sorted(found.words)[:400:9], "not", "never", "least", "kind", "of", "sort", "just", "enough"]
    turning += ["yeah", "right", "hardly", "no", "but", "isn't", "😡", "☺"]
    bright = ["good", "GREAT", "love", "thanks", "nice!", "helpful,", "ok", "card", "when", "so", "this", "…"]

    @settings(max_examples=400, database=None)
    @given(st.lists(st.sampled_from([*turning, *bright, *bright]), max_size=9))
    def always(words: list[str]) -> None:
        text = " ".join(words)
        assert vader.is_unhappy(text) == (bool(text) and found.score(text)["compound"] <= -0.5)

    always()


def test_letters_that_count_as_others_are_seen() -> None:
    """A long s and an i without its dot are letters like others to the engine, and so to the pieces."""
    assert ENGLISH.risks["security"].found_in("my card waſ ſtolen") == "card waſ ſtolen"
    assert patterns.language_of("en").risks["legal"].found_in("my lawyer wıll sue") == "lawyer"
