"""The messages of an outage: what opens one, what changes it, and the sentence for what does neither."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.contract.commands import Refused
from policies.contract.messages import read_facts
from policies.contract.outages import Outage, changed, opened
from policies.state.events import OutageKnown, OutageOver

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
OPEN = {"when": "true", "text": "We know."}


def outage(**body: Any) -> Outage:
    """Return an outage that was opened now."""
    return opened({**OPEN, **body}, "checkout-down", "life", NOW)


@pytest.mark.parametrize(
    ("body", "until"),
    [
        ({}, NOW + timedelta(hours=4)),
        ({"for": "2h"}, NOW + timedelta(hours=2)),
        ({"until": "2026-03-02T12:30:00+01:00"}, NOW + timedelta(hours=1, minutes=30)),
        ({"for": "7d"}, NOW + timedelta(days=7)),
    ],
)
def test_every_outage_has_an_end(body: dict[str, Any], until: datetime) -> None:
    """An outage ends when its opener says, at most a week later, and else after four hours."""
    assert outage(**body).until == until


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"when": ""}, "when: it is empty"),
        ({"when": None}, "when is missing"),
        ({"when": "x" * 4_001}, "when: it has 4,001 characters: write at most 4,000"),
        ({"for": "8d"}, "for: an outage lasts 7d at most"),
        ({"for": "soon"}, "for: `soon` is not a duration"),
        ({"until": "2026-03-02T09:00:00Z"}, "until: name a time within the next 7d"),
        ({"until": "9999-12-31T23:59:59Z"}, "until: name a time within the next 7d"),
        ({"text": {"xx-klingon": "nuqneH"}}, "text: “xx-klingon” is no language that is known"),
        ({"text": {"de": "  "}}, "text: it is empty"),
        ({"text": {"en": "x" * 9_000}}, "bytes: write at most 8,000"),
        ({"text": 5}, "text: write an object, not 5"),
        ({"wehn": "true"}, "wehn: there is no such field: did you mean `when`?"),
    ],
)
def test_a_start_that_is_wrong_is_refused_with_a_sentence(body: dict[str, Any], why: str) -> None:
    """An outage is not opened where its start can't be read, and the sentence says what to write."""
    stated = {name: value for name, value in {**OPEN, **body}.items() if not (name == "when" and "wehn" in body)}
    with pytest.raises(Refused) as refused:
        opened(stated, "checkout-down", "life", NOW)
    assert why in str(refused.value)


@pytest.mark.parametrize("name", ["", "Checkout", "a b", "x" * 64, "-down", "a/b"])
def test_a_name_can_be_typed_and_listed(name: str) -> None:
    """A name has small letters, digits, dots and dashes."""
    with pytest.raises(Refused, match="is no name of an outage"):
        opened(OPEN, name, "life", NOW)


@pytest.mark.parametrize("body", [None, [], "down", 1])
def test_a_start_is_one_object(body: Any) -> None:
    """A start that is no JSON object is refused."""
    with pytest.raises(Refused, match="must be one JSON object"):
        opened(body, "checkout-down", "life", NOW)


def test_a_change_is_a_later_version() -> None:
    """A change keeps what it does not name, and counts up the version."""
    later = changed(outage(over_text="It works."), {"for": "1h", "text": {"de": "Neu"}}, NOW + timedelta(hours=1))
    assert (later.version, later.until, later.text, later.over_text) == (
        2,
        NOW + timedelta(hours=2),
        {"de": "Neu"},
        {"": "It works."},
    )
    with pytest.raises(Refused, match="an outage lasts 7d at most: close it, and open another one"):
        changed(later, {"for": "7d"}, NOW + timedelta(hours=2))


def test_conversations_can_read_the_news() -> None:
    """The news of an outage and of its end are signals that a conversation reads whole."""
    of = outage(text={"": "We know.", "de": "Wir wissen es."}, policy="acme", over_text="It works.")
    (known,) = read_facts("outage_known", of.known, now=NOW, fallback_id="none")
    assert isinstance(known, OutageKnown)
    assert (known.outage, known.life, known.when, known.until, known.text, known.over_text, known.policy) == (
        of.name,
        of.life,
        of.when,
        of.until,
        of.text,
        of.over_text,
        "acme",
    )
    (over,) = read_facts("outage_over", of.over({"": "All is well."}, "ana"), now=NOW, fallback_id="none")
    assert isinstance(over, OutageOver)
    assert (over.outage, over.life, over.text, over.by) == (of.name, of.life, {"": "All is well."}, "ana")
    assert known.event_id != over.event_id
