"""The limits on a conversation's tags, attributes and facts about the customer.

Promises that the timeline names whatever finds no room. Must not know what follows from a tag or an attribute.
"""

from collections.abc import Mapping
from typing import Any

from policies.running.facts import as_text
from policies.running.turn import Turn, excerpt
from policies.state.entry_kind import EntryKind
from policies.state.events import ConversationStarted
from policies.state.limits import ATTRIBUTES_LIMIT, CUSTOMER_LIMIT, TAGS_LIMIT
from policies.text.json_text import size_of

NO_ROOM: EntryKind = "no_room"
"""The kind of the timeline's line about a thing that found no room."""


def of_start(turn: Turn, event: ConversationStarted) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the tags and attributes that a conversation starts with: the first of each, in order of their names."""
    tags = sorted(set(event.tags))
    attributes = sorted((name, as_text(value)) for name, value in event.attributes.items())
    for what, given, most in (("tags", tags, TAGS_LIMIT), ("attributes", attributes, ATTRIBUTES_LIMIT)):
        if len(given) > most:
            turn.record(NO_ROOM, f"Started with {len(given)} {what}: the first {most} are kept")
    return tuple(tags[:TAGS_LIMIT]), tuple(attributes[:ATTRIBUTES_LIMIT])


def has_room_for_tag(turn: Turn, tag: str) -> bool:
    """Return whether one more tag can be held; where it cannot, the timeline says so."""
    if len(turn.situation.contact.tags) < TAGS_LIMIT:
        return True
    turn.record(NO_ROOM, f"Tag {tag} was not added: a conversation holds {TAGS_LIMIT} tags; remove one first")
    return False


def has_room_for_attribute(turn: Turn, name: str) -> bool:
    """Return whether the attribute can be held; where it cannot, the timeline says so."""
    names = {known for known, _ in turn.situation.contact.attributes}
    if name in names or len(names) < ATTRIBUTES_LIMIT:
        return True
    turn.record(NO_ROOM, f"{excerpt(name)} was not kept: a conversation holds {ATTRIBUTES_LIMIT} attributes")
    return False


def has_room_for_customer(turn: Turn, customer: Mapping[str, Any]) -> bool:
    """Return whether all of this can be held about the customer; where it cannot, the timeline says so."""
    size = size_of(customer)
    if size <= CUSTOMER_LIMIT:
        return True
    turn.record(
        NO_ROOM, f"Customer not updated: {size} bytes would be known of them, and a conversation holds {CUSTOMER_LIMIT}"
    )
    return False
