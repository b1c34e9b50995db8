"""Sentences on wrong fields: in JSON's own words, under the sender's names, with the likely meaning."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from policies.contract.commands import Refused, accept
from policies.contract.messages import read_facts, read_start
from policies.contract.requests import COMMANDS
from policies.contract.wrong_fields import explain, misspelt
from policies.editions import NEWEST
from policies.queues.teams import messages as team_messages
from policies.state.events import SIGNALS, ConversationStarted, Customer, EventRejected, MessageReceived
from tests.policies.stories import START, Play, at

NOW = at(60)
MODELS = (
    *SIGNALS.values(),
    *COMMANDS.values(),
    *team_messages.SIGNALS.values(),
    *team_messages.COMMANDS.values(),
    ConversationStarted,
    Customer,
)
KEYS = st.sampled_from(["a", "tried", "id"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.sampled_from(["", "x", "soon"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)
UNTILL = {"actor": "kim", "note": "vendor", "untill": "2026-01-05T12:00:00Z"}
NOT_JSON = ("Input", "instance", "tuple", "dict", "valid", "pars", "string", "Error")


def why(start: dict[str, Any], edition: int = NEWEST) -> str:
    """Return the timeline's sentence about a start; empty where there is none."""
    _, rejected = read_start(start, conversation_id="c", began_at=START, now=NOW, edition=edition)
    return rejected.why if rejected else ""


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ({"opened_at": "yesterday"}, "opened_at: write a time such as 2026-01-05T10:30:00Z, not “yesterday”"),
        ({"tags": "billing"}, "tags: write a list, not “billing”"),
        ({"customer": "Ada"}, "customer: write an object, not “Ada”"),
        ({"customer": {"name": ["Ada"]}}, "customer.name: write a text, not a list"),
        ({"page": 7}, "page: write an object or a text, not 7"),
        ({"attributes": ["x"]}, "attributes: write an object, not a list"),
        ({"pririty": "high"}, "pririty: there is no such field: did you mean `priority`?"),
        ({"Priority": "high"}, "Priority: there is no such field: did you mean `priority`?"),
        ({"openedAt": "2026-01-05"}, "openedAt: there is no such field: did you mean `opened_at`?"),
        ({"customer": {"teir": "gold"}}, "customer.teir: there is no such field: did you mean `customer.tier`?"),
        (
            {"customer": {"locale": "Klingonsk"}},
            "customer.locale: “Klingonsk” is no language that is known: write a tag such as `de`",
        ),
        (
            {"customer": {"locale": "C.UTF-8", "preferences": {"language": "english-ish"}}},
            "customer.preferences.language: “english-ish” is no language that is known: write a tag such as `de`",
        ),
        (
            {"customer": {"locale": "jp"}},
            "customer.locale: “jp” is a country and no language: did you mean `ja`?",
        ),
        (
            {"customer": {"locale": "xx_XX"}},
            "customer.locale: “xx_XX” is no language that is known: write a tag such as `de`",
        ),
        (
            {"customer": {"timezone": "europe/london"}},
            'customer.timezone: There is no time zone "europe/london"; did you mean "Europe/London"?',
        ),
        (
            {"conversation_id": "d"},
            "conversation_id: it says “d”, but the workflow's id, which counts, says “c”",
        ),
    ],
)
def test_a_start_with_a_wrong_field_says_what_is_meant(start: dict[str, Any], sentence: str) -> None:
    """A wrong field of a start gets a line in the timeline, under the sender's name, with the likely meaning."""
    assert why(start) == sentence


def test_fields_of_the_senders_own_are_no_mistakes() -> None:
    """Fields that only a sender knows are ignored, and a customer's are kept; neither gets a line."""
    assert why({"conversation_id": "c", "crm": 7, "source": "web", "customer": {"segment": "b", "region": "eu"}}) == ""


def test_a_misspelt_field_in_a_signal_is_told_beside_the_event() -> None:
    """A signal with a misspelt field is taken in, and the timeline says which field was probably meant."""
    body = {"event_id": "m", "author": "customer", "text": "Hi", "occured_at": "2026-01-05T10:30:00Z"}
    event, told = read_facts("message", body, now=NOW, fallback_id="f")
    assert (event.kind, event.occurred_at) == ("message", NOW)
    assert isinstance(told, EventRejected)
    assert told.why == "occured_at: there is no such field: did you mean `occurred_at`?"


def test_headers_that_cannot_be_read_are_told_beside_the_message() -> None:
    """A message whose headers can't be read is the customer's, and the timeline says which forms can be read."""
    body = {"event_id": "m", "author": "customer", "text": "Hi", "headers": "auto-replied"}
    event, told = read_facts("message", body, now=NOW, fallback_id="f")
    assert isinstance(event, MessageReceived)
    assert isinstance(told, EventRejected)
    assert not event.automatic
    assert told.why.startswith("headers: write an object")
    (before,) = read_facts("message", body, now=NOW, fallback_id="f", edition=2)
    assert isinstance(before, MessageReceived)


def test_an_unknown_language_in_a_signal_is_told_beside_the_event() -> None:
    """A customer's preference that names no known language is taken in, and the timeline says so; `German` is known."""
    unknown, german = ({"event_id": "c", "preferences": {"language": name}} for name in ("Klingonsk", "German"))
    _, told = read_facts("customer_updated", unknown, now=NOW, fallback_id="f")
    assert isinstance(told, EventRejected)
    assert told.why == "preferences.language: “Klingonsk” is no language that is known: write a tag such as `de`"
    assert len(read_facts("customer_updated", german, now=NOW, fallback_id="f")) == 1
    assert len(read_facts("customer_updated", unknown, now=NOW, fallback_id="f", edition=2)) == 1


def test_a_misspelt_field_in_a_command_refuses_it() -> None:
    """A command with a misspelt field is refused: `untill` would put a customer on hold for three days in silence."""
    play = Play()
    with pytest.raises(Refused) as refused:
        accept("hold", UNTILL, play.now, now=NOW, fallback_id="f", policy=play.policy)
    assert str(refused.value) == "hold: untill: there is no such field: did you mean `until`?"


def test_earlier_editions_ignore_misspelt_names() -> None:
    """Conversations of earlier editions go on as they began: a misspelt field gets no line."""
    assert why({"pririty": "high", "conversation_id": "d"}, edition=2) == ""
    body = {"author": "customer", "occured_at": "2026-01-05T10:30:00Z"}
    assert len(read_facts("message", body, now=NOW, fallback_id="f", edition=2)) == 1


def test_a_name_is_meant_where_it_is_one_slip_away() -> None:
    """A letter too few, too many, wrong or changed with the next is a slip; two slips are another name."""
    slips = ["prioity", "priorityy", "priorlty", "pirority", "PRIORITY", "prio_rity"]
    assert all(len([*misspelt([each], ["priority"])]) == 1 for each in slips)
    assert [*misspelt(["prio", "priest", "id", "by"], ["priority", "is", "to"])] == []
    assert [*misspelt(["teir", "tier"], ["tier"])] == []


def explained_in_json_words(model: type[BaseModel], body: dict[str, Any]) -> None:
    try:
        model.model_validate(body)
    except ValidationError as error:
        sentence = explain(error)
        assert not any(word in sentence for word in NOT_JSON), sentence


def _bodies(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {field.alias or name: VALUES for name, field in model.model_fields.items()}
    return st.fixed_dictionaries({}, optional=fields)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(MODELS).flatmap(lambda model: st.tuples(st.just(model), _bodies(model))))
def test_no_sentence_speaks_python(sent: tuple[type[BaseModel], dict[str, Any]]) -> None:
    """ "valid tuple" and "instance of Customer" are Python, not JSON: no sentence on any message says such a word."""
    explained_in_json_words(*sent)


@pytest.mark.soak
@settings(max_examples=5000, deadline=None)
@given(st.sampled_from(MODELS).flatmap(lambda model: st.tuples(st.just(model), _bodies(model))))
def test_no_sentence_of_thousands_speaks_python(sent: tuple[type[BaseModel], dict[str, Any]]) -> None:
    """No sentence on any of thousands of bodies says a word of Python."""
    explained_in_json_words(*sent)
