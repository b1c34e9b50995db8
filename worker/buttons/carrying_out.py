"""Turns people's presses into updates of their conversations, and the outcomes into sentences for them.

Promises an answer within the time that the channel allows, whatever Temporal does; that a repeated press changes
nothing twice; and that a person whose press was refused learns why. Must not know the channel.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.channels.port import PRESS_WITHIN, ButtonPress, NotDoneError, PersonOf
from activities.slack.rendering.buttons import OF_HINDSIGHT
from policies.running.policy import prepare
from worker.buttons.orders import Actor, actor_of, order_of
from worker.temporal.commanding import execute_command
from workflows.contract import ID_PREFIX, TEAM_PREFIX

log: Any = structlog.get_logger("baton.interactions")

_REFUSED = "Refused"
"""The type of the error that `workflows.arrivals.handlers.refusal` makes."""

_LATE = "Baton does not answer at the moment, so this may not be done yet. Try again in a minute: twice is no harm."
_BROKEN = "Something in Baton went wrong, and its log says what. Look at the conversation before you try again."
_EARLIER = (
    "This message is about an earlier conversation with the same id, which has ended. Nothing was changed; "
    "the conversation that runs now has messages of its own."
)
_GONE = "This conversation has ended. Nothing was changed."
_CLOSED = "This conversation has closed for good, so your answer could not be counted any more."
_OPINIONS = {action for _, *both in OF_HINDSIGHT for action in both}


class CarryingOut:
    """The presses of one process, on all channels."""

    def __init__(self, client: Client, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client = client
        self._now = now

    async def press(self, press: ButtonPress, person_of: PersonOf, *, within: float = PRESS_WITHIN) -> tuple[str, bool]:
        """Carry a press out. Return the sentence for the person, empty where the message shows it, and whether it is
        done.
        """
        return await outcome(self._carry_out(press, person_of), press, within)

    async def actor(self, press: ButtonPress, person_of: PersonOf) -> Actor:
        """Return who pressed, by the conversation's own policy.

        Raises NotDoneError where the policy does not know them, or the button is of an earlier life of the id.
        """
        told = await self._client.get_workflow_handle(ID_PREFIX + press.on.conversation_id).query("policy")
        if not told["document"]:
            raise NotDoneError(_LATE)
        if press.on.life not in ("", told.get("life", press.on.life)):  # a worker of an old version tells no life
            raise NotDoneError(_EARLIER)
        return actor_of(person_of, prepare(told["digest"], told["document"]).document)

    async def _carry_out(self, press: ButtonPress, person_of: PersonOf) -> str:
        """Ask the conversation. Return what to tell the person. Raises NotDoneError with the refusal."""
        order = order_of(press, await self.actor(press, person_of), self._now())
        asked = TEAM_PREFIX + order.team if order.team else ID_PREFIX + press.on.conversation_id
        handle = self._client.get_workflow_handle(asked)
        if order.is_fact:
            await handle.signal(order.update, order.body)
            log.info("interaction.told", conversation=press.on.conversation_id, signal=order.update)
            return order.done
        try:
            answer = await execute_command(handle, order.update, order.body, update_id=order.update_id)
        except WorkflowUpdateFailedError as error:
            if not (isinstance(error.cause, ApplicationError) and error.cause.type == _REFUSED):
                raise
            raise NotDoneError(_sentence(error.cause.message)) from error
        log.info(
            "interaction.carried_out",
            conversation=press.on.conversation_id,
            update=order.update,
            actor=order.body["actor"],
        )
        return order.done.replace("{because}", str(answer["because"]))


async def outcome(work: Awaitable[str], press: ButtonPress, within: float) -> tuple[str, bool]:
    """Return what to tell the person, and whether the work was done."""
    try:
        async with asyncio.timeout(within):
            return await work, True
    except NotDoneError as refused:
        log.info("interaction.refused", conversation=press.on.conversation_id, action=press.action, why=str(refused))
        return str(refused), False
    except (TimeoutError, RPCError, RPCTimeoutOrCancelledError, WorkflowQueryFailedError) as error:
        if is_gone(error):
            return _CLOSED if press.action in _OPINIONS else _GONE, False
        log.warning("interaction.late", conversation=press.on.conversation_id, action=press.action, why=repr(error))
        return _LATE, False
    except Exception:
        log.exception("interaction.failed", conversation=press.on.conversation_id, action=press.action)
        return _BROKEN, False


def is_gone(error: BaseException) -> bool:
    """Return whether an error says that the conversation does not run any more."""
    return isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND


def _sentence(refusal: str) -> str:
    return f"{refusal[:1].upper()}{refusal[1:].rstrip('.')}. Nothing was changed."
