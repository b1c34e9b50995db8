"""Slack's own client of its Web API, with one thing of ours: how an answer is read.

Promises that a call goes to the address that Baton was given and to no other; that an answer which is too large, points
elsewhere or is no JSON object is a refusal like any other, with a few words in the place of Slack's error; and that a
refusal holds nothing but those words. Must not know what is asked.
"""

import asyncio
from typing import Any, cast

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from slack_sdk.web.async_client import AsyncWebClient

from activities.effects.http_answers import TooLargeError, read_within
from policies.text.json_text import read_json, whole

LARGEST, LARGEST_LIST = 1024 * 1024, 8 * 1024 * 1024
"""Bytes of an answer: ten times what Slack says of a message, and a thousand messages of Baton's."""
_SHORT = 32 * 1024
_LISTS = ("/conversations.list", "/conversations.history", "/conversations.replies")

_LONGEST_WORDS = 100
"""Characters. What stands in the place of an error's name may be anything."""


class WebClient(AsyncWebClient):
    """The library would follow an answer to other hosts with what people wrote, and read it to the end."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        async with (
            ClientSession(timeout=ClientTimeout(total=self.timeout), cookie_jar=DummyCookieJar()) as session,
            session.request(http_verb, api_url, allow_redirects=False, **req_args) as response,
        ):
            data = await _read(response, LARGEST_LIST if api_url.endswith(_LISTS) else LARGEST)
            return {"data": data, "headers": response.headers, "status_code": response.status}


async def _read(response: ClientResponse, largest: int) -> dict[str, Any]:
    """Slack's JSON where it took the call, otherwise why it did not."""
    if response.status == 429:
        return _refusal("ratelimited")  # whatever it says besides, and however slowly
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
    """The JSON. A long one is read in a thread, because what is nested without an end takes seconds."""
    return read_json(body) if len(body) <= _SHORT else await asyncio.to_thread(read_json, body)


def _refusal(error: Any, needed: Any = None) -> dict[str, Any]:
    return {"ok": False, "error": _words(error), "needed": _words(needed)}


def _words(said: Any) -> str:
    return whole(str(said or ""))[:_LONGEST_WORDS]
