"""Errors in a policy's handoff texts and briefing: each mistake is told with a remedy before the policy runs."""

import pytest

from tests.policies.loading.mistakes import load, told

HEAD = """
policy: helped
version: 1
teams:
  robot:  {name: Robot, tier: 0, staffed_by: assistant}
  tier-1: {name: Tier 1, tier: 1}
channels: {web_chat: robot}
"""
TELLS = """
rules:
  - {name: told, on: handoff_requested, do: [{tell: requested}]}
customer_texts:
  requested: {en: "{{ handoff.team_name }} comes"}
"""


def test_a_policy_that_hands_over_is_fine() -> None:
    """A policy with an assistant, a team, a customer text in use and a briefing loads without errors."""
    load(f"{HEAD}{TELLS}briefing: {{}}\n")


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ("tell: requested", "tell: requestd", "there is no text `requestd`: did you mean `requested`?"),
        ("tell: requested", "note: x", "nothing tells it: add `tell: requested` to a rule"),
        ("handoff.team_name", "handoff.teamname", "`handoff` has no `teamname`: did you mean `handoff.team_name`?"),
        ("handoff.team_name", "event.by", "`event` is not known here"),
        (
            'en: "{{ handoff.team_name }} comes"',
            'english: "x"',
            "`english` is no language: write `en`, `de` or `pt-BR`",
        ),
        ('en: "{{ handoff.team_name }} comes"', 'en: " "', "the text is empty: write it, or remove it"),
        ('{en: "{{ handoff.team_name }} comes"}', "{}", "it is in no language: write one, such as `en: …`"),
    ],
)
def test_a_text_that_could_not_be_told_is_refused(wrong: str, right: str, sentence: str) -> None:
    """A customer text that is misspelt, unused, in no language or about unknown data is refused."""
    assert sentence in "\n".join(told(HEAD + TELLS.replace(wrong, right)))


def test_without_an_assistant_nothing_is_handed_over() -> None:
    """A rule about handoffs is refused where no team is staffed by an assistant, for it could never fire."""
    found = "\n".join(told((HEAD + TELLS).replace(", staffed_by: assistant", "")))
    assert "no team is `staffed_by: assistant`, so nothing is handed over: say which one is" in found
    waits = "\nrules: [{name: w, on: {handoff_waiting: 3m}, do: [{tag: x}]}]\n"
    assert "no team is `staffed_by: assistant`" in "\n".join(told(HEAD.replace(", staffed_by: assistant", "") + waits))


@pytest.mark.parametrize(
    ("briefing", "sentence"),
    [
        ("{template: '{{ sumary }}'}", "`sumary` is not known here: did you mean `summary`?"),
        ("{template: '{% if %}'}", "`{% … %}` ends too early: write what is missing in it"),
        ("{minimum: {email: [customer]}}", "`customer` is nothing a briefing knows: write problem, page, subject"),
        ("{on: [handof]}", "`handof` is not a value of `on`: did you mean `handoff`?"),
        ("{transcripts: true}", "`transcripts` is not a key of the briefing: did you mean `transcript`?"),
    ],
)
def test_a_briefing_that_could_not_be_written_is_refused(briefing: str, sentence: str) -> None:
    """A briefing with an unknown field or key, or a template that can't be read, is refused."""
    assert sentence in "\n".join(told(f"{HEAD}briefing: {briefing}\n"))


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "{tell: {text: requested, choices: [manger]}}",
            "`manger` is not a value of `choices`: did you mean `manager`?",
        ),
        ("{assign_account_manager: tier-9}", "there is no team `tier-9`: did you mean `tier-1`?"),
    ],
)
def test_the_choices_and_teams_that_a_rule_names_must_exist(rule: str, sentence: str) -> None:
    """A rule that offers an unknown choice or names a team that does not exist is refused."""
    assert sentence in "\n".join(told(HEAD + TELLS.replace("{tell: requested}", f"{{tell: requested}}, {rule}")))
