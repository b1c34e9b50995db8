"""Calls to people: acknowledgements, holds, late news of what Slack delivered, and incidents."""

from hypothesis import strategies as st

from policies.state.events import (
    EffectFailed,
    Fact,
    Held,
    IncidentAnswered,
    Released,
    StepDelivered,
    StepTried,
    StepWithdrawn,
)
from tests.cases import case
from tests.policies.order.scenarios import Stories
from tests.policies.stories import at, fact, policy_of, started

CALLING = policy_of(case("policies/order/calls"))
RUNS = ("eu/people.1.1", "eu/people.1.2")
STEPS = [f"{run}/{place}" for run in RUNS for place in ("1.1", "1.2", "1.1~1", "1.2~1")]
WHO = st.sampled_from(["anna", "ben"])
BODIES: dict[str, st.SearchStrategy[dict[str, str]]] = {
    "message": st.fixed_dictionaries({"author": st.sampled_from(["customer", "agent"])}),
    "tag_added": st.fixed_dictionaries({"tag": st.sampled_from(["one", "two"])}),
    "tag_removed": st.fixed_dictionaries({"tag": st.just("one")}),
    "status_changed": st.fixed_dictionaries({"status": st.sampled_from(["open", "pending_customer"])}),
    "acknowledged": st.fixed_dictionaries({"by": WHO, "step": st.sampled_from(["", *RUNS])}),
    "folded": st.fixed_dictionaries({"page": st.sampled_from([*RUNS, *STEPS]), "incident": st.just("incident-1")}),
    "unfolded": st.just({"incident": "incident-1"}),
    "incident_answered": st.fixed_dictionaries({"page": st.sampled_from(RUNS), "incident": st.just("incident-1")}),
    "held": st.just({}),
    "released": st.just({}),
    "delivered": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
    "failed": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
    "tried": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
    "withdrawn": st.fixed_dictionaries({"page": st.sampled_from(STEPS)}),
}
NEWS = st.one_of(*(st.tuples(st.just(name), body) for name, body in BODIES.items()))
_NEWS = st.lists(st.tuples(NEWS, st.integers(0, 120)), max_size=14)


def _facts(story: list[tuple[tuple[str, dict[str, str]], int]]) -> list[Fact]:
    """Return the facts of one conversation from people, helpdesk, Slack and incidents."""
    return [started(), *(_fact(name, body, number, when) for number, ((name, body), when) in enumerate(story))]


def _fact(name: str, body: dict[str, str], number: int, when: int) -> Fact:
    happened = {"event_id": f"e{number}", "occurred_at": at(when)}
    match name:
        case "held":
            return Held(**happened, source="command", by="anna", note="later")
        case "released":
            return Released(**happened, source="command", by="anna")
        case "delivered":
            return StepDelivered(**happened, source="baton", page=body["page"], reached=("anna",))
        case "tried":
            return StepTried(**happened, source="baton", page=body["page"])
        case "incident_answered":
            return IncidentAnswered(**happened, source="baton", **body)
        case "withdrawn":
            return StepWithdrawn(**happened, source="baton", page=body["page"], may_be_folded=number % 2 == 0)
        case "failed":
            return EffectFailed(
                **happened,
                source="baton",
                effect="notify",
                key="k",
                page=body["page"],
                target="slack:#first",
                why="gone",
            )
        case _:
            return fact(name, when, event_id=f"e{number}", **body)


STORIES = Stories("calls", CALLING, 500, drawn=_NEWS.map(_facts))
