"""Counts how often Slack has answered one delivery in an unknown way, and says when that is enough.

Promises that an answer which Baton does not know becomes a failure that the policy can act on after a few tries, and
not after an hour. Must not know which answers are known (`activities.slack.errors`).
"""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import ApplicationError

from activities.effects.errors import permanent
from activities.effects.recent import Recent
from activities.slack.errors import SlackUnavailableError, UnknownAnswerError, explained

TRIES = 4
"""The tries until an unknown answer is permanent. With the pauses between them they take about seven seconds."""


class UnknownAnswers:
    """The unknown answers that one worker has got; another worker counts for itself."""

    def __init__(self) -> None:
        self._heard = Recent[int]()

    @contextmanager
    def bounded(self, key: str, what: str) -> Generator[None]:
        """Explain Slack's errors within the block; the last try of the delivery `key` makes unknown ones permanent."""
        try:
            with explained(what):
                yield
        except UnknownAnswerError as error:
            if self._is_enough(key):
                raise permanent(
                    f"Slack answered the message to {what} {TRIES} times with something that Baton does not know: "
                    f"{error.said}. Look it up in Slack's documentation, and check the proxy between Baton and Slack."
                ) from error
            raise
        except (ApplicationError, SlackUnavailableError, SQLAlchemyError, OSError):
            raise
        except Exception as error:
            if self._is_enough(key):
                raise permanent(
                    f"Baton failed {TRIES} times to send the message to {what}. This is a defect in Baton: please "
                    f"report it ({type(error).__name__}: {error})."
                ) from error
            raise

    def _is_enough(self, key: str) -> bool:
        self._heard[key] = self._heard.get(key, 0) + 1
        return self._heard[key] >= TRIES
