"""Messages from callers: Baton reads all it can, refuses none, and keeps unreadable ones with the reason."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from policies.contract.bounds import NO_NUMBER
from policies.contract.commands import Refused, accept
from policies.contract.messages import read_facts, read_start
from policies.contract.requests import COMMANDS
from policies.decide import decide
from policies.queues.teams import messages as team_messages
from policies.queues.teams.state import Team
from policies.state.conversation import Conversation, opened
from policies.state.events import (
    SIGNALS,
    Absorbed,
    AttributeChanged,
    ChoiceMade,
    Customer,
    CustomerUpdated,
    EventRejected,
    Fact,
    FeedbackGiven,
    MessageReceived,
)
from policies.state.limits import ID_LIMIT, TEXT_LIMIT
from tests.policies.stories import FULL, START, at

NOW = at(60)
STATE = TypeAdapter(Conversation)
FACT = TypeAdapter[Any](Fact)


def read(name: str, body: Any) -> Any:
    return read_facts(name, body, now=NOW, fallback_id="f")[0]


def why(name: str, body: Any) -> str:
    """Return why the message was rejected."""
    event = read(name, body)
    assert isinstance(event, EventRejected)
    return event.why


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


def test_known_fields_of_another_type_are_kept_as_text() -> None:
    """A sender's own types for known fields, such as a year as a number, are kept as text and never refused."""
    customer = {"id": "7", "since": 2021, "health": 87, "preferences": ["phone"], "account_manager": None}
    started, rejected = read_start({"customer": customer}, conversation_id="c", began_at=NOW, now=NOW)
    assert rejected is None
    known = started.customer
    assert (known.since, known.health, known.preferences) == ("2021", "87", {"noted": "['phone']"})
    assert Customer.model_validate({**customer, "preferences": {"language": "de", "hours": 9}}).preferences == {
        "language": "de",
        "hours": "9",
    }


def test_a_message_is_read() -> None:
    """A message is read as its backend sent it; unknown fields are left out."""
    body = {"event_id": "m", "author": "customer", "text": "Hi", "occurred_at": "2026-01-05T10:30:00Z", "unknown": 1}
    assert read("message", body) == MessageReceived(event_id="m", occurred_at=at(30), author="customer", text="Hi")


@pytest.mark.parametrize(
    ("stated", "occurred_at"),
    [
        ("2026-01-05T10:30:00", at(30)),
        ("2026-01-05T10:30:00Z", at(30)),
        ("2026-01-05T11:30:00+01:00", at(30)),
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        (1767609000, at(30)),
        (None, NOW),
        ("", NOW),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_every_usual_way_to_say_when(stated: Any, occurred_at: datetime) -> None:
    """A time without a zone is UTC, a missing time is now, and absurd years are kept here, for `decide` moves them."""
    event = read("rated", {"score": 1, "occurred_at": stated})
    assert (event.occurred_at, event.occurred_at.utcoffset()) == (occurred_at, timedelta(0))


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("message", "hello", "the message must be one JSON object"),
        ("message", None, "the message must be one JSON object"),
        ("message", ["a"], "the message must be one JSON object"),
        ("message", {}, "author is missing"),
        ("message", {"author": "bot"}, "author: write customer, assistant or agent, not “bot”"),
        ("message", {"author": "agent", "text": {"html": "x"}}, "text: write a text, not an object"),
        (
            "message",
            {"author": float("nan")},
            "author: NaN and Infinity are no numbers: leave the field out; author is missing",
        ),
        ("rated", {"score": 10**400}, "score: the number is too large; score is missing"),
        ("tag_added", {"tag": ""}, "tag: it is empty"),
        ("tag_added", {"tag": "x" * 40_000}, "40010 bytes are too many: send at most 32000"),
        (
            "status_changed",
            {"status": "closed"},
            "status: write open, pending_customer, on_hold or resolved, not “closed”",
        ),
        ("customer_updated", {"name": ["Ada"]}, "name: write a text, not a list"),
        (
            "rated",
            {"score": 5, "occurred_at": "0001-01-01T00:00:00+14:00"},
            "occurred_at: it is beyond what a calendar holds",
        ),
        (
            "rated",
            {"score": 5, "occurred_at": "9999-12-31T23:59:59-10:00"},
            "occurred_at: it is beyond what a calendar holds",
        ),
    ],
)
def test_an_unreadable_message_is_kept_with_the_reason(name: str, body: Any, reason: str) -> None:
    """A message that can't be read is kept with a reason that says what its sender has to change."""
    assert why(name, body) == reason


def test_a_time_that_is_none_is_rejected() -> None:
    """A word such as “yesterday” is no time, and the event is rejected."""
    sentence = "occurred_at: write a time such as 2026-01-05T10:30:00Z, not “yesterday”"
    assert why("rated", {"score": 5, "occurred_at": "yesterday"}) == sentence


def test_an_unknown_signal_names_the_known_ones() -> None:
    """A sender who misspells a signal finds the known names in the reason."""
    assert why("mesage", {}) == f"there is no signal “mesage”; there are {', '.join(SIGNALS)}"


def test_a_rejected_message_is_kept_as_it_came() -> None:
    """A rejected message keeps enough to find its sender, and a corrected one with the same id is still taken."""
    event = read("message", {"event_id": "e1", "author": "bot", "text": "é" * 1000})
    assert (event.event_id, event.name, event.occurred_at) == ("e1/rejected", "message", NOW)
    assert event.excerpt.startswith('{"event_id": "e1", "author": "bot", "text": "éé')
    assert len(event.excerpt) == 500


def test_a_megabyte_of_text_is_cut() -> None:
    """A pasted log file is a message like any other, cut at the limit."""
    event = read("message", {"author": "customer", "text": "x" * 1_000_000})
    assert (len(event.text), event.text[-10:]) == (TEXT_LIMIT, "xx … (cut)")


def test_a_megabyte_of_anything_else_is_not_carried() -> None:
    """Unknown fields are dropped; a known field of a start that is too large is left out, and the record says so."""
    assert isinstance(read("message", {"author": "customer", "raw": "x" * 1_000_000}), MessageReceived)
    assert len(read("tag_added", {"tag": "x", "event_id": "e" * 10_000}).event_id) == ID_LIMIT
    started, rejected = read_start(
        {"channel": "email", "page": {"html": "x" * 1_000_000}}, conversation_id="c", began_at=START, now=START
    )
    assert (started.page, started.channel) == (None, "email")
    assert rejected is not None
    assert rejected.why == "page: 1000020 bytes are too many: send at most 32000"


def test_half_an_emoji_is_still_a_message() -> None:
    """A sender that cuts texts in the middle of a character loses that character, not the message."""
    half = json.loads('"Thanks \\ud83d"')
    assert read("message", {"author": "customer", "text": half}).text == "Thanks \ufffd"
    assert why(half, {}).startswith("there is no signal “Thanks \ufffd”")


def test_fields_may_be_flat_or_gathered() -> None:
    """The fields of a customer or of feedback may stand beside the event's other fields or in an object."""
    flat = read("customer_updated", {"tier": "gold", "id": 7, "name": None, "event_id": "e"})
    gathered = read("customer_updated", {"customer": {"tier": "gold", "id": 7}, "event_id": "e"})
    assert flat == gathered == CustomerUpdated(event_id="e", occurred_at=NOW, customer={"tier": "gold", "id": "7"})
    assert read("feedback", {"by": "anna", "useful": True, "event_id": "e"}) == FeedbackGiven(
        event_id="e", occurred_at=NOW, by="anna", about={"useful": True}
    )


def test_a_sender_cannot_pretend_to_be_baton() -> None:
    """A sender can't set an event's source or kind: Baton sets both."""
    event = read("reassigned", {"team": "billing", "source": "command", "kind": "escalated"})
    assert (event.source, event.kind) == ("fact", "reassigned")


def test_a_start_that_cannot_be_read_begins_all_the_same() -> None:
    """A start with unreadable fields begins the conversation without them, and the record names each."""
    body = {
        "channel": "email",
        "priority": "super",
        "tags": "billing",
        "customer": {"id": 7, "tier": "gold", "value": float("nan"), "name": None},
        "opened_at": "0001-01-01T00:00:00+14:00",
    }
    started, rejected = read_start(body, conversation_id="c", began_at=START, now=NOW)
    assert (started.event_id, started.channel, started.priority, started.tags) == ("c/start", "email", "normal", ())
    assert (started.customer.id, started.customer.tier, started.customer.value) == ("7", "gold", None)
    assert started.occurred_at == START
    assert rejected is not None
    assert rejected.why == (
        "customer.value: NaN and Infinity are no numbers: leave the field out; "
        "opened_at: it is beyond what a calendar holds; "
        "priority: write low, normal, high or urgent, not “super”; tags: write a list, not “billing”"
    )


@pytest.mark.parametrize(
    ("stated", "opened_at"),
    [
        ("2026-01-05T10:30:00", at(30)),
        ("2026-01-05T12:30:00+02:00", at(30)),
        ("2027-01-01T00:00:00Z", NOW),
        ("1999-01-01T00:00:00Z", NOW - timedelta(days=366)),
        (None, START),
    ],
)
def test_when_the_customer_made_contact(stated: Any, opened_at: datetime) -> None:
    """A conversation's promises run from the time the customer wrote: at most a year ago, and not in the future."""
    started, rejected = read_start({"opened_at": stated}, conversation_id="c", began_at=START, now=NOW)
    assert (started.occurred_at, rejected) == (opened_at, None)


@pytest.mark.parametrize("body", [None, "x", 7, [], [{}]])
def test_a_start_that_is_no_object_begins_all_the_same(body: Any) -> None:
    """A start that is no object still begins the conversation, and the record says what was wrong."""
    started, rejected = read_start(body, conversation_id="c", began_at=START, now=NOW)
    assert started.occurred_at == START
    assert rejected is not None
    assert rejected.why == "the input must be one JSON object"


TEXT = st.text(st.characters(codec=None), max_size=8)
WORDS = st.sampled_from(["customer", "agent", "open", "resolved", "billing", "tier-2", "0001-01-01T00:00:00+14:00"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)
KEYS = sorted(
    {name for kind in SIGNALS.values() for name in kind.model_fields} | {"opened_at", "channel", "priority", "tags"}
)
BODIES = JSON | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6)


SENT = st.lists(st.tuples(st.sampled_from([*SIGNALS, "other", ""]), BODIES), max_size=4)


@settings(max_examples=40, deadline=None)
@given(BODIES, SENT)
def test_nothing_that_can_be_sent_stops_a_conversation(start: Any, sent: list[tuple[str, Any]]) -> None:
    """No start and no signals can stop a conversation: it begins, goes on, and reads back equal after a new run."""
    take_in(start, sent)


@pytest.mark.soak
@settings(max_examples=5000, deadline=None)
@given(BODIES, SENT)
def test_thousands_of_things_that_can_be_sent(start: Any, sent: list[tuple[str, Any]]) -> None:
    """Thousands of other arrivals stop no conversation either."""
    take_in(start, sent)


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        (
            {"customer": nested(900)},
            [("attribute_changed", {"name": "x", "value": nested(900)}), ("feedback", nested(900))],
        ),
        ({"\ud800": "\ud800"}, [("customer_updated", {"\ud800": "\ud800"}), ("feedback", {"a": ["\ud800"]})]),
        (nested(900), [("\ud800", "\ud800"), ("message", nested(900)), ("nobody", nested(900))]),
        (
            {"occurred_at": float("nan")},
            [("rated", {"score": 1e308, "occurred_at": 1e300}), ("rated", {"score": 10**5000})],
        ),
        (
            {"page": {"a": float("inf")}, "attributes": {"": None}},
            [("message", {"author": "agent", "event_id": 10**5000})],
        ),
    ],
)
def test_the_worst_that_was_ever_sent(start: Any, sent: list[tuple[str, Any]]) -> None:
    """A start or signal nested 900 levels deep, with half a character or with a huge number stops no conversation."""
    take_in(start, sent)


def take_in(start: Any, sent: list[tuple[str, Any]]) -> None:
    started, rejected = read_start(start, conversation_id="c", began_at=START, now=NOW)
    conversation = opened("c", started.occurred_at)
    events = [started, *([rejected] if rejected else [])]
    for number, (name, body) in enumerate(sent):
        events += read_facts(name, body, now=NOW, fallback_id=f"f{number}")
    for event in events:
        assert event.occurred_at.tzinfo is not None
        assert FACT.validate_json(strict_json(event)) == event
        conversation = decide(conversation, event, NOW, policy=FULL).conversation
    assert STATE.validate_json(STATE.dump_json(conversation)) == conversation
    strict_json(STATE.dump_python(conversation, mode="json"))


def strict_json(value: Any) -> bytes:
    """Return the value as JSON in UTF-8 without NaN, as other languages read it."""
    plain = value.model_dump(mode="python") if isinstance(value, BaseModel) else value
    return json.dumps(plain, allow_nan=False, ensure_ascii=False, default=datetime.isoformat).encode()


COMMANDED = st.sampled_from([*COMMANDS])
COMMAND_KEYS = sorted({name for kind in COMMANDS.values() for name in (*kind.model_fields, "for")})
COMMAND_BODIES = JSON | st.dictionaries(st.sampled_from(COMMAND_KEYS), JSON | WORDS, max_size=6)
TEAM_KEYS = sorted({name for kind in team_messages.SIGNALS.values() for name in kind.model_fields})
TEAM_BODIES = JSON | st.dictionaries(st.sampled_from(TEAM_KEYS), JSON | WORDS, max_size=6)


@settings(max_examples=50, deadline=None)
@given(COMMANDED, COMMAND_BODIES, st.sampled_from([*team_messages.SIGNALS, *team_messages.COMMANDS, "?"]), TEAM_BODIES)
def test_any_command_is_accepted_or_refused(name: str, body: Any, to_team: str, told: Any) -> None:
    """A command, whatever is sent with it, becomes an event that can be stored, or is refused in a sentence."""
    asked_and_told(name, body, to_team, told)


@pytest.mark.soak
@settings(max_examples=5000, deadline=None)
@given(COMMANDED, COMMAND_BODIES, st.sampled_from([*team_messages.SIGNALS, *team_messages.COMMANDS, "?"]), TEAM_BODIES)
def test_thousands_of_commands_are_accepted_or_refused(name: str, body: Any, to_team: str, told: Any) -> None:
    """Thousands of other commands are accepted or refused, too."""
    asked_and_told(name, body, to_team, told)


def asked_and_told(name: str, body: Any, to_team: str, told: Any) -> None:
    situation = opened("c", START).situation
    with suppress(Refused):
        event = accept(name, body, situation, now=NOW, fallback_id="f", policy=FULL)
        assert FACT.validate_json(strict_json(event)) == event
    if to_team in team_messages.COMMANDS:
        with suppress(Refused):
            strict_json(team_messages.accept(to_team, told, Team("t", START), now=NOW, fallback_id="f"))
    else:
        for each in team_messages.read_facts(to_team, told, now=NOW, fallback_id="f"):
            strict_json(each)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 10**400, "NaN", "-Infinity", "1e400"])
def test_a_field_that_cannot_be_kept_costs_no_message(value: Any) -> None:
    """A message whose confidence is not a finite number is heard all the same, and the record names the field."""
    said = {"event_id": "m", "author": "customer", "text": "Help", "confidence": value}
    heard, lost = read_facts("message", said, now=NOW, fallback_id="f")
    assert heard == MessageReceived(event_id="m", occurred_at=NOW, author="customer", text="Help")
    assert isinstance(lost, EventRejected)
    assert (lost.event_id, lost.why.split(":")[0].split(".")[0]) == ("m/rejected", "confidence")


def test_only_the_innermost_field_is_lost() -> None:
    """A value that can't be kept is the only one lost: its neighbours stay, in a list at their places."""
    value = {"name": "x", "value": {"a": [1, float("nan"), {"b": float("inf"), "c": 2}], "\ud83d": "\ude00"}}
    changed, lost = read_facts("attribute_changed", value, now=NOW, fallback_id="f")
    assert isinstance(changed, AttributeChanged)
    assert changed.value == {"a": [1, None, {"c": 2}], "\ufffd": "\ufffd"}
    assert isinstance(lost, EventRejected)
    assert lost.why == f"value.a.1: {NO_NUMBER}; value.a.2.b: {NO_NUMBER}"


def test_times_are_utc_whatever_the_sender_lives_in() -> None:
    """A time with any zone is kept in UTC."""
    stated = at(30).astimezone(timezone(timedelta(hours=-8))).isoformat()
    assert read("rated", {"score": 1, "occurred_at": stated}).occurred_at.tzinfo is UTC


def test_an_impossible_time_stops_nothing() -> None:
    """The year 1, which some languages send for “no time”, is no time: no wait begins and no callback is due then."""
    zero = "0001-01-01T00:00:00Z"
    absorbed = read_facts("absorbed", {"other": "b", "waiting_since": zero}, now=NOW, fallback_id="x")[0]
    assert isinstance(absorbed, Absorbed)
    assert absorbed.waiting_since is None
    old = read_facts("absorbed", {"other": "b", "waiting_since": "1999-01-01T00:00:00Z"}, now=NOW, fallback_id="x")[0]
    assert isinstance(old, Absorbed)
    assert old.waiting_since == NOW - timedelta(days=366)
    for when in (zero, "2300-01-01T00:00:00Z"):
        promised = read_facts("callback_promised", {"at": when}, now=NOW, fallback_id="x")[0]
        assert isinstance(promised, EventRejected)
        assert promised.why == "at: it is beyond what a calendar holds"


def test_a_callback_in_forty_years_is_a_slip() -> None:
    """A callback in more than a year is taken for a slip: a promise is rejected, a choice is kept without its time."""
    why = "at: nobody waits so long: name a time within 366 days"
    at = (NOW + timedelta(days=366, seconds=1)).isoformat()
    (promised,) = read_facts("callback_promised", {"at": at}, now=NOW, fallback_id="x")
    chosen, rest = read_facts("choice_made", {"choice": "callback", "at": at}, now=NOW, fallback_id="x")
    assert isinstance(promised, EventRejected)
    assert isinstance(chosen, ChoiceMade)
    assert isinstance(rest, EventRejected)
    assert (promised.why, chosen.at, rest.why) == (why, None, why)
