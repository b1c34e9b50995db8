"""Decides from the settings whether and how Slack's buttons reach this process.

Promises that a worker without Slack, or with half of its settings, still works, and says what is missing.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import structlog
from slack_sdk.signature import SignatureVerifier

from activities.slack.workspace import client as slack_client
from worker.buttons.carrying_out import CarryingOut
from worker.environment.settings import Settings
from worker.slack.http import PATH, interactions_route
from worker.slack.interactions import Interactions
from worker.slack.socket_mode import socket_mode

log: Any = structlog.get_logger("baton.buttons")


class Buttons:
    """The receiver of presses. `routes` belong to the process's HTTP server."""

    def __init__(self, settings: Settings, pressing: CarryingOut) -> None:
        self._settings = settings
        self._slack = slack_client(settings.slack_token, settings.slack_base_url)
        self.interactions = Interactions(pressing, self._slack)
        secret = settings.slack_signing_secret
        self.routes = (interactions_route(self.interactions, SignatureVerifier(secret)),) if secret else ()

    @asynccontextmanager
    async def pressed(self) -> AsyncGenerator[None]:
        """Take presses until the end of the block, then finish those under way."""
        token = self._settings.slack_app_token
        try:
            async with socket_mode(self.interactions, self._slack, token) if token else nullcontext():
                yield
        finally:
            await self.interactions.finish()


def slack_door(settings: Settings, pressing: CarryingOut) -> Buttons | None:
    """Return the receiver of presses; None where the settings ask for none."""
    return Buttons(settings, pressing) if wants_buttons(settings) else None


def wants_buttons(settings: Settings) -> bool:
    """Return whether the settings ask for buttons and hold what they need. Anything missing goes to the log."""
    asked = [name for name in ("slack_signing_secret", "slack_app_token") if getattr(settings, name)]
    if not asked:
        if settings.slack_token:
            log.warning("buttons.off", why="Buttons in Slack do nothing: set BATON_SLACK_APP_TOKEN (xapp-…)")
        return False
    if not settings.slack_token:
        log.warning("buttons.off", why=f"BATON_{asked[0].upper()} needs BATON_SLACK_TOKEN, too, the bot token (xoxb-…)")
        return False
    if settings.slack_signing_secret and not settings.http_port:
        log.warning("buttons.no_address", why=f"Slack can't reach {PATH}: BATON_HTTP_PORT is 0")
    return True
