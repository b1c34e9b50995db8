"""Passes messages of an ended run on to the run that goes on in its place.

Promises that the new run stays below the server's limit of 50 MB: a long text is cut, to more than a conversation keeps
of it; a message that would be rejected for its size is passed on as its id and its size; and messages beyond 40 MB are
left out. Must not know what a message means.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client

from activities.audit.lost_runs.endings import RunEnding, Signal
from policies.state.limits import SIZE_LIMIT, TEXT_LIMIT
from policies.text.written import own_words

_TOGETHER = 40_000_000
"""The most bytes of all messages; the rest is not passed on. At 50 MB of history the server ends a run."""
_LONGEST_TEXT = 2 * TEXT_LIMIT
"""The most characters of a text: more than a conversation keeps, so that the text is marked as cut when it is read."""


async def pass_on(client: Client, ending: RunEnding, signals: Iterable[Signal]) -> int:
    """Send these messages to the latest run. Return how many were left out for their size."""
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
    except (ValueError, RuntimeError):  # unreadable bytes are rejected when they arrive
        return payloads
    slim = Payloads(payloads=await client.data_converter.encode([_cut(body) for body in bodies]))
    if slim.ByteSize() <= 2 * SIZE_LIMIT:
        return slim
    return Payloads(payloads=await client.data_converter.encode([_stub(bodies[0], payloads.ByteSize())]))


def _cut(body: Any) -> Any:
    text = body.get("text") if isinstance(body, Mapping) else None
    return {**body, "text": own_words(text)[:_LONGEST_TEXT]} if isinstance(text, str) else body


def _stub(body: Any, size: int) -> dict[str, Any]:
    """Return a small body with the same id. The conversation rejects it, so the event is on record as rejected."""
    event_id = body.get("event_id") if isinstance(body, Mapping) else None
    known = {"event_id": event_id} if isinstance(event_id, str) and len(event_id) <= SIZE_LIMIT else {}
    return {**known, "too_large": f"{size} bytes"}
