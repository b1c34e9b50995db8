"""How evenly a team's queue spreads work, and the cost of one decision however many wait: the pure core, no server.

It simulates a stretch of work: conversations come at random moments and take random times, and the team's own `decide`
chooses the person. The random numbers have a fixed seed, so that fairness is the same in every run. Decisions are
measured in processor time, because they are short and machines are shared.
"""

import heapq
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from activities.catalog import PinnedPolicy
from bench.crews import SKILL, Crew, policy
from bench.report import Figure, median, say
from policies.loading.load import load_policy
from policies.queues.teams.decide import decide
from policies.queues.teams.events import AnyTeamEvent, AskedNeed, Left, Owned, PresenceChanged, TeamAsked
from policies.queues.teams.state import Team
from policies.running.policy import Policy, build
from workflows.carrying.packing import packed
from workflows.team import CarriedTeam

_MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
_CREW = Crew("fair", 20, 5)
_SKILLED = Crew("fair", 20, 5, experts=10)
_BUSY, _QUIET = 0.9, 0.3
"""The average load of a busy and of a quiet team, as a share of its capacity."""
_TAKES = timedelta(minutes=20)
_WITH_SKILL = 1 / 3
_FAIR = 1.1
_WAITING = (10, 100, 1_000, 2_000)
_REPEATS = 30


def spreading(conversations: int) -> list[Figure]:
    """Measure the most that one person got over the average: in a quiet and a busy team of equals, and with skills."""
    figures: list[Figure] = []
    for name, crew, load in (
        ("a quiet team of 20", _CREW, _QUIET),
        ("a busy team of 20", _CREW, _BUSY),
        ("busy, half have a skill that a third need", _SKILLED, _BUSY),
    ):
        got = Shift(crew, load, random.Random(9)).work(conversations)
        ratio = max(got.values()) * crew.size / conversations
        say("queues", f"fairness, {name}: {min(got.values())} to {max(got.values())}")
        what = f"{conversations:,} conversations, {name}: fewest / mean / most a person"
        shown = f"{min(got.values())} / {conversations / crew.size:.0f} / {max(got.values())}"
        figures.append(Figure("queues", what, shown, "", ratio, f"at most {_FAIR}", ratio <= _FAIR))
    return figures


@dataclass(slots=True)
class Shift:
    """A team at work, until so many conversations have come and gone."""

    crew: Crew
    load: float
    dice: random.Random
    now: datetime = _MONDAY
    got: Counter[str] = field(default_factory=Counter[str])
    _ends: list[tuple[datetime, str]] = field(default_factory=list[tuple[datetime, str]])
    _ids: Iterator[int] = field(default_factory=count)

    def work(self, conversations: int) -> Counter[str]:
        """Return how many conversations each person got."""
        rules = _policy(self.crew)
        team = all_there(self.crew, rules)
        apart = _TAKES / (self.load * self.crew.size * self.crew.capacity)
        comes_at = self.now
        left = conversations
        while left or self._ends:
            if left and (not self._ends or comes_at <= self._ends[0][0]):
                self.now, left = comes_at, left - 1
                team = self._after(team, asked(f"c-{left}", self.now, self._needs()), rules)
                comes_at += apart * self.dice.expovariate(1)
            else:
                self.now, conversation = heapq.heappop(self._ends)
                team = self._after(team, _left(conversation, self.now, next(self._ids)), rules)
        return self.got

    def _after(self, team: Team, event: AnyTeamEvent, rules: Policy) -> Team:
        """Return the team after an event and after the conversations' answers to it, which come at once."""
        decision = decide(team, event, self.now, policy=rules)
        team = decision.team
        for message in decision.messages:
            if message.name == "granted":
                agent = message.body["agent"]
                self.got[agent] += 1
                self._ends.append((self.now + _TAKES * self.dice.expovariate(1), message.conversation))
                heapq.heapify(self._ends)
                team = decide(team, owned(message.conversation, agent, self.now), self.now, policy=rules).team
        return team

    def _needs(self) -> tuple[AskedNeed, ...]:
        return (AskedNeed(skill=SKILL),) if self.crew.experts and self.dice.random() < _WITH_SKILL else ()


def deciding() -> list[Figure]:
    """Measure one `decide`, in microseconds, for a team of 50 without headroom, by how many conversations wait."""
    crew = Crew("fair", 50, 5)
    rules = _policy(crew)
    joins: list[float] = []
    leaves: list[float] = []
    sizes: list[str] = []
    for waiting in _WAITING:
        team, now = _full(crew, rules, waiting)
        sizes.append(f"{_handed_on(team) / 1000:,.0f}")
        joins.append(_microseconds(team, asked("one-more", now), now, rules))
        leaves.append(_microseconds(team, _left("c-0", now, 0), now, rules))
    say("queues", f"deciding done, with {', '.join(map(str, _WAITING))} waiting")
    each = " / ".join(f"{number:,}" for number in _WAITING)
    return [
        _took(f"decide, one more gets in line, {each} waiting", joins),
        _took(f"decide, one is resolved, the first in line granted, {each} waiting", leaves),
        Figure("queues", f"what a run hands to the next, {each} waiting", f"{' / '.join(sizes)} kB"),
    ]


def _took(what: str, taken: Sequence[float]) -> Figure:
    return Figure("queues", what, f"{' / '.join(f'{each:,.0f}' for each in taken)} µs", "", taken[-1] / taken[0])


def _full(crew: Crew, rules: Policy, waiting: int) -> tuple[Team, datetime]:
    """Return a team in which everybody is at capacity and `waiting` conversations wait."""
    team, now = all_there(crew, rules), _MONDAY
    for number in range(crew.size * crew.capacity + waiting):
        now += timedelta(seconds=1)
        decision = decide(team, asked(f"c-{number}", now), now, policy=rules)
        team = decision.team
        for message in decision.messages:
            if message.name == "granted":
                team = decide(team, owned(message.conversation, message.body["agent"], now), now, policy=rules).team
    if len(team.waiting) != waiting:
        raise RuntimeError(f"{len(team.waiting)} wait, not {waiting}")
    return team, now


def _handed_on(team: Team) -> int:
    """Return the bytes of the team's state without its policy; a server takes two million."""
    state = CarriedTeam(team=team, pinned=PinnedPolicy(digest="", document={}))
    return len(json.dumps(packed(state.model_dump(mode="json"))))


def _microseconds(team: Team, event: AnyTeamEvent, now: datetime, rules: Policy) -> float:
    taken: list[float] = []
    for _ in range(_REPEATS):
        began = time.process_time()
        decide(team, event, now, policy=rules)
        taken.append((time.process_time() - began) * 1e6)
    return median(taken)


def all_there(crew: Crew, rules: Policy) -> Team:
    """Return the team with everybody available."""
    team = Team(crew.name, _MONDAY)
    for person in crew.people:
        here = PresenceChanged(event_id=f"{person}-comes", occurred_at=_MONDAY, agent=person, presence="available")
        team = decide(team, here, _MONDAY, policy=rules).team
    return team


def asked(conversation: str, at: datetime, needs: tuple[AskedNeed, ...] = ()) -> TeamAsked:
    """Return the event with which a conversation asks for a person."""
    ticket = f"{conversation}/1"
    asks = TeamAsked(event_id=f"{ticket}/asked", occurred_at=at, since=at, conversation=conversation, ticket=ticket)
    return asks.model_copy(update={"subject": "Charged twice for my March invoice", "needs": needs})


def owned(conversation: str, agent: str, at: datetime) -> Owned:
    """Return the event with which a conversation names its assignee."""
    ticket = f"{conversation}/1"
    event_id = f"{ticket}/owned"
    return Owned(
        event_id=event_id, occurred_at=at, conversation=conversation, ticket=ticket, agent=agent, is_waiting=True
    )


def _left(conversation: str, at: datetime, number: int) -> Left:
    return Left(event_id=f"{conversation}/left-{number}", occurred_at=at, conversation=conversation, because="resolved")


def _policy(crew: Crew) -> Policy:
    return build(load_policy(policy([crew]), file="bench", today=_MONDAY.date()))
