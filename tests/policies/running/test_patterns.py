"""A policy's patterns and the customers' words: brought into one form before they are compared."""

import unicodedata

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from policies.running.conditions.patterns import never_because, words_found
from policies.running.conditions.regular import compiled
from policies.text.comparable import comparable, without_addresses

ALIKE = [
    ("don't", "I don’t know"),
    ("don’t", "I don't know"),
    ("'off'", "It says ‹off› again"),
    ("‹off›", "It says 'off' again"),
    ('"done"', "I am “done”"),
    ("e-mail", "my e‑mail"),
    ("wait…", "wait..."),
    ("call the press", "call\u00a0the \n press"),
    ("call  the\tpress", "call the press"),
    (r"call\nthe\x{a0}press", "call the press"),
    ("u\u0308ber", "über uns"),
    ("über", "u\u0308ber uns"),
    ("lawyer", "law\u200byer"),
    ("law\u00adyer", "lawyer"),
    (r"law\x{ad}yer", "lawyer"),
    ("[’x]s", "it's"),
    (r"\Qa.b?\E", "a.b?"),
]


@pytest.mark.parametrize(("pattern", "text"), ALIKE)
def test_texts_and_patterns_are_compared_in_one_form(pattern: str, text: str) -> None:
    """`’` and `'`, a no-break space, a `ü` in two parts: the pattern matches however text and pattern were typed."""
    assert words_found(pattern, comparable(text))


EDGES = [
    (r"\bétat\b", "L’état, c’est moi", True),
    (r"\bcafé\b", "Un café.", True),
    (r"\bcafé\b", "Deux cafés", False),
    (r"\bfé\b", "café", False),
    (r"\bадвокат\b", "мой адвокат!", True),
    (r"\bадвокат\b", "адвокатский", False),
    (r"\bδικηγόρος\b", "Ο δικηγόρος μου", True),
    (r"\bمحامي\b", "أريد محامي", True),
    (r"\bहिन्दी\b", "यह हिन्दी है", True),
    (r"\bहिन\b", "यह हिन्दी है", False),
    (r"\b변호사\b", "내 변호사", True),
    (r"\b律师\b", "我要找律师谈", True),
    (r"\bทนาย\b", "ฉันต้องการทนาย", True),
    (r"\bcall .{0,30}press\b", "Ich: call to the press, é", True),
    (r"^\W{0,5}(bitte )?mensch\b\W{0,5}$", "„Mensch!“", True),
    (r"\b(über|unter)\b.{0,5}\bgeld\b", "über das Geld", True),
    (r"x\b", "x", True),
]


@pytest.mark.parametrize(("pattern", "text", "is_found"), EDGES)
def test_an_edge_of_a_word_is_one_in_every_script(pattern: str, text: str, is_found: bool) -> None:
    r"""`\b` beside é, Cyrillic, Hindi or Chinese is the edge of a word, and never stands within one."""
    assert bool(words_found(pattern, comparable(text))) == is_found


def test_the_words_found_are_the_texts() -> None:
    """The words that are shown as evidence are those of the text, without anything added to find them."""
    assert words_found(r"\bgeld .*\bzurück\b", "bitte geld jetzt zurück!") == "geld jetzt zurück"


_PIECES = r"a b ab . \b \w \W \d \s \S [ab] [^a] (a|b) (?:ab) a* b+ .{0,3} a? | - [a-z]{2} \. é [é] [^é]"
_patterns = st.tuples(
    st.sampled_from(["", "^", r"\A"]),
    st.lists(st.sampled_from(_PIECES.split()), min_size=1, max_size=7).map("".join),
    st.sampled_from(["", "$", r"\z"]),
).map("".join)


@given(_patterns, st.text(alphabet="ab .-1", max_size=12))
def test_a_plain_text_matches_as_before(pattern: str, text: str) -> None:
    """In a text of plain letters, a pattern is found exactly where RE2 finds it by itself."""
    text = comparable(text)
    try:
        found = compiled(pattern.replace("  ", " ")).search(text)
    except re2.error:
        return
    if found is not None and found[0].strip():
        assert words_found(pattern, text)
    if found is None:
        assert not words_found(pattern, text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_form_of_a_word_is_found(before: str, after: str) -> None:
    """A word between any two texts is found by itself, and by its edges where spaces are around it."""
    for form in ("NFC", "NFD"):
        text = comparable(f"{before} {unicodedata.normalize(form, 'Müllers')} {after}")
        assert words_found("müllers", text)
        assert words_found(r"\bmüllers\b", text)


NEVER = [
    ("<b>lawyer</b>", "`<b>lawyer</b>` is removed from texts"),
    ("a.*<br>", "`<br>` is removed from texts"),
    ("AT&amp;T", "`AT&amp;T` is removed from texts"),
    (r"law[^\s\S]yer", r"no character of `[^\s\S]` is in a text"),
    ("(<b>|<i>)x", "`<b>` is removed from texts"),
    ("[\u200b]x", "no character of `[\u200b]` is in a text"),
    ("\u200b", "nothing is left of it in the form in which texts are compared"),
    (r"\x07", "nothing is left of it in the form in which texts are compared"),
]


@pytest.mark.parametrize(("pattern", "why"), NEVER)
def test_a_pattern_that_can_never_match_is_shown(pattern: str, why: str) -> None:
    """A pattern with a literal part that normalising removes, or with an empty set, can never match, and is shown."""
    assert never_because(pattern) == why


@pytest.mark.parametrize(
    "pattern",
    ["lawyer|<b>", "(<b>)?x", "<kim>", r"<\w+>", "&foo;", r"\w+@support", "https://x", r"a\bb", "[a-z]", "a<b"],
)
def test_a_pattern_that_may_match_is_not_called_impossible(pattern: str) -> None:
    """A pattern with another way to match is left alone, and so is every pattern that is not judged."""
    assert never_because(pattern) == ""


def test_readings_see_no_web_addresses() -> None:
    """The patterns for readings see no web addresses, so one that asks for an address can never match there."""
    assert never_because("https://evil", without_addresses) == "`https://evil` is removed from texts"
    assert never_because(r"\w+@support", without_addresses) == ""
