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
    ("condition", "said"),
    [
        (r'event.text.matches("[^\\s\\S]")', [r"`[^\s\S]` can never match: no character of `[^\s\S]` is in a text"]),
        ('event.text.matches("a.*<br>")', ["`a.*<br>` can never match: `<br>` is removed from texts"]),
        (
            r'event.text.matches("\\x{200b}")',
            [r"`\x{200b}` can never match: nothing is left of it in the form in which texts are compared"],
        ),
        (
            r'event.text.contains("\u200b")',
            [r"no text contains `\u200b`: nothing is left of it in the form in which texts are compared"],
        ),
        (
            'event.text.contains("&nbsp;")',
            ["no text contains `&nbsp;`: messages are compared as they are shown, without markup"],
        ),
        (
            'event.text in ["<p>Hello</p>", "Hello"]',
            ["no text is `<p>Hello</p>`: messages are compared as they are shown, without markup"],
        ),
        (
            'event.text.startsWith(" ")',
            ["no text starts with ` `: nothing is left of it in the form in which texts are compared"],
        ),
        (r'event.text.matches(r"карта\b") || event.text.matches("\\bétat\\b")', []),
        ('conversation.subject.contains("<br>") && conversation.subject != ""', []),
        ('event.text.contains(" ’s ") || event.text.matches("(^|\\\\PL)état")', []),
    ],
)
def test_a_condition_that_asks_for_a_text_that_no_fact_has_is_shown(condition: str, said: list[str]) -> None:
    """A condition that compares with a text that normalising removes is shown by the check; others are not."""
    assert objections("message", "tag: t", when=condition) == said


def test_the_conditions_of_steps_and_queues_are_shown_too() -> None:
    """A step's or a queue's condition is judged like a rule's, with the place in the file."""
    text = HEAD.replace("HELPER", "").replace("queue: {}", "queue: {needs: [{skill: de, when: 'NEVER'}]}") + (
        "escalations: {late: {lead: 'slack:#leads', steps: [{notify: 'slack:#care', when: 'NEVER'}]}}\n"
    )
    text = text.replace("ann: {team: care}", "ann: {team: care, skills: {de: 1}}")
    text = text.replace("NEVER", r'conversation.subject.matches("\\x07")')
    with pytest.raises(PolicyError) as raised:
        checked(text, file="acme.yaml", today=date(2026, 1, 1))
    found = [str(problem) for problem in raised.value.problems if "can never match" in problem.sentence]
    assert found == [
        f"acme.yaml:{place}: `\\x07` can never match: nothing is left of it in the form in which texts are compared"
        for place in ("4:108", "7:111")
    ]


def test_the_check_counts_the_expressions_of_conditions() -> None:
    """The check says of how many patterns it can't know whether they match, those in conditions too."""
    rule = """rules: [{name: r, on: message, when: 'event.text.matches("a+")', do: [{tag: t}]}]"""
    _, remarks = checked(HEAD.replace("HELPER", "") + rule, file="acme.yaml", today=date(2026, 1, 1))
    assert [remark[:11] for remark in remarks] == ["1 patterns:"]


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
