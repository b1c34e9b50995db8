"""Reading and telling a team's queue from outside: what the command line does with the server.

Promises sentences instead of stack traces for what callers get wrong. Must not print.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from worker.asking import AskedWrongError
from workflows.contract import TEAM_PREFIX, TEAM_TYPE

_RUNNING = f"WorkflowType = '{TEAM_TYPE}' AND ExecutionStatus = 'Running'"


async def names(client: Client) -> list[str]:
    """The teams that a conversation has asked so far."""
    return sorted([found.id.removeprefix(TEAM_PREFIX) async for found in client.list_workflows(_RUNNING)])


async def show(client: Client, team: str) -> dict[str, Any]:
    """State and timeline in one object. Raises AskedWrongError where there is none or no worker answers."""
    handle = client.get_workflow_handle(TEAM_PREFIX + team)
    try:
        return {**await handle.query("state"), "timeline": await handle.query("timeline")}
    except WorkflowQueryFailedError as error:
        raise AskedWrongError(f"The team {team} can't answer: {error}") from None
    except RPCError as error:
        raise await _nobody(client, team, error) from None


async def tell(client: Client, team: str, update: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for something; what came of it. Raises AskedWrongError with the refusal."""
    command_id = f"cli-{uuid4()}"
    try:
        return await client.get_workflow_handle(TEAM_PREFIX + team).execute_update(
            update, {"command_id": command_id, **body}, id=command_id
        )
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        raise AskedWrongError(cause.message if isinstance(cause, ApplicationError) else str(cause)) from None
    except RPCError as error:
        raise await _nobody(client, team, error) from None


async def _nobody(client: Client, team: str, error: RPCError) -> AskedWrongError:
    if error.status == RPCStatusCode.NOT_FOUND:
        known = await names(client)
        there_are = f"there are {', '.join(known)}" if known else "no conversation has asked a team yet"
        return AskedWrongError(f"No team {team} has a queue by now: {there_are}")
    if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION):
        return AskedWrongError(f"No worker answers for {team}: is `baton worker` running?")
    return AskedWrongError(f"The server refuses: {error.message}")
