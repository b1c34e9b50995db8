"""Cuts the words and stack traces of errors, so that they always fit into a message to the server.

An error may quote what another system said, in any length, in its own words or in those of the error that it came from.
Over four megabytes the worker could not even say that an activity had failed. Must not know what failed.
"""

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter

from workflows.limits import FAILURE_LIMIT, TRACE_LIMIT


class ShortFailures(DefaultFailureConverter):
    """The SDK's conversion with words and stack traces cut, of the error and of each that it came from."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        """Fill `failure`."""
        super().to_failure(exception, payload_converter, failure)
        each = failure
        while True:
            each.message = each.message[:FAILURE_LIMIT]
            each.stack_trace = each.stack_trace[:TRACE_LIMIT]
            if not each.HasField("cause"):
                return
            each = each.cause
