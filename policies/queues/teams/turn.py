"""One turn of a team: a working copy of its state, changed at one instant by one cause, with the messages to send.

Promises that loads are computed from the queue entries alone, so that the two can't disagree. Must not know which event
causes which change.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from policies.document.escalations import Person
from policies.document.queues import Queue
from policies.queues.routing import Candidate, Presence
from policies.queues.teams.events import Ask, Message
from policies.queues.teams.state import Refusal, Team, TeamMember, TeamQueueEntry
from policies.running.policy import Policy
from policies.state.entry_kind import EntryKind
from policies.state.limits import LINE_LIMIT, REFUSALS_LIMIT, TIMELINE_LIMIT
from policies.state.records.told import Entry
from policies.text.cutting import cut
from policies.text.languages import language_in
from policies.time.hours import ALWAYS, BusinessHours

_JUST_AFTER = timedelta(milliseconds=1)
"""The delay of an answer after the message it answers, because facts of one instant are sorted by their ids."""
NO_QUEUE = Queue.model_validate({"led_by": "desk"})
"""The queue of a team to which the policy gives none: the team's conversations are followed, not assigned."""


@dataclass(slots=True)
class TeamTurn:
    """A working copy within one call of `decide`. `queue` are the terms, `people` the policy's people in this team."""

    team: Team
    policy: Policy
    at: datetime
    cause: str
    tickets: dict[str, TeamQueueEntry]
    members: dict[str, TeamMember]
    load: Counter[str]
    queue: Queue
    people: Mapping[str, Person]
    messages: list[Message] = field(default_factory=list[Message])
    because: list[Entry] = field(default_factory=list[Entry])
    asked_after: list[Ask] = field(default_factory=list[Ask])

    @classmethod
    def of(cls, team: Team, policy: Policy, at: datetime, cause: str) -> "TeamTurn":
        """Return a working copy. Its members are the people that the policy has in the team now."""
        known = policy.team(team.team)
        queue = (known.queue if known else None) or NO_QUEUE
        people = {name: person for name, person in policy.document.people.items() if team.team in person.teams}
        members = {name: team.members.get(name) or TeamMember(name) for name in people}
        load: Counter[str] = Counter()
        for entry in team.tickets.values():
            if entry.agent:
                load[entry.agent] += entry.load
        return cls(team, policy, at, cause, dict(team.tickets), members, load, queue, people)

    def put(self, entry: TeamQueueEntry) -> None:
        """Add an entry, or replace the conversation's earlier one."""
        self.drop(entry.conversation)
        self.tickets[entry.conversation] = entry
        self.load[entry.agent] += entry.load

    def drop(self, conversation: str) -> TeamQueueEntry | None:
        """Take a conversation out, and return its entry, or None where the team did not hold it."""
        entry = self.tickets.pop(conversation, None)
        if entry is not None:
            self.load[entry.agent] -= entry.load
        return entry

    def return_to_queue(self, entry: TeamQueueEntry, why: str, kind: EntryKind = "returned") -> None:
        """Put the conversation back in the queue, at its old position."""
        self.put(replace(entry, state="waiting", agent="", offer="", until=None, told_at=None))
        self.record(kind, f"{entry.conversation}: {why}")

    def just_missed(self, entry: TeamQueueEntry) -> tuple[str, ...]:
        """Return the agents who let the conversation's offer pass too recently to be asked again."""
        return tuple(miss.agent for miss in entry.missed if miss.again_at > self.at)

    def keep_refusals(self, entry: TeamQueueEntry) -> None:
        """Remember who declined a conversation that leaves the queue: after a hold it comes back in the same wait."""
        if entry.not_to:
            others = [kept for kept in self.team.refusals if kept.conversation != entry.conversation]
            refusal = Refusal(entry.conversation, entry.wait, entry.not_to)
            self.team = replace(self.team, refusals=(*others[1 - REFUSALS_LIMIT :], refusal))

    def recall_refusals(self, conversation: str, wait: str) -> tuple[str, ...]:
        """Return who declined a conversation in that wait before it left, and forget them: its new entry has them."""
        found = [kept for kept in self.team.refusals if kept.conversation == conversation]
        if found:
            others = tuple(kept for kept in self.team.refusals if kept not in found)
            self.team = replace(self.team, refusals=others)
        return next((kept.not_to for kept in found if kept.wait == wait), ())

    def change_member(self, agent: str, **fields: Any) -> None:
        """Replace fields of one member's state. Does nothing where they are not in the team."""
        if agent in self.members:
            self.members[agent] = replace(self.members[agent], **fields)

    def tell(self, entry: TeamQueueEntry, name: Any, **body: Any) -> None:
        """Send a message to a conversation, in its own time, and later than the message before.

        `skew` includes the delay of the conversation's latest message, so without that order the second of two messages
        could appear to be the first.
        """
        self.team = replace(self.team, told=self.team.told + 1)
        key = f"{self.team.team}/{self.team.told}/{entry.id}/{name}"
        kept = self.tickets[entry.conversation]
        at = max(self.at + entry.skew, kept.said_at or self.at + entry.skew) + _JUST_AFTER
        self.tickets[entry.conversation] = replace(kept, said_at=at)
        told = {"event_id": key, "occurred_at": at.isoformat(), "team": self.team.team, "ticket": entry.id, **body}
        self.messages.append(Message(conversation=entry.conversation, name=name, key=key, at=self.at, body=told))

    def record(self, kind: EntryKind, text: str) -> None:
        """Put a line on the team's timeline."""
        self.because.append(Entry(self.at, kind, cut(text, LINE_LIMIT)))

    @property
    def hours(self) -> BusinessHours:
        """The team's business hours."""
        return self.policy.hours_of_team(self.team.team)

    def hours_of(self, agent: str) -> BusinessHours:
        """Return the hours in which the agent gets conversations: their shift, or always."""
        shift = self.people[agent].shift if agent in self.people else None
        return self.policy.hours(shift) if shift else ALWAYS

    def presence_of(self, member: TeamMember) -> Presence:
        """Return the agent's presence as reported, as missing heartbeats show it, or as their shift has it."""
        silent_after = self.queue.silent_after
        if silent_after and member.beat_at and self.at - member.beat_at >= silent_after:
            return "offline"
        if member.since is None and self.queue.presence == "by_shift":
            return "available" if self.hours_of(member.agent).is_open(self.at) else "offline"
        return member.presence

    def candidate(self, member: TeamMember) -> Candidate:
        """Return the agent as a candidate, with their load and presence in this turn."""
        person, horizon = self.people[member.agent], self.at - self.queue.fair_over
        return Candidate(
            agent=member.agent,
            skills=person.skills,
            languages=self.languages_of(person),
            capacity=person.capacity or self.queue.capacity,
            load=self.load[member.agent],
            presence=self.presence_of(member),
            is_on_shift=self.hours_of(member.agent).is_open(self.at),
            granted=len(member.granted_at) - bisect_right(member.granted_at, horizon),
            idle_since=member.idle_since,
        )

    def languages_of(self, person: Person) -> tuple[str, ...]:
        """Return the languages that the agent speaks, by the one name that each has; as written before edition 3."""
        return person.languages if self.team.edition < 3 else tuple(map(language_in, person.languages))

    def conclude(self, **fields: Any) -> Team:
        """Return the team's state after this turn."""
        timeline = (*self.team.timeline, *self.because)[-TIMELINE_LIMIT:]
        changed = {"at": self.at, "tickets": self.tickets, "members": self.members, "timeline": timeline}
        return replace(self.team, **{**changed, **fields})
