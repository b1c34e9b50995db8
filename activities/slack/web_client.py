"""Slack's own client of its Web API, except for the reading of answers, which is Baton's.

Promises that a call goes to the address that Baton was given and to no other; that an answer which is too large,
redirects or is no JSON object becomes a refusal like any other, with a few words in place of Slack's error; and that a
refusal holds nothing but those words. Must not know what is asked.
"""

import asyncio
from typing import Any, cast

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from slack_sdk.web.async_client import AsyncWebClient

from activities.effects.http import TooLargeError, read_within
from policies.text.json_text import read_json, whole

LARGEST, LARGEST_LIST = 1024 * 1024, 8 * 1024 * 1024
"""The most bytes of an answer: ten times Slack's answer about one message, and for lists a thousand messages of
Baton's."""
_SHORT = 32 * 1024
_LISTS = ("/conversations.list", "/conversations.history", "/conversations.replies")

_LONGEST_WORDS = 100
"""Characters. The text in place of an error's name may be anything."""


class WebClient(AsyncWebClient):
    """The client with our reading of answers: the library's follows redirects to other hosts and reads to the end."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        async with (
            ClientSession(timeout=ClientTimeout(total=self.timeout), cookie_jar=DummyCookieJar()) as session,
            session.request(http_verb, api_url, allow_redirects=False, **req_args) as response,
        ):
            data = await _read(response, LARGEST_LIST if api_url.endswith(_LISTS) else LARGEST)
            return {"data": data, "headers": response.headers, "status_code": response.status}


async def _read(response: ClientResponse, largest: int) -> dict[str, Any]:
    """Return Slack's JSON where Slack took the call, otherwise a refusal with the reason."""
    if response.status == 429:
        return _refusal("ratelimited")  # without reading the rest, which may come slowly
    if 300 <= response.status < 400:
        return _refusal("a redirection, which is not followed")
    try:
        said = await _parsed(await read_within(response, largest))
    except TooLargeError:
        return _refusal(f"more than {largest // 1024} kB")
    except ValueError:
        said = None
    if not isinstance(said, dict):
        kind = response.headers.get("Content-Type", "of no type").partition(";")[0]
        return _refusal(f"no JSON object ({kind})")
    told = cast("dict[str, Any]", said)
    return told if told.get("ok") is True else _refusal(told.get("error"), told.get("needed"))


async def _parsed(body: bytes) -> Any:
    """Return the JSON. A long one is read in a thread, because deeply nested JSON takes seconds."""
    return read_json(body) if len(body) <= _SHORT else await asyncio.to_thread(read_json, body)


def _refusal(error: Any, needed: Any = None) -> dict[str, Any]:
    return {"ok": False, "error": _words(error), "needed": _words(needed)}


def _words(said: Any) -> str:
    return whole(str(said or ""))[:_LONGEST_WORDS]
