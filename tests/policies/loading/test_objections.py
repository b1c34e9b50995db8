"""Facts that a text can't have: `policy check` refuses them, and wants a guard for facts that may be empty."""

from datetime import date
from pathlib import Path

import pytest

from policies.loading.load import SHIPPED, PolicyError, load_policy
from policies.loading.objections import checked

HEAD = """\
policy: acme
version: 1
hours: {business: {open: "Mo-Fr 09:00-17:00"}}
teams: {care: {name: Care, hours: business, queue: {}}HELPER}
channels: {email: care}
people: {ann: {team: care}}
"""
BOT = ", bot: {name: Bot, staffed_by: assistant}"


def objections(on: str, do: str, *, when: str = "", helper: str = "", texts: str = "") -> list[str]:
    """Return what the check says of a policy with one rule, without the places."""
    condition = f", when: '{when}'" if when else ""
    rule = f"rules:\n  - {{name: r, on: {on}{condition}, do: [{{{do}}}]}}\n"
    text = HEAD.replace("HELPER", helper) + rule + texts
    load_policy(text, file="acme.yaml", today=date(2026, 1, 1))  # it still loads
    try:
        checked(text, file="acme.yaml", today=date(2026, 1, 1))
    except PolicyError as error:
        return [problem.sentence for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (
            r'"\\bétat\\b"',
            ["`\\bétat\\b` can't match as meant: `\\b` knows only the letters a to z, so there is no edge at `é`: "],
        ),
        (
            r'r"карта\b"',
            ["`карта\\b` can't match as meant: `\\b` knows only the letters a to z, so there is no edge at `а`: "],
        ),
        (r'"[^\\s\\S]"', [r"`[^\s\S]` can't match as meant: it asks for a character that there is not"]),
        (r'"\\bcafé|\\bstate\\b"', []),
        (r'r"(^|\PL)état"', []),
    ],
)
def test_a_condition_that_can_never_match_is_shown(expression: str, said: list[str]) -> None:
    """A condition whose expression finds nothing, or not what is meant, is shown by the check; others are not."""
    found = objections("conversation_started", "tag: t", when=f"conversation.subject.matches({expression})")
    assert [each.removesuffix("write a keyword under `insight`") for each in found] == said


def told(text: str, on: str, **more: str) -> list[str]:
    """Return what the check says of a text that a rule with this trigger tells."""
    return objections(on, "tell: t", texts=f"customer_texts:\n  t:\n    en: '{text}'\n", **more)


@pytest.mark.parametrize(
    ("text", "on", "helper", "said"),
    [
        ("{{ handoff.by }}", "outside_hours", "", "`handoff.by` is always empty with the trigger of `r`: no assistant"),
        ("{{ handoff.by }} comes", "handoff_requested", BOT, "`handoff.by` is always empty with the trigger of"),
        ("{{ handoff.by if handoff.by }}", "handoff_requested", BOT, ""),
        ("{{ handoff.wait_low }}", "outside_hours", "", "`handoff.wait_low` is always empty with the trigger of `r`"),
        ("back {{ handoff.opens_at }}", "handoff_requested", BOT, "`handoff.opens_at` may be empty with"),
        ("back {{ handoff.opens_at }}", "outside_hours", "", ""),
        ("{% if not handoff.is_open %}{{ handoff.opens_at }}{% endif %}", "handoff_requested", BOT, ""),
        ("{% if handoff.number %}x{% endif %}{{ handoff.answer_by }}", "handoff_requested", BOT, "`handoff.answer_by"),
        ("{{ handoff.wait_low if handoff.wait_high is not none }}", "handoff_requested", BOT, ""),
        ("Hello {{ customer.name }}", "outside_hours", "", "`customer.name` may be empty with the trigger of `r`"),
        ("Hello {{ customer.name or \"you\" }}", "outside_hours", "", ""),
        ("Hello {{ customer.name | default(\"you\") }}", "outside_hours", "", ""),
    ],
)  # fmt: skip
def test_a_told_fact_is_there_or_guarded(text: str, on: str, helper: str, said: str) -> None:
    """A fact that is always empty for the trigger is refused, and one that may be empty needs a guard."""
    found = told(text, on, helper=helper)
    assert len(found) == bool(said)
    assert all(sentence.startswith(said) for sentence in found)


def test_the_rules_condition_is_a_guard() -> None:
    """A rule that fires only where the fact is there needs no guard in its text."""
    assert told("at {{ handoff.callback_at }}", "choice_made", helper=BOT) != []
    assert told("at {{ handoff.callback_at }}", "choice_made", helper=BOT, when='event.choice == "callback"') == []
    assert objections("tag_added", 'note: "by {{ event.by }}"') != []
    assert objections("tag_added", 'note: "by {{ event.by }}"', when='event.by != ""') == []
    assert objections("queued", 'reply: "{{ event.wait }}"') != []
    assert objections("queued", 'reply: "{{ event.position }}{{ event.wait if event.wait }}"') == []


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_policies_pass(path: Path) -> None:
    """The check has nothing against the policies that come with Baton."""

    checked(path.read_text(encoding="utf-8"), file=str(path), today=date(2026, 1, 1))
