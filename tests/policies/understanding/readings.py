"""Readings of the customer's messages, as Baton takes them in."""

from typing import Any

from policies.state.events import MessageUnderstood
from policies.understanding.understanding import AFTER
from tests.policies.stories import at


def reading(when: float, *messages: str, **meaning: Any) -> MessageUnderstood:
    """Return a reading of the given messages that happened shortly (`AFTER`) after minute `when`."""
    return MessageUnderstood(
        event_id=f"{messages[-1]}/understood",
        occurred_at=at(when) + AFTER,
        source="baton",
        messages=messages,
        **meaning,
    )


def proposing(when: float, *messages: str, **confidence: float) -> MessageUnderstood:
    """Return a reading of that minute's messages, or of `messages`, that proposes tags with their confidences."""
    proposed = [{"tag": tag, "confidence": sure} for tag, sure in confidence.items()]
    return reading(when, *(messages or (f"customer-{when:g}",)), proposed=proposed)
