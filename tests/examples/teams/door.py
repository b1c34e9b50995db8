"""Presses of buttons on Teams: Teams posts to an address of ours, and shows the answer to the person who pressed.

Promises to accept only requests with the secret. Must not know what a press does.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hmac import compare_digest
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ValidationError

from activities.channels.port import ButtonPress, NotDoneError, Pressing
from activities.slack.rendering.buttons import decode
from policies.document.document import Document
from tests.examples.teams.settings import TeamsSettings


class _Pressed(BaseModel):
    id: str
    user: str
    action: Literal["baton.acknowledge"]
    value: str


class TeamsDoor:
    """The receiver of presses; it has no route where there is no secret."""

    def __init__(self, settings: TeamsSettings, pressing: Pressing) -> None:
        self._settings = settings
        self._pressing = pressing
        self.routes = (web.post("/teams/presses", self._respond),) if settings.secret else ()

    @asynccontextmanager
    async def pressed(self) -> AsyncGenerator[None]:
        """The process's HTTP server waits for requests under way."""
        yield

    async def _respond(self, request: web.Request) -> web.Response:
        if not compare_digest(request.headers.get("Authorization", ""), f"Bearer {self._settings.secret}"):
            return web.Response(status=401)
        try:
            pressed = _Pressed.model_validate_json(await request.read())
        except ValidationError:
            return web.Response(status=400)
        on = decode(pressed.value)
        if on is None:
            return web.Response(status=400)

        def person_of(policy: Document) -> str:
            if (name := self._settings.people.get(pressed.user, "")) not in policy.people:
                raise NotDoneError("Baton does not know you: have yourself added to BATON_TEAMS_PEOPLE.")
            return name

        press = ButtonPress(f"teams-{pressed.user}-{pressed.id}", pressed.action, on)
        said, _ = await self._pressing.press(press, person_of)
        return web.json_response({"said": said})
