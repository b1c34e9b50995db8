"""Limits of the data that a conversation holds: each is tested at its edge and one above it."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from policies import rules
from policies.contract.commands import Refused, accept
from policies.document.document import Document
from policies.loading.load import PolicyError, load_policy
from policies.loading.sent_policy import UnusablePolicyError, read_sent
from policies.loading.source import PolicySource
from policies.running.limited import as_value
from policies.running.turn import Turn
from policies.state.events import Fact
from policies.state.limits import (
    ATTRIBUTE_LIMIT,
    ATTRIBUTES_LIMIT,
    CUSTOMER_LIMIT,
    DEPTH_LIMIT,
    DOCUMENT_LIMIT,
    FACT_LIMIT,
    FACTS_LIMIT,
    ID_LIMIT,
    LINE_LIMIT,
    NAME_LIMIT,
    SEEN_DAYS,
    SEEN_LIMIT,
    SIZE_LIMIT,
    TAGS_LIMIT,
    TEXT_LIMIT,
    WORDS_LIMIT,
)
from policies.state.situation import Situation
from policies.text.cutting import CUT
from policies.text.json_text import size_of
from tests.policies.stories import ACME, PLAIN, Play, at, fact
from worker.contract.schemas import FOLDER
from workflows.arrivals.arrivals import COMMAND_BYTES
from workflows.limits.server import COMMAND_LIMIT, COMMAND_VALUES_LIMIT


def said(event: Fact, name: str) -> Any:
    """Return one field of the event."""
    return getattr(event, name)


@pytest.mark.parametrize(
    ("name", "body", "field", "limit"),
    [
        ("message", {"author": "agent", "author_id": "{}"}, "author_id", NAME_LIMIT),
        ("tag_added", {"tag": "{}"}, "tag", NAME_LIMIT),
        ("reassigned", {"team": "a", "note": "{}"}, "note", WORDS_LIMIT),
        ("reassigned", {"team": "a", "assignee": "{}"}, "assignee", NAME_LIMIT),
        ("status_changed", {"status": "open", "note": "{}"}, "note", WORDS_LIMIT),
        ("attribute_changed", {"name": "{}", "value": 1}, "name", NAME_LIMIT),
        ("attribute_changed", {"name": "a", "value": "{}"}, "value", ATTRIBUTE_LIMIT),
        ("queued", {"team": "a", "ticket": "t", "because": "{}"}, "because", WORDS_LIMIT),
        ("choice_made", {"choice": "channel", "detail": "{}"}, "detail", WORDS_LIMIT),
    ],
)
def test_a_field_of_an_event_is_cut(name: str, body: dict[str, Any], field: str, limit: int) -> None:
    """A field at its limit stays as it is; a longer one is cut visibly, and the event is taken in."""
    whole = {key: "x" * limit if value == "{}" else value for key, value in body.items()}
    over = {key: "x" * (limit + 1) if value == "{}" else value for key, value in body.items()}
    assert said(fact(name, 1, **whole), field) == "x" * limit
    assert said(fact(name, 1, **over), field) == "x" * (limit - len(CUT.encode())) + CUT


def test_a_message_is_cut_by_characters() -> None:
    """A message of 4,000 characters of any alphabet is kept whole; one of 4,001 is cut."""
    assert said(fact("message", 1, author="customer", text="語" * TEXT_LIMIT), "text") == "語" * TEXT_LIMIT
    over = said(fact("message", 1, author="customer", text="語" * (TEXT_LIMIT + 1)), "text")
    assert (len(over), over.endswith(CUT)) == (TEXT_LIMIT, True)


def test_an_event_over_its_bytes_is_rejected() -> None:
    """An event is counted in bytes: 16,000 letters of two bytes each are as much as 32,000 letters of one byte."""
    room = SIZE_LIMIT - len('{"name":"a","value":"","occurred_at":"2026-01-05T10:01:00+00:00"}')
    at_most = fact("attribute_changed", 1, name="a", value="é" * (room // 2))
    assert at_most.kind == "attribute_changed"
    over = fact("attribute_changed", 1, name="a", value="é" * (room // 2 + 1))
    assert (over.kind, said(over, "why")) == ("rejected", "32001 bytes are too many: send at most 32000")


def test_a_value_that_is_no_text_is_cut_as_its_text() -> None:
    """A list or an object over the limit is kept as the beginning of its text."""
    fits, over = ["x" * (ATTRIBUTE_LIMIT - 4)], ["x" * (ATTRIBUTE_LIMIT - 3)]
    assert as_value(fits) is fits
    assert (as_value(over)[:3], as_value(over)[-8:]) == ("['x", CUT)
    assert as_value(True) is True


def test_the_note_of_a_command_is_cut() -> None:
    """An agent's note of 9,000 characters reaches the next person, visibly cut."""
    play = Play()
    decision = play.command("add_note", 1, tried="x" * 9_000, think="y", need="z")
    note = next(effect.body for effect in decision.effects if effect.kind == "add_internal_note")
    assert note == f"Note by anna\nTried: {'x' * (WORDS_LIMIT - len(CUT.encode()))}{CUT}\nThink: y\nNeed: z"
    escalated = play.command("escalate", 2, team="tier-2", note={"tried": "x" * 9_000, "think": "y", "need": "z"})
    assert any(f"x{CUT}" in effect.body for effect in escalated.effects if effect.kind == "add_internal_note")


def test_a_line_of_the_timeline_is_cut() -> None:
    """A timeline line holds 2,000 bytes of text and sixty facts for machines with texts of 300 bytes each."""
    turn = Turn(Situation("c", at(0), at(0)), PLAIN, at(0), "x", listen=rules.fire)
    turn.record("a", "x" * LINE_LIMIT, facts=tuple(("a", "y" * FACT_LIMIT) for _ in range(FACTS_LIMIT)))
    turn.record("b", "x" * (LINE_LIMIT + 1), facts=tuple(("a", "y" * (FACT_LIMIT + 1)) for _ in range(FACTS_LIMIT + 1)))
    within, over = turn.situation.told.timeline
    assert (len(within.text), len(within.facts), within.facts[0]) == (LINE_LIMIT, FACTS_LIMIT, ("a", "y" * FACT_LIMIT))
    assert (over.text[-8:], len(over.facts), over.facts[0][1][-8:]) == (CUT, FACTS_LIMIT, CUT)


def no_room(play: Play) -> list[str]:
    """Return the timeline's lines about data that found no room."""
    return [entry.text for entry in play.now.told.timeline if entry.kind == "no_room"]


def test_a_conversation_holds_200_tags() -> None:
    """The 201st tag is not added, and the timeline says so; after one was removed there is room again."""
    play = Play(tags=[f"t{number:03}" for number in range(TAGS_LIMIT - 1)])
    play.tell("tag_added", 1, tag="u")
    assert (len(play.now.contact.tags), no_room(play)) == (TAGS_LIMIT, [])
    play.tell("tag_added", 2, tag="v")
    assert (len(play.now.contact.tags), "v" in play.now.contact.tags) == (TAGS_LIMIT, False)
    assert no_room(play) == ["Tag v was not added: a conversation holds 200 tags; remove one first"]
    play.tell("tag_removed", 3, tag="u")
    play.tell("tag_added", 4, tag="w")
    assert (len(play.now.contact.tags), "w" in play.now.contact.tags) == (TAGS_LIMIT, True)


def test_a_start_with_2000_tags_begins_with_200() -> None:
    """A form that sends 2,000 tags and 101 attributes starts a conversation with the first 200 and 100."""
    play = Play(tags=[f"{number}" for number in range(2_000)], attributes={f"{n}": n for n in range(101)})
    assert (len(play.now.contact.tags), len(play.now.contact.attributes)) == (TAGS_LIMIT, ATTRIBUTES_LIMIT)
    assert no_room(play) == [
        "Started with 2000 tags: the first 200 are kept",
        "Started with 101 attributes: the first 100 are kept",
    ]


def test_a_conversation_holds_100_attributes() -> None:
    """The 101st attribute is not kept, and the timeline says so; a known attribute still changes its value."""
    play = Play(attributes={f"a{number}": number for number in range(ATTRIBUTES_LIMIT - 1)})
    play.tell("attribute_changed", 1, name="b", value="x")
    assert (len(play.now.contact.attributes), no_room(play)) == (ATTRIBUTES_LIMIT, [])
    play.tell("attribute_changed", 2, name="c", value="x")
    play.tell("attribute_changed", 3, name="b", value="y")
    assert dict(play.now.contact.attributes)["b"] == "y"
    assert no_room(play) == ["“c” was not kept: a conversation holds 100 attributes"]


def test_a_customer_is_known_in_32_kb() -> None:
    """An update that would make the customer's data more than 32,000 bytes changes nothing; the timeline says so."""
    play = Play()
    room = CUSTOMER_LIMIT - len('{"crm":"","more":""}')
    play.tell("customer_updated", 1, crm="x" * 20_000)
    play.tell("customer_updated", 2, more="x" * (room - 20_000))
    assert (size_of(play.now.contact.customer.model_dump(exclude_unset=True)), no_room(play)) == (CUSTOMER_LIMIT, [])
    play.tell("customer_updated", 3, name="A")
    assert play.now.contact.customer.name == ""
    assert no_room(play) == ["Customer not updated: 32011 bytes would be known of them, and a conversation holds 32000"]


def document_of(size: int) -> dict[str, Any]:
    """Return a policy document of `size` bytes as JSON."""
    return {"policy": "p", "x": "y" * (size - size_of({"policy": "p", "x": ""}))}


def test_a_policy_over_its_bytes_is_refused() -> None:
    """A policy sent with a command may have 400,000 bytes; a larger one is refused in a sentence."""

    def adopts(document: dict[str, Any]) -> Fact:
        body = {"actor": "lead", "policy": "p", "mode": "carry", "document": document}
        return accept("adopt_policy", body, Play().now, now=at(1), fallback_id="a", policy=PLAIN)

    assert adopts(document_of(DOCUMENT_LIMIT)).kind == "policy_adopted"
    with pytest.raises(Refused, match="adopt_policy: the document has 400001 bytes, and 400000 are the most"):
        adopts(document_of(DOCUMENT_LIMIT + 1))


def test_a_file_over_its_bytes_is_refused() -> None:
    """A policy file is counted in bytes, so one of Cyrillic letters may have half as many letters."""

    def loads(size: int) -> Document:
        comment = "я" * ((size - len(ACME) - 2) // 2)
        return load_policy(f"{ACME}# {comment}", file="p.yaml", today=date(2026, 1, 1))

    assert loads(DOCUMENT_LIMIT).policy == "acme"
    with pytest.raises(PolicyError, match=r"the file has 400,00\d bytes: write at most 400,000"):
        loads(DOCUMENT_LIMIT + 2)


def promises_of(entries: int) -> str:
    """Return a policy with that many SLAs, each a short line that inherits a long list."""
    shares = ", ".join(f"{percent}%" for percent in range(1, 100))
    lines = "".join(f"  s{number}: {{extends: many}}\n" for number in range(entries))
    return ACME.replace("sla:\n", f"sla:\n  many: {{extends: night, at_risk: [{shares}]}}\n{lines}")


@pytest.mark.slow
def test_a_policy_that_grows_when_it_is_read_is_refused() -> None:
    """A policy counts as it is after inheritance: a file of 20 kB may be too large for a conversation."""
    load_policy(promises_of(800), file="p.yaml", today=date(2026, 1, 1))
    with pytest.raises(PolicyError, match=r"written out the policy has \d{3},\d{3} bytes: write at most 400,000"):
        load_policy(promises_of(950), file="p.yaml", today=date(2026, 1, 1))
    document = Document.model_validate(PolicySource(promises_of(950), "p.yaml").raw)
    with pytest.raises(UnusablePolicyError, match="write at most 400,000"):
        read_sent(document.model_dump(mode="json", exclude_defaults=True), today=date(2026, 1, 1))


def test_sixty_values_of_31000_emoji_stay_small() -> None:
    """An attribute that is set sixty times to 31,000 emoji is rejected each time, and the conversation stays small."""
    play = Play()
    for number in range(60):
        play.tell("attribute_changed", number + 1, name="mood", value="😀" * 31_000, event_id=f"e{number}")
    assert play.now.contact.attributes == ()
    assert [entry.kind for entry in play.now.told.timeline if entry.kind == "rejected"][:1] == ["rejected"]
    assert sum(len(json.dumps(entry.text)) for entry in play.now.told.timeline) < 20_000
    assert play.conversation.tail[-1].occurred_at - at(60) == timedelta(0)


def test_the_contract_names_the_limits() -> None:
    """The contract's page names each limit of what callers send."""
    page = (FOLDER / "README.md").read_text()
    said = [
        f"| one event | {SIZE_LIMIT:,} bytes |",
        f"| nesting of one event or command | {DEPTH_LIMIT} levels |",
        f"| `text` of a message | {TEXT_LIMIT:,} characters |",
        f"`need`, `because`, `detail` | {WORDS_LIMIT:,} bytes |",
        f"`by` | {NAME_LIMIT:,} bytes |",
        f"`command_id` | {ID_LIMIT} characters |",
        f"| tags of a conversation | {TAGS_LIMIT} |",
        f"| attributes of a conversation | {ATTRIBUTES_LIMIT} |",
        f"| the value of an attribute | {ATTRIBUTE_LIMIT:,} bytes |",
        f"| what is known of the customer | {CUSTOMER_LIMIT:,} bytes |",
        f"| one command as it is sent | {COMMAND_LIMIT:,} bytes |",
        f"brackets and commas are counted | {COMMAND_VALUES_LIMIT:,} |",
        f"with more than {COMMAND_BYTES:,} bytes together",
        f"| a policy that is sent along | {DOCUMENT_LIMIT:,} bytes |",
        f"the last {SEEN_LIMIT:,} events and commands are known for {SEEN_DAYS} days",
    ]
    assert [sentence for sentence in said if sentence not in page] == []
