"""The details of a conversation and its customer as others report them: tags, attributes, fields of the customer.

Promises that rules hear only of what is new. Must not know what a rule does about it.
"""

from collections.abc import Mapping
from typing import assert_never

from policies import rules
from policies.document.document import OwnType
from policies.running import ours
from policies.running.facts import CustomerUpdatedFacts
from policies.running.own_fields import are_same
from policies.running.turn import Turn, by, excerpt
from policies.sla import holding, sla
from policies.state.events import AttributeChanged, Customer, CustomerUpdated, TagAdded, TagRemoved
from policies.state.records.contact import Contact
from policies.understanding import agreement

Detail = TagAdded | TagRemoved | CustomerUpdated | AttributeChanged


def take_in(turn: Turn, event: Detail) -> None:
    """Take a report of a detail in."""
    match event:
        case TagAdded() | TagRemoved():
            _tagged(turn, event)
        case CustomerUpdated():
            _customer(turn, event)
        case AttributeChanged():
            _attribute(turn, event)
        case _:
            assert_never(event)


def _tagged(turn: Turn, event: TagAdded | TagRemoved) -> None:
    has, add = event.tag in turn.situation.contact.tags, isinstance(event, TagAdded)
    if has == add:
        turn.record(event.kind, f"Tag {event.tag} was {'already there' if add else 'not there'}{by(event.by)}")
        return _note_agreement(turn, event, is_news=False)
    if ours.is_overtaken(event, turn.situation):
        turn.record(
            event.kind,
            f"Confirmed late: tag {event.tag} {'added' if add else 'removed'}, which is changed since",
        )
        return None
    if add and not holding.has_room_for_tag(turn, event.tag):
        return _note_agreement(turn, event, is_news=False)
    tags = {*turn.situation.contact.tags, event.tag} if add else set(turn.situation.contact.tags) - {event.tag}
    turn.change(Contact, tags=tuple(sorted(tags)))
    turn.record(event.kind, f"Tag {event.tag} {'added' if add else 'removed'}{by(event.by)}")
    _note_agreement(turn, event, is_news=True)
    return rules.fire(turn, event)


def _note_agreement(turn: Turn, event: TagAdded | TagRemoved, *, is_news: bool) -> None:
    if not ours.is_ours(event):
        agreement.tagged(turn, event, is_news=is_news)


def _customer(turn: Turn, event: CustomerUpdated) -> None:
    s = turn.situation
    before, known = s.contact.customer, s.contact.customer.model_dump(exclude_unset=True) | event.customer
    after = type(before).model_validate(known)
    declared = turn.policy.document.customer_fields
    changed = tuple(sorted(event.customer)) if s.edition < 3 else _changed(before, after, declared)
    if s.edition >= 3 and not changed:
        turn.record("customer_updated", f"Customer is as known already: {', '.join(sorted(event.customer))}")
        return
    if not holding.has_room_for_customer(turn, known):
        return
    turn.change(Contact, customer=after)
    turn.record("customer_updated", f"Customer updated: {', '.join(changed)}")
    sla.follow_terms(turn)
    was = (before.tier, before.plan, before.health, before.value)
    rules.fire(turn, CustomerUpdatedFacts(event.event_id, event.source, changed, *was))


def _changed(before: Customer, after: Customer, declared: Mapping[str, OwnType]) -> tuple[str, ...]:
    """Return the names of the customer's fields that have another value than before."""
    old, new = before.model_dump(), after.model_dump()
    return tuple(sorted(name for name in new if not are_same(declared.get(name), old.get(name), new[name])))


def _attribute(turn: Turn, event: AttributeChanged) -> None:
    s, value = turn.situation, holding.as_held(turn, event.value)
    known, declared = dict(s.contact.attributes), turn.policy.document.attributes
    was_known = event.name in known and are_same(declared.get(event.name), known[event.name], event.value)
    if s.edition >= 3 and was_known:
        turn.record("attribute_changed", f"{event.name} was {excerpt(value)} already")
        return
    if not holding.has_room_for_attribute(turn, event.name):
        return
    turn.change(Contact, attributes=tuple(sorted((known | {event.name: value}).items())))
    turn.record("attribute_changed", f"{event.name} is now {excerpt(value)}")
    rules.fire(turn, event)
