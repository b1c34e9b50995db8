"""The two ways an effect can fail, so that nobody ever has to read the text of an error.

Promises that `permanent` ends the attempts for good and comes back to the policy as `EffectFailed`; that `rate_limited`
waits as long as the other side asked. Every other exception means "try again". Must not know any outside system.
"""

from datetime import timedelta

from temporalio.exceptions import ApplicationError

PERMANENT = "Permanent"
RATE_LIMITED = "RateLimited"


def permanent(sentence: str) -> ApplicationError:
    """An error no retry can cure. The sentence is shown to operators, so it names what to do."""
    return ApplicationError(sentence, type=PERMANENT, non_retryable=True)


LONGEST_WAIT = timedelta(hours=1)
"""The longest time that another system may ask to be left alone."""


def retry_after(header: str) -> timedelta | None:
    """Read the header `Retry-After` in seconds; None where it holds something else, such as a date."""
    if not (header.isascii() and header.isdecimal()):
        return None
    return min(timedelta(seconds=int(header[:9])), LONGEST_WAIT)


def rate_limited(system: str, retry_after: timedelta | None) -> ApplicationError:
    """A retry that waits as asked, on the server: an activity that slept would hold a slot and lose its time bound."""
    asked = "later" if retry_after is None else f"in {retry_after.total_seconds():g} s"
    return ApplicationError(
        f"{system} asked to be called again {asked}.", type=RATE_LIMITED, next_retry_delay=retry_after
    )
