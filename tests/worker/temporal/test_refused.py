"""Refusals of the Temporal server: sentences with what to look at, and the server's own words in brackets."""

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from temporalio.api.common.v1 import GrpcStatus
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from worker.temporal.asking import refused


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (
            RPCStatusCode.PERMISSION_DENIED,
            "The server does not allow it: look at TEMPORAL_API_KEY and at what it may do (its words)",
        ),
        (
            RPCStatusCode.UNAUTHENTICATED,
            "The server does not allow it: look at TEMPORAL_API_KEY and at what it may do (its words)",
        ),
        (
            RPCStatusCode.UNAVAILABLE,
            "The server does not answer: see whether it runs, and try again (its words)",
        ),
        (RPCStatusCode.RESOURCE_EXHAUSTED, "The server has too much to do: try again in a minute (its words)"),
        (RPCStatusCode.INTERNAL, "The server does not do it (its words): its log may say more"),
    ],
)
def test_a_refusal_says_what_to_look_at(status: RPCStatusCode, sentence: str) -> None:
    """A command that the server refuses ends with one sentence."""
    assert str(refused(RPCError("its words", status, b""))) == sentence


def test_a_missing_namespace_is_named() -> None:
    """A namespace that the server does not have is named, with the variable to set."""
    detail = AnyMessage()
    detail.Pack(NamespaceNotFoundFailure(namespace="nope"))
    status = GrpcStatus(code=RPCStatusCode.NOT_FOUND, details=[detail]).SerializeToString()
    error = RPCError("Namespace nope is not found.", RPCStatusCode.NOT_FOUND, status)
    assert str(refused(error)) == "The server has no namespace nope: set TEMPORAL_NAMESPACE"
