"""Cuts the messages and stack traces of errors and mends lone surrogates, so that the server always takes them.

An error may quote what another system said, at any length, in its own message or in that of an error that caused it.
Over four megabytes, the worker could not even report that an activity had failed; with a lone surrogate, not that it
must not be tried again. Must not know what failed.
"""

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ApplicationError

from policies.text.json_text import whole
from workflows.limits.server import FAILURE_LIMIT, TRACE_LIMIT


class ShortFailures(DefaultFailureConverter):
    """The SDK's conversion with messages and stack traces cut, in the error and in each error that caused it."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        """Fill `failure` from the exception."""
        super().to_failure(_in_whole_characters(exception), payload_converter, failure)
        each = failure
        while True:
            each.message = each.message[:FAILURE_LIMIT]
            each.stack_trace = each.stack_trace[:TRACE_LIMIT]
            if not each.HasField("cause"):
                return
            each = each.cause


def _in_whole_characters(error: BaseException) -> BaseException:
    """Return the error, or a copy with its message mended where that has a lone surrogate, which protobuf refuses."""
    words = error.message if isinstance(error, ApplicationError) else str(error)
    if (mended := whole(words)) == words:
        return error
    if isinstance(error, ApplicationError):
        made = ApplicationError(
            mended,
            *error.details,
            type=error.type,
            non_retryable=error.non_retryable,
            next_retry_delay=error.next_retry_delay,
            category=error.category,
        )
    else:
        made = ApplicationError(mended, type=type(error).__name__)
    made.__cause__, made.__context__ = error.__cause__, error.__context__
    made.__suppress_context__ = error.__suppress_context__
    return made.with_traceback(error.__traceback__)
