"""`decide`: the consequences of an event for a team's queue, and the only place where agents are given conversations.

Promises that Baton never gives an agent more than their capacity, that a conversation has one queue entry or one agent,
and that every choice carries its reason. Must not know how messages travel.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from policies.queues.teams import finding, matching, presence, terms
from policies.queues.teams.events import (
    AnyTeamEvent,
    Ask,
    ConversationGone,
    Heartbeat,
    Left,
    Message,
    NewVersion,
    OfferAnswered,
    Owned,
    PresenceChanged,
    TeamAsked,
    TermsChanged,
    TimeCame,
    Unreadable,
)
from policies.queues.teams.state import NeedLeft, Team, TeamQueueEntry
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy
from policies.state.records.told import Entry
from policies.text.cutting import clipped

_SUBJECT = 80


@dataclass(frozen=True, slots=True)
class TeamDecision:
    """The consequences of an event: the new state, messages, reasons, and the conversations to ask after."""

    team: Team
    messages: tuple[Message, ...] = ()
    because: tuple[Entry, ...] = ()
    asked_after: tuple[Ask, ...] = ()
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class TeamDeadline:
    """The next instant at which time alone changes something."""

    at: datetime
    what: str


def decide(team: Team, event: AnyTeamEvent, now: datetime, *, policy: Policy, is_last: bool = True) -> TeamDecision:
    """Return the new state, the messages and the reasons. `now` is the team's own time.

    Of several events at one instant only the last (`is_last`) gives conversations to agents. Conversations that arrive
    together are then served in the order of the queue, and the queue is searched once for all of them.
    """
    if event.event_id and event.event_id in team.seen:
        return TeamDecision(team, is_duplicate=True)
    turn = TeamTurn.of(team, policy, now, event.event_id)
    _play(turn, event)
    if is_last:
        _settle(turn)
    seen = team.seen.add(event.event_id, now) if event.event_id else team.seen
    messages, because, asked_after = tuple(turn.messages), tuple(turn.because), tuple(turn.asked_after)
    return TeamDecision(turn.conclude(seen=seen), messages, because, asked_after)


def next_deadline(team: Team, now: datetime, policy: Policy) -> TeamDeadline | None:
    """Return when to look again. None while the team holds no conversation, so that an idle team costs nothing.

    What fell due since the team last looked, while only repeated messages came, is due at once (since edition 3).
    """
    if not team.tickets:
        return None
    turn = TeamTurn.of(team, policy, now if team.edition < 3 else min(team.at, now), "")
    rooms = (matching, presence, finding)
    ahead = min((change for room in rooms for change in room.changes_ahead(turn)), default=None)
    return TeamDeadline(*ahead) if ahead else None


def _settle(turn: TeamTurn) -> None:
    """Do everything that follows from the state, after any event."""
    presence.look(turn)
    matching.look(turn)
    matching.match(turn)
    matching.tell_positions(turn)
    finding.look(turn)


def _play(turn: TeamTurn, event: AnyTeamEvent) -> None:
    match event:
        case TeamAsked():
            _asked(turn, event)
        case Owned():
            _owned(turn, event)
        case Left():
            if (gone := _drop(turn, event.conversation, event.because)) is not None:
                turn.keep_refusals(gone)
        case PresenceChanged() | Heartbeat():
            presence.report(turn, event)
        case OfferAnswered():
            _answered(turn, event)
        case ConversationGone():
            known = turn.tickets.get(event.conversation)
            if known is not None and event.ticket in ("", known.id):  # else it has asked again since
                _drop(turn, event.conversation, "it is over")
        case TermsChanged():
            terms.change(turn, event)
        case Unreadable():
            turn.record("rejected", f"Rejected {event.name}: {event.why}")
        case NewVersion() | TimeCame():
            pass  # a new version is looked up first, and is then a change of terms
        case _:
            assert_never(event)


def _drop(turn: TeamTurn, conversation: str, why: str) -> TeamQueueEntry | None:
    """Take a conversation out of the team's hands, and return its entry, or None where the team did not hold it."""
    gone = turn.drop(conversation)
    if gone is not None:
        turn.change_member(gone.agent, idle_since=turn.at)
        turn.record("left", f"{conversation}{f' ({gone.agent})' if gone.agent else ''}: {why}")
    return gone


def _asked(turn: TeamTurn, event: TeamAsked) -> None:
    before, wait = turn.tickets.get(event.conversation), event.since.isoformat()
    if event.returned_by:
        member = turn.members.get(event.returned_by)
        turn.change_member(event.returned_by, reclaimed=member.reclaimed + 1 if member else 0)
        turn.record("reclaimed", f"{event.conversation} is back from {event.returned_by}, to its place in line")
    known = before if before is not None and before.wait == wait else None
    if known is not None and known.id == event.ticket and known.state != "owned":
        # only the terms changed: an offer stays open
        turn.put(replace(known, told_at=None, **_terms(turn, event), person_until=_person_until(turn, event, known)))
        return terms.asked_under(turn, event.conversation)
    refused = known.not_to if known else turn.recall_refusals(event.conversation, wait)
    not_to = dict.fromkeys((*refused, *event.failed))
    turn.put(
        TeamQueueEntry(
            conversation=event.conversation,
            id=event.ticket,
            state="waiting",
            arrived_at=known.arrived_at if known else _arrived_at(turn, event),
            wait=wait,
            not_to=tuple(not_to),
            said_at=before.said_at if before else None,
            missed=known.missed if known else (),
            person_until=_person_until(turn, event, known),
            **_terms(turn, event),
        )
    )
    return terms.asked_under(turn, event.conversation)


def _arrived_at(turn: TeamTurn, event: TeamAsked) -> datetime:
    """Return since when the conversation has been in the queue, in the team's time: it may have had another name."""
    if event.entered_at is None or turn.team.edition < 3:
        return turn.at
    return min(event.entered_at - (event.occurred_at - turn.at), turn.at)


def _terms(turn: TeamTurn, event: TeamAsked) -> dict[str, Any]:
    """Return the fields that a conversation may change without losing its position or its offer."""
    skew = event.occurred_at - turn.at
    since = event.since - skew
    return {
        "rank_at": since - _head_start(turn, event.priority),
        "since": since,
        "skew": skew,
        "weight": turn.queue.weight(event.channel),
        "priority": event.priority,
        "subject": clipped(event.subject, _SUBJECT),
        "needs": tuple(NeedLeft(need.skill, need.required, _steps(need.steps)) for need in event.needs),
        "language": event.language,
        "last_agent": event.last_agent,
        "heard_at": turn.at,
        "run": event.run,
        "policy": event.policy,
        "version": event.version,
        "person": event.person,
    }


def _person_until(turn: TeamTurn, event: TeamAsked, known: TeamQueueEntry | None) -> datetime | None:
    """Return until when the conversation waits for the person whom it asks for, if they are there without room."""
    if not event.person:
        return None
    return known.person_until if known and known.person == event.person else turn.at + turn.queue.grace


def _head_start(turn: TeamTurn, priority: str) -> timedelta:
    return next((span for name, span in turn.queue.head_start.items() if name == priority), timedelta(0))


def _owned(turn: TeamTurn, event: Owned) -> None:
    before, skew = turn.drop(event.conversation), event.occurred_at - turn.at
    entry = before or TeamQueueEntry(
        conversation=event.conversation,
        id=event.ticket,
        state="owned",
        rank_at=turn.at,
        since=turn.at,
        arrived_at=turn.at,
        skew=skew,
        subject=clipped(event.subject, _SUBJECT),
    )
    weight = turn.queue.weight(event.channel) if event.channel else entry.weight
    hears_of_holds = turn.team.edition >= 3  # before, a conversation on hold took up the room of its agent
    is_on_hold, is_back = (hears_of_holds and each for each in (event.is_on_hold, event.is_back))
    owned = {"state": "owned", "agent": event.agent, "offer": "", "until": None, "is_waiting": event.is_waiting}
    heard = {"heard_at": turn.at, "run": event.run, "policy": event.policy, "version": event.version}
    entry = replace(entry, id=event.ticket, weight=weight, skew=skew, is_on_hold=is_on_hold, **owned, **heard)
    turn.put(entry)
    terms.asked_under(turn, event.conversation)
    if event.agent not in turn.members:
        return terms.owned_by_other(turn, entry)
    member = turn.members[event.agent]
    is_new = before is None or before.agent != event.agent
    if is_new:
        turn.change_member(event.agent, idle_since=turn.at)
        _note_overload(turn, event)
    if member.is_reclaimed and event.is_waiting:
        presence.take_back(turn, entry)
    elif is_back and event.is_waiting and turn.candidate(member).headroom < 0:
        presence.take_back(turn, entry, is_full=True)
    return None


def _note_overload(turn: TeamTurn, event: Owned) -> None:
    """Record who has the conversation now, and any excess over their capacity, which only Baton respects."""
    candidate = turn.candidate(turn.members[event.agent])
    over = f", more than the {candidate.capacity} they can have" if candidate.headroom < 0 else ""
    turn.record("owned", f"{event.conversation} is with {event.agent}, who has {candidate.load} now{over}")


def _answered(turn: TeamTurn, event: OfferAnswered) -> None:
    entry = turn.tickets.get(event.conversation)
    if entry is None or entry.state != "offered" or entry.agent != event.agent:
        return turn.record("too_late", f"{event.agent} answered for {event.conversation}, which is not offered to them")
    if event.is_accepted:
        return matching.grant(turn, entry, f"{entry.because}; accepted")
    member = turn.members[event.agent]
    turn.change_member(event.agent, declined=member.declined + 1)
    refused = replace(entry, not_to=(*entry.not_to, event.agent))
    return turn.return_to_queue(refused, f"{event.agent} declined{f' — {event.note}' if event.note else ''}")


def _steps(steps: tuple[tuple[float, int], ...]) -> tuple[tuple[timedelta, int], ...]:
    """Return the steps in the order of waits. Where none begins at once, level 1 is enough until the first one."""
    read = sorted((timedelta(seconds=after), level) for after, level in steps)
    return tuple(read) if read and read[0][0] <= timedelta(0) else ((timedelta(0), 1), *read)
