"""The sieve: it finds quickly which expressions can match a text, and must miss none."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.insight import patterns, vader
from activities.insight.patterns import Wording, language_of
from activities.insight.sieve import Sieve, beginning, wider
from activities.insight.signs import signs

ENGLISH = language_of("en")
WORDINGS: dict[str, Wording] = {
    "asks": ENGLISH.asks_for_human,
    **{name: weighed.wording for name, weighed in ENGLISH.frustration.items()},
    **{f"risk {name}": wording for name, wording in ENGLISH.risks.items()},
    **{f"system {name}": wording for name, wording in ENGLISH.systems.items()},
}
BEYOND = r"\x{80}-\x{10ffff}"
SIGNS = [
    pytest.param(language.sieve, number, pattern, id=f"{group} {name} {number}")
    for language in signs()
    for (group, name), wording in language.wordings.items()
    for number, pattern in wording.parts.items()
]
PARTS = [
    pytest.param(number, pattern, id=f"{name} {number}")
    for name, wording in WORDINGS.items()
    for number, pattern in wording.parts.items()
]


@pytest.mark.parametrize(
    ("pattern", "looked_for"),
    [
        (r"\b(?:talk|speak)\b", "(?:talk|speak)"),
        (r"refund(?! policy)(?:ed|s)?$", "refund(?:ed|s)?"),
        (r"card(?=\s*(?:[.!?)]|$|\(please\)))s?", "cards?"),
        (r"(?<!\w)sue\b", "sue"),
        (r"\w{1,3}\W{,4}[.\w?]\d{2,5}", rf"[\w{BEYOND}]+[\W{BEYOND}]*[.\w{BEYOND}?][\d{BEYOND}]{{2,}}"),
        (r"\(\[[\]()]\)", r"\(\[[\]()]\)"),
    ],
)
def test_parts_that_re2_cannot_check_are_left_out(pattern: str, looked_for: str) -> None:
    """The RE2 form of an expression leaves out what RE2 can't check, and takes any non-ASCII character for a letter."""
    assert wider(pattern) == looked_for


@pytest.mark.parametrize(
    ("pattern", "looked_for"),
    [
        (r"\b(?:a|b)[^.?!]{0,40}\bx\b|\bc (?:\w{1,10} ){0,3}d\b|e", r"\b(?:a|b)|\bc |e"),
        (r"(?:a[^.?!]{0,3}b|c) d", "(?:a|c)"),
        (r"(?:a|b (?:\w{1,3} ){0,3}c)? d|f", "(?:a|b )?|f"),
        (r"(?:x (?:\w{1,9} )?y|(?<!a)b(?=c)|\(q\)) z", r"(?:x (?:\w{1,9} )?y|(?<!a)b(?=c)|\(q\)) z"),
        (r"[(]x|\)", r"[(]x|\)"),
    ],
)
def test_an_expression_is_looked_for_up_to_its_first_gap(pattern: str, looked_for: str) -> None:
    """The beginning of each alternative is kept; behind a group with a gap in it the rest is left out, too."""
    assert beginning(pattern) == looked_for


def test_only_what_can_match_is_tried() -> None:
    """The sieve names the expressions that a text may match, also where the text has broken characters."""
    sieve = Sieve()
    numbers = [sieve.add(pattern) for pattern in (r"\brefund\b", r"\bmy card\b", r"\blawyer(?! up)")]
    assert sieve.possible("REFUND my card \ud800") == {numbers[0], numbers[1]}
    assert sieve.possible("lawyer up") == {numbers[2]}
    assert sieve.possible("") == frozenset()


@pytest.mark.parametrize(("number", "pattern"), PARTS)
def test_no_match_is_lost(number: int, pattern: re.Pattern[str]) -> None:
    """A text that one of the expressions matches always passes the sieve, in capitals and similar letters, too."""
    check_what_is_let_through(number, pattern, examples=5)


@pytest.mark.parametrize(("sieve", "number", "pattern"), SIGNS)
def test_no_match_of_a_sign_is_lost(sieve: Sieve, number: int, pattern: re.Pattern[str]) -> None:
    """The same holds for the signs of each language."""

    @settings(max_examples=2, database=None, deadline=None)
    @given(st.from_regex(pattern))
    def always(text: str) -> None:
        small = text.lower()
        if pattern.search(small):
            assert number in sieve.possible(small)

    always()


@pytest.mark.soak
@pytest.mark.parametrize(("number", "pattern"), PARTS)
def test_no_match_is_lost_in_many_texts(number: int, pattern: re.Pattern[str]) -> None:
    """The same holds for fifty texts of each expression."""
    check_what_is_let_through(number, pattern, examples=50)


def check_what_is_let_through(number: int, pattern: re.Pattern[str], *, examples: int) -> None:
    @settings(max_examples=examples, database=None)
    @given(st.from_regex(pattern))
    def always(text: str) -> None:
        small = text.lower()
        if pattern.search(small):
            assert number in ENGLISH.asks_for_human.sieve.possible(small)

    always()


@pytest.mark.parametrize("name", WORDINGS)
def test_the_same_words_are_found(name: str) -> None:
    """With the sieve, the words quoted as the reason are the same as with all expressions at once."""
    check_what_is_found(name, examples=10)


@pytest.mark.soak
@pytest.mark.parametrize("name", WORDINGS)
def test_the_same_words_are_found_in_many_texts(name: str) -> None:
    """The same holds for a hundred texts of each kind of wording."""
    check_what_is_found(name, examples=100)


def check_what_is_found(name: str, *, examples: int) -> None:
    wording = WORDINGS[name]
    everything = Sieve()
    whole = Wording(
        everything, wording.looked_for, {everything.add(""): wording.looked_for}, unless_after=re.compile(r"(?!)")
    )

    @settings(max_examples=examples, database=None)
    @given(st.lists(st.one_of(*(st.from_regex(pattern) for pattern in wording.parts.values())), min_size=1, max_size=3))
    def always(texts: list[str]) -> None:
        small = " ".join(texts).lower()
        if name != "asks":
            assert wording.found_in(small) == whole.found_in(small)

    always()


@pytest.mark.skipif(vader._analyser() is None, reason="the extra `sentiment` is not installed")
def test_vader_says_what_it_would_have_said() -> None:
    """VADER is asked less often and with less text, and its verdict stays the same, also for negations and emphasis."""
    found = vader._analyser()
    assert found is not None
    turning = [*sorted(found.words)[:400:9], "not", "never", "least", "kind", "of", "sort", "just", "enough"]
    turning += [
        "yeah",
        "right",
        "hardly",
        "no",
        "but",
        "isn't",
        "😡",
        "☺",
        "the",
        "bus",
        "stop",
        "to",
        "die",
        "for",
        "doubt",
        "without",
    ]
    bright = ["good", "GREAT", "love", "thanks", "nice!", "helpful,", "ok", "card", "when", "so", "this", "…"]

    @settings(max_examples=400, database=None)
    @given(st.lists(st.sampled_from([*turning, *bright, *bright]), max_size=14))
    def always(words: list[str]) -> None:
        text = " ".join(words)
        verdict = found.analyser.polarity_scores(text)["compound"]
        assert found.score(text) == verdict
        assert vader.is_unhappy(text) == (bool(text) and verdict <= -0.5)

    always()


def test_letters_that_count_as_others_are_seen() -> None:
    """A long s and a dotless i count as s and i for the engine, and for the sieve, too."""
    assert ENGLISH.risks["security"].found_in("my card waſ ſtolen") == "card waſ ſtolen"
    assert patterns.language_of("en").risks["legal"].found_in("my lawyer wıll sue") == "lawyer"
