"""Failures on their way to the server, whatever characters their messages hold."""

from datetime import timedelta

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import PayloadConverter
from temporalio.exceptions import ApplicationError

from activities.effects.errors import permanent
from workflows.payloads.short_failures import ShortFailures

HALF = "cut \ud83d"


def sent(error: BaseException) -> Failure:
    """Return the failure as the server gets it."""
    failure = Failure()
    ShortFailures().to_failure(error, PayloadConverter.default, failure)
    return Failure.FromString(failure.SerializeToString())


def raised(error: Exception, cause: Exception) -> Exception:
    """Return the error as it is caught, with its cause and its traceback."""
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def test_half_a_character_costs_no_failure_its_kind() -> None:
    """A refusal stays a refusal although its message, or its cause's, holds half a character."""
    failure = sent(raised(permanent(HALF), ValueError(HALF)))
    assert (failure.message, failure.application_failure_info.non_retryable) == ("cut \ufffd", True)
    assert (failure.cause.message, failure.cause.application_failure_info.type) == ("cut \ufffd", "ValueError")
    assert failure.stack_trace


def test_half_a_character_costs_no_wait() -> None:
    """A rate limit with half a character in its message keeps the time to wait."""
    limited = ApplicationError(HALF, type="RateLimited", next_retry_delay=timedelta(seconds=7))
    assert sent(limited).application_failure_info.next_retry_delay.seconds == 7
