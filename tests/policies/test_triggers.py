"""The triggers of rules: each is heard when it should be, and once."""

import pytest

from policies.loading.load import SHIPPED, PolicyError, load_catalog
from policies.running.policy import build
from policies.state.effects import AddInternalNote
from tests.policies.loading.mistakes import TODAY, told
from tests.policies.stories import Play, policy_of


def noted(play: Play) -> list[str]:
    """Return the text of each note."""
    return [note.body for note in play.asked(AddInternalNote)]


def play_of(rules: str, **start: object) -> Play:
    """Return a conversation under these rules."""
    return Play(policy_of(f"rules: [{rules}]"), **start)


TAGGED = "{name: tagged, on: tagged, when: 'event.tag != \"dull\"', do: [{note: '{{ event.tag }}'}]}"


def test_one_rule_hears_a_tag_of_the_start_and_a_later_one() -> None:
    """A tag that was there from the start or comes later is one rule, `on: tagged`."""
    play = play_of(TAGGED, tags=["b", "a", "dull"])
    assert noted(play) == ["a", "b"]
    play.tell("tag_added", 1, tag="c", by="anna")
    play.tell("tag_added", 2, tag="c", by="anna")
    assert noted(play) == ["a", "b", "c"]


def test_a_tag_of_another_rule_is_heard_once() -> None:
    """A tag that a rule puts on at the start is heard once, and one that a rule takes off before is not."""
    play = play_of(
        f"{{name: begin, on: conversation_started, do: [{{tag: x}}, {{untag: b}}]}}, {TAGGED}", tags=["a", "b"]
    )
    assert noted(play) == ["x", "a"]


def test_a_rule_listens_to_tagged_or_to_tag_added() -> None:
    """A rule that listens to `tagged` hears of tags that are added, so `tag_added` beside it is a mistake."""
    policy = """policy: acme
version: 1
teams: {a: {name: A}}
channels: {email: a}
rules: [{name: r, on: [tagged, tag_added], do: [{note: x}]}]
"""
    assert told(policy) == ["p.yaml:5:32: the rule listens to this already: remove it here"]


RESOLVED = "{name: end, on: resolved, do: [{note: 'by {{ event.by }}: {{ event.why }}'}, {tag: done}]}"


def test_a_rule_hears_that_it_is_resolved() -> None:
    """`on: resolved` hears of each end: in the helpdesk, by a rule, and again after it was reopened."""
    play = play_of(RESOLVED)
    play.tell("status_changed", 1, status="resolved", by="anna")
    play.tell("status_changed", 2, status="resolved", by="anna")
    play.customer(3)
    play.tell("status_changed", 4, status="resolved", by="ben")
    assert noted(play) == ["by anna: resolved", "by ben: resolved"]
    quiet = Play(policy_of(f"rules: [{{name: close, on: tag_added, do: [{{resolve: quiet}}]}}, {RESOLVED}]"))
    quiet.tell("tag_added", 1, tag="x")
    assert noted(quiet) == ["quiet", "by : close"]


def test_a_conversation_that_goes_on_in_another_is_not_resolved_for_rules() -> None:
    """A conversation that is merged into another goes on there: `on: resolved` hears nothing."""
    play = play_of(RESOLVED)
    play.tell("merged", 1, into="other")
    assert play.now.lifecycle.status == "resolved"
    assert noted(play) == []


def test_a_rule_hears_the_customers_score() -> None:
    """`on: rated` hears the score that a customer gave."""
    play = play_of("{name: bad, on: rated, when: event.score <= 2.0, do: [{note: 'rated {{ event.score }}'}]}")
    play.tell("rated", 1, score=4)
    play.tell("rated", 2, score=1.5)
    assert noted(play) == ["rated 1.5"]


@pytest.mark.parametrize(
    ("policy", "tag", "team"),
    [
        ("tiered", "billing", "billing"),
        ("tiered", "return-request", "returns"),
        ("skill_based", "shipping", "returns"),
        ("queued", "refund", "specialists"),
    ],
)
def test_shipped_policies_know_a_topic_by_one_rule(policy: str, tag: str, team: str) -> None:
    """In the shipped policies one rule sends a topic to its team, from the start or later."""
    shipped = build(load_catalog(SHIPPED, today=TODAY)[policy])
    later = Play(shipped, channel="web_chat", began=300)
    later.tell("tag_added", 301, tag=tag)
    assert later.now.responsible.team == team
    assert Play(shipped, channel="web_chat", began=300, tags=[tag]).now.responsible.team == team


OFF = "{name: 'off', on: KIND, enabled: false, do: [{note: 'never'}]}"


@pytest.mark.parametrize("kind", ["message", "outside_hours", "{clock: first_response}", "{waiting: 10m}"])
def test_a_rule_that_is_turned_off_never_fires(kind: str) -> None:
    """A rule with `enabled: false` does nothing, and no clock or silence wakes for it."""
    play = play_of(OFF.replace("KIND", kind))
    play.customer(5)
    play.wake(24 * 60)
    assert "never" not in noted(play)
    assert (play.policy.waits, dict(play.policy.listeners)) == ((), {})


def test_a_rule_that_is_turned_off_is_checked() -> None:
    """A mistake in a rule with `enabled: false` is told like any other, so that it works once it is turned on."""
    head = "policy: acme\nversion: 1\nteams: {a: {name: A}}\nchannels: {email: a}\n"
    rule = "rules: [{name: r, on: message, enabled: false, do: [{assign: b}]}]\n"
    assert told(head + rule) == ["p.yaml:5:62: there is no team `b`: the teams are `a`"]


def test_a_closing_rule_that_is_turned_off_closes_nothing() -> None:
    """A rule that would come too late because another one resolves first is accepted where that one is off."""
    closing = "{name: close, on: {waiting: 1h}, enabled: ENABLED, do: [{resolve: quiet}]}"
    late = "{name: late, on: {waiting: 2h}, do: [{note: x}]}"
    policy_of(f"rules: [{closing.replace('ENABLED', 'false')}, {late}]")
    with pytest.raises(PolicyError, match="has resolved the conversation by then"):
        policy_of(f"rules: [{closing.replace('ENABLED', 'true')}, {late}]")
