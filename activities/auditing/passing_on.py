"""Passes messages of an ended run on to the one that goes on in its place.

Promises that what the ended run was too large for fits into the next: of a message that is larger than any that can be
taken in, texts are cut as they would be when it is read, and all together stay below the server's limit. Must not know
what a message means.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client

from activities.auditing.endings import Ending, Signal
from policies.limits import SIZE_LIMIT, TEXT_LIMIT

_TOGETHER = 40_000_000
"""Bytes of all messages; at 50 MB of history the server ends a run. Beyond it the rest is not passed on."""
_LONGEST_TEXT = 2 * TEXT_LIMIT
"""Characters of a text: more than is kept of any, so that it is marked as cut when it is read."""


async def pass_on(client: Client, ending: Ending, signals: Iterable[Signal]) -> int:
    """Send these messages to the latest run. Return how many found no room."""
    sent = left = 0
    for signal in signals:
        slim = await _slimmed(client, signal.input)
        if sent + slim.ByteSize() > _TOGETHER:
            left += 1
            continue
        sent += slim.ByteSize()
        request = SignalWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=ending.workflow_id),
            signal_name=signal.name,
            input=slim,
            request_id=f"baton-audit-{ending.run_id}-{signal.event_id}",
        )
        await client.workflow_service.signal_workflow_execution(request)
    return left


async def _slimmed(client: Client, payloads: Payloads) -> Payloads:
    if payloads.ByteSize() <= SIZE_LIMIT:
        return payloads
    try:
        bodies = await client.data_converter.decode(payloads.payloads)
    except (ValueError, RuntimeError):  # bytes that nobody can read are rejected when they arrive
        return payloads
    return Payloads(payloads=await client.data_converter.encode([_cut(body) for body in bodies]))


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {name[:_LONGEST_TEXT]: _cut(each) for name, each in cast("Mapping[str, Any]", value).items()}
    return [_cut(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value
