"""Half characters and odd numbers that JSON can carry: only the part that can't be kept is lost."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems
from worker.temporal.skipping import Clockwork

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
HALF = "\ud83d"
IN_A_MONTH = (datetime.now(UTC) + timedelta(days=30)).isoformat()
SIGNALS: dict[str, dict[str, Any]] = {
    "message": {"author": "agent", "author_id": "ann", "text": "Please wait", "public": False, "intent": "stalling"},
    "tag_added": {"tag": "waiting", "by": "ann"},
    "tag_removed": {"tag": "waiting", "by": "ann"},
    "reassigned": {"team": "tier-2", "assignee": "ann", "by": "op", "note": "Look"},
    "status_changed": {"status": "open", "by": "ann", "note": "again"},
    "customer_updated": {"name": "Ada", "city": "Oslo", "list": ["a"]},
    "attribute_changed": {"name": "order", "value": {"deep": ["x"]}},
    "acknowledged": {"by": "ann", "step": "none"},
    "feedback": {"by": "ann", "needed": True, "note": "good", "more": "x"},
    "rated": {"score": 5, "by": "x"},
    "absorbed": {"other": "c-1"},
    "callback_promised": {"at": IN_A_MONTH, "by": "ann", "note": "mobile"},
    "choice_made": {"choice": "wait", "detail": "on the phone"},
    "queued": {"team": "tier-2", "ticket": "t", "position": 1},
    "offered": {"team": "tier-2", "ticket": "t", "agent": "a", "offer": "1", "until": "2060-01-01T00:00:00Z"},
    "granted": {"team": "tier-2", "ticket": "t", "agent": "a", "because": "free"},
    "reclaimed": {"team": "tier-2", "ticket": "t", "agent": "a", "because": "gone"},
    "folded": {"page": "none.1", "incident": "i"},
    "unfolded": {"incident": "i", "by": "ann"},
    "incident_grew": {"total": 2, "first": [{"conversation_id": "c-1", "headline": "down"}]},
}
"""Every signal but `merged`, which ends the conversation."""
EXACT = {"author", "status", "team", "at", "until", "choice", "kind"}
"""Fields whose values the contract fixes, so that they can't be cut."""
UPDATES: list[tuple[str, dict[str, Any]]] = [
    ("add_note", {"tried": "a", "think": "b", "need": "c"}),
    ("reassign", {"team": "tier-1", "assignee": "bob", "note": "Yours"}),
    ("escalate", {"team": "tier-2", "note": {"tried": "a", "think": "b", "need": "c"}}),
    ("deescalate", {"team": "tier-1", "note": "Only the answer is left"}),
    ("take", {}),
    ("hold", {"note": "The bank answers on Thursday"}),
    ("release", {"note": "It has answered"}),
    ("snooze", {"for": "2h", "note": "Lunch"}),
    ("wake", {}),
    ("call", {"to": "support-on-call"}),
    ("acknowledge", {}),
    ("adopt_policy", {"policy": "tiered", "mode": "pin"}),
    ("resolve", {"note": "Refunded"}),
]
"""Every update, in an order in which each one can be carried out."""
GIVEN = {"team", "for", "to", "policy", "mode"}


def cut(value: Any, *, but: set[str]) -> Any:
    """Return the value with half a character at the end of each text, except in the fields `but`."""
    match value:
        case dict():
            return {key: each if key in but else cut(each, but=but) for key, each in value.items()}
        case list():
            return [cut(each, but=but) for each in value]
        case str():
            return f"{value}{HALF}"
        case _:
            return value


def as_node_sends(body: Any) -> RawValue:
    """Return a payload with the bytes that `JSON.stringify` and `json.dumps` write."""
    return RawValue(Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(body).encode()))


async def started(clockwork: Clockwork, name: str, data: bytes) -> Story:
    """Start a conversation with exactly these bytes."""
    sent = RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data))
    handle = await clockwork.client.start_workflow("Conversation", sent, id=f"conversation/{name}", task_queue="baton")
    return Story(handle, clockwork, MONDAY_10_AM, name)


async def shown(story: Story) -> list[Any]:
    """Return the answers of all queries; fail where they are not strict JSON in UTF-8, which any language can read."""
    await story.settled()
    answers = [await story.handle.query(name) for name in ("state", "timeline", "upcoming", "handoff", "policy")]
    json.dumps(answers, allow_nan=False, ensure_ascii=False).encode()
    return answers


async def rejected(story: Story) -> list[str]:
    """Return the timeline's texts of rejected inputs."""
    return [entry["text"] for entry in await story.timeline() if entry["kind"] == "rejected"]


async def test_half_a_character_costs_only_itself(
    clockwork: Clockwork, house: OutsideSystems, slack: FakeSlack
) -> None:
    """A start, signal or update with texts cut inside an emoji counts, and shows a mark at each cut."""
    start = cut(
        {"subject": "Help", "channel": "chat", "customer": {"id": "7", "name": "Ada", "x": {"y": ["z"]}}, "tags": ["a"]}
        | {"attributes": {"order": "1", HALF: "2"}, "page": {"url": "u"}},
        but=set(),
    )
    story = await started(clockwork, "half-characters", json.dumps({**start, "policy": "tiered"}).encode())
    await story.settled()
    for name, body in SIGNALS.items():
        await story.handle.signal(name, as_node_sends({**cut(body, but=EXACT), "event_id": f"{name}{HALF}"}))
    for name, body in UPDATES:
        sent = {**cut(body, but=GIVEN), "actor": f"ann{HALF}", "command_id": f"{name}{HALF}"}
        assert (await story.handle.execute_update(name, as_node_sends(sent)))["conversation_id"] == story.id
    assert await rejected(story) == []
    state, timeline, _, handoff, _ = await shown(story)
    assert (state["subject"], state["customer"]["name"], handoff["customer"]["city"]) == ("Help�", "Ada�", "Oslo�")
    assert dict(state["attributes"]) == {"order": "1�", "�": "2�", "order�": "{'deep': ['x�']}"}
    assert "Held by ann� — The bank answers on Thursday�" in [entry["text"] for entry in timeline]
    assert "?" not in json.dumps([state["subject"], state["tags"], state["customer"], handoff["last_words"]])
    assert any("�" in note.body for note in await house.desk.notes(story.id))
    assert any("�" in message.text for message in slack.messages if story.id in message.key)


ODD = b"""\xef\xbb\xbf{"policy": "tiered", "subject": "first", "subject": "Nul \\u0000, bell \\u0007, tab \t, cut \xff",
"priority": "high", "customer": {"id": 7, "name": "Ada", "value": NaN, "spent": 1e400},
"attributes": {"nan": NaN, "inf": Infinity, "minus": -Infinity, "huge": 1e999, "digits": %s, "endless": %s,
"deep": %s, "list": [1, NaN, {"a": NaN, "b": 2}], "int": 123456789012345678901234567890, "ok": "yes"}}"""
LOST = (
    *("customer.value", "customer.spent", "attributes.nan", "attributes.inf", "attributes.minus", "attributes.huge"),
    *("attributes.digits", "attributes.endless", f"attributes.deep.{'.'.join('0' * 29)}"),
    *("attributes.list.1", "attributes.list.2.a"),
)


async def test_a_number_that_is_none_costs_only_its_field(clockwork: Clockwork) -> None:
    """A start with NaN, endless numbers, deep nesting and broken bytes keeps all other fields, and names those lost."""
    data = ODD % (b"9" * 400, b"9" * 9999, b"[" * 5000 + b"]" * 5000)
    story = await started(clockwork, "odd-numbers", data)
    state, *_ = await shown(story)
    assert (state["subject"], state["priority"]) == ("Nul \x00, bell \x07, tab \t, cut �", "high")
    assert (state["customer"]["id"], state["customer"]["name"], state["customer"]["value"]) == ("7", "Ada", None)
    attributes = dict(state["attributes"])
    assert (attributes["ok"], attributes["int"]) == ("yes", "123456789012345678901234567890")
    assert attributes["list"] == "[1, None, {'b': 2}]"
    assert sorted(attributes) == ["deep", "int", "list", "ok"]
    (told,) = await rejected(story)
    assert tuple(part.split(":")[0] for part in told.removeprefix("Rejected start: ").split("; ")) == LOST
