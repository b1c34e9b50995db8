"""Turns people's presses and forms in Slack into updates of their conversations, and tells people the results.

Promises Slack its acknowledgement in time whatever Temporal does, that a repeated press changes nothing twice, and that
a person whose press was refused learns why. Must not know how Slack reaches us (`worker.slack.http`, `socket_mode`).
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from temporalio.service import RPCError

from activities.channels.port import PRESS_WITHIN, NotDoneError
from policies.document.document import Document
from worker.buttons.carrying_out import CarryingOut, is_gone, outcome
from worker.slack.forms import FIRST_FIELD, form_of
from worker.slack.presses import Pressed, SentForm, read

log: Any = structlog.get_logger("baton.interactions")

FORM_WITHIN = 2.0
"""Seconds. The answer to a form is part of Slack's acknowledgement, for which Slack waits three seconds."""
LOOK_WITHIN = 1.0
"""Seconds. A form must be opened within three seconds of the press, so finding out who pressed may take this long."""
_TELL_WITHIN = ClientTimeout(total=3)
_HOOKS = ("https://hooks.slack.com", "https://hooks.slack-gov.com")


class Interactions:
    """The presses of one process.

    `slack` opens forms; answers go to Slack's own hooks, and to the address `slack` calls.
    """

    def __init__(self, pressing: CarryingOut, slack: AsyncWebClient) -> None:
        self._pressing = pressing
        self._slack = slack
        self._hooks = {_origin(address) for address in (*_HOOKS, slack.base_url)}
        self._under_way: set[asyncio.Task[Any]] = set()
        self.is_closed = False

    async def take_in(self, payload: Any) -> dict[str, Any]:
        """Take in a payload. Return what belongs into Slack's acknowledgement, mostly nothing, within three seconds."""
        match read(payload):
            case Pressed() as pressed:
                self._begin(self._press(pressed))
                return {}
            case SentForm() as sent:
                return await self._begin(self._send(sent))
            case None:
                log.info("interaction.unknown", type=payload.get("type") if isinstance(payload, dict) else None)
                return {}

    async def finish(self) -> None:
        """Take no more payloads, and finish everything that was taken in."""
        self.is_closed = True
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, work: Coroutine[Any, Any, dict[str, Any]]) -> "asyncio.Task[dict[str, Any]]":
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _press(self, pressed: Pressed) -> dict[str, Any]:
        if form := form_of(pressed):
            said, _ = await outcome(self._open(pressed, form), pressed.press, PRESS_WITHIN)
        else:
            said, _ = await self._pressing.press(pressed.press, partial(person_with, pressed.user))
        return await self._tell(pressed.response_url, said)

    async def _send(self, sent: SentForm) -> dict[str, Any]:
        """Carry out a form. Where that fails, the form stays open with its text, and says why."""
        said, is_done = await self._pressing.press(sent.press, partial(person_with, sent.user), within=FORM_WITHIN)
        if not is_done:
            return {"response_action": "errors", "errors": {FIRST_FIELD[sent.press.action]: said}}
        self._begin(self._tell(sent.response_url, said))
        return {}

    async def _open(self, pressed: Pressed, form: dict[str, Any]) -> str:
        """Open a form.

        A person who may not press should learn that before writing; but where that takes long, open it first.
        """
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                await self._pressing.actor(pressed.press, partial(person_with, pressed.user))
        except (TimeoutError, RPCError) as error:
            if is_gone(error):
                raise
            log.info("interaction.form_first", conversation=pressed.press.on.conversation_id)
        try:
            await self._slack.views_open(trigger_id=pressed.trigger_id, view=form)
        except SlackApiError as error:
            code = answer_of(error.response).get("error") or "no answer"
            if code != "exchanged_trigger_id":  # Slack sent the press twice: the form is open already
                raise NotDoneError(f"Slack did not open the form ({code}). Press the button again.") from error
        except ClientError as error:
            raise NotDoneError("Slack could not be asked to open the form. Press the button again.") from error
        return ""

    async def _tell(self, hook: str, text: str) -> dict[str, Any]:
        """Tell only the person who pressed. A failure is only logged: it changes nothing that was done."""
        if not text:
            return {}
        try:
            if _origin(hook) not in self._hooks:
                raise ValueError(f"{hook!r} is not Slack's")
            # The library would follow an answer to any host, and read it to the end.
            async with (
                ClientSession(timeout=_TELL_WITHIN, cookie_jar=DummyCookieJar()) as session,
                session.post(
                    hook,
                    json={"text": text, "response_type": "ephemeral", "replace_original": False},
                    proxy=self._slack.proxy,
                    allow_redirects=False,
                ) as answer,
            ):
                if answer.status != 200:
                    raise ValueError(f"HTTP {answer.status}")
        except (ValueError, ClientError, TimeoutError) as error:
            log.warning("interaction.untold", why=str(error), text=text)
        return {}


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def person_with(user: str, policy: Document) -> str:
    """Return the person with this Slack member ID. Raises NotDoneError."""
    for name, person in policy.people.items():
        if person.slack == user:
            return name
    raise NotDoneError(
        f"Baton does not know you: no person under `people` of the policy {policy.policy} has your Slack member ID. "
        f"Have yourself added there, such as `people: {{your-name: {{slack: {user}}}}}`; a conversation that runs "
        f"already takes it over with `baton policy adopt`. Nothing was changed."
    )


def answer_of(response: Any) -> dict[str, Any]:
    """Return Slack's JSON; empty where the answer is none, as from gateways in an outage."""
    data: Any = getattr(response, "data", None)
    return data if isinstance(data, dict) else {}
