"""Notes and replies: filled in, checked when the policy is loaded, and harmless where they fail."""

from typing import Any

import pytest

from policies.document.document import Trigger
from policies.running.texts.rendering import CUT, LIMIT, check_text, render

FACTS: dict[str, Any] = {
    "conversation": {"id": "c-1", "team_name": "Tier 1 — General", "tags": ("billing", "vip"), "messages": 3},
    "customer": {"name": "Zeynep Öztürk", "tier": "enterprise", "value": None},
    "event": {"clock": "first_response", "percent": 75},
}
CLOCK = Trigger(clock="first_response", at=75)
TAG = Trigger(event="tag_added")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Auto-routed: billing topic detected", "Auto-routed: billing topic detected"),
        ("{{ customer.name }} waits for {{ conversation.team_name }}.", "Zeynep Öztürk waits for Tier 1 — General."),
        ("Tags: {{ conversation.tags | join(', ') }}", "Tags: billing, vip"),
        ("{% if customer.tier == 'enterprise' %}Hurry!{% endif %}", "Hurry!"),
        ("{{ event.clock | replace('_', ' ') }} {{ event.percent }}%", "first response 75%"),
        ("Worth {{ customer.value }}", "Worth "),
        ("<b>{{ customer.name }}</b> & co", "<b>Zeynep Öztürk</b> & co"),
    ],
)
def test_a_text_is_filled_in_with_what_we_know(template: str, text: str) -> None:
    """A note is filled in with the customer, the team and the promise it is about."""
    assert render(template, FACTS) == text


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("Hi {{ customer.nmae }}", "there is no `nmae`"),
        ("Hi {{ cutsomer.name }}", "there is no `cutsomer`"),
        ("{{ 1 / 0 }}", "it divides by zero"),
        ("{{ customer.name + 1 }}", "a filter, a function or an operator in it does not take this value"),
        (
            "{{ customer.name",
            "the text can't be read: close each `{{` with `}}` and each `{%` with `%}`, and every bracket and quote "
            "within",
        ),
        ("{{ customer.items }}", "a function is not a text"),
        ("{{ ''.__class__.__mro__ }}", "it uses a part of Python that texts may not use"),
        ("{{ conversation.update({'id': 'x'}) }}", "it uses a part of Python that texts may not use"),
    ],
)
def test_a_text_that_fails_is_shown_as_written_with_the_reason(template: str, why: str) -> None:
    """A note with a mistake still reaches the agent, as written and with the reason."""
    assert render(template, FACTS) == f"{template} [could not be filled in: {why}]"


def test_a_text_has_an_end() -> None:
    """A note that is too long is cut with a mark, and a failing one keeps its reason."""
    assert render("x" * LIMIT, FACTS) == "x" * LIMIT
    assert render("{{ 'x' * 4001 }}", FACTS) == "x" * (LIMIT - len(CUT)) + CUT
    reason = " [could not be filled in: there is no `nobody`]"
    failed = render("{{ nobody }}" + "x" * LIMIT, FACTS)
    assert len(failed) == LIMIT
    assert failed == "{{ nobody }}" + "x" * (LIMIT - 12 - len(CUT) - len(reason)) + CUT + reason


@pytest.mark.parametrize("chance", ["{{ [1, 2] | random }}", "{{ lipsum() }}"])
def test_chance_writes_no_notes(chance: str) -> None:
    """A text can't use chance, so the same conversation gets the same note, also in a replay."""
    assert render(chance, FACTS).startswith(chance + " [could not be filled in: ")


@pytest.mark.parametrize(
    ("template", "trigger", "expected"),
    [
        ("{{ customer.name or 'there' }} {{ conversation.subject | upper }} {{ event.percent }}", CLOCK, []),
        ("{{ event.tag }} by {{ event.by }}", TAG, []),
        ("{% for tag in conversation.tags %}{{ loop.index }} {{ tag }}{% endfor %}{{ range(3) | list }}", TAG, []),
        ("{% set who = customer.name %}{{ who }}", TAG, []),
        ("{{ custmer.name }}", TAG, ["`custmer` is not known here: did you mean `customer`?"]),
        ("{{ plan }}", TAG, ["`plan` is not known here: did you mean `customer.plan`?"]),
        ("{{ due_at }}", CLOCK, ["`due_at` is not known here: did you mean `event.due_at`?"]),
        (
            "{{ b }}{{ a }}",
            TAG,
            [
                "`a` is not known here: there is `conversation`, `customer`, `event`",
                "`b` is not known here: there is `conversation`, `customer`, `event`",
            ],
        ),
        (
            "{{ conversation.teem }}",
            TAG,
            ["`conversation` has no `teem` with this trigger: did you mean `conversation.team`?"],
        ),
        (
            "{{ event.tag }}",
            CLOCK,
            [
                "`event` has no `tag` with this trigger: it has `clock`, `percent`, `team`, `due_at`, `late_minutes`, "
                "`times`"
            ],
        ),
        ("{% if customer.name %}", TAG, ["`{% if … %}` is never closed: write `{% endif %}` where it ends"]),
        ("{{ 1 | shout }}", TAG, ["there is no filter `shout`: did you mean `sort`?"]),
    ],
)
def test_a_text_is_checked_before_it_is_needed(template: str, trigger: Trigger, expected: list[str]) -> None:
    """A misspelt name in a note is found when the policy is loaded, not when the customer would read it."""
    assert check_text(template, trigger) == expected
