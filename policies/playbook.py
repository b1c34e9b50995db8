"""The playbook: how each event changes a conversation, one function an event.

Promises to be total over the closed union of events. Judges by the event's own instant (`turn.at`), never by when it
was seen. Must not know arrival order or duplicates: `decide` deals with both before.
"""

from collections.abc import Mapping
from typing import assert_never

from policies import consequences, drills, feedback, importing, lifecycle, rules, storms
from policies.document.document import OwnType
from policies.handoff import briefing, choosing, coming, stages
from policies.handoff.memory import remembering
from policies.on_call import deliveries, ladder
from policies.queues import entry_check, queueing
from policies.running import automatic_replies, ours
from policies.running.facts import CustomerUpdatedFacts
from policies.running.own_fields import are_same
from policies.running.turn import Turn, by, excerpt
from policies.sla import after_hours, callbacks, holding, responsible, sla
from policies.state.effects import AskIncident, Assign, FindEntry, TellConversation
from policies.state.events import (
    Absorbed,
    Acknowledged,
    AssignmentConfirmed,
    AttributeChanged,
    CallbackPromised,
    Called,
    ChoiceMade,
    ChoicesRecalled,
    ContextGathered,
    ConversationImported,
    ConversationStarted,
    Customer,
    CustomerUpdated,
    Deescalated,
    EditionChanged,
    EffectFailed,
    EntryFound,
    Escalated,
    EventRejected,
    Fact,
    FeedbackGiven,
    Folded,
    Granted,
    Held,
    IncidentAnswered,
    IncidentGrew,
    Merged,
    MessageReceived,
    MessageUnderstood,
    NoteAdded,
    Offered,
    PolicyAdopted,
    Queued,
    Rated,
    Reassigned,
    Reclaimed,
    Released,
    ReplyNotSent,
    Snoozed,
    StatusChanged,
    StepDelivered,
    StepTried,
    StepWithdrawn,
    TagAdded,
    TagRemoved,
    Taken,
    TeamClosed,
    Unfolded,
    Woken,
)
from policies.state.limits import ATTACHED_LIMIT
from policies.state.records.contact import Contact
from policies.state.records.handoffs import Handoffs
from policies.state.records.lately import RuleBudget
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.responsible import Responsible
from policies.state.records.told import EXCERPT, RECENT_MESSAGES, Attached, Said, ToldSoFar
from policies.state.records.waiting import CustomerWait
from policies.state.situation import Situation
from policies.understanding import agreement, answers, mentions, understanding


def play(turn: Turn, event: Fact) -> None:
    """Take one fact in: change the situation, ask for the effects it makes necessary, say why."""
    match event:
        case ConversationStarted():
            _started(turn, event)
        case MessageReceived():
            _message(turn, event)
        case MessageUnderstood():
            understanding.understood(turn, event)
        case TagAdded() | TagRemoved():
            _tagged(turn, event)
        case Reassigned():
            _reassigned(turn, event)
        case StatusChanged() if turn.situation.on_call.incident is not None and event.status != "resolved":
            storms.note_status(turn, event)
        case StatusChanged():
            lifecycle.status_changed(turn, event)
        case CustomerUpdated():
            _customer(turn, event)
        case AttributeChanged():
            _attribute(turn, event)
        case Escalated() | Deescalated():
            _moved_by_a_person(turn, event)
        case Taken():
            _taken(turn, event)
        case Acknowledged():
            _acknowledged(turn, event)
        case Called():
            ladder.call(turn, event.by, event.to, event.step)
        case NoteAdded():
            _note_added(turn, event)
        case Released() if turn.situation.on_call.incident is not None:
            storms.release(turn, event)
        case Held() | Released():
            lifecycle.held(turn, event)
        case Snoozed():
            lifecycle.snoozed(turn, event)
        case Woken():
            lifecycle.wake(turn, f"ended by {event.by}")
        case Absorbed():
            lifecycle.absorbed(turn, event)
        case Folded() | Unfolded() | IncidentAnswered() | IncidentGrew():
            storms.follow(turn, event)
        case EffectFailed():
            _failed(turn, event)
        case ReplyNotSent():
            automatic_replies.not_sent(turn, event.rule, event.why)
        case StepTried():
            deliveries.tried(turn, event.page)
        case StepDelivered():
            deliveries.delivered(turn, event.page, event.reached)
            storms.list_members(turn)
        case StepWithdrawn():
            deliveries.withdrawn(turn, event.page, may_be_folded=event.may_be_folded)
        case Merged():
            lifecycle.merged(turn, event)
        case Queued():
            queueing.queued(turn, event)
        case Offered():
            queueing.offered(turn, event)
        case Granted():
            queueing.granted(turn, event)
        case Reclaimed():
            queueing.reclaimed(turn, event)
        case TeamClosed():
            queueing.team_closed(turn, event)
        case EntryFound():
            queueing.found(turn, event)
        case CallbackPromised():
            callbacks.promised(turn, event)
        case ChoiceMade():
            choosing.chosen(turn, event)
        case AssignmentConfirmed():
            stages.confirmed(turn, event)
        case ContextGathered():
            briefing.gathered(turn, event)
        case ChoicesRecalled():
            remembering.recalled(turn, event)
        case FeedbackGiven():
            feedback.given(turn, event)
        case Rated():
            feedback.rated(turn, event)
        case ConversationImported():
            importing.began_again(turn, event)
        case EditionChanged():
            if turn.situation.edition < 3 <= event.edition:  # before, rules that a loop had stopped stayed so for good
                turn.change(RuleBudget, is_tripped=False, firings=())
            turn.change(Situation, edition=event.edition)
            turn.record("edition_changed", f"Goes on in edition {event.edition} of Baton")
        case PolicyAdopted() | EventRejected():
            _noted(turn, event)
        case _:
            assert_never(event)
    turn.by = event.by if isinstance(event, Released | StatusChanged) else ""
    consequences.follow(turn)


def _started(turn: Turn, event: ConversationStarted) -> None:
    if event.incident:
        return storms.begin(turn, event, event.incident)
    if event.drill:
        return drills.begin(turn, event)
    tags, attributes = holding.of_start(turn, event)
    turn.change(
        Contact,
        channel=event.channel,
        inbox=event.inbox,
        direction=event.direction,
        subject=event.subject,
        customer=event.customer,
        web_page=event.page,
        attributes=attributes,
        priority=event.priority,
        tags=tags,
    )
    lifecycle.began(turn, event)
    agreement.began(turn, event)
    if event.noted:
        turn.record("imported" if event.imported else "clamped", event.noted)
    if event.imported:
        turn.change(Lifecycle, imported_at=event.began_at)
    if event.trouble:
        turn.record("trouble", event.trouble)
        turn.note(event.trouble, event.trouble)
        ladder.alert(turn, event.trouble, event.trouble)
    team, named = turn.policy.first_team(event.channel, event.inbox)
    turn.record("assigned", f"Assigned to {turn.policy.team_name(team)}: {named}")
    turn.assign(team, named)
    sla.follow_terms(turn)
    rules.fire(turn, event)
    return _tagged_from_the_start(turn, event, tags)


def _tagged_from_the_start(turn: Turn, event: ConversationStarted, tags: tuple[str, ...]) -> None:
    """Let rules on `tagged` hear of each tag that no rule has taken off meanwhile."""
    told = {"event_id": event.event_id, "occurred_at": turn.at, "source": event.source}
    for tag in tags:
        if tag in turn.situation.contact.tags:
            rules.fire(turn, TagAdded.model_validate({**told, "tag": tag}), "tagged")


def said_by(event: MessageReceived) -> str:
    """Return the timeline's line about a message."""
    who = f" ({event.author_id})" if event.author_id else ""
    what = f"{event.author.capitalize()}{who}{', automatic' if event.automatic else ''}: {excerpt(event.text)}"
    count = len(event.attachments)
    return f"{what}, with {'1 attachment' if count == 1 else f'{count} attachments'}" if count else what


def _message(turn: Turn, event: MessageReceived) -> None:
    s = turn.situation
    turn.is_automatic = event.automatic and s.edition >= 3  # before, a machine's words were those of its author
    said = Said(turn.at, event.author, event.author_id, turn.own_words(event.text)[:EXCERPT], turn.is_automatic)
    turn.change(ToldSoFar, recent=(*s.told.recent[1 - RECENT_MESSAGES :], said), messages=s.told.messages + 1)
    if event.attachments:
        files = tuple(Attached(turn.at, event.author, event.author_id, file) for file in event.attachments)
        turn.change(ToldSoFar, attachments=(*s.told.attachments, *files)[-ATTACHED_LIMIT:])
    turn.record("message", said_by(event))
    if s.on_call.incident is not None:
        return storms.note_message(turn)
    if event.author == "customer" and turn.is_automatic:
        return rules.fire(turn, event)
    understanding.heard(turn, event)
    mentions.count(turn, event)
    briefing.heard(turn, event)
    if event.author == "customer":
        lifecycle.customer_wrote(turn)
        choosing.heard(turn, event)
    elif not ours.is_ours(event):
        answers.count(turn, event)
        understanding.answered(turn, event)
    if event.is_answer and not ours.is_ours(event):
        turn.change(CustomerWait, answered_at=turn.at, answered_by=event.author_id, callback_at=None)
        turn.change(Handoffs, offered=())
        if s.waiting.since is not None:
            turn.change(CustomerWait, since=None)
            sla.follow(turn)
            ladder.stand_down(turn, f"answered by {event.author_id or 'an agent'}")
    return rules.fire(turn, event)


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


def _reassigned(turn: Turn, event: Reassigned) -> None:
    """Follow a change of hands. The helpdesk's own has happened there already; one asked of Baton has to be told it."""
    before = turn.situation
    team = turn.policy.team_now(event.team) or before.responsible.team
    to = " / ".join(filter(None, (turn.policy.team_name(team), event.assignee)))
    note = f" — {event.note}" if event.note else ""
    because = f"reassigned{by(event.by)}"
    is_there = (team, event.assignee) == (before.responsible.team, before.responsible.assignee)
    if not is_there and ours.is_overtaken(event, before, team=team):
        turn.record("reassigned", f"Confirmed late: {to}, which is changed since")
        return
    can_begin_anew = team == before.responsible.team and not event.assignee
    begins_anew = can_begin_anew and stages.can_be_given_back(before, turn.policy)
    is_known = is_there and not begins_anew and before.edition >= 3
    turn.record("reassigned", f"{'Was with' if is_known else 'Assigned to'} {to}: {because}{note}")
    briefing.noted(turn, event)
    if ours.is_ours(event) and is_there:
        return  # an echo is no person's choice: the way back after hours stays open
    if begins_anew:
        turn.begin_stint(team, because)
    if event.source == "command":
        turn.assign(team, because, assignee=event.assignee, given_by="person", reason="agent_judgement")
        turn.note(f"Handed over to {to}{by(event.by)}{note}", because)
    else:
        giver, reason = ("", "") if ours.is_ours(event) else ("person", "agent_judgement")
        turn.belongs_to(team, because, assignee=event.assignee, given_by=giver, reason=reason)
    if turn.policy.team(team) is None:
        turn.record("unknown_team", f"Team “{team}” is not in the policy: its promises stay as they were")
    sla.follow_terms(turn)
    if not ours.is_ours(event):
        after_hours.chosen(turn)
    responsible.tell_rules(turn, before, "person", event)


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


def _moved_by_a_person(turn: Turn, event: Escalated | Deescalated) -> None:
    s, name = turn.situation, turn.policy.team_name(event.team)
    if isinstance(event, Escalated):
        turn.change(Responsible, escalations=s.responsible.escalations + 1)
        body = _handoff_note(event)
    else:
        turn.change(Responsible, reason="")
        body = event.note
    briefing.noted(turn, event)
    turn.record(event.kind, f"{event.kind.capitalize()} to {name}{by(event.by)}: {excerpt(body)}")
    turn.note(f"{event.kind.capitalize()} to {name}{by(event.by)}\n{body}", f"{event.kind}{by(event.by)}")
    reason = event.reason if isinstance(event, Escalated) else ""
    responsible.give(turn, event.team, f"{event.kind}{by(event.by)}", reason=reason)
    after_hours.chosen(turn)
    told = Reassigned(event_id=event.event_id, occurred_at=turn.at, source=event.source, team=event.team, by=event.by)
    responsible.tell_rules(turn, s, "person", told)


def _note_added(turn: Turn, event: NoteAdded) -> None:
    briefing.noted(turn, event)
    body = _handoff_note(event)
    turn.record("note_added", f"Note{by(event.by)}: {excerpt(body)}")
    turn.note(f"Note{by(event.by)}\n{body}", f"note{by(event.by)}")


def _handoff_note(event: Escalated | NoteAdded) -> str:
    asked = (("Tried", event.tried), ("Think", event.think), ("Need", event.need))
    return "\n".join(f"{label}: {text}" for label, text in asked if text)


def _taken(turn: Turn, event: Taken) -> None:
    turn.record("taken", f"Taken by {event.by}")
    before = turn.situation
    responsible.give(turn, before.responsible.team, f"taken by {event.by}", assignee=event.by, given_by="person")
    ladder.acknowledge(turn, event.by)
    after_hours.chosen(turn)
    if event.by != before.responsible.assignee:
        told = Reassigned(event_id=event.event_id, occurred_at=turn.at, source=event.source, by=event.by)
        responsible.tell_rules(turn, before, "person", told, heard_since=2)


def _acknowledged(turn: Turn, event: Acknowledged) -> None:
    if not ladder.acknowledge(turn, event.by, event.step):
        called = f" for {event.step}" if event.step else ""
        turn.record("acknowledged", f"{event.by} acknowledged, but nobody was being called{called}")


def _failed(turn: Turn, event: EffectFailed) -> None:
    turn.record("effect_failed", f"Could not {' '.join((*event.effect.split('_'), event.target)).strip()}: {event.why}")
    briefing.failed(turn, event)
    if event.effect == TellConversation.model_fields["kind"].default:
        lifecycle.merge_failed(turn, event.target, event.why)
    if event.effect == AskIncident.model_fields["kind"].default:
        storms.could_not_be_asked(turn, event.target, event.why)
    if event.effect == FindEntry.model_fields["kind"].default:
        entry_check.not_found(turn, event.target, event.why)
    if event.effect == Assign.model_fields["kind"].default:
        coming.could_not_be_assigned(turn, event.key, event.why)
    if event.page:
        deliveries.failed(turn, event.page, event.why)
    rules.fire(turn, event)


def _noted(turn: Turn, event: PolicyAdopted | EventRejected) -> None:
    match event:
        case PolicyAdopted():
            text = f"{event.by} asked for policy {event.policy} ({event.mode}); the running one stays"
            turn.record("policy_adopted", text)
        case EventRejected():
            turn.record("rejected", f"Rejected {event.name}: {event.why}")
