"""Slack's interactions over Socket Mode: we call Slack, so that Baton needs no public address.

Promises to connect again by itself whatever ends the connection, each time with a new ticket: a ticket is good for one
connection and a short time, and slack_sdk's own client tries an expired one for ever (decision 7). Must not know what
is in an interaction.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from policies.text.json_text import read_json
from worker.background import beside
from worker.slack.interactions import Interactions, answer_of

log: Any = structlog.get_logger("baton.slack_socket")

_HOPELESS = {
    "invalid_auth": "set BATON_SLACK_APP_TOKEN to the app-level token, which begins with xapp-",
    "not_authed": "set BATON_SLACK_APP_TOKEN to the app-level token, which begins with xapp-",
    "not_allowed_token_type": "BATON_SLACK_APP_TOKEN is the app-level token, which begins with xapp-",
    "missing_scope": "the app-level token needs the scope connections:write",
    "account_inactive": "install Baton's Slack app again",
    "token_revoked": "make a new app-level token and set BATON_SLACK_APP_TOKEN to it",
    "token_expired": "make a new app-level token and set BATON_SLACK_APP_TOKEN to it",
}
"""Errors that no retry can cure, by Slack's own names, and what to do about them."""

_PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the next attempt, by how many attempts failed in a row."""
_RENEWALS = ("warning", "refresh_requested")
"""The reasons with which Slack ends connections every few hours."""
_CROWDED = "too_many_websockets"
"""Slack's word where an app has more than ten connections. It may come after the connection was accepted."""
_LONGEST_WHY = 300
_FEWER = "an app may have ten connections; give BATON_SLACK_APP_TOKEN to fewer workers, or use HTTP"
_HEARTBEAT = 10.0
"""Seconds after which a silent connection is asked whether it is still there."""


def socket_mode(
    interactions: Interactions, slack: AsyncWebClient, app_token: str, *, pauses: tuple[float, ...] = _PAUSES
) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
    """Listen until the end of the block, then close the connection.

    Failing to listen is told in the log only. The task ends by itself where Slack will never accept a connection.
    """
    return beside(_Link(interactions, slack, app_token, pauses).keep())


class _Link:
    """One connection after the other."""

    def __init__(
        self, interactions: Interactions, slack: AsyncWebClient, app_token: str, pauses: tuple[float, ...]
    ) -> None:
        self._interactions = interactions
        self._slack = slack
        self._token = app_token
        self._pauses = pauses
        self._failures = 0
        self._answering: set[asyncio.Task[None]] = set()

    async def keep(self) -> None:
        """Connect, listen and connect again, until cancelled or Slack says that it will never accept us."""
        async with ClientSession() as session:
            while True:
                code = await self._once(session)
                if remedy := _HOPELESS.get(code):
                    log.error("slack_socket.refused", why=f"No button works, Slack says {code}: {remedy}")
                    return
                await asyncio.sleep(self._pauses[min(self._failures, len(self._pauses) - 1)])
                self._failures += 1

    async def _once(self, session: ClientSession) -> str:
        """Hold one connection to its end. Return Slack's name for why there was none."""
        try:
            await self._connect(session)
        except SlackApiError as error:
            code = str(answer_of(error.response).get("error") or "nothing that can be read")
            remedy = f": {_FEWER}" if code == _CROWDED else ""
            log.warning("slack_socket.unavailable", why=f"Slack says {code}{remedy}")
            return code
        except (ClientError, TimeoutError, OSError) as error:
            log.warning("slack_socket.unavailable", why=(str(error) or repr(error))[:_LONGEST_WHY])
        except Exception:
            log.exception("slack_socket.failed")
        return ""

    async def _connect(self, session: ClientSession) -> None:
        opened = await self._slack.apps_connections_open(app_token=self._token)
        address = str(answer_of(opened)["url"])
        async with session.ws_connect(address, heartbeat=_HEARTBEAT, proxy=self._slack.proxy) as link:
            try:
                await self._listen(link)
            finally:
                if self._answering:  # Slack still waits for these on this connection
                    await asyncio.wait(self._answering)

    async def _listen(self, link: ClientWebSocketResponse) -> None:
        """Listen until Slack asks for another connection, or this one ends."""
        failures = self._failures
        async for message in link:
            match _envelope(message.data) if message.type == WSMsgType.TEXT else {}:
                case {"type": "hello"}:
                    self._failures = min(self._failures, 1)  # not 0: Slack may close it at once, again and again
                    log.info("slack_socket.connected")
                case {"type": "disconnect", "reason": "too_many_websockets"}:
                    self._failures = failures  # to be accepted for a moment is no success: wait longer each time
                    log.warning("slack_socket.ends", why=f"Slack says {_CROWDED}: {_FEWER}")
                    return
                case {"type": "disconnect", **rest}:
                    self._failures = 0 if rest.get("reason") in _RENEWALS else self._failures
                    log.info("slack_socket.ends", why=rest.get("reason"))
                    return
                case {"envelope_id": str(envelope), **rest}:
                    task = asyncio.create_task(self._answer(link, envelope, rest.get("payload")))
                    self._answering.add(task)
                    task.add_done_callback(self._answering.discard)
                case _:
                    pass

    async def _answer(self, link: ClientWebSocketResponse, envelope: str, payload: Any) -> None:
        """Acknowledge an interaction.

        Slack sends it again over another connection where this fails; that does no harm.
        """
        answer = await self._interactions.take_in(payload)
        try:
            await link.send_json({"envelope_id": envelope, **({"payload": answer} if answer else {})})
        except (ClientError, OSError) as error:
            log.info("slack_socket.unacknowledged", envelope=envelope, why=repr(error))


def _envelope(text: str) -> dict[str, Any]:
    try:
        found = read_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
