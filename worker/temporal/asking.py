"""Starts, tells and reads conversations and teams from outside, for the command line.

Promises sentences instead of stack traces for callers' mistakes. Must not print.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
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
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.task_failures import task_failure
from policies.contract.start_summary import start_summary
from worker.temporal.commanding import execute_command, refusal_in
from worker.trouble import TroubleError
from workflows.contract import ID_PREFIX, TEAM_PREFIX, TEAM_TYPE, WORKFLOW_TYPE

_ANSWERS_WITHIN = 15.0
"""Seconds. An update waits up to ten while a conversation continues as new; after that, no worker is there."""
_BEGINS_WITHIN = 5.0
_LOOK_EVERY = 0.1


async def start(client: Client, conversation_id: str, body: Mapping[str, Any], *, task_queue: str) -> None:
    """Start a conversation. Raises TroubleError where it runs already."""
    try:
        await client.start_workflow(
            WORKFLOW_TYPE,
            {"conversation_id": conversation_id, **body},
            id=ID_PREFIX + conversation_id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=start_summary(body),
        )
    except WorkflowAlreadyStartedError:
        raise TroubleError(
            f"Conversation {conversation_id} is running already: `baton show {conversation_id}`"
        ) from None
    except RPCError as error:
        raise refused(error) from None


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


@asynccontextmanager
async def answering(client: Client, workflow_id: str, *, silent: str = "") -> AsyncGenerator[WorkflowHandle[Any, Any]]:
    """Yield a conversation or a team to ask. Raises TroubleError where it refuses, does not answer or is not there.

    `silent` is added to the sentence where no answer came.
    """
    handle = client.get_workflow_handle(workflow_id)
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            yield handle
    except WorkflowUpdateFailedError as error:
        raise TroubleError(refusal_in(error)) from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise TroubleError(await why_silent(client, workflow_id) + silent) from None
    except WorkflowQueryFailedError as error:
        kind, _, name = workflow_id.partition("/")
        who = f"{'The team' if kind == 'team' else 'Conversation'} {name}"
        raise TroubleError(f"{who} can't answer: the worker's log says why ({error})") from None
    except RPCError as error:
        if is_unanswered(error):
            raise TroubleError(await why_silent(client, workflow_id)) from None
        if is_unknown(error):
            raise TroubleError(await _missing(client, workflow_id)) from None
        raise refused(error) from None


async def send(client: Client, conversation_id: str, signal: str, body: Mapping[str, Any]) -> str:
    """Report a fact, and return its `event_id`. Without one it gets a new one.

    Raises TroubleError where no such conversation is running.
    """
    async with answering(client, ID_PREFIX + conversation_id) as handle:
        told = {"event_id": f"cli-{uuid4()}", **body}
        await handle.signal(signal, told)
        return str(told["event_id"])


async def command(client: Client, workflow_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a conversation or a team for something, and return the answer. Raises TroubleError with the refusal."""
    command_id, silent = f"cli-{uuid4()}", " Your command may still be carried out once it answers"
    async with answering(client, workflow_id, silent=silent) as handle:
        return await execute_command(handle, name, {"command_id": command_id, **body}, update_id=command_id)


async def show(client: Client, conversation_id: str) -> dict[str, Any]:
    """Return state, upcoming and timeline in one object.

    Raises TroubleError where there is none or no worker answers.
    """
    async with answering(client, ID_PREFIX + conversation_id) as handle:
        answers = {name: await handle.query(name) for name in ("state", "upcoming", "timeline")}
        return {**answers, "run_id": (await handle.describe()).run_id}


async def handoff(client: Client, conversation_id: str) -> dict[str, Any]:
    """Return what the next agent needs in order to answer.

    Raises TroubleError where there is none or no worker answers.
    """
    async with answering(client, ID_PREFIX + conversation_id) as handle:
        return await handle.query("handoff")


async def teams(client: Client) -> list[str]:
    """Return the teams that a conversation has asked so far."""
    running = f"WorkflowType = '{TEAM_TYPE}' AND ExecutionStatus = 'Running'"
    return sorted([found.id.removeprefix(TEAM_PREFIX) async for found in client.list_workflows(running)])


async def show_team(client: Client, team: str) -> dict[str, Any]:
    """Return a queue's state and timeline. Raises TroubleError where there is no queue or no worker answers."""
    async with answering(client, TEAM_PREFIX + team) as handle:
        return {**await handle.query("state"), "timeline": await handle.query("timeline")}


def refused(error: RPCError) -> TroubleError:
    """Return the error for anything that the server refuses, with its own words in brackets."""
    if namespace := _missing_namespace(error):
        return TroubleError(f"The server has no namespace {namespace}: set TEMPORAL_NAMESPACE")
    said, code = f" ({error.message})" if error.message else "", RPCStatusCode
    match error.status:
        case code.UNAUTHENTICATED | code.PERMISSION_DENIED:
            return TroubleError(f"The server does not allow it: look at TEMPORAL_API_KEY and at what it may do{said}")
        case code.UNAVAILABLE | code.DEADLINE_EXCEEDED:
            return TroubleError(f"The server does not answer: see whether it runs, and try again{said}")
        case code.RESOURCE_EXHAUSTED:
            return TroubleError(f"The server has too much to do: try again in a minute{said}")
        case _:
            return TroubleError(f"The server does not do it{said}: its log may say more")


def unreadable_filter(error: RPCError) -> str:
    """Return the sentence for a filter that the server does not take."""
    return f"The server can't read this filter: write it as in BatonTeam = 'billing' ({error.message})"


def is_unknown(error: RPCError) -> bool:
    """Return whether there is no such workflow, in a namespace that exists."""
    return error.status == RPCStatusCode.NOT_FOUND and not _missing_namespace(error)


def _missing_namespace(error: RPCError) -> str:
    """Return the namespace that the server does not have; empty where that is not the reason."""
    missing = NamespaceNotFoundFailure()
    return next((missing.namespace for detail in error.grpc_status.details if detail.Unpack(missing)), "")


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


async def _missing(client: Client, workflow_id: str) -> str:
    kind, _, name = workflow_id.partition("/")
    if kind == "conversation":
        return f"No conversation {name} is running: `baton list`, or `baton start {name}`"
    known = await teams(client)
    there_are = f"there are {', '.join(known)}" if known else "no conversation has asked a team yet"
    return f"The team {name} has no queue yet: {there_are}"
