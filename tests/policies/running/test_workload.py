"""The work of one workflow task: it judges a counted part of the facts, however many come and whatever the policy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.deadlines import next_deadline
from policies.decide import decide, decide_all
from policies.running.policy import ListeningRule, Policy
from policies.running.workload import CAUSE_LIMIT, FACT, JUDGED, NO_LIMIT, TAIL_WORK_LIMIT, WORK_LIMIT
from policies.state.conversation import Conversation, Decision, opened
from policies.state.events import Fact
from tests.policies.order.busy import BUSY, facts
from tests.policies.order.telling import brute_force
from tests.policies.stories import FULL, START, at, fact, policy_of, started, wake_up

TAGS = "conversation.tags.exists(t, t == 'topic-{}')"
PLAIN = "event.intent == 'topic-{}'"
PAIRS = "conversation.tags.exists(t, conversation.attributes.exists(a, a.name == t))"
END = 2_000
"""The minute after which nothing is due any more in these stories."""


@dataclass
class Counted:
    """An expression of the CEL library that counts how often it is evaluated."""

    expression: Any
    times: list[int]

    def eval(self, activation: Any) -> Any:
        self.times[0] += 1
        return self.expression.eval(activation)


def many_rules(condition: str, on: str = "message", number: int = 300) -> Policy:
    """Return a policy with `number` rules that judge each event `on` and never do anything."""
    rules = (
        f'  - {{name: "rule {n}", on: {on}, when: "{condition.format(n)}", do: [{{note: Never}}]}}\n'
        for n in range(number)
    )
    return policy_of("rules:\n", *rules)


def counting(policy: Policy) -> tuple[Policy, list[int]]:
    """Return the same policy with counted conditions, and the list that holds the count."""
    times = [0]

    def counted(listener: ListeningRule) -> ListeningRule:
        assert listener.condition is not None
        assert listener.condition.comparable is not None
        program = listener.condition.comparable
        program = replace(program, expression=Counted(program.expression, times))
        return replace(listener, condition=replace(listener.condition, comparable=program))

    listeners = {topic: tuple(map(counted, found)) for topic, found in policy.listeners.items()}
    return replace(policy, listeners=listeners), times


def begun(policy: Policy, tags: int = 0, attributes: int = 0) -> Conversation:
    named = {f"a{n}": "v" for n in range(attributes)}
    start = started(tags=[f"t{n}" for n in range(tags)], attributes=named)
    return decide(opened("c", START), start, START, policy=policy).conversation


def messages(number: int) -> list[Fact]:
    """Return that many messages of an agent, the newest first."""
    return [fact("message", n, event_id=f"m{n}", author="agent", text="Hello") for n in range(number, 0, -1)]


def in_parts(
    conversation: Conversation, told: Sequence[Fact], policy: Policy, *, now: float, limit: int = WORK_LIMIT
) -> list[Decision]:
    """Return the decisions of a workflow's tasks on a backlog, and then on the time that has passed until `now`."""
    decisions: list[Decision] = []
    left = tuple(told)
    while left:
        decisions.append(decide_all(conversation, left, at(now), policy=policy, limit=limit))
        conversation, left = decisions[-1].conversation, decisions[-1].left
    while (ahead := next_deadline(conversation.situation, policy)) is not None and ahead.at <= at(now):
        if ahead.kind == "close":
            break
        decisions.append(decide(conversation, wake_up(now), at(now), policy=policy, limit=limit))
        conversation = decisions[-1].conversation
    return decisions


def check_in_parts(story: list[Fact], random: Any, limit: int, cuts: list[int]) -> None:
    """Check that the story in any order and any parts ends as when all of it is judged at once."""
    shuffled = list(story)
    random.shuffle(shuffled)
    conversation, keys = opened("c", START), list[str]()
    bounds = [0, *sorted(min(cut, len(story)) for cut in cuts), len(story)]
    for first, last in pairwise(bounds):
        for decision in in_parts(conversation, shuffled[first:last], BUSY, now=END, limit=limit):
            conversation = decision.conversation
            keys += [effect.key for effect in decision.effects]
    assert conversation.situation == brute_force(story, BUSY, at(END))
    assert len(keys) == len(set(keys))


STORIES = (
    facts(most=24),
    st.randoms(use_true_random=False),
    st.integers(1, 20 * FACT),
    st.lists(st.integers(0, 24), max_size=3),
)


@settings(max_examples=6, deadline=None)
@given(*STORIES)
def test_a_backlog_in_parts_ends_as_at_once(story: list[Fact], random: Any, limit: int, cuts: list[int]) -> None:
    """A backlog in any order, judged in parts of any size, ends in the same situation and requests no effect twice."""
    check_in_parts(story, random, limit, cuts)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None)
@given(*STORIES)
def test_backlogs_in_parts_many_times(story: list[Fact], random: Any, limit: int, cuts: list[int]) -> None:
    """Thousands of other backlogs end as if judged at once, too."""
    check_in_parts(story, random, limit, cuts)


@pytest.mark.parametrize(
    ("condition", "tags", "tasks"),
    [
        (TAGS, 8, 5),
        (PLAIN, 0, 5),
        (TAGS, 50, 10),
    ],
)
def test_a_task_judges_a_counted_part_of_a_backlog(condition: str, tags: int, tasks: int) -> None:
    """With 300 rules, a hundred messages that come newest first are judged in several tasks of limited work."""
    policy = many_rules(condition)
    conversation, told = begun(policy, tags), messages(120)
    at_once = decide_all(conversation, told, at(END), policy=policy, limit=NO_LIMIT).conversation
    decisions = in_parts(conversation, told, policy, now=END)
    assert decisions[-1].conversation.situation == at_once.situation
    assert [len(decision.left) for decision in decisions][-1] == 0
    assert len(decisions) == tasks
    largest = max(decision.work for decision in decisions)
    assert len(decisions[0].left) > 0
    assert largest <= 2 * (WORK_LIMIT + TAIL_WORK_LIMIT)


@pytest.mark.parametrize(
    ("condition", "tags", "remembered"),
    [
        (PLAIN, 0, 46),
        pytest.param(TAGS, 200, 23, marks=pytest.mark.slow),
        pytest.param(TAGS, 50, 46, marks=pytest.mark.slow),
    ],
)
def test_one_late_fact_has_a_counted_past_judged_again(condition: str, tags: int, remembered: int) -> None:
    """The more work a conversation's past is to judge, the less of it is remembered for messages that come late."""
    policy, times = counting(many_rules(condition))
    *told, first, second = messages(47)
    conversation = in_parts(begun(policy, tags), told, policy, now=END)[-1].conversation
    assert len(conversation.tail) == remembered
    for message in (second, first):
        times[0] = 0
        decision = decide_all(conversation, (message,), at(END), policy=policy, limit=WORK_LIMIT)
        conversation = decision.conversation
        assert times[0] * JUDGED < decision.work <= 2 * TAIL_WORK_LIMIT
        assert conversation.tail_work <= TAIL_WORK_LIMIT
    assert conversation.situation.told.messages == 47


def test_a_told_breach_stays_told_while_late_facts_wait() -> None:
    """A breach that people heard of is not taken back while only a part of the late messages has been judged."""
    story = [started(), *(fact("message", n, event_id=f"m{n}", author="customer", text="Hm") for n in range(1, 9))]
    conversation = decide(opened("c", START), story[0], START, policy=BUSY).conversation
    conversation = decide(conversation, wake_up(40), at(40), policy=BUSY).conversation
    told = [effect.key for effect in conversation.issued if effect.kind == "notify"]
    decisions = in_parts(conversation, story[1:], BUSY, now=40, limit=1)
    assert told
    assert len(decisions) >= 8
    for decision in decisions:
        assert decision.conversation.retracted == ()
        assert [effect.key for effect in decision.effects if effect.key in told] == []


def test_late_facts_that_wait_keep_their_instants() -> None:
    """A hundred messages older than everything remembered are judged in parts, each at the instant it was written."""
    old = [fact("message", n / 10, event_id=f"old{n}", author="agent", text="Hello") for n in range(1, 101)]
    new = [fact("message", 60 + n, event_id=f"new{n}", author="agent", text="Hello") for n in range(40)]
    conversation = in_parts(begun(FULL), new, FULL, now=END)[-1].conversation
    decisions = in_parts(conversation, old, FULL, now=END, limit=10 * FACT)
    conversation = decisions[-1].conversation
    assert len(decisions) > 10
    assert [entry for entry in conversation.remarks if entry.kind == "clamped"] == []
    assert conversation.situation == brute_force([started(), *old, *new], FULL, at(END))
    assert max(len(decision.conversation.tail) for decision in decisions) <= 50


def test_one_fact_has_so_many_conditions_judged() -> None:
    """Where the rules on one message are too much work together, the timeline names the rules that were not judged."""
    policy = many_rules(PAIRS)
    conversation = begun(policy, tags=100, attributes=90)
    decision = decide_all(conversation, messages(1), at(2), policy=policy, limit=WORK_LIMIT)
    named = {entry.rule for entry in decision.because if entry.kind == "rule_not_evaluated"}
    assert {f"rule {n}" for n in range(210, 300)} <= named
    assert "rule 50" not in named
    assert decision.work <= CAUSE_LIMIT + 300 * FACT
    assert decision.conversation.situation.told.messages == 1


def test_time_that_has_passed_is_taken_in_parts() -> None:
    """Three hundred waits that ended during an outage are acted on in several tasks, each once and in order."""
    rules = (f"  - {{name: w{n}, on: {{waiting: {n + 1}m}}, do: [{{note: Waited {n}}}]}}\n" for n in range(300))
    policy = policy_of("rules:\n", *rules)
    conversation = begun(policy)
    at_once = decide(conversation, wake_up(END), at(END), policy=policy)
    decisions = in_parts(conversation, (), policy, now=END)
    assert len(decisions) > 1
    assert decisions[-1].conversation.situation == at_once.conversation.situation
    assert [effect for decision in decisions for effect in decision.effects] == list(at_once.effects)


@pytest.mark.parametrize("life", ["", "5c0f3a"])
def test_many_notices_of_one_breach_are_counted_once_each(life: str) -> None:
    """Six hundred calls on one clock take one look each: those for at risk are too late, those for breach go out."""
    rules = [
        f'  - {{name: {name}{n}, on: {{clock: first_response, at: {at}}}, do: [{{notify: "slack:#{name}{n}"}}]}}\n'
        for n in range(300)
        for name, at in (("risk", "60%"), ("breach", "breach"))
    ]
    policy = policy_of("rules:\n", *rules)
    conversation = decide(opened("c", at(0), life), started(), at(0), policy=policy).conversation
    decision = decide(conversation, wake_up(60), at(60), policy=policy)
    targets = [effect.target for effect in decision.effects if effect.kind == "notify"]
    assert targets == [f"slack:#breach{n}" for n in range(300)]
