"""Matching waiting conversations with agents who have room, the first in the queue first.

Promises that no agent gets more than their capacity, that an offer takes up capacity at once, and that conversations
which need much room are not passed over for ever. Must not know why a conversation waits or an agent has room.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from policies.queues.routing import FULL, AgentChoice, Candidate, Wanted, against_all, choose, why_not
from policies.queues.teams.estimate import Estimate, pace
from policies.queues.teams.state import Grant, Miss, TeamQueueEntry, by_rank
from policies.queues.teams.turn import TeamTurn
from policies.state.limits import GRANTS_LIMIT
from policies.text.languages import names_in

_ONE_MINUTE = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
"""The longest pause before an unconfirmed grant is sent again; the pauses are one minute, two, four and so on."""
_FORGOTTEN_AFTER, _FORGOTTEN_WITHIN = timedelta(minutes=10), timedelta(hours=4)
"""The pause before an agent who let an offer pass is offered it again: 10 minutes, 20, 40, up to four hours."""
_DOUBLINGS = 10
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_HISTORY = 200


def match(turn: TeamTurn) -> None:
    """Give conversations to agents as far as possible at this instant."""
    waiting = _waiting(turn)
    if turn.queue.led_by == "desk" or not waiting:
        return
    candidates = {name: turn.candidate(member) for name, member in sorted(turn.members.items())}
    if not _has_room(candidates):
        return  # the usual case where many wait: don't sort them for nothing
    hopeless: set[tuple[object, ...]] = set()
    for entry in sorted(waiting, key=by_rank):
        if not _has_room(candidates):
            return
        wanted = wanted_of(turn, entry)
        alike = (wanted.needs, wanted.languages, wanted.weight, wanted.not_to, wanted.person)
        if alike in hopeless or _waits_for_person(turn, entry, wanted, candidates):
            continue
        choice = choose(wanted, candidates.values())
        if choice.agent:
            _give(turn, entry, choice)
            candidates[choice.agent] = turn.candidate(turn.members[choice.agent])
            continue
        hopeless.add(alike)
        if wanted.weight > 1 and (kept := _kept_for(wanted, candidates)):
            del candidates[kept]


def wanted_of(turn: TeamTurn, entry: TeamQueueEntry) -> Wanted:
    """Return the conversation's requirements, relaxed by the time it has waited."""
    waited = turn.at - entry.arrived_at
    left = [(need, need.level_after(waited)) for need in entry.needs]
    return Wanted(
        needs=tuple((need.skill, level) for need, level in left if need.required and level),
        prefers=tuple((need.skill, level) for need, level in left if not need.required and level),
        languages=_languages(turn, entry),
        is_language_required=turn.queue.language == "required",
        weight=entry.weight,
        last_agent=entry.last_agent,
        not_to=(*entry.not_to, *turn.just_missed(entry)),
        person=entry.person if entry.person in turn.members else "",
    )


def _waits_for_person(turn: TeamTurn, entry: TeamQueueEntry, wanted: Wanted, candidates: dict[str, Candidate]) -> bool:
    """`True` where the person to ask first is at work and only without room, and the time to wait for them runs."""
    person = candidates.get(wanted.person)
    if person is None or entry.person_until is None or entry.person_until <= turn.at:
        return False
    return why_not(wanted, person).startswith(FULL) and not why_not(wanted, replace(person, load=0))


def _languages(turn: TeamTurn, entry: TeamQueueEntry) -> tuple[str, ...]:
    """Return the languages that count for the choice, the preferred one first; as one was sent before edition 3."""
    if turn.queue.language == "ignored" or not entry.language:
        return ()
    return names_in(entry.language) if turn.team.edition >= 3 else (entry.language,)


def grant(turn: TeamTurn, entry: TeamQueueEntry, because: str) -> None:
    """Give the conversation to the agent of its entry. The conversation confirms by reporting who has it."""
    given = replace(entry, state="granted", until=turn.at + _ONE_MINUTE, retold=0)
    turn.put(given)
    turn.tell(given, "granted", agent=given.agent, offer=given.offer, because=because)
    turn.record("granted", f"Granted {entry.conversation}: {because}")
    member = turn.members[given.agent]
    turn.change_member(given.agent, idle_since=turn.at, granted_at=(*member.granted_at[1 - _HISTORY :], turn.at))
    granted = Grant(turn.at, entry.conversation, given.agent, turn.at - entry.arrived_at, because)
    turn.team = replace(turn.team, grants=(*turn.team.grants[1 - GRANTS_LIMIT :], granted))


def look(turn: TeamTurn) -> None:
    """Take back offers that were not answered in time, and send unconfirmed grants again."""
    for entry in list(turn.tickets.values()):
        if entry.until is None or entry.until > turn.at:
            continue
        if entry.state == "offered":
            _miss(turn, entry)
        elif entry.state == "granted":
            again = _doubled(_ONE_MINUTE, entry.retold + 1, _LONGEST_WAIT)
            turn.put(replace(entry, until=turn.at + again, retold=entry.retold + 1))
            turn.tell(entry, "granted", agent=entry.agent, offer=entry.offer, because=entry.because)


def _doubled(span: timedelta, times: int, longest: timedelta) -> timedelta:
    """Return the span doubled `times` times, at most `longest`; with unbounded `times` the span would overflow."""
    return min(span * 2 ** min(times, _DOUBLINGS), longest)


def _miss(turn: TeamTurn, entry: TeamQueueEntry) -> None:
    """Return an unanswered offer to the queue, and pause before the agent is asked again.

    It does not count as declined, because they may have looked away. The pause ends in the team's hours.
    """
    member = turn.members.get(entry.agent)
    turn.change_member(entry.agent, missed=member.missed + 1 if member else 0)
    before = next((miss.times for miss in entry.missed if miss.agent == entry.agent), 0)
    again_at = turn.at + _doubled(_FORGOTTEN_AFTER, before, _FORGOTTEN_WITHIN)
    miss = Miss(entry.agent, before + 1, turn.hours.opens_at(again_at) or again_at)
    others = (other for other in entry.missed if other.agent != entry.agent)
    entry = replace(entry, missed=(*others, miss))
    turn.return_to_queue(entry, f"{entry.agent} did not answer in time")


def tell_positions(turn: TeamTurn) -> None:
    """Tell their position to conversations that are new in the queue, back in it, or due to be told again."""
    waiting = _waiting(turn)
    every = turn.queue.tell_every if turn.hours.is_open(turn.at) else None  # while the team is closed, no queue moves
    told_before = turn.at - every if every is not None else None
    wondering = [
        entry
        for entry in waiting
        if entry.told_at is None or (told_before is not None and entry.told_at <= told_before)
    ]
    if not wondering:
        return
    positions = {entry.conversation: position for position, entry in enumerate(sorted(waiting, key=by_rank), start=1)}
    candidates = [turn.candidate(member) for member in turn.members.values()]
    moves = pace(turn.team.grants, turn.at)
    for entry in wondering:
        position = positions[entry.conversation]
        _tell_position(turn, entry, position, candidates, moves.wait(position) if moves else None)


def changes_ahead(turn: TeamTurn) -> Iterator[tuple[datetime, str]]:
    """Yield when time alone will change something for conversations in the queue, offers and grants."""
    for entry in turn.tickets.values():
        if entry.until is not None:
            ends = "the offer ends" if entry.state == "offered" else "the grant is told again"
            yield entry.until, f"{entry.conversation}: {ends}"
        if entry.state == "waiting" and (again := [miss for miss in entry.missed if miss.again_at > turn.at]):
            soonest = min(again, key=lambda miss: (miss.again_at, miss.agent))
            yield soonest.again_at, f"{entry.conversation} may be offered to {soonest.agent} again"
        if entry.state == "waiting" and entry.person_until is not None and entry.person_until > turn.at:
            yield entry.person_until, f"{entry.conversation} waits for {entry.person} no longer"
        if entry.state == "waiting":
            waited = turn.at - entry.arrived_at
            relaxing = [after for need in entry.needs for after, _ in need.steps if after > waited]
            if relaxing and turn.queue.led_by == "baton":
                yield entry.arrived_at + min(relaxing), f"{entry.conversation} needs less"
    told = min(((entry.told_at, entry.conversation) for entry in _waiting(turn) if entry.told_at), default=None)
    if (
        told
        and turn.queue.tell_every is not None
        and (at := turn.hours.opens_at(max(told[0] + turn.queue.tell_every, turn.at)))
    ):
        yield at, f"{told[1]} hears of its place"


def _waiting(turn: TeamTurn) -> list[TeamQueueEntry]:
    return [entry for entry in turn.tickets.values() if entry.state == "waiting"]


def _has_room(candidates: dict[str, Candidate]) -> bool:
    return any(candidate.is_there and candidate.headroom > 0 for candidate in candidates.values())


def _give(turn: TeamTurn, entry: TeamQueueEntry, choice: AgentChoice) -> None:
    number = turn.team.offers + 1
    turn.team = replace(turn.team, offers=number)
    given = replace(entry, agent=choice.agent, offer=str(number), because=choice.because)
    if turn.queue.offer is None:
        return grant(turn, given, choice.because)
    until = turn.at + turn.queue.offer
    turn.put(replace(given, state="offered", until=until))
    told = {"agent": choice.agent, "offer": given.offer, "until": (until + entry.skew).isoformat()}
    turn.tell(given, "offered", **told, because=choice.because)
    return turn.record("offered", f"Offered {entry.conversation}: {choice.because}")


def _kept_for(wanted: Wanted, candidates: dict[str, Candidate]) -> str:
    """Return the agent whose room is kept for a conversation that needs more than any agent has left.

    Lighter conversations behind it then wait. Empty where no agent could have it even without other work.
    """
    nearly = [
        candidate
        for candidate in candidates.values()
        if candidate.capacity >= wanted.weight and not why_not(wanted, replace(candidate, load=0))
    ]
    return max(nearly, key=lambda candidate: (candidate.headroom, candidate.agent)).agent if nearly else ""


def _no_agent_because(turn: TeamTurn, entry: TeamQueueEntry, candidates: list[Candidate]) -> str:
    """Return why no agent could take it at any time, after any wait and with any load; empty where one could."""
    if turn.queue.led_by == "desk" or turn.team.edition < 3:
        return ""
    wanted = replace(wanted_of(turn, replace(entry, arrived_at=_LONG_AGO)), not_to=())
    return against_all(wanted, _at_work(candidates))


def _at_work(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    return (replace(candidate, load=0, presence="available", is_on_shift=True) for candidate in candidates)


def _is_refused(turn: TeamTurn, entry: TeamQueueEntry, candidates: list[Candidate]) -> bool:
    """`True` where no agent is left: each who could have it at any time, with any load, has declined or failed it."""
    if not entry.not_to or turn.queue.led_by == "desk":
        return False
    wanted = replace(wanted_of(turn, replace(entry, arrived_at=_LONG_AGO)), not_to=())
    return {candidate.agent for candidate in _at_work(candidates) if not why_not(wanted, candidate)} <= {*entry.not_to}


def _tell_position(
    turn: TeamTurn, entry: TeamQueueEntry, position: int, candidates: list[Candidate], wait: Estimate | None
) -> None:
    choice = choose(wanted_of(turn, entry), candidates)
    turn.put(replace(entry, told_at=turn.at, told=entry.told + 1))
    body = {"position": position, "present": choice.suitable, "told": entry.told + 1, "because": choice.because}
    if wait is not None:
        body |= {"wait": str(wait), "wait_low": wait.low, "wait_high": wait.high}
    if _is_refused(turn, entry, candidates):
        body |= {"is_refused": True}
    if not choice.suitable and (because := _no_agent_because(turn, entry, candidates)):
        body |= {"no_agent_because": because}
    turn.tell(entry, "queued", **body)
