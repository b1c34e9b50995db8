"""Sends an update to a conversation or a team, again where its run is about to end.

A run that continues as new answers "moving on, send it again" (`workflows.arrivals.arrivals`): the next run carries the
command out. Where a signal comes in the same moment, the server drops the command instead, with a status of its own;
and it takes none while a run is tried to end again.
Promises the same update id for every try, so that no command is carried out twice. Must not know what commands mean.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from workflows.arrivals.arrivals import MOVING_ON
from workflows.arrivals.handlers import refusal
from workflows.limits.server import COMMAND_LIMIT

_NOT_LOOKED_AT = "UnprocessedUpdate"
"""The server's error type for a command that came with too many large ones (`worker.tasks.large_updates`)."""
_IS_CLOSING = "workflow is closing"
"""The server's own words for it, to which the SDK's ten tries may all have led."""
WAITS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0, 2.0)
"""Seconds between the tries. A run that ends waits at most ten seconds for the activities that it has started."""


async def execute_command(
    handle: WorkflowHandle[Any, Any],
    name: str,
    body: Mapping[str, Any],
    *,
    update_id: str = "",
    rpc_timeout: timedelta | None = None,
) -> dict[str, Any]:
    """Return the answer. Raises what `execute_update` raises, and "moving on" only where the last try got it.

    A command that is too large is refused here: no worker could accept or refuse it.
    """
    if (size := len(json.dumps(body, ensure_ascii=False, default=str).encode(errors="replace"))) > COMMAND_LIMIT:
        sentence = f"{size} bytes are too many for a command: send at most {COMMAND_LIMIT}"
        raise WorkflowUpdateFailedError(refusal(sentence))
    update_id, waits = update_id or f"command-{uuid4()}", iter(WAITS)
    while True:
        try:
            return await handle.execute_update(name, dict(body), id=update_id, rpc_timeout=rpc_timeout)
        except (WorkflowUpdateFailedError, RPCError) as error:
            if not is_moving_on(error) or (wait := next(waits, None)) is None:
                raise
        await asyncio.sleep(wait)


def refusal_in(error: WorkflowUpdateFailedError) -> str:
    """Return the sentence with which a command was refused."""
    return error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)


def is_moving_on(error: WorkflowUpdateFailedError | RPCError) -> bool:
    """Return whether the command was not carried out, and can be if it is sent again."""
    if isinstance(error, RPCError):
        is_closing = error.status == RPCStatusCode.RESOURCE_EXHAUSTED and _IS_CLOSING in error.message
        return is_closing or error.status == RPCStatusCode.FAILED_PRECONDITION
    cause = error.cause
    return isinstance(cause, ApplicationError) and (cause.message == MOVING_ON or cause.type == _NOT_LOOKED_AT)
