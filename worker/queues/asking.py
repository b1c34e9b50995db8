"""Reads a team's queue and sends it updates, for the command line.

Promises sentences instead of stack traces for callers' mistakes. Must not print.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from worker.temporal import asking
from worker.trouble import TroubleError
from workflows.contract import TEAM_PREFIX, TEAM_TYPE

_RUNNING = f"WorkflowType = '{TEAM_TYPE}' AND ExecutionStatus = 'Running'"


async def names(client: Client) -> list[str]:
    """Return the teams that a conversation has asked so far."""
    return sorted([found.id.removeprefix(TEAM_PREFIX) async for found in client.list_workflows(_RUNNING)])


async def show(client: Client, team: str) -> dict[str, Any]:
    """Return state and timeline in one object. Raises TroubleError where there is no queue or no worker answers."""
    handle = client.get_workflow_handle(TEAM_PREFIX + team)
    try:
        async with asyncio.timeout(asking.ANSWERS_WITHIN):
            return {**await handle.query("state"), "timeline": await handle.query("timeline")}
    except TimeoutError:
        raise TroubleError(await asking.why_silent(client, handle.id)) from None
    except WorkflowQueryFailedError as error:
        raise TroubleError(f"The team {team} can't answer: {error}") from None
    except RPCError as error:
        raise await _nobody(client, team, error) from None


async def tell(client: Client, team: str, update: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Send an update to a queue, and return the answer. Raises TroubleError with the refusal."""
    try:
        return await asking.update(client, TEAM_PREFIX + team, update, body)
    except RPCError as error:
        raise await _nobody(client, team, error) from None


async def _nobody(client: Client, team: str, error: RPCError) -> TroubleError:
    if asking.is_unanswered(error):
        return TroubleError(await asking.why_silent(client, TEAM_PREFIX + team))
    if asking.is_unknown(error):
        known = await names(client)
        there_are = f"there are {', '.join(known)}" if known else "no conversation has asked a team yet"
        return TroubleError(f"The team {team} has no queue yet: {there_are}")
    return asking.refused(client, error)
