"""Typed arguments: how they become the body of a message; no server is running."""

import json
from pathlib import Path
from typing import Any

import pytest

from worker.terminal.bodies import for_command, for_signal, for_start
from worker.trouble import TypedWrongError

READ = [
    pytest.param("message", ["author=customer", "text=3.50"], {"author": "customer", "text": "3.50"}, id="a sum"),
    pytest.param("message", ["author=customer", "text=null"], {"author": "customer", "text": "null"}, id="null"),
    pytest.param("message", ["author=agent", "public=false"], {"author": "agent", "public": False}, id="no text"),
    pytest.param("message", ["author=agent", "text=a=b"], {"author": "agent", "text": "a=b"}, id="equals sign"),
    pytest.param("tag_added", ["tag=2024", "by=7"], {"tag": "2024", "by": "7"}, id="a number for a name"),
    pytest.param("attribute_changed", ["name=seats", "value=12"], {"name": "seats", "value": 12}, id="any value"),
    pytest.param(
        "customer_updated", ["tier=1", "value=18400", "seats=12"], {"tier": "1", "value": 18400, "seats": 12}, id="flat"
    ),
    pytest.param(
        "customer_updated",
        ["customer.name=007", "customer.preferences.language=no"],
        {"customer": {"name": "007", "preferences": {"language": "no"}}},
        id="nested",
    ),
    pytest.param("feedback", ["needed=false", "note=true"], {"needed": False, "note": "true"}, id="answers"),
]


@pytest.mark.parametrize(("name", "pairs", "expected"), READ)
def test_text_stays_text(name: str, pairs: list[str], expected: dict[str, Any]) -> None:
    """A field of text keeps a typed number or “true” as text; other fields are read as JSON."""
    assert for_signal(name, pairs, None) == expected


def test_a_command_has_who_asks() -> None:
    """A command's actor is the person at the terminal unless another is named; notes nest."""
    typed = ["note.tried=1", "note.think=null", "note.need=a refund"]
    note = {"tried": "1", "think": "null", "need": "a refund"}
    assert for_command("escalate", typed, None, "lee") == {"actor": "lee", "note": note}
    assert for_command("snooze", ["actor=kim", "for=2h"], None, "lee") == {"actor": "kim", "for": "2h"}


def test_pairs_are_put_over_a_file(tmp_path: Path) -> None:
    """Typed values replace those of a file, which may hold fields that Baton does not know."""
    file = tmp_path / "start.json"
    file.write_text(json.dumps({"channel": "email", "desk": 7, "customer": {"name": "Ada"}}))
    started = for_start("c-1", ["channel=sms", "customer.tier=gold"], str(file))
    assert started == {"channel": "sms", "desk": 7, "customer": {"name": "Ada", "tier": "gold"}}


WRONG = [
    pytest.param("mesage", [], "There is no signal mesage: did you mean `message`?", id="signal"),
    pytest.param("message", ["auther=agent"], "message has no field auther: did you mean `author`?", id="field"),
    pytest.param("message", ["text=hi"], "Nothing was sent. message: author is missing", id="missing"),
    pytest.param("rated", ["score=900"], "Nothing was sent. rated: score: a score is from 0 to 100", id="value"),
    pytest.param("message", ["hello"], "hello is not key=value", id="no pair"),
    pytest.param(
        "customer_updated",
        ["customer=Ada", "customer.name=Ada"],
        "customer.name=Ada does not go with customer=…: write the one or the other",
        id="value, then its parts",
    ),
    pytest.param(
        "customer_updated",
        ["customer.name=Ada", "customer=Ada"],
        "customer=Ada does not go with customer.…=…: write the one or the other",
        id="parts, then a value",
    ),
]


@pytest.mark.parametrize(("name", "pairs", "sentence"), WRONG)
def test_a_fact_typed_wrong_is_one_sentence(name: str, pairs: list[str], sentence: str) -> None:
    """A fact that a conversation would reject or ignore is refused before it is sent."""
    with pytest.raises(TypedWrongError) as told:
        for_signal(name, pairs, None)
    assert (str(told.value), told.value.exit_code) == (sentence, 2)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "can't be read (No such file or directory): check the path and its permissions"),
        ("", "is not JSON: write one object in braces"),
        ('{"author": "customer"', "is not JSON (line 1, column 22): write one object in braces"),
        ("author: customer", "is not JSON (line 1, column 1): write one object in braces"),
        ('{"author": customer}', "is not JSON (line 1, column 12): write one object in braces"),
        ("[]", "must hold one JSON object: write it in braces"),
    ],
)
def test_a_file_that_is_no_body_is_one_sentence(content: str | None, why: str, tmp_path: Path) -> None:
    """A file that can't be sent is named with the place of the mistake."""
    file = tmp_path / "fact.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(TypedWrongError) as told:
        for_signal("message", [], str(file))
    assert str(told.value) == f"{file} {why}"


@pytest.mark.parametrize(
    ("conversation", "pairs", "sentence"),
    [
        ("", [], "A conversation needs an id, such as c-42"),
        ("c-1", ["chanel=email"], "start has no field chanel: did you mean `channel`?"),
        (
            "c-1",
            ["priority=hihg"],
            "Nothing was sent. start: priority: write low, normal, high or urgent, not “hihg”",
        ),
    ],
)
def test_a_start_typed_wrong_is_one_sentence(conversation: str, pairs: list[str], sentence: str) -> None:
    """A start without an id, or with a misspelt field or value, is refused."""
    with pytest.raises(TypedWrongError) as told:
        for_start(conversation, pairs, None)
    assert str(told.value) == sentence


def test_a_command_that_does_not_exist_is_one_sentence() -> None:
    """A command that does not exist is answered with the right name."""
    with pytest.raises(TypedWrongError, match="There is no command reasign: did you mean `reassign`"):
        for_command("reasign", [], None, "lee")
