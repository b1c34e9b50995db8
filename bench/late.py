"""The largest workflow task of a backlog: the processor time to judge facts where many rules look at each.

A thousand messages come at once, the newest first, and then one that is older than all that is remembered; the policy
has 300 rules. `process_time` is read, so that other work on the machine counts little.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bench.report import Figure, say
from bench.stage import Stage
from policies.decide import decide, decide_all, order
from policies.loading.load import load_policy
from policies.running.policy import Policy, build
from policies.running.workload import WORK_LIMIT
from policies.state.conversation import Conversation, opened
from policies.state.events import ConversationStarted, Fact, MessageReceived

RULES, FACTS = 300, 1_000
BUDGET = 0.5
"""Seconds of a processor for one task."""
_NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
_HEAD = """
policy: bench-late
version: 1
teams:
  tier-1: {name: Tier 1, tier: 1, sla: standard}
channels: {email: tier-1}
sla:
  standard: {first_response: 15m, next_response: 30m, resolution: 8h, at_risk: 75%}
rules:
"""
_KINDS = {
    "plain conditions": ("event.intent == 'topic-{n}'", 0),
    "conditions over texts": ("event.text.matches('refund(ed)? {n}')", 0),
    "conditions over 8 tags": ("conversation.tags.exists(t, t == 'topic-{n}')", 8),
    "conditions over 200 tags": ("conversation.tags.exists(t, t == 'topic-{n}')", 200),
}


async def measure(_stage: Stage, _rounds: int) -> list[Figure]:
    """Measure the largest task of the backlog and that of one late fact, for rules with conditions of several kinds."""
    figures: list[Figure] = []
    for kind, (condition, tags) in _KINDS.items():
        policy = _policy(condition)
        taken, conversation = _backlog(_begun(policy, tags), _messages(), policy)
        figures.append(_figure(f"largest task of {len(taken)}, {FACTS:,} facts × {RULES} rules, {kind}", max(taken)))
        late = _message(FACTS, conversation.base.at + timedelta(milliseconds=1))
        (alone, *_), _ = _backlog(conversation, [late], policy)
        figures.append(_figure(f"one more late fact, {len(conversation.tail)} remembered, {kind}", alone))
        say("late", f"{kind}: {sum(taken):.1f} s in {len(taken)} tasks")
    return figures


def _begun(policy: Policy, tags: int) -> Conversation:
    at, names = _NOW - timedelta(hours=20), tuple(f"tag-{number}" for number in range(tags))
    start = ConversationStarted(event_id="start", occurred_at=at, channel="email", tags=names)
    return decide(opened("c", at), start, at, policy=policy).conversation


def _policy(condition: str) -> Policy:
    rules = (
        f'  - {{name: rule {n}, on: message, when: "{condition.format(n=n)}", do: [{{note: Rule {n}}}]}}\n'
        for n in range(RULES)
    )
    return build(load_policy(_HEAD + "".join(rules), file="bench", today=_NOW.date()))


def _messages() -> list[Fact]:
    return [_message(number, _NOW - timedelta(minutes=number + 1)) for number in range(FACTS)]


def _message(number: int, at: datetime) -> Fact:
    author = "customer" if number % 2 else "agent"
    text = "Where is my refund? I wrote last week and nobody answered."
    return MessageReceived(event_id=f"m{number}", occurred_at=at, author=author, text=text)


def _backlog(conversation: Conversation, facts: Sequence[Fact], policy: Policy) -> tuple[list[float], Conversation]:
    """Return the seconds of each task until all facts are judged as in the workflow, and the conversation."""
    left, taken = facts, list[float]()
    while left:
        began = time.process_time()
        in_order = sorted(left, key=order)
        decision = decide_all(conversation, in_order, _NOW, policy=policy, limit=WORK_LIMIT)
        taken.append(time.process_time() - began)
        conversation, left = decision.conversation, decision.left
    return taken, conversation


def _figure(what: str, seconds: float) -> Figure:
    return Figure("late", what, f"{seconds * 1000:.0f} ms", target=f"{BUDGET * 1000:.0f} ms", met=seconds <= BUDGET)
