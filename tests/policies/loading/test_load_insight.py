"""A policy's own patterns for messages: how they are read, and the errors of patterns that can't be used."""

from datetime import date

from activities.insight.port import ReadingRequest
from policies.document.insight import Patterns
from policies.loading.load import load_policy
from policies.running.conditions.regular import matches, problem
from tests.policies.loading.mistakes import told_of_part
from tests.policies.stories import ACME

LISTENS = """
rules:
  - {name: noticed, on: understood, when: event.asks_for_human, do: [{tag: noticed}]}
"""


def test_a_policy_can_look_for_more() -> None:
    """A policy's own patterns for asking for a person and for risks are read beside Baton's."""
    text = r"""
insight:
  patterns:
    asks_for_human: ['\baccount manager\b']
    risks: {security: ['\bvault (is )?open\b'], outage: ['\b50[0-9] error\b']}
"""
    found = load_policy(ACME + LISTENS + text, file="acme.yaml", today=date(2026, 1, 1)).insight.patterns
    assert found.asks_for_human == (r"\baccount manager\b",)
    assert sorted(found.risks) == ["outage", "security"]


def test_patterns_that_cannot_be_used() -> None:
    """Each pattern that can't be used is named with its place and a remedy, all at once."""
    text = """
insight:
  patterns:
    asks_for_human: ['(?=manager)', 'a(b', '']
    frustration: ['x*']
    risks: {security: ['[z-a]']}
    moods: []
"""
    assert told_of_part(ACME, LISTENS + text) == [
        "7:23: the expression can't be read at `(?=`: write it without looking ahead or behind; of "
        "groups with `(?`, there are (?:…) and (?i)",
        "7:38: the expression can't be read at `a(b`: close the bracket, or write \\( for the character",
        "7:44: the expression is empty and would match every message: write one, or remove it",
        "8:20: the expression matches an empty message, and so every one: make it ask for a word",
        "9:26: the expression can't be read at `z-a`: there is no such set: write the first "
        "character before the last, or \\p{Greek}",
        "10:5: `moods` is not a key of the patterns: "
        "the patterns have `asks_for_human`, `frustration`, `risks`, `systems`",
    ]


def test_patterns_by_language() -> None:
    """A policy adds patterns for a language to its general ones, without a change to the installed files."""
    text = r"""
insight:
  patterns: {asks_for_human: ['\bmanager\b'], risks: {outage: ['\b50[0-9]\b']}}
  languages:
    de:
      {asks_for_human: ['\bmensch\b'], frustration: ['\bfrechheit\b'], risks: {outage: [ausfall]}, systems: {t: [safe]}}
    fr: {}
"""
    insight = load_policy(ACME + LISTENS + text, file="acme.yaml", today=date(2026, 1, 1)).insight
    reading = ReadingRequest(messages=(), patterns=insight.patterns, languages=insight.languages)
    german = reading.model_copy(update={"spoken": ("", "de_AT.UTF-8", "DE", "it")})
    assert (
        german.patterns_with("")
        == reading.patterns_with("de")
        == Patterns(
            asks_for_human=(r"\bmanager\b", r"\bmensch\b"),
            frustration=(r"\bfrechheit\b",),
            risks={"outage": (r"\b50[0-9]\b", "ausfall")},
            systems={"t": ("safe",)},
        )
    )
    assert reading.patterns_with("en") == insight.patterns


def test_patterns_by_language_that_cannot_be_used() -> None:
    """Each mistake in a language's patterns is named with its place and a remedy, like one in the general patterns."""
    many = ", ".join(f"wort{number}" for number in range(41))
    text = f"""
insight:
  languages:
    de: {{asks_for_human: ['a(b'], risks: {{"": [x]}}}}
    pt-BR: {{frustration: ['x*']}}
    fr: {{moods: []}}
    es: [persona]
    it: {{frustration: [{many}]}}
"""
    assert told_of_part(ACME, LISTENS + text) == [
        "7:28: the expression can't be read at `a(b`: close the bracket, or write \\( for the character",
        "7:43: a risk's name has at most 60 characters and is not empty: rules ask for it",
        "8:5: `pt-BR` is not a language here: write its code in two or three small letters, such as pt",
        "8:28: the expression matches an empty message, and so every one: make it ask for a word",
        "9:10: `moods` is not a key of the patterns of a language: "
        "the patterns of a language have `asks_for_human`, `frustration`, `risks`, `systems`",
        "10:9: the patterns of a language must be written as `key: value`, not as a list",
        "11:9: 41 patterns are too many to try on every message: write at most 40",
    ]


def test_patterns_without_a_listener_are_refused() -> None:
    """Patterns that no rule or score uses are a mistake."""
    text = """insight: {patterns: {asks_for_human: [manager]}}
"""
    assert (
        told_of_part(ACME, "insight: {languages: {de: {asks_for_human: [mensch]}}}\n")
        == told_of_part(ACME, text)
        == ["1:1: nothing listens to what the patterns find: add a rule with `on: understood`, or a `score`"]
    )


def test_too_many_patterns() -> None:
    """A policy may try at most forty patterns of a kind on each message."""
    many = ", ".join(f"word{number}" for number in range(41))
    assert told_of_part(ACME, LISTENS + f"insight: {{patterns: {{frustration: [{many}]}}}}\n") == [
        "4:21: 41 patterns are too many to try on every message: write at most 40"
    ]


def test_no_pattern_can_hold_a_worker() -> None:
    """An expression that takes some engines exponential time is answered at once."""
    assert problem("(a+)+$") is None
    assert not matches("(a+)+$", "a" * 4000 + "!")
    assert not matches("(x+x+)+y", "x" * 4000)
