"""Feedback on an escalation: the agent who answered is asked about it once the conversation is resolved."""

from collections.abc import Sequence

from policies.document.hindsight import Asked, Move
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect, Notify
from policies.state.situation import Situation
from tests.cases import case
from tests.policies.order.scenarios import Six
from tests.policies.stories import at, fact, policy_of, started

ASKING = policy_of(case("policies/feedback_people"), case("policies/feedback_asking"))
_MOVE = Move(at(2), "tier-2", 2, "policy", "hard", "tier-1", policy="acme", version=1)


def kim_was_asked(end: Situation) -> bool:
    """Return whether Kim was asked about the escalation, and her answer is about it."""
    return (end.feedback.asked, end.feedback.given[0].about) == ((Asked("kim", at(2)),), _MOVE)


def kim_was_asked_once(_conversation: Conversation, effects: Sequence[AnyEffect]) -> None:
    """Check that all questions that went out were one and the same."""
    keys = {effect.key for effect in effects if isinstance(effect, Notify) and effect.hindsight}
    assert keys == {"c/status_changed-4/notify/0"}


SIXES = (
    Six(
        "questions",
        ASKING,
        30,
        kim_was_asked_once,
        facts=(
            started(),
            fact("tag_added", 2, tag="hard"),
            fact("message", 3, author="agent", author_id="kim", text="Done", event_id="answer"),
            fact("status_changed", 4, status="resolved"),
            fact("feedback", 5, by="kim", needed=False, step="asked:2026-01-05T10:02:00+00:00"),
        ),
        ends=kim_was_asked,
    ),
)
