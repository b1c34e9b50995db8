"""Targets: what is read of them, and how they are written."""

import pytest

from policies.document.targets import Target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("slack:#support", Target("channel", "#support", "slack")),
        ("slack:@U024BE7LH", Target("channel", "@U024BE7LH", "slack")),
        ("slack:!S0614TZR7", Target("channel", "!S0614TZR7", "slack")),
        ("slack:#a:b/c", Target("channel", "#a:b/c", "slack")),
        ("person:anna", Target("person", "anna")),
        ("person:anna,ben", Target("person", "anna,ben")),
        ("team:second line", Target("team", "second line")),
        ("on-call:nights.eu/1", Target("on-call", "nights.eu/1")),
        ("webhook:https://host:8080/path?a=b", Target("channel", "https://host:8080/path?a=b", "webhook")),
        ("apprise:sms", Target("channel", "sms", "apprise")),
        ("account-manager", Target("account-manager")),
        ("support-on-call", Target("escalation", "support-on-call")),
        ("account-manager:anna", Target("escalation", "account-manager:anna")),
        ("Slack:#support", Target("escalation", "Slack:#support")),
        ("🔥: on fire", Target("escalation", "🔥: on fire")),
        (":", Target("escalation", ":")),
        ("", Target("escalation", "")),
        ("person:", Target("person")),
        ("person", Target("escalation", "person")),
        ("webhook", Target("escalation", "webhook")),
    ],
)
def test_a_target_is_read_and_written(text: str, target: Target) -> None:
    """The kind of a target and its name are found, and it is written as the policy has it."""
    assert Target.of(text) == target
    assert str(target) == text


@pytest.mark.parametrize(
    ("notify", "text", "names"),
    [
        ("person:anna", "person:anna", ("anna",)),
        (("person:anna", "person:ben"), "person:anna,ben", ("anna", "ben")),
        (["person:a.b/c", "person:🐙"], "person:a.b/c,🐙", ("a.b/c", "🐙")),
        ("slack:#support", "slack:#support", ("#support",)),
    ],
)
def test_a_list_of_people_is_one_target(notify: str | tuple[str, ...], text: str, names: tuple[str, ...]) -> None:
    """A step that names several people has one target, which names them all."""
    target = Target.of_all(notify)
    assert (str(target), target.names) == (text, names)
