"""A conversation's status: open, waiting for the customer, on hold, resolved, reopened, merged.

Promises that the clocks follow at the same instant. Must not know who is responsible.
"""

from datetime import datetime, timedelta

from policies import ending, rules
from policies.handoff import stages
from policies.running import ours
from policies.running.facts import CallbackFacts
from policies.running.turn import Turn, by
from policies.sla import callbacks, sla
from policies.state.effects import SetStatus, TellConversation
from policies.state.events import (
    Absorbed,
    CallbackPromised,
    ConversationStarted,
    Held,
    Merged,
    Released,
    Snoozed,
    StatusChanged,
)
from policies.state.records.lifecycle import GivenAway, Lifecycle
from policies.state.records.waiting import CustomerWait

_ABSORBED = 20
HELD_FOR = timedelta(days=3)
"""How long a hold lasts where the operator gave it no end: long enough for a weekend."""


def began(turn: Turn, event: ConversationStarted) -> None:
    """Let the customer who made contact wait from now on; where we did, we wait for the customer."""
    by_channel = f"by {event.channel or 'an unnamed channel'}"
    if event.direction == "inbound":
        turn.change(CustomerWait, since=turn.at, **_unanswered(turn))
        turn.record("conversation_started", f"Conversation started {by_channel}")
        return
    turn.change(Lifecycle, status="pending_customer")
    because = "begun by us: nothing is promised until the customer writes"
    turn.record("conversation_started", f"Conversation started {by_channel}, {because}")
    turn.ask(SetStatus, because, status="pending_customer")


def customer_wrote(turn: Turn) -> None:
    """Open the conversation: the customer waits from the first unanswered message, and snooze and pauses end."""
    before = turn.situation.lifecycle.status
    if before != "open":
        turn.change(Lifecycle, status="open")
        turn.ask(SetStatus, "the customer wrote", status="open")
    if before == "resolved":
        _reopened(turn)
        turn.record("reopened", "Reopened: the customer wrote again")
    wake(turn, "the customer wrote")
    turn.change(CustomerWait, **_unanswered(turn))
    sla.follow_status(turn)
    if turn.situation.waiting.since is None:
        is_first = turn.situation.contact.direction == "outbound" and turn.situation.waiting.first_since is None
        turn.change(CustomerWait, since=turn.at, **({"first_since": turn.at} if is_first else {}))
        sla.begin_wait(turn)


def _unanswered(turn: Turn) -> dict[str, datetime]:
    """Return the beginning of the wait for the assistant's answer, where none has begun; none before edition 4."""
    begins = turn.situation.edition >= 4 and turn.situation.waiting.unanswered_since is None
    return {"unanswered_since": turn.at} if begins else {}


def status_changed(turn: Turn, event: StatusChanged) -> None:
    """Take a new status from the helpdesk or from a command; only after a command the desk has to be told."""
    before = turn.situation.lifecycle.status
    if event.status == before:
        turn.record("status_changed", f"Status was {before} already{by(event.by)}")
        return
    if ours.is_overtaken(event, turn.situation):
        turn.record("status_changed", f"Confirmed late: status {event.status}, which is changed since")
        return
    turn.change(Lifecycle, status=event.status)
    turn.record("status_changed", f"Status {event.status}{by(event.by)}{f' — {event.note}' if event.note else ''}")
    if event.source == "command":
        turn.ask(SetStatus, f"{event.status}{by(event.by)}", status=event.status)
        if event.note:
            turn.note(event.note, f"{event.status}{by(event.by)}")
    if event.status == "resolved":
        ending.resolved(turn, "resolved", by=event.by)
    elif before == "resolved" and not ending.undone(turn):
        _reopened(turn)
    sla.follow_status(turn)
    rules.fire(turn, event)


def held(turn: Turn, event: Held | Released) -> None:
    """Stop the clocks, or let them run, as an operator wants."""
    until = (event.until or turn.at + HELD_FOR) if isinstance(event, Held) else None
    turn.change(Lifecycle, is_held=isinstance(event, Held), held_until=until)
    when = f" until {turn.policy.local_time(event.until)}" if isinstance(event, Held) and event.until else ""
    turn.record(event.kind, f"{event.kind.capitalize()} by {event.by}{when}{f' — {event.note}' if event.note else ''}")
    sla.follow_status(turn)


def hold_over(turn: Turn) -> None:
    """End a hold that no operator released in time: promises to the customer run on, and an internal note says so."""
    turn.change(Lifecycle, is_held=False, held_until=None)
    turn.record("released", "Released: the time of the hold is over")
    turn.note("The hold is over, because its time has passed: the promises to the customer run on.", "the hold is over")
    sla.follow_status(turn)


def snoozed(turn: Turn, event: Snoozed) -> None:
    """Put the conversation aside until an instant. What the customer was promised stays promised: the clocks run on."""
    turn.change(Lifecycle, snoozed_until=event.until if event.until > turn.at else None)
    note = f" — {event.note}" if event.note else ""
    turn.record("snoozed", f"Snoozed until {turn.policy.local_time(event.until)}{by(event.by)}{note}")


def wake(turn: Turn, because: str) -> None:
    """End the snooze; do nothing where there is none."""
    if turn.situation.lifecycle.snoozed_until is not None:
        turn.change(Lifecycle, snoozed_until=None)
        turn.record("woken", f"The snooze ended: {because}")


def callback_due(turn: Turn) -> None:
    """Remind the assignee of a callback that is due. A handoff that was requested is awaited from now on."""
    s = turn.situation
    at = s.waiting.callback_at.isoformat() if s.waiting.callback_at else ""
    turn.change(CustomerWait, callback_at=None)
    sla.follow_status(turn)
    stages.await_anew(turn)
    turn.record("callback_due", "The customer was promised to be called back now")
    turn.note(
        f"Now: call the customer back{f', {s.responsible.assignee}' if s.responsible.assignee else ''}.",
        "a callback is due",
    )
    rules.fire(turn, CallbackFacts(at=at))


def merged(turn: Turn, event: Merged) -> None:
    """Let the promises go on in the other conversation, which is told of them; this one is resolved.

    Where two conversations are merged into each other, the one with the lesser id stays.
    """
    s = turn.situation
    if event.into == s.conversation_id or (event.into in s.lifecycle.absorbed and s.conversation_id < event.into):
        turn.record("merge_refused", f"Not merged into {event.into}: that would be a circle")
        return
    if s.lifecycle.is_resolved and s.lifecycle.merged_into == event.into:
        turn.record("merged", f"Was merged into {event.into} already")
        return
    because = f"merged into {event.into}"
    turn.record("merged", f"Merged into {event.into}")
    given = GivenAway(s.waiting.since, s.waiting.callback_at)
    turn.change(Lifecycle, merged_into=event.into, given_away=given)
    turn.ask(TellConversation, because, to=event.into, waiting_since=given.waiting_since, callback_at=given.callback_at)
    sla.follow(turn, because)
    ending.resolved(turn, because)


def absorbed(turn: Turn, event: Absorbed) -> None:
    """Go on for two conversations. The earliest wait of the two customers counts, from when it began."""
    s = turn.situation
    if event.other not in s.lifecycle.absorbed:
        turn.change(Lifecycle, absorbed=(*s.lifecycle.absorbed[1 - _ABSORBED :], event.other))
    if s.lifecycle.merged_into == event.other and s.conversation_id > event.other:
        because = f"{event.other} was merged into this one, too: it goes on"
        turn.record("merge_refused", because)
        if event.waiting_since is not None:  # the other conversation gave its customer's wait away, and needs it back
            turn.ask(TellConversation, because, to=event.other, waiting_since=event.waiting_since)
        return
    turn.record("absorbed", f"{event.other} was merged into this conversation")
    if s.lifecycle.merged_into:
        _goes_on(turn, "others are merged into it")
    _take_over(turn, GivenAway(event.waiting_since, event.callback_at))


def merge_failed(turn: Turn, into: str, why: str) -> None:
    """Undo a failed merge, so that the customer waits here; do nothing where no wait or callback was given away."""
    s = turn.situation
    given = s.lifecycle.given_away or GivenAway()
    if s.lifecycle.merged_into and s.lifecycle.merged_into == into and given != GivenAway():
        _goes_on(turn, why)
        turn.note(f"Not merged into {into}: {why}", "the merge failed")
        _take_over(turn, given)


def _take_over(turn: Turn, given: GivenAway) -> None:
    """Take over the other conversation's wait and callback where they are earlier than this conversation's own."""
    s = turn.situation
    if given.waiting_since is not None and (s.waiting.since is None or given.waiting_since < s.waiting.since):
        customer_wrote(turn)
        is_first = turn.situation.waiting.since == turn.situation.waiting.first_since
        first = {"first_since": given.waiting_since} if is_first else {}
        turn.change(CustomerWait, since=given.waiting_since, **first)
        sla.count_from(turn, given.waiting_since)
    if given.callback_at is not None and (s.waiting.callback_at is None or given.callback_at < s.waiting.callback_at):
        promised = CallbackPromised(event_id=turn.cause, occurred_at=turn.at, source="baton", at=given.callback_at)
        callbacks.promised(turn, promised)


def _goes_on(turn: Turn, because: str) -> None:
    """Reopen a conversation that was merged away."""
    turn.change(Lifecycle, status="open")
    turn.ask(SetStatus, "it goes on here after all", status="open")
    turn.record("merge_undone", f"Goes on here after all: {because}")
    _reopened(turn)


def _reopened(turn: Turn) -> None:
    turn.change(
        Lifecycle,
        reopened=turn.situation.lifecycle.reopened + 1,
        closes_at=None,
        merged_into="",
        given_away=None,
        closed=None,
    )
    sla.reopen(turn)
