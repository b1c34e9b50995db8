"""The port to an analyser, which reads what customers mean: it has one method, and Baton's own looks for patterns.

Promises that an answer is validated where it was made: an answer of another shape is a failure of the reading, never of
the conversation. Must not know who asks, or what follows.
"""

from datetime import datetime
from functools import reduce
from typing import Protocol

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.insight.plain import worth_reading
from policies.document.insight import Patterns
from policies.state.events import Author, MessageReceived
from policies.state.meaning import Meaning
from policies.text.languages import language_in

BEFORE = 12
"""The number of earlier messages that an analyser sees before the ones to be read."""


class Heard(BaseModel):
    """One message, with the analysis that its sender had made already."""

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
        """Return the message of an event, with its text cut as it will be read, because history keeps it."""
        text = worth_reading(message.text)
        return cls.model_validate({**message.model_dump(), "at": message.occurred_at, "text": text})


class ReadingRequest(BaseModel):
    """The customer's `messages` to be read, and the messages `before` them, both in the order in which they happened.

    `before` is as known when the request was made; a message that comes late is not in it. The patterns of `languages`
    count for a customer who has `spoken` that language, or uses it now. Without `wants_tags`, no time is spent on
    proposing tags.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    messages: tuple[Heard, ...]
    before: tuple[Heard, ...] = ()
    locale: str = ""
    spoken: tuple[str, ...] = ()
    patterns: Patterns = Patterns.model_validate({})
    languages: dict[str, Patterns] = {}
    wants_tags: bool = False

    def patterns_with(self, written: str) -> Patterns:
        """Return the general patterns with those of the languages that the customer prefers, speaks or wrote."""
        known = set(map(language_in, (self.locale, *self.spoken, written)))
        further = (more for name, more in self.languages.items() if language_in(name) in known)
        return reduce(Patterns.and_also, further, self.patterns)


class Analyser(Protocol):
    """An analyser that can read messages. It may take its time, but the workflow waits only up to its own limit."""

    async def understand(self, reading: ReadingRequest) -> Meaning:
        """Return what the messages mean. Raises an error where it can't tell."""
        ...


class InsightActivities:
    """The activity in front of an analyser."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    @activity.defn(name="insight.understand")
    async def understand(self, reading: ReadingRequest) -> Meaning:
        """Return what the messages mean, validated once more: another analyser may not keep to its types."""
        return Meaning.model_validate((await self._analyser.understand(reading)).model_dump())
