"""Baton's own doings, as the helpdesk reports them back.

Must not know what follows from an event.
"""

from policies.running.facts import EventFacts
from policies.state.events import MessageReceived, Reassigned, StatusChanged, TagAdded, TagRemoved
from policies.state.situation import Situation

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


def is_overtaken(event: Reassigned | StatusChanged | TagAdded | TagRemoved, s: Situation, *, team: str = "") -> bool:
    """True where Baton lately asked for a value that the event confirms, though the conversation has another one now.

    Then the confirmation is older than the change to that other value, by Baton or by people, whatever time it names,
    and holds no more. `team` is the present identifier of the team in a change of hands.
    """
    match event:
        case Reassigned():
            subject, value = "assignee", (team, event.assignee)
        case StatusChanged():
            subject, value = "status", (event.status,)
        case TagAdded():
            subject, value = f"tag {event.tag}", ("there",)
        case TagRemoved():
            subject, value = f"tag {event.tag}", ("gone",)
    return is_ours(event) and value in s.own_writes.of(subject, s.at)
