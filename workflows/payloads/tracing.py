"""Traces from clients through workflows into activities.

Promises that a trace header of any sender, readable or not, changes nothing but the trace. Must not know what is
traced.
"""

from collections.abc import Sequence
from typing import Any, cast

from temporalio.api.common.v1 import Payload
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.converter import DefaultPayloadConverter
from temporalio.worker import WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from workflows.payloads.decoding import decode


class TraceHeaders(DefaultPayloadConverter):
    """Reads a header as texts by name; empty where it is anything else.

    The SDK's own reader raises, which fails the task.
    """

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Return one mapping for each payload."""
        return [_texts(decode(payload)) for payload in payloads]


class _Inbound(TracingWorkflowInboundInterceptor):
    def __init__(self, next: WorkflowInboundInterceptor) -> None:
        super().__init__(next)
        self.payload_converter = TraceHeaders()


class Tracing(TracingInterceptor):
    """The SDK's tracing, but with a reader of headers that never raises."""

    def __init__(self) -> None:
        super().__init__()
        self.payload_converter = TraceHeaders()

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[TracingWorkflowInboundInterceptor]:
        """Return the interceptor for what workflows receive, with the same reader of headers."""
        super().workflow_interceptor_class(input)
        return _Inbound


def _texts(carrier: Any) -> dict[str, str]:
    if not isinstance(carrier, dict):
        return {}
    pairs = cast("dict[str, Any]", carrier).items()
    return {name: value for name, value in pairs if isinstance(value, str)}
