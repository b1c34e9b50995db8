"""A small world of teams and conversations: one clock, and a network that is late and repeats messages.

Promises what the workflows promise and nothing more: messages from one conversation to teams, and from one team to one
conversation, stay in order and none is lost; any may come late or twice, and timers may ring late. Must not know what
is right: that is for `promises`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from pydantic import TypeAdapter

from policies.contract import commands, messages
from policies.deadlines import next_deadline
from policies.decide import decide
from policies.editions import NEWEST
from policies.queues.teams import decide as teams
from policies.queues.teams import messages as team_messages
from policies.queues.teams.events import AnyTeamEvent, ConversationGone, TermsChanged, TimeCame
from policies.queues.teams.state import Team
from policies.running.policy import Policy
from policies.state.conversation import Conversation, Decision, opened
from policies.state.effects import AnyEffect, AskTeam, Assign, FindEntry, LeaveTeam, TellConversation, TellOwner
from policies.state.events import AnyEvent, DeadlineReached, EntryFound
from policies.state.records.queue_entry import QueueEntry
from policies.state.situation import Situation
from tests.policies.queues.teams.network import SIGNALS, Letter, Network, body_of
from tests.policies.queues.teams.promises import Promises
from tests.policies.stories import START, minutes

_TEAM, _CONVERSATION = TypeAdapter(Team), TypeAdapter(Conversation)
_RINGS = 20_000
INSTANTLY = 0.001
"""Minutes that the fastest message takes, so that no answer comes in the instant of its question."""


@dataclass
class World:
    """A world. `delays` are minutes that messages take, `late` minutes that timers ring late, each used in turn.

    `skews` are minutes by which conversations' clocks are ahead of all others. Where `is_eager`, agents accept each
    offer and answer each waiting customer at once.
    """

    policy: Policy
    delays: Sequence[float] = (INSTANTLY,)
    late: Sequence[float] = (0,)
    skews: Sequence[float] = (0,)
    has_echoes: bool = False
    is_eager: bool = False
    now: datetime = START
    teams: dict[str, Team] = field(default_factory=dict[str, Team])
    conversations: dict[str, Conversation] = field(default_factory=dict[str, Conversation])
    closed: set[str] = field(default_factory=set[str])
    alarms: dict[str, datetime] = field(default_factory=dict[str, datetime])
    told: int = 0

    def __post_init__(self) -> None:
        self.network, self._late = Network(self.delays, self.clock), cycle(self.late)
        self._skews: dict[str, timedelta] = {}
        names = [name for name, team in self.policy.document.teams.items() if team.queue]
        self.teams = {name: self._new_team(name) for name in names}
        self.promises = Promises(self.policy)

    def _new_team(self, name: str) -> Team:
        return Team(name, self.now, edition=NEWEST)

    # Events

    def start(self, name: str, **body: Any) -> None:
        """Let a customer begin a conversation."""
        self._skews[name] = minutes(self.skews[len(self._skews) % len(self.skews)])
        at = self.clock(name)
        self.conversations[name] = opened(name, at)
        begun, rejected = messages.read_start(body, conversation_id=name, began_at=at, now=at)
        assert rejected is None
        self._happens(name, begun)

    def tell(self, name: str, signal: str, /, *, ago: float = 0, **body: Any) -> None:
        """Let the helpdesk report what happened so many minutes ago."""
        at = self.clock(name) - minutes(ago)
        self._signal(name, signal, {"occurred_at": at.isoformat(), **body}, self._next_id())

    def order(self, name: str, command: str, **body: Any) -> None:
        """Send a command to a conversation; a refusal is ignored."""
        known = self.conversations.get(name)
        try:
            asked = {"now": self.clock(name), "fallback_id": self._next_id(), "policy": self.policy_for(name)}
            if known is not None:
                self._happens(name, commands.accept(command, body, known.situation, **asked))
        except commands.Refused:
            pass

    def report(self, signal: str, agent: str, **body: Any) -> None:
        """Report an agent's presence or heartbeat to every team; only the agent's own team uses it."""
        for team in self.teams:
            fact = {"agent": agent, **body}
            self._team_happens(
                team, team_messages.read_facts(signal, fact, now=self.now, fallback_id=self._next_id())[0]
            )

    def say(self, agent: str, answer: str, name: str) -> None:
        """Let an agent accept or decline; a refusal is ignored."""
        for team, state in self.teams.items():
            body = {"actor": agent, "conversation_id": name}
            try:
                event = team_messages.accept(answer, body, state, now=self.now, fallback_id=self._next_id())
            except commands.Refused:
                continue
            self._team_happens(team, event)

    def adopt(self, policy: Policy) -> None:
        """Put another version of the policy in force, perhaps with other people or terms."""
        self.policy = self.promises.policy = policy
        fields = {"policy": policy.document.policy, "version": policy.document.version}
        for team in self.teams:
            self._team_happens(team, TermsChanged(event_id="", occurred_at=self.now, **fields))

    def crash(self) -> None:
        """Let a worker die: the latest messages come again, and all state is read back from JSON."""
        for letter in self.network.again():
            self._bring(letter)
        for name, team in self.teams.items():
            self.teams[name] = _TEAM.validate_json(_TEAM.dump_json(team))
        for name, conversation in self.conversations.items():
            self.conversations[name] = _CONVERSATION.validate_json(_CONVERSATION.dump_json(conversation))

    # State

    def policy_for(self, _name: str) -> Policy:
        """Return the policy of a conversation or a team."""
        return self.policy

    def clock(self, name: str) -> datetime:
        """Return the time on a conversation's own clock."""
        return self.now + self._skews.get(name, minutes(0))

    def situation(self, name: str) -> Situation:
        """Return a conversation's situation."""
        return self.conversations[name].situation

    @property
    def entries(self) -> dict[str, QueueEntry]:
        """Return the queue entries that conversations believe to have, by conversation."""
        found = {name: conversation.situation.queue_entry for name, conversation in self.conversations.items()}
        return {name: entry for name, entry in found.items() if entry is not None}

    # Time

    def go_on(self, count: float) -> None:
        """Let so many minutes pass."""
        until = self.now + minutes(count)
        for _ in range(_RINGS):
            upcoming = min(self._ahead(), default=None)
            if upcoming is None or upcoming[0] > until:
                break
            self.now = max(self.now, upcoming[0])
            self._reach(upcoming[1])
        else:
            raise AssertionError(f"{_RINGS} timers rang within {count} minutes")
        self.now = max(self.now, until)

    def settle(self) -> None:
        """Wait until every message has arrived."""
        while self.network.is_under_way():
            self.go_on(1)

    def _ahead(self) -> Iterator[tuple[datetime, str]]:
        yield from self.network.ahead()
        yield from ((at, name) for name, at in self.alarms.items())

    def _reach(self, name: str) -> None:
        if ">" in name:
            return self._deliver(name)
        if name in self.teams:
            return self._team_happens(name, TimeCame(event_id="", occurred_at=self.now))
        if self._has_closed(name):
            del self.conversations[name], self.alarms[name]
            return self.closed.add(name)
        if self._is_due_to_close(name):  # it waits for what is under way
            self.alarms[name] = max(self.now, min(self.network.ahead())[0]) + timedelta(milliseconds=1)
            return None
        return self._happens(name, DeadlineReached(event_id="", occurred_at=self.clock(name), source="baton"))

    def _deliver(self, lane: str) -> None:
        self._bring(self.network.first(lane))
        self.network.has_arrived(lane)
        for name in lane.split(">"):
            if name in self.conversations:
                self.promises.hold_for(
                    name, self.situation(name), self.teams, quiet=not self.network.is_under_way(name)
                )

    def _has_closed(self, name: str) -> bool:
        return self._is_due_to_close(name) and not self.network.is_under_way(name)

    def _is_due_to_close(self, name: str) -> bool:
        closes_at = self.situation(name).lifecycle.closes_at
        return closes_at is not None and closes_at <= self.clock(name)

    # Consequences

    def _happens(self, name: str, event: AnyEvent) -> None:
        policy = self.policy_for(name)
        self._keep(name, decide(self.conversations[name], event, self.clock(name), policy=policy))

    def _keep(self, name: str, decision: Decision) -> None:
        self.conversations[name] = decision.conversation
        for effect in decision.effects:
            self._carry_out(name, effect)
        deadline = next_deadline(decision.conversation.situation, self.policy_for(name))
        self._set_alarm(name, deadline.at - self._skews[name] if deadline else None)
        self.promises.hold_for(name, decision.conversation.situation, self.teams, quiet=False)
        if self.is_eager:
            self.work(name)

    def _team_happens(self, team: str, event: AnyTeamEvent) -> None:
        before = self.teams[team]
        decision = teams.decide(before, event, self.now, policy=self.policy_for(team))
        self.teams[team] = decision.team
        for message in decision.messages:
            body = json.loads(json.dumps(message.body))
            to = message.team or message.conversation
            self.network.post(f"{team}>{to}", Letter(to, message.name, body))
        deadline = teams.next_deadline(decision.team, self.now, self.policy_for(team))
        is_new = deadline is None or deadline.at > self.now
        assert is_new or decision.is_duplicate, f"{team} would wake for nothing: {deadline}"
        self._set_alarm(team, deadline.at if deadline else None)
        if is_new:  # else time is judged in the same instant, after this repeated message
            self.promises.hold_after(before, event, decision, self.now)

    def _carry_out(self, name: str, effect: AnyEffect) -> None:
        match effect:
            case AskTeam() | TellOwner() | LeaveTeam():
                self.network.post(f"{name}>", Letter(effect.team, SIGNALS[type(effect)], body_of(effect)))
            case FindEntry():
                self._look_for(name, effect)
            case TellConversation():
                wait = effect.waiting_since.isoformat() if effect.waiting_since else None
                self.network.post(
                    f"{name}>{effect.to}", Letter(effect.to, "absorbed", {"other": name, "waiting_since": wait})
                )
            case Assign() if self.has_echoes:
                echo = {"team": effect.team, "assignee": effect.assignee, "by": "baton"}
                self.network.post(
                    f"desk>{name}", Letter(name, "reassigned", {**echo, "event_id": f"{effect.key}/echo"})
                )
            case _:
                pass

    def _look_for(self, name: str, look: FindEntry) -> None:
        """Do the same as the activity: ask anew where the team does not know the entry, and report it as found."""
        known = self.teams[look.team].tickets.get(name)
        if known is None or known.id != look.ticket:
            self.network.post(f"{name}>", Letter(look.team, "asked", body_of(look)))
        found = {"event_id": f"{look.key}/found", "occurred_at": self.clock(name), "source": "baton"}
        self._happens(name, EntryFound.model_validate({**found, "team": look.team, "ticket": look.ticket}))

    def _bring(self, letter: Letter) -> None:
        if letter.to in self.teams:
            event = team_messages.read_facts(letter.name, letter.body, now=self.now, fallback_id=self._next_id())[0]
            return self._team_happens(letter.to, event)
        if letter.to in self.conversations:
            return self._signal(letter.to, letter.name, letter.body, self._next_id())
        if letter.to in self.closed and (team := str(letter.body.get("team", ""))) in self.teams:
            gone = ConversationGone(event_id=self._next_id(), occurred_at=self.now, conversation=letter.to)
            return self._team_happens(team, gone)
        return None

    def _signal(self, name: str, signal: str, body: Mapping[str, Any], fallback_id: str) -> None:
        if name in self.conversations:
            fact = messages.read_facts(signal, body, now=self.clock(name), fallback_id=fallback_id)[0]
            assert fact.kind != "rejected", fact
            self._happens(name, fact)

    def work(self, name: str) -> None:
        """Do the work: accept an offer, release a hold, answer a waiting customer, resolve an answered conversation."""
        s = self.situation(name)
        if s.queue_entry is not None and s.queue_entry.state == "offered":
            self.say(s.queue_entry.agent, "accept", name)
        if s.lifecycle.is_resolved or s.lifecycle.is_held:
            return self.order(name, "release", actor="lead") if s.lifecycle.is_held else None
        if s.responsible.assignee and self.is_at_work(s.responsible.assignee) and s.is_waiting:
            self.now += minutes(INSTANTLY)
            return self.tell(name, "message", author="agent", author_id=s.responsible.assignee, text="Done.")
        return None if s.is_waiting else self.order(name, "resolve", actor="lead")

    def is_at_work(self, agent: str) -> bool:
        """True where the policy knows the agent and their shift, if any, is open now."""
        person = self.policy.document.people.get(agent)
        return person is not None and (person.shift is None or self.policy.hours(person.shift).is_open(self.now))

    def _set_alarm(self, name: str, at: datetime | None) -> None:
        self.alarms.pop(name, None)
        if at is not None:
            self.alarms[name] = max(at, self.now) + minutes(next(self._late))

    def _next_id(self) -> str:
        self.told += 1
        return f"n{self.told:06}"
