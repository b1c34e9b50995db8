"""Baton's own doings, as the helpdesk reports them back.

Must not know what follows from an event.
"""

from policies.running.facts import EventFacts
from policies.state.events import MessageReceived, Reassigned, StatusChanged, TagAdded, TagRemoved

OURS = "baton"
"""The author that the helpdesk names for what Baton itself did."""


def is_ours(event: EventFacts) -> bool:
    """True for Baton's own doing, reported back by the helpdesk: it is taken in, and sets off no rule."""
    match event:
        case MessageReceived():
            return event.author != "customer" and event.author_id == OURS
        case TagAdded() | TagRemoved() | Reassigned() | StatusChanged():
            return event.source == "fact" and event.by == OURS
        case _:
            return False
