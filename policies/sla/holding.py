"""The limits on a conversation's tags, attributes and facts about the customer, and the types that a policy declares.

Promises that the timeline names whatever finds no room, and once each value that is not of its declared type. Must not
know what follows from a tag or an attribute.
"""

from collections.abc import Mapping
from typing import Any

from policies.running.facts import as_text
from policies.running.own_fields import in_one_form, unreadable
from policies.running.turn import Turn, excerpt
from policies.state.entry_kind import EntryKind
from policies.state.events import ConversationStarted
from policies.state.limits import ATTRIBUTES_LIMIT, CUSTOMER_LIMIT, TAGS_LIMIT
from policies.state.records.contact import Contact
from policies.text.json_text import size_of

NO_ROOM: EntryKind = "no_room"
"""The kind of the timeline's line about a thing that found no room."""


def of_start(turn: Turn, event: ConversationStarted) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the tags and attributes that a conversation starts with: the first of each, in order of their names."""
    tags = sorted(set(event.tags))
    attributes = sorted((name, as_held(turn, value)) for name, value in event.attributes.items())
    for what, given, most in (("tags", tags, TAGS_LIMIT), ("attributes", attributes, ATTRIBUTES_LIMIT)):
        if len(given) > most:
            turn.record(NO_ROOM, f"Started with {len(given)} {what}: the first {most} are kept")
    return tuple(tags[:TAGS_LIMIT]), tuple(attributes[:ATTRIBUTES_LIMIT])


def as_held(turn: Turn, value: Any) -> str:
    """Return an attribute's value as the conversation holds it; before edition 3, an object's keys as they came."""
    return as_text(in_one_form(value) if turn.situation.edition >= 3 else value)


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


def note_unreadable(turn: Turn) -> None:
    """Say which values are not of the type that the policy declares, once each until they are."""
    contact, document = turn.situation.contact, turn.policy.document
    found = {
        f"{record}.{name}": (kind, value)
        for record, declared, values in (
            ("attributes", document.attributes, dict(contact.attributes)),
            ("customer", document.customer_fields, contact.customer.model_extra or {}),
        )
        for name, kind, value in unreadable(declared, values)
    }
    for name, (kind, value) in found.items():
        if name not in contact.unreadable:
            text = f"{name} is {excerpt(value)}, which is no {kind}: rules and texts read it as missing"
            turn.record("unreadable", text)
    if tuple(found) != contact.unreadable:
        turn.change(Contact, unreadable=tuple(found))
