"""Posts JSON to a program of the team's own: signed, once per key as far as the receiver can tell, and within limits.

Promises that the receiver can drop a repeat by the header `Idempotency-Key`, that no more of its answer is read than
the caller wants, and that no error shows more of the address than its host, because such addresses often are secrets.
Must not know what the receiver does.
"""

import asyncio
import json
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, ClientSession, DummyCookieJar, InvalidURL

from activities.effects.accepted import Attempt
from activities.effects.errors import permanent, rate_limited, retry_after
from activities.effects.http import TooLargeError, host_of, read_within
from activities.effects.signing import Signer

_TRY_AGAIN = (408, 425)


class ReceiverUnavailableError(Exception):
    """The receiver could not take it now; the next attempt may succeed."""


class Posting:
    """Posts to any address.

    `name` says in sentences what the receiver is, such as `The webhook`, and `remedy` where its address is corrected.
    Up to `reads` bytes of an answer are read; of a longer one, none.
    """

    def __init__(
        self, name: str, remedy: str, *, signer: Signer | None = None, proxy: str | None = None, reads: int = 0
    ) -> None:
        self._name, self._remedy, self._reads = name, remedy, reads
        self._signer, self._proxy = signer or Signer(), proxy

    async def post(self, address: str, body: dict[str, Any], key: str, attempt: Attempt) -> tuple[str, bytes]:
        """Post within the time of this attempt. Returns status and host in words, and the answer's body.

        Raises where the receiver refuses (`permanent`), asks to wait (`rate_limited`) or is not to be had.
        """
        host = host_of(address)
        if not host:
            raise permanent(f"{self._name} needs an address. {self._remedy}")
        named, sent = f"{self._name} at {host}", json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": _as_header(key)}
        try:
            async with (
                asyncio.timeout(attempt.seconds),
                ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False) as session,
                session.post(
                    address,
                    data=sent,
                    headers=headers | self._signer.headers(key, attempt.now, sent),
                    proxy=self._proxy,
                    allow_redirects=False,
                ) as response,
            ):
                _judge(named, response.status, response.headers.get("Retry-After", ""))
                return f"HTTP {response.status} from {host}", await self._answer(response)
        except (InvalidURL, ValueError) as error:  # a host name too long, or an invalid port
            raise permanent(f"The address of {named.lower()} cannot be read. {self._remedy}") from error
        except TimeoutError as error:
            raise ReceiverUnavailableError(f"{named} did not answer in time.") from error
        except ClientError as error:
            raise ReceiverUnavailableError(f"{named} cannot be reached: {type(error).__name__}") from error

    async def _answer(self, response: ClientResponse) -> bytes:
        try:
            return await read_within(response, self._reads) if self._reads else b""
        except TooLargeError:
            return b""


def _judge(named: str, status: int, wait: str) -> None:
    if 200 <= status < 300:
        return
    if status < 200:
        raise permanent(f"{named} gave no answer that Baton knows (HTTP {status}). Check its address.")
    if status == 429:
        raise rate_limited(named, retry_after(wait))
    if status < 400:
        raise permanent(f"{named} has moved (HTTP {status}). Write its new address: Baton follows no redirect.")
    if status < 500 and status not in _TRY_AGAIN:
        raise permanent(f"{named} refused what Baton sent (HTTP {status}). Check its address and log.")
    raise ReceiverUnavailableError(f"{named} did not take what Baton sent: HTTP {status}")


def _as_header(key: str) -> str:
    """Return a printable ASCII key as it is, any other percent-encoded: a header can't hold a line break."""
    return key if key.isascii() and key.isprintable() else quote(key, safe="/:.-_ ", errors="replace")
