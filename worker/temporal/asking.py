"""Starts, tells and reads conversations from outside, for the command line.

Promises sentences instead of stack traces for callers' mistakes. Must not print.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.task_failures import task_failure
from worker.temporal.commanding import execute_command
from worker.temporal.registry import attributes_trouble
from worker.trouble import TroubleError
from workflows.contract import (
    ASSIGNEE,
    CHANNEL,
    ID_PREFIX,
    NEXT_DEADLINE,
    PRIORITY,
    SLA_STATE,
    STATUS,
    TAGS,
    TEAM,
    WORKFLOW_TYPE,
)

ANSWERS_WITHIN = 15.0
"""Seconds. An update waits up to ten while a conversation continues as new; after that, no worker is there."""
_BEGINS_WITHIN = 5.0
_LOOK_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One conversation in a list."""

    id: str
    status: str
    team: str
    assignee: str
    sla: str
    priority: str
    channel: str
    tags: tuple[str, ...]
    next_deadline: datetime | None
    run_id: str


async def start(client: Client, conversation_id: str, body: Mapping[str, Any], *, task_queue: str) -> str:
    """Start a conversation. Return its run id. Raises TroubleError where it runs already."""
    try:
        handle = await client.start_workflow(
            WORKFLOW_TYPE,
            {"conversation_id": conversation_id, **body},
            id=ID_PREFIX + conversation_id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
    except WorkflowAlreadyStartedError:
        raise TroubleError(
            f"Conversation {conversation_id} is running already: `baton show {conversation_id}`"
        ) from None
    except RPCError as error:
        raise refused(client, error) from None
    return handle.result_run_id or ""


async def trouble_at_start(client: Client, conversation_id: str) -> str:
    """Return why a new conversation does not run as asked, such as an unknown policy; empty where it does.

    Waits a short time for the worker.
    """
    handle = client.get_workflow_handle(ID_PREFIX + conversation_id)
    try:
        async with asyncio.timeout(_BEGINS_WITHIN):
            while True:
                if timeline := await handle.query("timeline"):
                    return next((line["text"] for line in timeline if line["kind"] == "trouble"), "")
                await asyncio.sleep(_LOOK_EVERY)
    except (TimeoutError, WorkflowQueryFailedError, RPCError):
        with suppress(RPCError):
            if failure := await task_failure(client, handle.id, within=timedelta(seconds=_BEGINS_WITHIN)):
                return f"It can't begin: {failure}"
        return "No worker has begun it, so it is not known yet whether there is such a policy"


async def send(client: Client, conversation_id: str, signal: str, body: Mapping[str, Any]) -> None:
    """Report a fact. Without `event_id` it gets a new one.

    Raises TroubleError where no such conversation is running.
    """
    try:
        await client.get_workflow_handle(ID_PREFIX + conversation_id).signal(
            signal, {"event_id": f"cli-{uuid4()}", **body}
        )
    except RPCError as error:
        raise await _nobody(client, conversation_id, error) from None


async def command(client: Client, conversation_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a conversation for something, and return the answer. Raises TroubleError with the refusal."""
    try:
        return await update(client, ID_PREFIX + conversation_id, name, body)
    except RPCError as error:
        raise await _nobody(client, conversation_id, error) from None


async def update(client: Client, workflow_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Send an update to any workflow of Baton's, and return the answer. Raises TroubleError with the refusal."""
    command_id = f"cli-{uuid4()}"
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            handle = client.get_workflow_handle(workflow_id)
            return await execute_command(handle, name, {"command_id": command_id, **body}, update_id=command_id)
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        raise TroubleError(cause.message if isinstance(cause, ApplicationError) else str(cause)) from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        told = f"{await why_silent(client, workflow_id)} Your command may still be carried out once it answers"
        raise TroubleError(told) from None


async def show(client: Client, conversation_id: str) -> dict[str, Any]:
    """Return state, upcoming and timeline in one object.

    Raises TroubleError where there is none or no worker answers.
    """

    async def ask(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
        return {
            "state": await handle.query("state"),
            "upcoming": await handle.query("upcoming"),
            "timeline": await handle.query("timeline"),
            "run_id": (await handle.describe()).run_id,
        }

    return await _asked(client, conversation_id, ask)


async def handoff(client: Client, conversation_id: str) -> dict[str, Any]:
    """Return what the next agent needs in order to answer.

    Raises TroubleError where there is none or no worker answers.
    """

    async def ask(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
        return await handle.query("handoff")

    return await _asked(client, conversation_id, ask)


async def _asked(
    client: Client, conversation_id: str, ask: Callable[[WorkflowHandle[Any, Any]], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    handle = client.get_workflow_handle(ID_PREFIX + conversation_id)
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            return await ask(handle)
    except TimeoutError:
        raise TroubleError(await why_silent(client, handle.id)) from None
    except WorkflowQueryFailedError as error:
        raise TroubleError(f"Conversation {conversation_id} can't answer: {error}") from None
    except RPCError as error:
        raise await _nobody(client, conversation_id, error) from None


async def listing(client: Client, query: str, limit: int) -> list[ConversationRow]:
    """Return conversations by search attributes, the newest first. Raises TroubleError for an invalid filter."""
    where = f"WorkflowType = '{WORKFLOW_TYPE}'" + (f" AND ({query})" if query else "")
    rows: list[ConversationRow] = []
    try:
        async for found in client.list_workflows(where, limit=limit):
            attributes = found.typed_search_attributes
            rows.append(
                ConversationRow(
                    id=found.id.removeprefix(ID_PREFIX),
                    status=attributes.get(STATUS) or "",
                    team=attributes.get(TEAM) or "",
                    assignee=attributes.get(ASSIGNEE) or "",
                    sla=attributes.get(SLA_STATE) or "",
                    priority=attributes.get(PRIORITY) or "",
                    channel=attributes.get(CHANNEL) or "",
                    tags=tuple(attributes.get(TAGS) or ()),
                    next_deadline=attributes.get(NEXT_DEADLINE),
                    run_id=found.run_id,
                )
            )
    except RPCError as error:
        if error.status != RPCStatusCode.INVALID_ARGUMENT:
            raise refused(client, error) from None
        trouble = ""
        with suppress(RPCError):
            trouble = await attributes_trouble(client)
        raise TroubleError(trouble or f"The server refuses this filter: {error.message}") from None
    return rows


def refused(client: Client, error: RPCError) -> TroubleError:
    """Return the error for anything that the server refuses."""
    if _lacks_namespace(error):
        return TroubleError(f"The server has no namespace {client.namespace}: set TEMPORAL_NAMESPACE")
    return TroubleError(f"The server refuses: {error.message}")


def is_unknown(error: RPCError) -> bool:
    """Return whether there is no such workflow, in a namespace that exists."""
    return error.status == RPCStatusCode.NOT_FOUND and not _lacks_namespace(error)


def _lacks_namespace(error: RPCError) -> bool:
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)


def is_unanswered(error: RPCError) -> bool:
    """Return whether the server got no answer from a worker."""
    return error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION)


async def why_silent(client: Client, workflow_id: str) -> str:
    """Return why a workflow does not answer: its task fails, and why; or no worker takes it, on which task queue."""
    where, name = "", workflow_id.partition("/")[2]
    within = timedelta(seconds=_BEGINS_WITHIN)
    with suppress(RPCError):
        if failure := await task_failure(client, workflow_id, within=within):
            told = str(failure).rstrip(".")
            return f"{name} can't answer: {told}. `baton audit` lists others, and the worker's log says more."
    with suppress(RPCError):
        described = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=within)
        where = f" on the task queue {described.task_queue}"
    return f"No worker answers for {name}{where}: is `baton worker` running there? `baton audit` says more."


async def _nobody(client: Client, conversation_id: str, error: RPCError) -> TroubleError:
    if is_unanswered(error):
        return TroubleError(await why_silent(client, ID_PREFIX + conversation_id))
    if is_unknown(error):
        return TroubleError(
            f"No conversation {conversation_id} is running: `baton list`, or `baton start {conversation_id}`"
        )
    return refused(client, error)
