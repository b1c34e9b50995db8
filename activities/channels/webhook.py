"""Tells a program of the team's own: one POST for each notification, with the notification's key.

Promises that the receiver can drop a repeat by the header `Idempotency-Key`, and that no error shows more of the
address than its host, because such addresses often are secrets. Must not know what the receiver does with the
notification.
"""

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, DummyCookieJar, InvalidURL

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import permanent, rate_limited, retry_after
from activities.effects.http import host_of
from policies.document.targets import Target
from policies.state.effects import Notify

_TRY_AGAIN = (408, 425)


class WebhookUnavailableError(Exception):
    """The receiver could not take the notification now; the next attempt may succeed."""


class Webhook:
    """A channel for any address that takes JSON."""

    def __init__(self, proxy: str | None = None) -> None:
        self._proxy = proxy

    async def notify(self, effect: Notify) -> Accepted:
        """Post the notification within the time of this attempt. The confirmation names the status and the host."""
        attempt = Attempt()
        return attempt.accepted(await self._post(effect, attempt.seconds))

    async def _post(self, effect: Notify, seconds: float) -> str:
        address = Target.of(effect.target).name
        host = host_of(address)
        if not host:
            raise permanent("A webhook target needs an address. Correct the policy: webhook:https://host/path.")
        try:
            async with (
                asyncio.timeout(seconds),
                ClientSession(cookie_jar=DummyCookieJar()) as session,
                session.post(
                    address,
                    json=_body(effect),
                    headers={"Idempotency-Key": _as_header(effect.key)},
                    proxy=self._proxy,
                    allow_redirects=False,
                ) as response,
            ):
                _judge(host, response.status, response.headers.get("Retry-After", ""))
                return f"HTTP {response.status} from {host}"
        except (InvalidURL, ValueError) as error:  # a host name too long, or an invalid port
            raise permanent(f"The webhook's address at {host} cannot be read. Correct the policy.") from error
        except TimeoutError as error:
            raise WebhookUnavailableError(f"The webhook at {host} did not answer in time.") from error
        except ClientError as error:
            raise WebhookUnavailableError(f"The webhook at {host} cannot be reached: {type(error).__name__}") from error


def _judge(host: str, status: int, wait: str) -> None:
    if 200 <= status < 300:
        return
    if status < 200:
        raise permanent(f"The webhook at {host} gave no answer that Baton knows (HTTP {status}). Check its address.")
    if status == 429:
        raise rate_limited(f"The webhook at {host}", retry_after(wait))
    if status < 400:
        raise permanent(f"The webhook at {host} has moved (HTTP {status}). Write its new address into the policy.")
    if status < 500 and status not in _TRY_AGAIN:
        raise permanent(f"The webhook at {host} refused the notification (HTTP {status}). Check its address and log.")
    raise WebhookUnavailableError(f"The webhook at {host} did not take the notification: HTTP {status}")


def _as_header(key: str) -> str:
    """Return a printable ASCII key as it is, any other percent-encoded: a header can't hold a line break."""
    return key if key.isascii() and key.isprintable() else quote(key, safe="/:.-_ ", errors="replace")


def _body(effect: Notify) -> dict[str, Any]:
    return {
        "headline": effect.headline,
        "because": effect.because,
        "facts": dict(effect.facts),
        "conversation_id": effect.conversation_id,
        "key": effect.key,
    }
