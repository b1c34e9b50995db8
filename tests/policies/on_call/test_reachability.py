"""A person who can be reached is called, through all kinds of failures: the ladder in a small outside world."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.deadlines import next_deadline
from policies.decide import decide
from policies.on_call.deliveries import is_wanted
from policies.running.policy import Policy
from policies.state.conversation import Conversation, opened
from policies.state.effects import AnyEffect, Notify
from policies.state.events import AnyEvent, EffectFailed, StepDelivered, StepTried, StepWithdrawn
from tests.policies.stories import at, fact, policy_of, started, wake_up

ONE_MINUTE = timedelta(minutes=1)
GIVES_UP_AFTER = timedelta(hours=2)
UNTIL = at(200)


@dataclass(frozen=True)
class Target:
    """A target of a step, and how its messages fare.

    Messages arrive from minute `well_from` on; before it they are tried again and again. One takes `seconds`, and Baton
    learns of it `silence` minutes later. A target that `refuses` never gets one.
    """

    wait: int
    well_from: int = 0
    seconds: int = 0
    silence: int = 0
    refuses: bool = False


@dataclass
class World:
    """A world that delivers the calls of a conversation as its targets allow, and reports the results."""

    targets: tuple[Target, ...]
    policy: Policy
    conversation: Conversation = field(default_factory=lambda: opened("c", at(0)))
    heard: dict[int, datetime] = field(default_factory=dict[int, datetime])
    on_their_way: list[Notify] = field(default_factory=list[Notify])
    ahead: list[tuple[datetime, int, str, Notify]] = field(default_factory=list[tuple[datetime, int, str, Notify]])
    numbers: Iterator[int] = field(default_factory=count)

    def run(self) -> None:
        """Run until minute 200, or until nothing can happen any more."""
        self.tell(started(), at(0))
        self.tell(fact("tag_added", 1, tag="help"), at(1))
        while (now := self.next_instant()) is not None and now <= UNTIL:
            if self.ahead and self.ahead[0][0] <= now:
                self.happen(*heapq.heappop(self.ahead))
            else:
                self.tell(wake_up((now - at(0)) / ONE_MINUTE), now)

    def next_instant(self) -> datetime | None:
        """Return when the next thing happens outside or the timer rings; None where neither will."""
        deadline = next_deadline(self.conversation.situation, self.policy)
        found = [deadline.at] if deadline else []
        return min([*found, *(entry[0] for entry in self.ahead[:1])], default=None)

    def tell(self, event: AnyEvent, now: datetime) -> None:
        """Let the policy decide, send its calls, and withdraw calls that are not wanted any more."""
        decision = decide(self.conversation, event, now, policy=self.policy)
        self.conversation = decision.conversation
        for effect in decision.effects:
            self.send(effect, now)
        for call in self.on_their_way:
            if not is_wanted(call, self.conversation.situation):
                self.on_their_way.remove(call)
                happened = {"event_id": f"{call.key}/withdrawn", "occurred_at": now, "source": "baton"}
                return self.tell(StepWithdrawn(page=call.page, **happened), now)
        return None

    def send(self, effect: AnyEffect, now: datetime) -> None:
        if not isinstance(effect, Notify) or not effect.page:
            return
        target = self.targets[number_of(effect)]
        arrives_at = max(now, at(target.well_from)) + timedelta(seconds=target.seconds)
        ends_at = now + GIVES_UP_AFTER
        self.on_their_way.append(effect)
        happened = {"event_id": f"{effect.key}/tried", "occurred_at": now, "source": "baton"}
        self.conversation = decide(
            self.conversation, StepTried(page=effect.page, **happened), now, policy=self.policy
        ).conversation
        if target.refuses:
            self.expect(now, "fails", effect)
        elif arrives_at < ends_at:
            self.expect(arrives_at, "arrives", effect)
            self.expect(min(arrives_at + target.silence * ONE_MINUTE, ends_at), "is confirmed", effect)
        else:
            self.expect(ends_at, "fails", effect)

    def expect(self, when: datetime, what: str, effect: Notify) -> None:
        heapq.heappush(self.ahead, (when, next(self.numbers), what, effect))

    def happen(self, now: datetime, _number: int, what: str, call: Notify) -> None:
        if call not in self.on_their_way:
            return
        if what == "arrives":
            self.heard.setdefault(number_of(call), now)
            return
        self.on_their_way.remove(call)
        happened = {"event_id": f"{call.key}/{what}", "occurred_at": now, "source": "baton", "page": call.page}
        if what == "is confirmed":
            self.tell(StepDelivered(**happened), now)
        else:
            self.tell(EffectFailed(effect="notify", key=call.key, why="it is gone", **happened), now)


def number_of(call: Notify) -> int:
    """Return the index of the called target, from 0."""
    return int(call.target.removeprefix("slack:#t"))


def policy_for(targets: tuple[Target, ...], repeat: int) -> Policy:
    """Return a policy with a ladder of these targets."""
    steps = ", ".join(f'{{notify: "slack:#t{number}", wait: {each.wait}m}}' for number, each in enumerate(targets))
    rules = 'rules:\n  - {name: help, on: tag_added, when: event.tag == "help", do: [{notify: people}]}\n'
    return policy_of(rules, f"escalations:\n  people: {{steps: [{steps}], repeat: {repeat}}}\n")


TARGETS = st.lists(
    st.builds(
        Target,
        wait=st.integers(1, 10),
        well_from=st.sampled_from([0, 0, 0, 3, 20, 100, 500]),
        seconds=st.integers(0, 45),
        silence=st.sampled_from([0, 0, 1, 15, 90]),
        refuses=st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


def check_reachable(targets: tuple[Target, ...], repeat: int) -> None:
    """Check that each target that works is called in turn and, if none works, the first that recovers soon after."""
    world = World(targets, policy_for(targets, repeat))
    world.run()
    waited = timedelta(0)
    for number, target in enumerate(targets):
        if target.well_from == 0 and not target.refuses:
            assert world.heard[number] <= at(1) + waited + ONE_MINUTE
        waited += target.wait * ONE_MINUTE
    reachable_from = min((at(each.well_from) for each in targets if not each.refuses), default=UNTIL)
    if at(1) + waited < reachable_from < UNTIL:
        assert min(world.heard.values()) <= reachable_from + ONE_MINUTE
    if not world.heard:  # nobody was reached yet, so the run goes on
        assert next_deadline(world.conversation.situation, world.policy) is not None
        assert not world.conversation.situation.on_call.runs[-1].ended


@settings(max_examples=4, deadline=None)
@given(TARGETS, st.integers(1, 2))
def test_a_reachable_person_is_called_in_time(targets: tuple[Target, ...], repeat: int) -> None:
    """Targets that refuse, hang, are down or slow: each one delays the others by its own wait and no more."""
    check_reachable(targets, repeat)


def test_a_ladder_that_begins_again_goes_on_with_the_calls_on_their_way() -> None:
    """The ladder begins again: a call of the first round that is still on its way reaches the second target."""
    late = (Target(5, 500), Target(9, 100, 1), Target(1, 100), Target(1, 100), Target(9, 100))
    check_reachable(late, repeat=1)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None)
@given(TARGETS, st.integers(1, 3))
def test_a_reachable_person_is_called_in_time_many_times(targets: tuple[Target, ...], repeat: int) -> None:
    """In thousands of other mixtures of failures each person who can be reached is called in time."""
    check_reachable(targets, repeat)
