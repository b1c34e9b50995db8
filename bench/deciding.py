"""Microseconds for one `decide`, by the number of rules and by how many of them listen to the event."""

import time
from datetime import UTC, datetime, timedelta

from bench.report import Figure, median, say
from bench.stage import Stage
from policies.decide import decide
from policies.loading.load import load_policy
from policies.running.policy import Policy, build
from policies.state.conversation import opened
from policies.state.events import ConversationStarted, Fact, MessageReceived, TagAdded

RULES = (10, 100, 1000)
_REPEATS, _AT_ONCE = 7, 60
_NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
_GROWTH = 1.5
_HEAD = """
policy: bench-rules
version: 1
teams:
  tier-1: {name: Tier 1, tier: 1, sla: standard}
  billing: {name: Billing, tier: 3, sla: standard}
channels: {email: tier-1}
sla:
  standard: {first_response: 15m, next_response: 30m, resolution: 8h, at_risk: 75%}
rule_budget: 5
rules:
  - {name: billing topic, on: tag_added, when: event.tag == "billing", do: [{assign: billing}, {note: Auto-routed}]}
"""


async def measure(_stage: Stage, _rounds: int) -> list[Figure]:
    """Measure an ordinary message and the tag, among rules that wait for another event and among rules that listen."""
    figures: list[Figure] = []
    at = {"event_id": "e", "occurred_at": _NOW}
    events: dict[str, Fact] = {
        "message": MessageReceived(author="customer", text="Hello", **at),
        "billing tag": TagAdded(tag="billing", **at),
    }
    for name, event in events.items():
        for listens in (False, True):
            taken = [
                _microseconds(_policy(number, event.kind if listens else "attribute_changed"), event)
                for number in RULES
            ]
            figures.append(_figure(name, taken, listens=listens))
    say("deciding", f"done, with {', '.join(map(str, RULES))} rules")
    return figures


def _policy(number: int, topic: str) -> Policy:
    condition = {
        "tag_added": "event.tag == 'topic-{n}'",
        "message": "event.intent == 'topic-{n}'",
        "attribute_changed": "event.name == 'topic-{n}'",
    }[topic]
    rules = (
        f'  - {{name: rule {n}, on: {topic}, when: "{condition.format(n=n)}", do: [{{note: Rule {n}}}]}}\n'
        for n in range(number - 1)
    )
    return build(load_policy(_HEAD + "".join(rules), file="bench", today=_NOW.date()))


def _microseconds(policy: Policy, event: Fact) -> float:
    """Return the median of many calls on the same conversation, ten minutes old and quiet, in microseconds."""
    start = ConversationStarted(event_id="s", occurred_at=_NOW - timedelta(minutes=10), channel="email")
    conversation = decide(opened("c", start.occurred_at), start, start.occurred_at, policy=policy).conversation
    taken: list[float] = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        for _ in range(_AT_ONCE):
            decide(conversation, event, _NOW, policy=policy)
        taken.append((time.perf_counter() - began) / _AT_ONCE * 1e6)
    return median(taken)


def _figure(name: str, taken: list[float], *, listens: bool) -> Figure:
    """Return the growth from 10 rules to 1,000. The target is for rules that don't listen to the event."""
    shown = " / ".join(f"{each:.0f}" for each in taken) + " µs"
    growth = taken[-1] / taken[0]
    what = f"decide, {name}, {' / '.join(map(str, RULES))} rules {'listening' if listens else 'elsewhere'}"
    if listens:
        return Figure("deciding", what, shown, ratio=growth)
    return Figure("deciding", what, shown, "", growth, f"growth at most {_GROWTH}", growth <= _GROWTH)
