"""Errors of a policy file: each mistake is told to the support lead with its place and remedy."""

import pytest

from policies.loading.load import PolicyError, Problem
from tests.policies.loading.mistakes import load, mistakes, told

HEAD = """\
policy: acme
version: 1
teams: {a: {name: A, tier: 1}, b: {name: B, tier: 2}}
channels: {email: a}
"""


@pytest.mark.parametrize(("text", "expected"), [*mistakes()])
def test_every_mistake_is_told_with_its_place_and_remedy(text: str, expected: list[str]) -> None:
    """All mistakes of a policy are told at once when it is loaded, each with line, column and what to do."""
    assert told(text) == expected


def test_an_unprintable_character_is_shown() -> None:
    """A control character that was pasted into the file is shown with its place."""
    assert told("policy: acme\nversion: \x07") == [
        "p.yaml:2:10: a character that can't be printed stands here: remove it"
    ]


@pytest.mark.slow
def test_brackets_without_end_are_no_crash() -> None:
    """A file with a thousand nested brackets is answered with a sentence."""
    assert told("a: " + "[" * 1000 + "]" * 1000) == ["p.yaml:1:1: this is nested too deeply: a policy is flat"]


def test_problems_are_data_as_well() -> None:
    """Problems have file, line and column as data, so that an editor can mark the place."""
    with pytest.raises(PolicyError) as caught:
        load(HEAD + "alrt: x\n")
    sentence = "`alrt` is not a key of a policy: did you mean `alert`?"
    assert caught.value.problems == (Problem("p.yaml", 5, 1, sentence),)


@pytest.mark.parametrize(
    ("teams", "more", "expected"),
    [
        (
            "{a: {name: A}}",
            "redact: [emial]",
            "p.yaml:5:10: `emial` is not a value of `redact`: did you mean `emails`?",
        ),
        (
            "{a: {name: A, queue: {led_by: desk, head_start: {urgnt: 5m}}}}",
            "",
            "p.yaml:3:57: `urgnt` is not a priority: did you mean `urgent`?",
        ),
    ],
)
def test_an_unknown_word_is_no_crash(teams: str, more: str, expected: str) -> None:
    """A field or key that takes one of a few words answers any other word with a sentence."""
    assert told(f"policy: acme\nversion: 1\nteams: {teams}\nchannels: {{email: a}}\n{more}\n") == [expected]


def test_a_team_named_as_people_read_it_is_told_by_its_key() -> None:
    """In a policy file teams have their keys: a team's name there is an error that names the key."""
    head = "policy: acme\nversion: 1\nteams: {a: {name: First Line}}\nchannels: {email: first line}\n"
    assert told(head) == [
        "p.yaml:4:19: there is no team `first line`: did you mean `a`? Here teams are named by their keys"
    ]
