"""The way in which the customer made contact, and the details of the request.

Must not know what follows from them.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from policies.document.document import Priority
from policies.state.events import Customer, Direction


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact that the customer made, with the details that you and the rules have given it."""

    channel: str = ""
    """The way by which the customer made contact, by a name that the policy knows, such as `email`."""
    inbox: str = ""
    """The address or number within the channel; the policy may send one inbox to another team."""
    direction: Direction = "inbound"
    """The side that began the conversation: `outbound` where it was not the customer."""
    subject: str = ""
    """The subject, in one line."""
    customer: Customer = Customer()  # noqa: RUF009  immutable
    """The customer as you know them; fields of your own are kept."""
    web_page: Annotated[dict[str, Any] | str | None, Field(alias="page")] = None
    """The web page of your product that the customer looked at: an address, or an object of your own."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Named values of your own, which rules may look at."""
    priority: Priority = "normal"
    """The urgency."""
    tags: tuple[str, ...] = ()
    """The conversation's tags."""
    unreadable: tuple[str, ...] = ()
    """The attributes and customer fields whose values are not of the type that the policy declares."""
