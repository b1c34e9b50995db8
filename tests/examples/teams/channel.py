"""Tells people on Teams: one message for each `Notify`, and its outcome in place of its buttons later.

Promises what `activities.channels.port` asks. Must not know who is on call or why they are told.
"""

import asyncio
from typing import Any

from aiohttp import ClientError, ClientSession, DummyCookieJar
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import permanent, rate_limited, retry_after
from activities.effects.runs import run_of
from activities.slack.outbox import SlackOutbox
from activities.slack.rendering.buttons import ACKNOWLEDGE, encode
from activities.slack.rendering.text import Links
from activities.slack.workspace import MessagePlace
from policies.state.effects import Notify, UpdateNotification
from tests.examples.teams.settings import TeamsSettings


class TeamsUnavailableError(Exception):
    """Teams could not take the message now; the next attempt may succeed."""


class Teams:
    """The channel `teams:#channel`."""

    def __init__(self, settings: TeamsSettings, store: AsyncEngine, links: Links) -> None:
        self._url = settings.url
        self._links = links
        self._sent = SlackOutbox(store, "teams")

    async def notify(self, effect: Notify) -> Accepted:
        """Post a message in the channel. Teams drops a repeat by its key, where the row of the first is lost."""
        attempt = Attempt()
        if not self._url:
            raise permanent(f"There is no Teams for {effect.target}. Set BATON_TEAMS_URL and start the workers again.")
        if known := await self._sent.place(effect.key):
            return attempt.accepted(str(known), repeated=True)
        channel = effect.target.removeprefix("teams:")
        value = encode(effect.conversation_id, effect.page, effect.life) if effect.page else ""
        buttons = [{"action": ACKNOWLEDGE, "value": value}] if value else []
        where = "\n".join(self._links.plain(effect.conversation_id))
        card = {"text": f"{effect.headline}\n{effect.because}\n{where}", "buttons": buttons, "channel": channel}
        answer = await self._ask("POST", "/messages", {**card, "key": effect.key}, attempt.seconds)
        place = MessagePlace(channel, str(answer["id"]))
        await self._sent.keep(effect.key, effect.target, effect.headline, [], place=place, run=run_of(effect))
        return attempt.accepted(str(place))

    async def update(self, effect: UpdateNotification) -> Accepted:
        """Show the outcome on all messages of the run, without buttons."""
        attempt = Attempt()
        sent = await self._sent.of_run(run_of(effect))
        for message in sent:
            card = {"text": f"{message.text}\n{effect.text}", "buttons": []}
            await self._ask("PUT", f"/messages/{message.ts}", card, attempt.seconds)
        return attempt.accepted(f"{len(sent)} changed on Teams")

    async def _ask(self, method: str, path: str, card: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            async with (
                asyncio.timeout(seconds),
                ClientSession(cookie_jar=DummyCookieJar()) as session,
                session.request(method, self._url + path, json=card, allow_redirects=False) as response,
            ):
                _judge(response.status, response.headers.get("Retry-After", ""))
                return await response.json()
        except TimeoutError as error:
            raise TeamsUnavailableError("Teams did not answer in time.") from error
        except ClientError as error:
            raise TeamsUnavailableError(f"Teams cannot be reached: {type(error).__name__}") from error


def _judge(status: int, wait: str) -> None:
    if status == 429:
        raise rate_limited("Teams", retry_after(wait))
    if 400 <= status < 500:
        raise permanent(f"Teams refused the message (HTTP {status}). Correct the target in the policy.")
    if status != 200:
        raise TeamsUnavailableError(f"Teams did not take the message: HTTP {status}")
