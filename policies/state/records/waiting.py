"""The customer's wait for a person.

Must not know which clocks run meanwhile (`sla`).
"""

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class CustomerWait:
    """The wait of the customer, the last answer that ended one, and a promised callback."""

    since: Annotated[datetime | None, Field(alias="waiting_since")] = None
    """The instant since which the customer waits for a person; null where no customer waits."""
    first_since: Annotated[datetime | None, Field(alias="first_waiting_since")] = None
    """The instant since which the customer first waited in a conversation that we began; null before, and in others."""
    unanswered_since: datetime | None = None
    """The instant of the customer's first message without an answer by the assistant or a person; null where none."""
    answered_at: datetime | None = None
    """The instant at which a person last answered the customer; null where no person has."""
    answered_by: str = ""
    """The person who answered last."""
    callback_at: datetime | None = None
    """The instant of the promised callback; null where none was promised."""
    is_callback_chosen: bool = False
    """`true` where the customer chose the callback, and does not wait for an answer until then."""
    agreed_at: Annotated[datetime | None, Field(exclude_if=operator.not_)] = None
    """The instant at which the customer chose to wait, or was last told about the wait since; null where they did not
    choose to."""
