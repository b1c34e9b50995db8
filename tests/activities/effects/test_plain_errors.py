"""Errors as operators read them under *Pending Activities*."""

import pytest
from sqlalchemy.exc import OperationalError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.effects.errors import permanent
from activities.effects.plain_errors import PlainErrors
from activities.slack.errors import SlackUnavailableError


class _Failing(ActivityInboundInterceptor):
    """The end of a chain of interceptors: the activity that fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> None:
        """Fail."""
        raise self._error


async def failure(error: Exception) -> BaseException:
    """Return the error with which an activity fails that met this one."""
    chain = PlainErrors().intercept_activity(_Failing(error))

    @activity.defn
    async def fails() -> None:
        await chain.execute_activity(ExecuteActivityInput(fn=fails, args=(), executor=None, headers={}))

    try:
        await ActivityEnvironment().run(fails)
    except Exception as told:
        return told
    raise AssertionError("it did not fail")


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (
            OperationalError("INSERT …", {}, Exception("database is locked")),
            "OperationalError",
            "Baton's database did not do it, and is asked again (OperationalError: database is locked)",
        ),
        (
            RPCError("shutting down", RPCStatusCode.UNAVAILABLE, b""),
            "RPCError",
            "The Temporal server did not do it, and is asked again (RPCError: shutting down)",
        ),
        (TimeoutError(), "TimeoutError", "The other system did not answer in time, and is asked again (TimeoutError)"),
        (
            ConnectionRefusedError("refused\nby the host"),
            "ConnectionRefusedError",
            "The other system can't be reached, and is tried again (ConnectionRefusedError: refused)",
        ),
        (KeyError("x"), "KeyError", "Baton met a defect of its own; the worker's log says where (KeyError: 'x')"),
    ],
)
async def test_an_error_begins_with_the_sentence(error: Exception, kind: str, sentence: str) -> None:
    """Errors in *Pending Activities* begin with the sentence; the library's own words stand behind it."""
    told = await failure(error)
    assert isinstance(told, ApplicationError)
    assert (told.message, told.type, told.__cause__, told.non_retryable) == (sentence, kind, error, False)


async def test_errors_that_are_sentences_stay() -> None:
    """An error that Baton words itself reaches the server unchanged, also whether it is tried again."""
    for error in (permanent("Slack refused it."), SlackUnavailableError("Slack did not answer in time.")):
        assert await failure(error) is error
