"""Asks a helpdesk over HTTP: one POST for each effect, with the effect's key, by which the helpdesk drops a repeat."""

import asyncio
from typing import Any

from aiohttp import ClientError, ClientSession, DummyCookieJar

from activities.desk.port import Done
from activities.effects.errors import permanent, rate_limited, retry_after
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyEffect,
    Assign,
    AttachTranscript,
    RemoveTag,
    ReportBug,
    SendReply,
    SetAssistant,
    SetPriority,
    SetStatus,
)
from tests.examples.zen.settings import ZenSettings

_WITHIN = 15.0
"""Seconds, less than the time of an attempt."""


class ZenUnavailableError(Exception):
    """The helpdesk could not do it now; the next attempt may succeed."""


class Zen:
    """A `Desk` behind an address."""

    def __init__(self, settings: ZenSettings) -> None:
        self._url = settings.url

    async def assign(self, effect: Assign) -> Done:
        """Set the team and the assignee."""
        return await self._post(effect, team=effect.team, assignee=effect.assignee)

    async def add_internal_note(self, effect: AddInternalNote) -> Done:
        """Add a note that only agents see."""
        return await self._post(effect, body=effect.body)

    async def send_reply(self, effect: SendReply) -> Done:
        """Send the customer a message."""
        return await self._post(effect, body=effect.body)

    async def add_tag(self, effect: AddTag) -> Done:
        """Add a tag."""
        return await self._post(effect, tag=effect.tag)

    async def remove_tag(self, effect: RemoveTag) -> Done:
        """Remove a tag."""
        return await self._post(effect, tag=effect.tag)

    async def set_priority(self, effect: SetPriority) -> Done:
        """Set the priority."""
        return await self._post(effect, priority=effect.priority)

    async def set_status(self, effect: SetStatus) -> Done:
        """Set the status."""
        return await self._post(effect, status=effect.status)

    async def set_assistant(self, effect: SetAssistant) -> Done:
        """Mute the assistant, or let it answer again."""
        return await self._post(effect, is_muted=effect.is_muted)

    async def attach(self, effect: AttachTranscript, text: str) -> Done:
        """Attach a text."""
        return await self._post(effect, name=effect.name, text=text)

    async def report_bug(self, effect: ReportBug) -> Done:
        """Report a bug."""
        return await self._post(effect, title=effect.title, steps=effect.steps, impact=effect.impact)

    async def _post(self, effect: AnyEffect, **fields: Any) -> Done:
        body = {"conversation": effect.conversation_id, "kind": effect.kind, "key": effect.key, **fields}
        try:
            async with (
                asyncio.timeout(_WITHIN),
                ClientSession(cookie_jar=DummyCookieJar()) as session,
                session.post(self._url, json=body, allow_redirects=False) as response,
            ):
                if response.status == 429:
                    raise rate_limited("The helpdesk", retry_after(response.headers.get("Retry-After", "")))
                if 400 <= response.status < 500:
                    raise permanent(f"The helpdesk refused to {effect.kind} (HTTP {response.status}). Look at its log.")
                if response.status != 200:
                    raise ZenUnavailableError(f"The helpdesk answered HTTP {response.status}")
                answer: dict[str, Any] = await response.json()
                return Done(f"zen/{answer['id']}", repeated=bool(answer.get("repeated")))
        except TimeoutError as error:
            raise ZenUnavailableError("The helpdesk did not answer in time.") from error
        except ClientError as error:
            raise ZenUnavailableError(f"The helpdesk cannot be reached: {type(error).__name__}") from error
