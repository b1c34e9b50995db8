"""A chat that goes from the assistant to people: the handoff, the customer's choices, the score and the briefing."""

from collections.abc import Sequence

from hypothesis import strategies as st

from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect, SetAssistant
from policies.state.events import Fact
from policies.state.situation import Situation
from tests.policies.handoff.worlds import TELLS, helped
from tests.policies.order.scenarios import Six, Stories
from tests.policies.stories import fact, started
from tests.policies.understanding.readings import reading

POLICY = helped(
    """  - {name: adds up, on: score_high, do: [{escalate: tier-2}]}
  - {name: lawyers, on: {mentioned: lawyer, times: 2}, do: [{escalate: next}]}
  - {name: too long, on: {unresolved: 2h}, do: [{tag: long}]}
""",
    TELLS,
    """
score: {weights: {sentiment: 60, unresolved: 40}, high_at: 60, calm_at: 30}
insight: {keywords: {lawyer: lawyer}}
briefing: {}
""",
)
CHAT = started(channel="web_chat", customer={"name": "Kim"})


SIX: tuple[Fact, ...] = (
    CHAT,
    fact("message", 1, author="customer", text="A person, please", event_id="m1"),
    reading(1, "m1", asks_for_human=True),
    fact("choice_made", 3, choice="callback", event_id="chosen"),
    fact("reassigned", 5, team="tier-1", assignee="ben", by="ben", event_id="taken"),
    fact("message", 7, author="agent", author_id="ben", text="Hello", event_id="a1"),
)


BODIES: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "message": {
        "author": st.sampled_from(["customer", "customer", "agent", "assistant"]),
        "text": st.sampled_from(["1", "2", "My lawyer will hear of it", "Hello?"]),
    },
    "choice_made": {"choice": st.sampled_from(["assistant", "wait", "callback", "manager"])},
    "reassigned": {
        "team": st.sampled_from(["robot", "tier-1", "tier-2"]),
        "assignee": st.sampled_from(["", "anna", "ben"]),
    },
    "status_changed": {"status": st.sampled_from(["open", "pending_customer", "resolved"])},
    "customer_updated": {"value": st.integers(0, 10)},
}
SIGNALS = st.one_of(*(st.tuples(st.just(name), st.fixed_dictionaries(body)) for name, body in BODIES.items()))
MEANINGS = st.fixed_dictionaries(
    {"asks_for_human": st.booleans(), "frustration": st.sampled_from([0.0, 0.5, 1.0]), "unresolved": st.integers(0, 3)}
)


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    """Draw a chat with the assistant in which Baton understands some of the messages."""
    told: list[Fact] = [CHAT]
    for number, ((name, body), when) in enumerate(draw(st.lists(st.tuples(SIGNALS, st.integers(0, 300)), max_size=12))):
        told.append(fact(name, when, event_id=f"e{number}", **body))
        if body.get("author") == "customer" and draw(st.booleans()):
            told.append(reading(when, f"e{number}", **draw(MEANINGS)))
    return told


def is_handed_over(end: Situation) -> bool:
    """Return whether an agent has the conversation and the assistant is muted."""
    return (
        end.handoffs.latest is not None and end.handoffs.latest.state == "committed" and end.handoffs.is_assistant_muted
    )


def the_desk_knows(conversation: Conversation, effects: Sequence[AnyEffect]) -> None:
    """Check that the helpdesk mutes the assistant exactly where it should be muted."""
    told = [effect.is_muted for effect in effects if isinstance(effect, SetAssistant)]
    assert (told or [False])[-1] == conversation.situation.handoffs.is_assistant_muted


SIXES = (Six("handoff", POLICY, 60, the_desk_knows, facts=SIX, ends=is_handed_over),)
STORIES = Stories("handoffs", POLICY, 1000, the_desk_knows, drawn=stories())
