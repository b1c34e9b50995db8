"""The two ways in which an effect can fail, so that no code has to read the text of an error.

Promises that `permanent` ends the attempts for good and comes back to the policy as `EffectFailed`; that after
`rate_limited` the next attempt waits as long as the other side asked. Every other exception means "try again". Must not
know any outside system.
"""

from datetime import timedelta

from temporalio.exceptions import ApplicationError

PERMANENT = "Permanent"
RATE_LIMITED = "RateLimited"


def permanent(sentence: str) -> ApplicationError:
    """Return an error that no retry can cure. Operators read the sentence, so it says what to do."""
    return ApplicationError(sentence, type=PERMANENT, non_retryable=True)


def is_permanent(failure: BaseException) -> bool:
    """Return whether no retry can cure the failure."""
    return isinstance(failure, ApplicationError) and failure.type == PERMANENT


LONGEST_WAIT = timedelta(hours=1)
"""The longest wait before the next call that another system may ask for."""


def retry_after(header: str) -> timedelta | None:
    """Return the wait of a header `Retry-After` in seconds, an hour at most; None for another form, such as a date."""
    if not (header.isascii() and header.isdecimal()):
        return None
    return min(timedelta(seconds=int(header[:9])), LONGEST_WAIT)


def rate_limited(system: str, retry_after: timedelta | None) -> ApplicationError:
    """Return an error after which the server waits as long as asked before it starts the next attempt.

    An activity that slept instead would hold one of the worker's slots and use up its own time limit.
    """
    asked = "later" if retry_after is None else f"in {retry_after.total_seconds():g} s"
    return ApplicationError(
        f"{system} asked to be called again {asked}.", type=RATE_LIMITED, next_retry_delay=retry_after
    )
