"""Tells the queues of teams which policy versions this worker has, when it starts.

Teams otherwise hear of a version from the first conversation under it, and no conversation under a version without the
team comes to it. Promises to tell each team once, and only of a version newer than its own. Must not know what a team
does with it.
"""

import asyncio
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from activities.catalog import plain_name
from policies.document.document import Document
from workflows.contract import TEAM_TYPE

log = structlog.get_logger("baton.worker")

_AGAIN_AFTER = timedelta(minutes=1)
_ANSWERS_WITHIN = timedelta(seconds=10)


async def tell_until_all_know(client: Client, documents: Mapping[str, Document]) -> None:
    """Tell all open teams, again and again while one of them gives no answer."""
    while True:
        # Workers that start together ask at different times.
        await asyncio.sleep(_AGAIN_AFTER.total_seconds() * random.uniform(0.2, 1))
        try:
            if await tell_teams(client, documents):
                return
        except RPCError as error:
            log.warning("worker.teams_not_told", why=error.message)


async def tell_teams(client: Client, documents: Mapping[str, Document]) -> bool:
    """Tell each open team of the newer version of its policy. Return whether all of them answered.

    Raises RPCError where the server does not list teams.
    """
    listed = client.list_workflows(f"WorkflowType = '{TEAM_TYPE}' AND ExecutionStatus = 'Running'")
    return all([await _tell(client, row.id, documents) async for row in listed])


def _newer(state: Mapping[str, Any], documents: Mapping[str, Document]) -> Document | None:
    """Return this worker's version of the team's policy; None where it is not newer than the versions known there."""
    heard = [state["policy"]["name"] if state["policy"] else "", *(each["policy"] for each in state["closed_by"])]
    known = documents.get(plain_name(heard[0]))
    if known is None:
        return None
    versions = [int(name.rpartition(" v")[2]) for name in heard if plain_name(name) == known.policy]
    return known if known.version > max(versions) else None


async def _tell(client: Client, workflow_id: str, documents: Mapping[str, Document]) -> bool:
    handle = client.get_workflow_handle(workflow_id)
    try:
        if (newer := _newer(await handle.query("state", rpc_timeout=_ANSWERS_WITHIN), documents)) is not None:
            told = {"policy": newer.policy, "version": newer.version}
            event_id = f"new_version/{newer.policy}/{newer.version}"
            await handle.signal("new_version", {**told, "event_id": event_id}, rpc_timeout=_ANSWERS_WITHIN)
    except (RPCError, WorkflowQueryFailedError) as error:
        log.warning("worker.team_not_told", team=workflow_id, why=str(error))
        return False
    return True
