"""The page of a conversation for operators."""

from tests.policies.stories import Play, policy_of
from workflows.conversations.details import details
from workflows.setting_aside.set_aside import AsideList


def test_muted_rules_are_on_the_page() -> None:
    """An operator who looks at a conversation sees which rules are muted, and since when."""
    notes = "{name: notes, on: attribute_changed, do: [{note: n}]}"
    play = Play(policy_of(f"rules: [{notes}]\nrule_budget: 2\n"))
    for when in range(1, 4):
        assert "Muted rules" not in details(play.conversation, play.policy, "acme v1", (), AsideList())
        play.tell("attribute_changed", when, name="step", value=when)
    page = details(play.conversation, play.policy, "acme v1", (), AsideList())
    assert "Muted rules, which left effects too often" in page
    assert "Mon 5 Jan 10:03:00 UTC: **notes**" in page
