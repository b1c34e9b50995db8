"""The rule budget: a rule that leaves effects again and again is muted for a time, and all others go on."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.running.policy import Policy
from policies.state.events import EditionChanged
from tests.policies.stories import Play, at, policy_of, reasons, told

HOUR = 60


def policy_with(*rules: str, budget: int = 4, more: str = "alert: slack:#ops\n") -> Policy:
    """Return a policy with these rules and this budget."""
    return policy_of("rules:\n" + "".join(f"  - {rule}\n" for rule in rules), f"rule_budget: {budget}\n{more}")


NOTES = "{name: notes, on: attribute_changed, do: [{note: n}]}"
GREETS = "{name: greets, on: tag_added, do: [{note: Hi}]}"
BREACH = "{name: breach, on: tag_added, reason: security, do: [{notify: 'slack:#security'}]}"
CHATS = "{name: chats, on: message, do: [{tag: chat}]}"


def value(play: Play, when: float) -> list[tuple[str, ...]]:
    """Report another value of an attribute, and return the effects."""
    return told(play.tell("attribute_changed", when, name="step", value=f"{when:g}").effects)


def test_only_firings_that_leave_an_effect_count() -> None:
    """A rule that listens to each message of a lively chat and changes nothing is never muted."""
    play = Play(policy_with(CHATS))
    for when in range(1, 30):
        play.tell("message", when, author="customer", text="And?")
    assert (play.now.rule_budget.is_tripped, len(play.now.rule_budget.by_rule[0].at)) == (False, 1)


def test_each_rule_has_a_budget_of_its_own() -> None:
    """A rule that is muted stops no other rule."""
    play = Play(policy_with(NOTES, GREETS))
    for when in range(1, 8):
        value(play, when)
    assert value(play, 8) == []
    assert told(play.tell("tag_added", 9, tag="a").effects) == [("note", "Hi")]


def test_a_muted_rule_is_shown_and_told() -> None:
    """When a rule is muted a note and the alert say so once; each later firing that is held back is on the timeline."""
    play = Play(policy_with(NOTES))
    for when in range(1, 5):
        assert value(play, when) == [("note", "n")]
    text = (
        "Rule “notes” is muted: it left effects 4 times within an hour. It works again after an hour with fewer than "
        "2. Check the policy for a loop"
    )
    assert value(play, 5) == [("note", text), ("notify", "slack:#ops", text)]
    later = play.tell("attribute_changed", 6, name="step", value="6")
    assert (later.effects, reasons(later)[-1]) == ((), "Rule “notes” is muted, and did nothing")
    assert [(muted.rule, muted.muted_since) for muted in play.now.rule_budget.muted] == [("notes", at(5))]


def test_a_muted_rule_works_again_after_a_quieter_hour() -> None:
    """A muted rule stays so while half its budget is used each hour, and works again after an hour with less."""
    play = Play(policy_with(NOTES))
    for when in range(1, 6):
        value(play, when)
    assert [value(play, when) for when in (35, 63, 90)] == [[], [], []]  # each after two or more in an hour
    quieter = play.tell("attribute_changed", 124, name="step", value="on")  # after that of minute 90 alone
    assert told(quieter.effects) == [("note", "n")]
    assert reasons(quieter)[-2:] == ["Rule “notes” works again", "Rule “notes”"]
    assert (play.now.rule_budget.muted, play.now.rule_budget.is_tripped) == ((), False)


def test_a_security_rule_is_never_muted() -> None:
    """A rule with the reason `security` fires however often it has fired before, also beside muted ones."""
    play = Play(policy_with(BREACH, GREETS))
    for when in range(1, 20):
        play.tell("tag_added", when, tag=f"t{when}")
    assert [line[0] for line in told(play.effects)].count("notify") == 19 + 1  # one of them is the alert
    assert [muted.rule for muted in play.now.rule_budget.muted] == ["greets"]


def test_a_muted_rule_takes_back_all_it_would_have_done() -> None:
    """A muted rule changes nothing: no team, no tag, no priority, and no other rule hears of it."""
    moves = "{name: moves, on: attribute_changed, do: [{untag: x}, {tag: x}, {escalate: next}]}"
    hears = "{name: hears, on: tag_added, when: 'event.tag == \"x\"', do: [{note: heard}]}"
    play = Play(policy_with(moves, hears, budget=1))
    for when in (1, 2):
        value(play, when)
    before = play.now
    assert value(play, 3) == []
    assert (play.now.responsible, play.now.sla, play.now.contact.tags) == (before.responsible, before.sla, ("x",))
    assert play.now.responsible.team == "tier-2"


def test_in_an_older_edition_all_rules_have_one_budget() -> None:
    """A conversation of edition 2 stops all rules for good, as its history has it, until it goes on in edition 3."""
    play = Play(policy_with(CHATS, GREETS, budget=3), edition=2)
    for when in range(1, 6):
        play.tell("message", when, author="customer", text="And?")
    assert play.now.rule_budget.is_tripped
    assert play.tell("tag_added", 90, tag="a").effects == ()
    changed = EditionChanged(event_id="edition", occurred_at=at(91), source="baton", edition=3)
    play.feed(changed, 91)
    assert not play.now.rule_budget.is_tripped
    assert told(play.tell("tag_added", 92, tag="b").effects) == [("note", "Hi")]


def check_budget(spans: list[float]) -> None:
    """Check a rule's firings after these spans: which leave effects, and that at most the budget does in an hour."""
    play, budget = Play(policy_with(NOTES, more="")), 4
    counted: list[float] = []
    fired: list[float] = []
    is_muted, when = False, 0.0
    for span in spans:
        when += span
        lately = [each for each in counted if each > when - HOUR]
        is_muted = len(lately) >= (budget / 2 if is_muted else budget)
        counted.append(when)
        fired += [] if is_muted else [when]
        assert (("note", "n") in value(play, when)) is not is_muted
        assert len([each for each in fired if each > when - HOUR]) <= budget
    budgets = play.now.rule_budget.by_rule
    assert all(len(known.at) <= budget for known in budgets)
    assert all(fired > play.now.at - timedelta(hours=2) for known in budgets for fired in known.at)


_SPANS = st.lists(st.sampled_from([0.5, 1, 7, 14, 15, 16, 29, 30, 31, 59, 60, 61, 120]), max_size=25)


@settings(max_examples=40)
@given(_SPANS)
def test_a_rule_leaves_effects_at_most_so_often_in_an_hour(spans: list[Any]) -> None:
    """Whenever a rule is set off, it leaves effects at most `rule_budget` times in any hour."""
    check_budget(spans)


@pytest.mark.slow
@settings(max_examples=2000)
@given(_SPANS)
def test_a_rule_leaves_effects_at_most_so_often_in_thousands_of_stories(spans: list[Any]) -> None:
    """In thousands of stories a rule leaves effects at most `rule_budget` times in any hour."""
    check_budget(spans)
