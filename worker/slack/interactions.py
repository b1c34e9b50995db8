"""Turns people's presses and forms in Slack into updates of their conversations, and tells people the results.

Promises Slack its acknowledgement in time whatever Temporal does, that a repeated press changes nothing twice, and that
a person whose press was refused learns why. Must not know how Slack reaches us (`worker.slack.http`, `socket_mode`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.slack.rendering.buttons import OF_HINDSIGHT
from policies.running.policy import prepare
from worker.slack.forms import FIRST_FIELD, form_of
from worker.slack.orders import Actor, actor_of, order_of
from worker.slack.presses import Pressed, Sent, read
from worker.temporal.commanding import execute_command
from worker.trouble import TroubleError
from workflows.contract import ID_PREFIX, TEAM_PREFIX

log: Any = structlog.get_logger("baton.interactions")

PRESS_WITHIN = 6.0
"""Seconds. A press is acknowledged at once and answered later.

A worker that stops waits for presses before activities.
"""
FORM_WITHIN = 2.0
"""Seconds. The answer to a form is part of Slack's acknowledgement, for which Slack waits three seconds."""
LOOK_WITHIN = 1.0
"""Seconds. A form must be opened within three seconds of the press, so finding out who pressed may take this long."""
_TELL_WITHIN = ClientTimeout(total=3)
_HOOKS = ("https://hooks.slack.com", "https://hooks.slack-gov.com")

_REFUSED = "Refused"
"""The type of the error that `workflows.arrivals.handlers.refusal` makes."""

_LATE = "Baton does not answer at the moment, so this may not be done yet. Try again in a minute: twice is no harm."
_BROKEN = "Something in Baton went wrong, and its log says what. Look at the conversation before you try again."
_GONE = "This conversation has ended. Nothing was changed."
_CLOSED = "This conversation has closed for good, so your answer could not be counted any more."
_OPINIONS = {action for _, *both in OF_HINDSIGHT for action in both}


class _RefusedError(TroubleError):
    """A refusal. The text is for the person who pressed."""


class Interactions:
    """The presses of one process.

    `slack` opens forms; answers go to Slack's own hooks, and to the address `slack` calls.
    """

    def __init__(
        self, client: Client, slack: AsyncWebClient, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._slack = slack
        self._hooks = {_origin(address) for address in (*_HOOKS, slack.base_url)}
        self._now = now
        self._under_way: set[asyncio.Task[Any]] = set()
        self.is_closed = False

    async def take_in(self, payload: Any) -> dict[str, Any]:
        """Take in a payload. Return what belongs into Slack's acknowledgement, mostly nothing, within three seconds."""
        match read(payload):
            case Pressed() as pressed:
                self._begin(self._press(pressed))
                return {}
            case Sent() as sent:
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
        form = form_of(pressed)
        work = self._open(pressed, form) if form else self._carry_out(pressed)
        said, _ = await _outcome(work, pressed, PRESS_WITHIN)
        return await self._tell(pressed.response_url, said)

    async def _send(self, sent: Sent) -> dict[str, Any]:
        """Carry out a form. Where that fails, the form stays open with its text, and says why."""
        said, is_done = await _outcome(self._carry_out(sent), sent, FORM_WITHIN)
        if not is_done:
            return {"response_action": "errors", "errors": {FIRST_FIELD[sent.action]: said}}
        self._begin(self._tell(sent.response_url, said))
        return {}

    async def _open(self, pressed: Pressed, form: dict[str, Any]) -> str:
        """Open a form.

        A person who may not press should learn that before writing; but where that takes long, open it first.
        """
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                await self._actor(pressed)
        except (TimeoutError, RPCError) as error:
            if _is_gone(error):
                raise
            log.info("interaction.form_first", conversation=pressed.on.conversation_id)
        try:
            await self._slack.views_open(trigger_id=pressed.trigger_id, view=form)
        except SlackApiError as error:
            code = answer_of(error.response).get("error") or "no answer"
            if code != "exchanged_trigger_id":  # Slack sent the press twice: the form is open already
                raise _RefusedError(f"Slack did not open the form ({code}). Press the button again.") from error
        except ClientError as error:
            raise _RefusedError("Slack could not be asked to open the form. Press the button again.") from error
        return ""

    async def _carry_out(self, done: Pressed | Sent) -> str:
        """Ask the conversation. Return what to tell the person. Raises TroubleError with the refusal."""
        order = order_of(done, await self._actor(done), self._now())
        asked = TEAM_PREFIX + order.team if order.team else ID_PREFIX + done.on.conversation_id
        handle = self._client.get_workflow_handle(asked)
        if order.is_fact:
            await handle.signal(order.update, order.body)
            log.info("interaction.told", conversation=done.on.conversation_id, signal=order.update)
            return order.done
        try:
            outcome = await execute_command(handle, order.update, order.body, update_id=order.update_id)
        except WorkflowUpdateFailedError as error:
            if not (isinstance(error.cause, ApplicationError) and error.cause.type == _REFUSED):
                raise
            raise _RefusedError(_sentence(error.cause.message)) from error
        log.info(
            "interaction.carried_out",
            conversation=done.on.conversation_id,
            update=order.update,
            actor=order.body["actor"],
        )
        return order.done.replace("{because}", str(outcome["because"]))

    async def _actor(self, done: Pressed | Sent) -> Actor:
        """Return who pressed, by the conversation's own policy.

        Raises TroubleError where the policy does not know them.
        """
        told = await self._client.get_workflow_handle(ID_PREFIX + done.on.conversation_id).query("policy")
        if not told["document"]:
            raise _RefusedError(_LATE)
        return actor_of(done.user, prepare(told["digest"], told["document"]).document)

    async def _tell(self, hook: str, text: str) -> dict[str, Any]:
        """Tell the person who pressed, and nobody else. A failure is only logged: it changes nothing that was done."""
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


async def _outcome(work: Awaitable[str], done: Pressed | Sent, within: float) -> tuple[str, bool]:
    """Return what to tell the person, and whether the work was done."""
    try:
        async with asyncio.timeout(within):
            return await work, True
    except TroubleError as refused:
        log.info("interaction.refused", conversation=done.on.conversation_id, action=done.action, why=str(refused))
        return str(refused), False
    except (TimeoutError, RPCError, RPCTimeoutOrCancelledError, WorkflowQueryFailedError) as error:
        if _is_gone(error):
            return _CLOSED if done.action in _OPINIONS else _GONE, False
        log.warning("interaction.late", conversation=done.on.conversation_id, action=done.action, why=repr(error))
        return _LATE, False
    except Exception:
        log.exception("interaction.failed", conversation=done.on.conversation_id, action=done.action)
        return _BROKEN, False


def _is_gone(error: BaseException) -> bool:
    return isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _sentence(refusal: str) -> str:
    return f"{refusal[:1].upper()}{refusal[1:].rstrip('.')}. Nothing was changed."


def answer_of(response: Any) -> dict[str, Any]:
    """Return Slack's JSON; empty where the answer is none, as from gateways in an outage."""
    data: Any = getattr(response, "data", None)
    return data if isinstance(data, dict) else {}
