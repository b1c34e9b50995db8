"""Turns typed `key=value` pairs into the body of a message of the contract, and judges it before it is sent.

Promises that a person who types learns at once what a conversation would reject, or would ignore because no such field
exists. Must not know the server, nor whether a request can be granted: conversations do.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from policies.contract.messages import read_facts, read_start
from policies.contract.requests import COMMANDS
from policies.contract.sent_fields import sent_fields
from policies.state.events import SIGNALS, ConversationStarted, EventRejected, Reported
from policies.text.json_text import place_in_json, read_json, whole
from policies.text.spelling import did_you_mean
from worker.trouble import TypedWrongError

_ONLY_AT_THE_START = {"conversation_id", "opened_at"}


def for_start(conversation_id: str, pairs: Sequence[str], file: str | None) -> dict[str, Any]:
    """Return the body of a start. Raises TypedWrongError."""
    if not conversation_id.strip():
        raise TypedWrongError("A conversation needs an id, such as c-42")
    body, now = _read("start", ConversationStarted, pairs, file), datetime.now(UTC)
    _, rejected = read_start(body, conversation_id=conversation_id, began_at=now, now=now)
    return _sendable("start", body, rejected)


def for_signal(name: str, pairs: Sequence[str], file: str | None) -> dict[str, Any]:
    """Return the body of a fact to be reported. Raises TypedWrongError."""
    if name not in SIGNALS:
        raise TypedWrongError(f"There is no signal {name}: {did_you_mean(name, SIGNALS)}")
    body = _read(name, SIGNALS[name], pairs, file)
    read = read_facts(name, body, now=datetime.now(UTC), fallback_id="typed")
    return _sendable(name, body, next((event for event in read if isinstance(event, EventRejected)), None))


def for_command(name: str, pairs: Sequence[str], file: str | None, actor: str) -> dict[str, Any]:
    """Return the body of a command. The conversation says what is missing in it. Raises TypedWrongError."""
    if name not in COMMANDS:
        raise TypedWrongError(f"There is no command {name}: {did_you_mean(name, COMMANDS)}")
    return {"actor": actor, **_read(name, COMMANDS[name], pairs, file)}


def _sendable(name: str, body: dict[str, Any], rejected: EventRejected | None) -> dict[str, Any]:
    if rejected is not None:
        raise TypedWrongError(f"Nothing was sent. {name}: {rejected.why}")
    return body


def _read(name: str, kind: type[BaseModel], pairs: Sequence[str], file: str | None) -> dict[str, Any]:
    """Return `key=value` pairs (`note.tried=…` nests) over a JSON file or `-`; text where the contract wants text."""
    body = _read_file(file) if file is not None else {}
    fields = _fields(kind)
    for pair in map(whole, pairs):
        key, equals, value = pair.partition("=")
        if not equals:
            raise TypedWrongError(f"{pair} is not key=value")
        *outer, last = key.split(".")
        if fields is not None and (first := key.split(".")[0]) not in fields:
            raise TypedWrongError(f"{name} has no field {first}: {did_you_mean(first, fields)}")
        target: Any = body
        for part in outer:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise TypedWrongError(f"{pair} does not go with {part}=…: write the one or the other")
        if isinstance(target.get(last), dict):
            raise TypedWrongError(f"{pair} does not go with {last}.…=…: write the one or the other")
        target[last] = value if _is_text(kind, key.split(".")) else _value(value)
    return body


def _read_file(file: str) -> dict[str, Any]:
    try:
        loaded = read_json(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        raise TypedWrongError(f"{file} can't be read ({error.strerror}): check the path and its permissions") from None
    except ValueError as error:
        raise TypedWrongError(f"{file} is not JSON{place_in_json(error)}: write one object in braces") from None
    if not isinstance(loaded, dict):
        raise TypedWrongError(f"{file} must hold one JSON object: write it in braces")
    return loaded


def _fields(kind: type[BaseModel]) -> list[str] | None:
    """Return the names a sender may use; None where other names are kept, too."""
    if issubclass(kind, Reported) and kind.gathers:
        return None
    names = [*sent_fields(kind)]
    return [*names, *sorted(_ONLY_AT_THE_START)] if kind is ConversationStarted else names


def _is_text(kind: Any, path: Sequence[str]) -> bool:
    """Return whether the contract wants text there, so that 3.50, true and null are words like any other."""
    for name in path:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
            continue
        models = [each for each in _choices(kind) if isinstance(each, type) and issubclass(each, BaseModel)]
        known = {key: field for model in models for key, field in sent_fields(model).items()}
        if name not in known:
            return False
        kind = known[name]
    return all(each is str or get_origin(each) is Literal for each in _choices(kind))


def _choices(kind: Any) -> tuple[Any, ...]:
    """Return the types that a field may have, other than None."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return tuple(option for option in options if option is not type(None))


def _value(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return text
