"""The feedback on a conversation, from the customer and from the people who were brought in.

Must not know whom it judges.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from policies.document.hindsight import Asked, Given


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The feedback so far, and the people who were asked for it."""

    rating: float | None = None
    """The customer's score."""
    given: Annotated[tuple[Given, ...], Field(alias="feedback")] = ()
    """The answers that were given."""
    asked: tuple[Asked, ...] = ()
    """The people who were asked how a move went."""
