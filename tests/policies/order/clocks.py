"""All events that start, stop or move a clock."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from policies.state.events import Absorbed, Fact, Held, Merged, Released, Snoozed, Woken
from tests.cases import case
from tests.policies.order.scenarios import Six, Stories
from tests.policies.stories import ACME, at, fact, policy_of, started

OWNING = ACME.replace(
    "resolution: 7h, at_risk: 50%",
    "resolution: 7h, ownership: 3h, pause_budget: 1h, at_risk: [50%, 75%], "
    "special: [{priority: urgent, first_response: 5m}, {customer_tier: gold, next_response: 15m, resolution: 4h}]",
)
EVERYTHING = policy_of(case("policies/order/clocks"), base=OWNING)


def held(when: float) -> Fact:
    """Return a hold."""
    return Held(event_id=f"h{when:g}", occurred_at=at(when), source="command", by="anna", note="n")


def released(when: float) -> Fact:
    """Return a release."""
    return Released(event_id=f"l{when:g}", occurred_at=at(when), source="command", by="anna")


def snoozed(when: float) -> Fact:
    """Return a snooze of one hour."""
    return Snoozed(event_id=f"z{when:g}", occurred_at=at(when), source="command", by="anna", until=at(when + 60))


def woken(when: float) -> Fact:
    """Return the end of a snooze."""
    return Woken(event_id=f"w{when:g}", occurred_at=at(when), source="command", by="anna")


def absorbed(when: float) -> Fact:
    """Return a merge of another conversation into this one; its customer had waited twenty minutes."""
    return Absorbed(event_id=f"a{when:g}", occurred_at=at(when), other="b", waiting_since=at(when - 20))


def merged(when: float) -> Fact:
    """Return a merge of this conversation into another."""
    return Merged(event_id=f"m{when:g}", occurred_at=at(when), into="b")


def told(name: str, /, **body: Any) -> Callable[[float], Fact]:
    """Return a maker of this signal, for an instant that is chosen later."""
    return lambda when: fact(name, when, event_id=f"{name}-{'-'.join(map(str, body.values()))}-{when:g}", **body)


MAKERS: tuple[Callable[[float], Fact], ...] = (
    held,
    released,
    snoozed,
    woken,
    absorbed,
    merged,
    told("message", author="customer"),
    told("message", author="agent", author_id="anna"),
    told("message", author="agent", author_id="baton"),
    told("status_changed", status="pending_customer"),
    told("status_changed", status="open"),
    told("status_changed", status="resolved"),
    told("status_changed", status="on_hold", by="baton"),
    told("reassigned", team="tier-2", assignee="ben"),
    told("reassigned", team="tier-1"),
    told("reassigned", team="billing", by="baton"),
    told("customer_updated", tier="gold"),
    told("tag_added", tag="outage"),
    told("tag_removed", tag="outage"),
    told("tag_added", tag="spam"),
)

_SIXES: dict[str, list[Fact]] = {
    "hold, pause and urgency": [
        started(),
        told("status_changed", status="pending_customer")(4),
        held(6),
        told("tag_added", tag="outage")(30),
        released(70),
        told("message", author="customer")(150),
    ],
    "merge and reopen": [
        started(),
        told("message", author="agent", author_id="anna")(5),
        merged(9),
        absorbed(30),
        told("message", author="customer")(31),
        told("status_changed", status="resolved")(50),
    ],
    "snooze, silence and other hands": [
        started(),
        told("reassigned", team="tier-2", assignee="ben")(3),
        snoozed(5),
        told("message", author="agent", author_id="ben")(35),
        told("reassigned", team="billing", by="baton")(40),
        told("customer_updated", tier="gold")(90),
    ],
}
SIXES = tuple(Six(name, EVERYTHING, 600, facts=facts, ends=lambda _: True) for name, facts in _SIXES.items())


def _made(pairs: list[tuple[Callable[[float], Fact], int]]) -> list[Fact]:
    return [started(), *(make(when) for make, when in pairs)]


_PAIRS = st.lists(st.tuples(st.sampled_from(MAKERS), st.integers(1, 700)), max_size=16, unique_by=lambda pair: pair[1])
STORIES = Stories("clocks", EVERYTHING, 2500, drawn=_PAIRS.map(_made))

_AT_ONCE = st.lists(st.tuples(st.sampled_from(MAKERS), st.sampled_from((5, 70, 400))), max_size=12, unique=True)
AT_ONCE = Stories("clocks at few instants", EVERYTHING, 2500, drawn=_AT_ONCE.map(_made))
"""Stories in which several events happen at the same instant."""
