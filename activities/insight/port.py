"""The port to whoever reads what customers mean: an analyser has one method, and Baton's own looks for patterns.

Promises that an answer is checked where it was made: what does not fit is a failure of the reading, never of the
conversation. Must not know who asks, or what follows.
"""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.insight.plain import worth_reading
from policies.document.insight import Patterns
from policies.state.events import Author, MessageReceived
from policies.state.meaning import Meaning

BEFORE = 12
"""Messages before the ones to be read that an analyser gets to see."""


class Heard(BaseModel):
    """One message, with what its sender had analysed already."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    author: Author
    at: datetime
    text: str = ""
    intent: str = ""
    confidence: float | None = None
    sentiment: float | None = None
    failed: bool = False
    public: bool = True

    @classmethod
    def of(cls, message: MessageReceived) -> "Heard":
        """What of an event matters here. Texts are cut as they will be read, because history keeps them."""
        text = worth_reading(message.text)
        return cls.model_validate({**message.model_dump(), "at": message.occurred_at, "text": text})


class ReadingRequest(BaseModel):
    """What is to be read: `messages` of the customer, after those `before`, both in the order in which they happened.

    `before` is what was known when it was asked; a message that comes late is not in it. The patterns of `languages`
    count for who has `spoken` them, or does now. Where nobody `wants_tags`, no time is spent on proposing any.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    messages: tuple[Heard, ...]
    before: tuple[Heard, ...] = ()
    locale: str = ""
    spoken: tuple[str, ...] = ()
    patterns: Patterns = Patterns.model_validate({})
    languages: dict[str, Patterns] = {}
    wants_tags: bool = False


class Analyser(Protocol):
    """Whoever can read messages. May take its time, but nobody waits longer than the workflow's patience."""

    async def understand(self, reading: ReadingRequest) -> Meaning:
        """What the messages mean. Raises where it can't tell."""
        ...


class InsightActivities:
    """The activity in front of an analyser."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    @activity.defn(name="insight.understand")
    async def understand(self, reading: ReadingRequest) -> Meaning:
        """What the messages mean, once more checked: another analyser may not keep to its types."""
        return Meaning.model_validate((await self._analyser.understand(reading)).model_dump())
