"""The page that a person opens at three in the morning."""

from datetime import timedelta

from tests.cases import case
from tests.policies.stories import RULES, Play, at, policy_of
from workflows.conversations.details import details
from workflows.setting_aside.set_aside import AsideList

PEOPLE = """people:
  kim: {name: Kim Roe, slack: U0000001, team: tier-2}
  lee: {slack: U0000002, team: tier-2}
"""
STEPS = '- {notify: "slack:#second", wait: 10m}'
NIGHT = policy_of(
    RULES.replace(STEPS, '- {notify: "team:tier-2", wait: 10m}') + '    lead: "slack:#leads"\n',
    PEOPLE,
    base=case("policies/acme").replace("timezone: UTC", "timezone: America/New_York"),
)


def page(play: Play) -> list[str]:
    """Return the lines of the page."""
    return details(play.conversation, play.policy, "acme v1", (), AsideList()).splitlines()


def called() -> Play:
    """Return a conversation whose first response is late, so that people are being called."""
    customer = {"id": "7", "name": "Ada", "tier": "enterprise"}
    play = Play(NIGHT, began=300, channel="chat", subject="Charged twice", customer=customer, delivers=True)
    play.wake(341)
    return play


def test_the_page_begins_with_what_counts_at_night() -> None:
    """User Metadata names customer and tier, the time it is late since, the people called next, and what to type."""
    head = page(called())[:8]
    assert head[0] == "## Open: Charged twice"
    assert head[2].startswith("**Customer** Ada (enterprise) · **Team** Tier 2 · ")
    assert head[4:] == [
        "- **Late since** Mon 5 Jan 10:40 EST (15:40Z): First response",
        "- **Next call** Mon 5 Jan 10:46 EST (15:46Z): Kim Roe and lee, by people, unless acknowledged",
        "- **Stop the calls**: `baton command c acknowledge`",
        "- **Take it**: `baton command c take`",
    ]


def test_times_are_in_one_zone_with_the_other_beside() -> None:
    """Times are in the policy's zone with UTC beside it, with the day where that differs; another year has the year."""
    assert NIGHT.both_times(at(300), at(0)) == "Mon 5 Jan 10:00 EST (15:00Z)"
    assert NIGHT.both_times(at(900), at(0), seconds=True) == "Mon 5 Jan 20:00:00 EST (Tue 01:00:00Z)"
    assert NIGHT.both_times(at(0), at(0) + timedelta(days=400)) == "Mon 5 Jan 2026 05:00 EST (10:00Z)"
    due = [line for line in page(called()) if line.startswith("- **First response**")]
    assert "due Mon 5 Jan 10:40 EST (15:40Z)" in due[0]


def test_nothing_is_typed_for_a_resolved_conversation() -> None:
    """A resolved conversation has no next call, and no line to take it."""
    play = called()
    play.command("resolve", 350)
    assert not [line for line in page(play) if "Next call" in line or "Take it" in line]


def test_muted_rules_are_on_the_page() -> None:
    """An operator who looks at a conversation sees which rules are muted, and since when."""
    notes = "{name: notes, on: attribute_changed, do: [{note: n}]}"
    play = Play(policy_of(f"rules: [{notes}]\nrule_budget: 2\n"))
    for when in range(1, 4):
        assert "Muted rules" not in "\n".join(page(play))
        play.tell("attribute_changed", when, name="step", value=when)
    shown = "\n".join(page(play))
    assert "Muted rules, which left effects too often" in shown
    assert "10:03:00" in shown
