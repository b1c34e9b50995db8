"""Facts told in any order of arrival, and the same facts played as they happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, permutations

from policies import rules
from policies.deadlines import advance
from policies.decide import decide, order
from policies.playbook import play
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.conversation import Conversation, opened
from policies.state.effects import AddTag, AnyEffect, Assign, RemoveTag, SetPriority
from policies.state.events import Fact
from policies.state.situation import Situation
from tests.policies.stories import START, at, wake_up


def tell(
    facts: Sequence[Fact], policy: Policy, *, until: float, wakes: Sequence[float] = ()
) -> tuple[Conversation, list[AnyEffect]]:
    """Feed the facts in this order and return the conversation and all effects; `wakes` and `until` are in minutes.

    A fact is seen at its own time or, where it comes late, at the latest time so far. After the fact at each place the
    timer rings once, `wakes[place]` minutes later; at the end it rings at `until`.
    """
    conversation, effects = opened("c", START), []
    seen = START
    for place, event in enumerate(facts):
        seen = max(seen, event.occurred_at)
        decision = decide(conversation, event, seen, policy=policy)
        conversation = decision.conversation
        effects += decision.effects
        for wake in wakes[place : place + 1]:
            seen = min(at(until), seen + timedelta(minutes=wake))
            decision = decide(conversation, wake_up((seen - START) / timedelta(minutes=1)), seen, policy=policy)
            conversation = decision.conversation
            effects += decision.effects
    decision = decide(conversation, wake_up(until), at(until), policy=policy)
    return decision.conversation, [*effects, *decision.effects]


def orders(facts: Sequence[Fact], every: int) -> Iterator[Sequence[Fact]]:
    """Yield every `every`th order in which the facts may arrive."""
    return islice(permutations(facts), 0, None, every)


def brute_force(facts: Sequence[Fact], policy: Policy, until: datetime) -> Situation:
    """Play all facts as they happened, with no memory limit, and return the situation to compare with."""
    start, *others = facts
    turn = Turn(opened("c", START).situation, policy, START, "", listen=rules.fire)
    for event in (start, *sorted(others, key=order(opened("c", START)))):
        advance(turn, event.occurred_at, inclusive=False)
        turn.begin(event.occurred_at, event.event_id)
        play(turn, event)
    advance(turn, until, inclusive=True)
    return turn.situation


@dataclass
class Desk:
    """A helpdesk that applies the requested effects in their order, and shows the resulting team, priority and tags."""

    team: str = ""
    assignee: str = ""
    priority: str = "normal"
    tags: set[str] = field(default_factory=set)

    def do(self, effects: Sequence[AnyEffect]) -> None:
        for effect in effects:
            match effect:
                case Assign():
                    self.team, self.assignee = effect.team, effect.assignee
                case SetPriority():
                    self.priority = effect.priority
                case AddTag():
                    self.tags.add(effect.tag)
                case RemoveTag():
                    self.tags.discard(effect.tag)
                case _:
                    pass
