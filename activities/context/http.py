"""Asks a program of the team's own about a customer: one POST of the subject as JSON for each handoff.

Promises to read at most 64 kB of an answer, whatever length it claims, to follow no redirect, and that no text from the
answer shows more of the program's address than its host. Must not know what becomes of the answer.
"""

from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from typing import Any, TypeVar, cast

from aiohttp import ClientError, ClientPayloadError, ClientResponse, ClientSession, InvalidURL
from pydantic import BaseModel, ValidationError

from activities.context.port import NothingFoundOutError, Subject
from activities.effects.http import TooLargeError, host_of, read_within
from policies.state.context import ARTICLES, FACTS, REPLIES, Article, Context, ContextFact, Reply
from policies.text.json_text import read_json

LARGEST = 64 * 1024
"""The most bytes of an answer: ten times what a briefing can show."""
_LOOKED_AT = 200
"""The most entries that are checked; thousands of useless ones would block everything else in this process."""
_ASKING = {"Accept": "application/json", "Accept-Encoding": "identity"}
_OTHERWISE = "answered other JSON than {facts: {label: value}, articles: [{title, url}]}"
_Entry = TypeVar("_Entry", bound=BaseModel)


class HttpSource:
    """A source at any address that answers in JSON; with a bearer token, where the address wants one."""

    is_external = True

    def __init__(self, name: str, address: str, *, token: str = "", within: float = 0.2) -> None:
        self.name, self.within = name, within
        self._address = address
        self._headers = _ASKING | ({"Authorization": f"Bearer {token}"} if token else {})

    async def look_up(self, subject: Subject) -> Context:
        """Ask once. There is no second try, because there is no time for it."""
        try:
            # A packed answer may unpack to a thousand times its size.
            async with (
                ClientSession(auto_decompress=False) as session,
                session.post(
                    self._address,
                    json=_asked(subject),
                    headers=self._headers,
                    allow_redirects=False,
                ) as response,
            ):
                _judge(response)
                return read_answer(self.name, b"" if response.status == 204 else await read_within(response, LARGEST))
        except TooLargeError:
            raise NothingFoundOutError(f"answered more than {LARGEST // 1024} kB") from None
        except InvalidURL:
            raise NothingFoundOutError("its address cannot be read") from None
        except ClientPayloadError:
            raise NothingFoundOutError("broke off its answer") from None
        except ClientError as error:
            host = host_of(self._address)
            raise NothingFoundOutError(f"{host} cannot be reached ({type(error).__name__})") from None


def _asked(subject: Subject) -> dict[str, Any]:
    body = subject.model_dump(mode="json")
    known = {name: value for name, value in body["customer"].items() if value not in ("", None, {}, [])}
    return {**body, "customer": known}


def _judge(response: ClientResponse) -> None:
    if 300 <= response.status < 400:
        raise NothingFoundOutError(f"has moved (HTTP {response.status})")
    if not 200 <= response.status < 400:
        raise NothingFoundOutError(f"HTTP {response.status}")
    if response.status == 204:
        return
    kind = response.content_type
    if kind != "application/json" and not kind.endswith("+json"):
        raise NothingFoundOutError(f"answered {kind} instead of application/json")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise NothingFoundOutError("packed its answer")


def read_answer(name: str, answer: bytes) -> Context:
    """Read an answer. Entries that can't be used, or are too many, are left out and counted as missing."""
    if not answer:
        return Context()
    try:
        said = read_json(answer)
    except ValueError:
        raise NothingFoundOutError("answered no JSON") from None
    if not isinstance(said, dict):
        raise NothingFoundOutError(_OTHERWISE)
    told = cast("dict[str, Any]", said)
    facts, more_facts = _read(ContextFact, _facts(told.get("facts")), FACTS)
    articles, more_articles = _read(Article, _rows(told.get("articles")), ARTICLES)
    left = {"facts": more_facts, "articles": more_articles}
    missing = tuple(f"{name}: {count} more {what} that are not shown" for what, count in left.items() if count)
    replies, _ = _read(Reply, _rows(told.get("replies")), REPLIES)
    return Context(facts=facts, articles=articles, missing=missing, replies=replies)


def _facts(said: Any) -> Sequence[Any]:
    """Return facts from a map of labels to values, or a list of both; values as text. Empty values are left out."""
    if isinstance(said, dict):
        said = [{"label": label, "value": value} for label, value in cast("dict[str, Any]", said).items()]
    rows = [cast("dict[str, Any]", row) if isinstance(row, dict) else row for row in _rows(said)]
    known = [row for row in rows if not (isinstance(row, dict) and row.get("value") in (None, ""))]
    return [{**row, "value": _as_text(row.get("value"))} if isinstance(row, dict) else row for row in known]


def _rows(said: Any) -> Sequence[Any]:
    if said is None:
        return ()
    if not isinstance(said, list):
        raise NothingFoundOutError(_OTHERWISE)
    return cast("list[Any]", said)


def _as_text(value: Any) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if not isfinite(value):
            return None  # NaN or infinity
        case int() | float():
            return str(value)
        case _:
            return value


def _read(kind: type[_Entry], rows: Sequence[Any], most: int) -> tuple[tuple[_Entry, ...], int]:
    """Return the first entries that can be used, at most `most`, and how many were left out."""
    usable: list[_Entry] = []
    for row in rows[:_LOOKED_AT]:
        with suppress(ValidationError):
            usable.append(kind.model_validate(row))
    return tuple(usable[:most]), len(rows) - len(usable[:most])
