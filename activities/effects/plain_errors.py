"""Errors of activities that begin with a sentence: operators read them under *Pending Activities*.

Promises that an error of Baton's own stays as it is, and that any other, such as a database driver's, is the cause of
one that says in plain words which side failed. Must not know any activity.
"""

from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

_OWN = ("activities.", "policies.", "workflows.", "tests.")
"""The beginnings of modules whose errors are sentences already."""


class PlainErrors(Interceptor):
    """Has every activity of a worker fail with a sentence."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Put the sentence between the activity and the server."""
        return _Inbound(next)


class _Inbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except Exception as error:
            if isinstance(error, FailureError) or type(error).__module__.startswith(_OWN):
                raise
            raise ApplicationError(sentence(error), type=type(error).__name__) from error


def sentence(error: Exception) -> str:
    """Return what failed, in a sentence that ends with the first line of the error."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    detail = f"{type(error).__name__}{f': {said.strip().splitlines()[0]}' if said.strip() else ''}"
    match error:
        case SQLAlchemyError():
            return f"Baton's database did not do it, and is asked again ({detail})"
        case RPCError():
            return f"The Temporal server did not do it, and is asked again ({detail})"
        case TimeoutError():
            return f"The other system did not answer in time, and is asked again ({detail})"
        case OSError():
            return f"The other system can't be reached, and is tried again ({detail})"
        case _:
            return f"Baton met a defect of its own; the worker's log says where ({detail})"
