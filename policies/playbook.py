"""The playbook: how each event changes a conversation, one function an event.

Promises to be total over the closed union of events. Judges by the event's own instant (`turn.at`), never by when it
was seen. Must not know arrival order or duplicates: `decide` deals with both before.
"""

from typing import assert_never

from policies import consequences, drills, feedback, importing, lifecycle, rules, storms
from policies.handoff import briefing, choosing, coming, stages
from policies.handoff.memory import remembering
from policies.on_call import deliveries, ladder
from policies.outages import joining
from policies.queues import entry_check, queueing
from policies.reported import changes_of_hands, details
from policies.running import automatic_replies, ours
from policies.running.turn import Turn, excerpt
from policies.sla import callbacks, holding, sla
from policies.state.effects import AskIncident, Assign, FindEntry, TellConversation
from policies.state.events import (
    Absorbed,
    Acknowledged,
    AssignmentConfirmed,
    CallbackPromised,
    Called,
    ChoiceMade,
    ChoicesRecalled,
    ContextGathered,
    ConversationImported,
    ConversationStarted,
    EditionChanged,
    EffectFailed,
    EntryFound,
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
    Offered,
    OutageKnown,
    OutageLeft,
    OutageOver,
    PolicyAdopted,
    Queued,
    Rated,
    Reclaimed,
    Released,
    ReplyNotSent,
    Snoozed,
    StatusChanged,
    StepDelivered,
    StepTried,
    StepWithdrawn,
    TagAdded,
    TeamClosed,
    Unfolded,
    Woken,
)
from policies.state.limits import ATTACHED_LIMIT
from policies.state.records.contact import Contact
from policies.state.records.handoffs import Handoffs
from policies.state.records.lately import RuleBudget
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.told import EXCERPT, RECENT_MESSAGES, Attached, Said, ToldSoFar
from policies.state.records.waiting import CustomerWait
from policies.state.situation import Situation
from policies.understanding import agreement, answers, mentions, understanding

_Said = ConversationStarted | MessageReceived | MessageUnderstood
_Status = StatusChanged | Held | Released | Snoozed | Woken | Merged | Absorbed | CallbackPromised
_Call = Acknowledged | Called | StepTried | StepDelivered | StepWithdrawn
_Incident = Folded | Unfolded | IncidentAnswered | IncidentGrew
_Outage = OutageKnown | OutageOver | OutageLeft
_Queue = Queued | Offered | Granted | Reclaimed | TeamClosed | EntryFound
_Handoff = ChoiceMade | AssignmentConfirmed | ContextGathered | ChoicesRecalled
_Outcome = EffectFailed | ReplyNotSent | FeedbackGiven | Rated
_Run = ConversationImported | EditionChanged | PolicyAdopted | EventRejected


def play(turn: Turn, event: Fact) -> None:
    """Take one fact in: change the situation, ask for the effects it makes necessary, say why."""
    if isinstance(event, _Said):
        _said(turn, event)
    elif isinstance(event, details.Detail):
        details.take_in(turn, event)
    elif isinstance(event, changes_of_hands.ChangeOfHands):
        changes_of_hands.take_in(turn, event)
    elif isinstance(event, _Status):
        _status(turn, event)
    elif isinstance(event, _Call):
        _call(turn, event)
    elif isinstance(event, _Incident):
        storms.follow(turn, event)
    elif isinstance(event, _Outage):
        joining.take_in(turn, event)
    elif isinstance(event, _Queue):
        _queue(turn, event)
    elif isinstance(event, _Handoff):
        _handoff(turn, event)
    elif isinstance(event, _Outcome):
        _outcome(turn, event)
    else:
        _run(turn, event)
    turn.by = event.by if isinstance(event, Released | StatusChanged) else ""
    consequences.follow(turn)


def _said(turn: Turn, event: _Said) -> None:
    match event:
        case ConversationStarted():
            _started(turn, event)
        case MessageReceived():
            _message(turn, event)
        case MessageUnderstood():
            understanding.understood(turn, event)
        case _:
            assert_never(event)


def _status(turn: Turn, event: _Status) -> None:
    is_incident = turn.situation.on_call.incident is not None
    match event:
        case StatusChanged() if is_incident and event.status != "resolved":
            storms.note_status(turn, event)
        case StatusChanged():
            lifecycle.status_changed(turn, event)
        case Released() if is_incident:
            storms.release(turn, event)
        case Held() | Released():
            lifecycle.held(turn, event)
        case Snoozed():
            lifecycle.snoozed(turn, event)
        case Woken():
            lifecycle.wake(turn, f"ended by {event.by}")
        case Merged():
            lifecycle.merged(turn, event)
        case Absorbed():
            lifecycle.absorbed(turn, event)
        case CallbackPromised():
            callbacks.promised(turn, event)
        case _:
            assert_never(event)


def _call(turn: Turn, event: _Call) -> None:
    match event:
        case Acknowledged():
            _acknowledged(turn, event)
        case Called():
            ladder.call(turn, event.by, event.to, event.step)
        case StepTried():
            deliveries.tried(turn, event.page)
        case StepDelivered():
            deliveries.delivered(turn, event.page, event.reached)
            storms.list_members(turn)
        case StepWithdrawn():
            deliveries.withdrawn(turn, event.page, may_be_folded=event.may_be_folded)
        case _:
            assert_never(event)


def _queue(turn: Turn, event: _Queue) -> None:
    match event:
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
        case _:
            assert_never(event)


def _handoff(turn: Turn, event: _Handoff) -> None:
    match event:
        case ChoiceMade():
            choosing.chosen(turn, event)
        case AssignmentConfirmed():
            stages.confirmed(turn, event)
        case ContextGathered():
            briefing.gathered(turn, event)
        case ChoicesRecalled():
            remembering.recalled(turn, event)
        case _:
            assert_never(event)


def _outcome(turn: Turn, event: _Outcome) -> None:
    match event:
        case EffectFailed():
            _failed(turn, event)
        case ReplyNotSent():
            automatic_replies.not_sent(turn, event.rule, event.why)
        case FeedbackGiven():
            feedback.given(turn, event)
        case Rated():
            feedback.rated(turn, event)
        case _:
            assert_never(event)


def _run(turn: Turn, event: _Run) -> None:
    match event:
        case ConversationImported():
            importing.began_again(turn, event)
        case EditionChanged():
            if turn.situation.edition < 3 <= event.edition:  # before, rules that a loop had stopped stayed so for good
                turn.change(RuleBudget, is_tripped=False, firings=())
            turn.change(Situation, edition=event.edition)
            turn.record("edition_changed", f"Goes on in edition {event.edition} of Baton")
        case PolicyAdopted():
            text = f"{event.by} asked for policy {event.policy} ({event.mode}); the running one stays"
            turn.record("policy_adopted", text)
        case EventRejected():
            turn.record("rejected", f"Rejected {event.name}: {event.why}")
        case _:
            assert_never(event)


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
