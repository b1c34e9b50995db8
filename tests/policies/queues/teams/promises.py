"""Promises that must hold after every step of a world, judged by the messages and not by the teams' own state."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from policies.document.escalations import Person
from policies.document.queues import Queue
from policies.queues.teams.decide import TeamDecision
from policies.queues.teams.events import (
    AnyTeamEvent,
    ConversationGone,
    Heartbeat,
    Left,
    OfferAnswered,
    Owned,
    PresenceChanged,
    TeamAsked,
    TermsChanged,
)
from policies.queues.teams.state import Team, TeamQueueEntry, by_rank
from policies.running.policy import Policy
from policies.state.situation import Situation

MISSED = timedelta(minutes=10), timedelta(hours=4)
"""A missed offer may not be repeated within the first span, unless the agent came back; after the second it must be."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Books:
    """One team as an observer knows it, from the messages that the team received."""

    asked: dict[str, TeamAsked] = field(default_factory=dict[str, TeamAsked])
    arrived: dict[str, datetime] = field(default_factory=dict[str, datetime])
    waits: dict[str, datetime] = field(default_factory=dict[str, datetime])
    refused: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    missed: dict[str, dict[str, datetime]] = field(default_factory=dict[str, dict[str, datetime]])
    presence: dict[str, str] = field(default_factory=dict[str, str])
    signs: dict[str, datetime] = field(default_factory=dict[str, datetime])
    reported: dict[str, datetime] = field(default_factory=dict[str, datetime])


class Promises:
    """The judge of every step; raises AssertionError at the first step that breaks a promise."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.books = {name: Books() for name in policy.document.teams}

    def hold_for(self, name: str, situation: Situation, teams: Mapping[str, Team], *, quiet: bool) -> None:
        """Check one conversation: a waiting customer is looked after and, when `quiet`, conversation and team agree."""
        has_queue = situation.responsible.team in teams
        if (
            has_queue
            and not situation.lifecycle.is_resolved
            and (situation.is_waiting or situation.responsible.assignee)
        ):
            assert situation.queue_entry is not None, f"{name} waits in no line"
            assert situation.queue_entry.team == situation.responsible.team
            assert (
                situation.queue_entry.agent if situation.queue_entry.state == "owned" else ""
            ) == situation.responsible.assignee
        if not quiet:
            return
        held = {team: state.tickets[name] for team, state in teams.items() if name in state.tickets}
        known = situation.queue_entry
        assert set(held) == ({known.team} if known else set()), (
            f"{name} is in other hands than {situation.responsible.team}'s"
        )
        for entry in held.values():
            assert known is not None
            assert (entry.id, entry.state, entry.agent) == (known.ticket, known.state, known.agent)
            assert entry.is_on_hold == (entry.state == "owned" and situation.lifecycle.is_on_hold)
            owner = teams[known.team].members.get(entry.agent) if entry.state == "owned" else None
            is_gone = entry.agent in teams[known.team].departed or (owner is not None and owner.is_reclaimed)
            is_left = entry.state == "owned" and is_gone and self._queue(known.team).led_by == "baton"
            assert not (is_left and situation.is_waiting), f"{name} waits for {entry.agent}, who has left"

    def hold_after(self, before: Team, event: AnyTeamEvent, decision: TeamDecision, now: datetime) -> None:
        """Check one team: nobody has too much or is asked twice, the queue's order holds, and no room is wasted."""
        books, after = self.books[before.team], decision.team
        if not decision.is_duplicate:
            _write_down(books, before, event, after, now)
        given = [entry for entry in after.tickets.values() if _is_new(before, entry)]
        for entry in given:
            self._was_right(after, entry, now)
        waiting = [entry for entry in after.tickets.values() if entry.state == "waiting"]
        for entry in given:
            self._came_first(after, entry, waiting, now)
        if self._queue(after.team).led_by == "baton":
            self._no_room_stays_empty(after, waiting, now)
        else:
            assert not given

    def person(self, agent: str) -> Person:
        """Return a person of the policy."""
        return self.policy.document.people[agent]

    def can_ever(self, team: str, name: str, weight: int) -> list[str]:
        """Return the agents of the team who could take the conversation some day, its needs relaxed as far as they go.

        An agent who missed an offer does not count: where messages take longer than offers last, all offers are missed.
        """
        if self._queue(team).led_by == "desk":
            return []
        books, people = self.books[team], self.policy.document.people
        far = books.arrived[name] + timedelta(days=9)
        fitting = (
            agent
            for agent, person in people.items()
            if team in person.teams and self._fits(team, name, agent, far, forgiven=timedelta.max)
        )
        return [agent for agent in fitting if self._capacity(team, agent) >= weight]

    def _was_right(self, team: Team, entry: TeamQueueEntry, now: datetime) -> None:
        load = Counter[str]()
        for other in team.tickets.values():
            load[other.agent] += other.load
        who = f"{entry.conversation} to {entry.agent}"
        assert load[entry.agent] <= self._capacity(team.team, entry.agent), f"{who}, who has too much now"
        assert self._is_there(team.team, entry.agent, now), f"{who}, who is not there"
        assert self._fits(team.team, entry.conversation, entry.agent, now), f"{who}, who can't or won't"

    def _came_first(self, team: Team, given: TeamQueueEntry, waiting: list[TeamQueueEntry], now: datetime) -> None:
        for other in waiting:
            is_earlier = (other.rank_at, other.conversation) < (given.rank_at, given.conversation)
            if (
                is_earlier
                and other.weight <= given.weight
                and self._fits(team.team, other.conversation, given.agent, now, forgiven=MISSED[1])
            ):
                raise AssertionError(f"{given.conversation} got {given.agent} before {other.conversation}")

    def _no_room_stays_empty(self, team: Team, waiting: list[TeamQueueEntry], now: datetime) -> None:
        """Check that room stays empty only for a heavier conversation that came earlier and could go to that agent.

        The room of an agent of several teams may be on its way from one to another.
        """
        load = Counter[str]()
        for entry in team.tickets.values():
            load[entry.agent] += entry.load
        for entry in waiting:
            for agent in self._able(team.team, entry, load, now):
                before = [other for other in waiting if by_rank(other) < by_rank(entry)]
                earlier = [other for other in before if other.weight > entry.weight]
                kept = [other for other in earlier if self._fits(team.team, other.conversation, agent, now)]
                assert kept, f"{entry.conversation} waits though {agent} could have it"

    def _able(self, team: str, entry: TeamQueueEntry, load: Counter[str], now: datetime) -> Iterator[str]:
        for agent, person in self.policy.document.people.items():
            has_room = person.teams == (team,) and self._capacity(team, agent) - load[agent] >= entry.weight
            is_there = has_room and self._is_there(team, agent, now)
            if is_there and self._fits(team, entry.conversation, agent, now, forgiven=MISSED[1]):
                yield agent

    def _fits(self, team: str, name: str, agent: str, now: datetime, *, forgiven: timedelta = MISSED[0]) -> bool:
        """True where the agent meets the needs by now, has not declined, and missed no offer within `forgiven`."""
        books, person = self.books[team], self.person(agent)
        asked, waited = books.asked[name], (now - books.arrived[name]).total_seconds()
        for need in asked.needs:
            level = next(level for after, level in reversed(need.steps) if after <= waited)
            if need.required and person.skills.get(need.skill, 0) < level:
                return False
        is_understood = not asked.language or not person.languages or asked.language in person.languages
        is_welcome = is_understood or self._queue(team).language != "required"
        missed_at = books.missed[name].get(agent)
        is_forgiven = missed_at is None or now - missed_at >= forgiven
        return agent not in books.refused[name] and is_forgiven and is_welcome

    def _is_there(self, team: str, agent: str, now: datetime) -> bool:
        books, queue, person = self.books[team], self._queue(team), self.person(agent)
        is_silent = queue.silent_after and agent in books.signs and now - books.signs[agent] >= queue.silent_after
        is_on_shift = person.shift is None or self.policy.hours(person.shift).is_open(now)
        by_shift = "available" if queue.presence == "by_shift" else "offline"
        return not is_silent and is_on_shift and books.presence.get(agent, by_shift) == "available"

    def _capacity(self, team: str, agent: str) -> int:
        return self.person(agent).capacity or self._queue(self.policy.teams_with_queue(agent)[0]).capacity

    def _queue(self, team: str) -> Queue:
        queue = self.policy.document.teams[team].queue
        assert queue is not None
        return queue


def _is_new(before: Team, entry: TeamQueueEntry) -> bool:
    """True where Baton made this choice after the state `before`."""
    known = before.tickets.get(entry.conversation)
    return entry.state in ("offered", "granted") and (known is None or known.offer != entry.offer)


def _write_down(books: Books, before: Team, event: AnyTeamEvent, after: Team, now: datetime) -> None:
    match event:
        case TeamAsked():
            is_same_wait = books.waits.get(event.conversation) == event.since
            if event.conversation not in books.asked or not is_same_wait:
                assert event.entered_at is not None
                in_line = max(event.occurred_at - event.entered_at, timedelta(0))
                books.arrived[event.conversation] = now - in_line
                books.missed[event.conversation] = {}
            if not is_same_wait:
                books.refused[event.conversation] = set()
            books.waits[event.conversation] = event.since
            books.refused[event.conversation].update(event.failed)
            books.asked[event.conversation] = event
        case Left() | ConversationGone():
            books.asked.pop(event.conversation, None)
        case PresenceChanged() | Heartbeat() if event.agent not in after.members:
            pass  # an agent of another team, or of none
        case PresenceChanged() if event.is_forwarded and event.occurred_at <= books.reported.get(
            event.agent, _LONG_AGO
        ):
            pass  # the team has heard of a later change itself
        case TermsChanged():
            for known in (books.presence, books.signs):
                for agent in known.keys() - after.members.keys():
                    del known[agent]  # type: ignore[attr-defined]
        case PresenceChanged():
            for missed in books.missed.values() if event.presence == "available" else ():
                if event.agent in missed:
                    missed[event.agent] = min(missed[event.agent], now - MISSED[0])  # the agent may be back from lunch
            books.presence[event.agent] = event.presence
            books.reported[event.agent] = event.occurred_at if event.is_forwarded else now
            if event.agent in books.signs:
                books.signs[event.agent] = now
        case Heartbeat():
            books.signs[event.agent] = now
        case OfferAnswered() if not event.is_accepted and before.tickets[event.conversation].agent == event.agent:
            books.refused[event.conversation].add(event.agent)
        case _:
            pass
    for name, entry in before.tickets.items():
        lapsed = entry.state == "offered" and entry.until is not None and entry.until <= now
        about = isinstance(event, OfferAnswered | Owned | Left | ConversationGone) and event.conversation == name
        answered = about or name not in after.tickets or after.tickets[name].id != entry.id
        if lapsed and not answered and _has_missed(before, after, entry.agent):
            books.missed[name][entry.agent] = now


def _has_missed(before: Team, after: Team, agent: str) -> bool:
    return (
        agent in before.members.keys() & after.members.keys()
        and after.members[agent].missed > before.members[agent].missed
    )
