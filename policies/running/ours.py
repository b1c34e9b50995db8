"""What Baton did itself, where the helpdesk reports it back.

Must not know what follows from an event.
"""

from policies.running.facts import EventFacts
from policies.state.events import MessageReceived, Reassigned, StatusChanged, TagAdded, TagRemoved

OURS = "baton"
"""Who did it, where the helpdesk reports back what Baton itself did."""


def is_ours(event: EventFacts) -> bool:
    """Whether this is our own doing, come back from the helpdesk: it is taken in, and sets off nothing."""
    match event:
        case MessageReceived():
            return event.author != "customer" and event.author_id == OURS
        case TagAdded() | TagRemoved() | Reassigned() | StatusChanged():
            return event.source == "fact" and event.by == OURS
        case _:
            return False
