"""Many rules that answer messages, tags, moves and late replies, with a ladder that calls people."""

from hypothesis import strategies as st

from policies.state.events import Fact
from tests.cases import case
from tests.policies.order.scenarios import Six, Stories
from tests.policies.stories import FULL, fact, policy_of, started

BUSY = policy_of(case("policies/order/busy"))

SIX = (
    started(),
    fact("tag_added", 3, tag="billing"),
    fact("message", 8, author="agent", text="Which invoice?"),
    fact("status_changed", 8, status="pending_customer"),
    fact("message", 30, author="customer", text="Number 7"),
    fact("reassigned", 34, team="tier-2", by="anna"),
)
TEAMS = st.sampled_from(["tier-1", "on-call", "tier-2", "billing", "partners"])
STATUSES = st.sampled_from(["open", "pending_customer", "on_hold", "resolved"])
INCIDENTS = st.sampled_from(["incident-1", "incident-2"])
BODIES: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "message": {"author": st.sampled_from(["customer", "agent", "assistant"])},
    "tag_added": {"tag": st.sampled_from(["billing", "vip"])},
    "tag_removed": {"tag": st.sampled_from(["billing", "vip"])},
    "status_changed": {"status": STATUSES},
    "reassigned": {"team": TEAMS, "assignee": st.sampled_from(["", "anna"])},
    "attribute_changed": {"name": st.just("plan"), "value": st.integers(0, 3)},
    "acknowledged": {"by": st.just("ben")},
    "folded": {"page": st.sampled_from(["people.1", "people.1/1.1", "people.2"]), "incident": INCIDENTS},
    "unfolded": {"incident": INCIDENTS},
    "rated": {"score": st.integers(1, 5)},
    "feedback": {
        "by": st.sampled_from(["", "anna"]),
        "needed": st.booleans(),
        "step": st.sampled_from(["", "people.1/1.1", "people.2"]),
    },
}
SIGNALS = st.one_of(*(st.tuples(st.just(name), st.fixed_dictionaries(body)) for name, body in BODIES.items()))


@st.composite
def facts(draw: st.DrawFn, *, most: int = 14, span: int = 600) -> list[Fact]:
    """Draw a start and up to `most` facts within `span` minutes of it."""
    bodies = draw(st.lists(st.tuples(SIGNALS, st.integers(0, span)), max_size=most))
    told: list[Fact] = [started()]
    for number, ((name, body), when) in enumerate(bodies):
        told.append(fact(name, when, event_id=f"e{number}", **body))
    return told


SIXES = tuple(
    Six(name, policy, 60, facts=SIX, ends=lambda end: end.responsible.team == "tier-2")
    for name, policy in (("few rules", FULL), ("many rules", BUSY))
)
STORIES = Stories("many rules", BUSY, 2000, drawn=facts())
