"""The meaning of messages: the typed facts of one reading, and the running picture that a conversation keeps of them.

Promises bounds: the findings of any analyser fit a timeline and a state. Must not know how messages are read (an
activity) or what follows (`understanding`, and the policy's rules on `understood`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from policies.document.proposals import Proposals
from policies.text.cutting import clipped

TOPICS = ("security", "legal", "privacy", "refund", "chargeback", "cancellation")
"""The risk topics that Baton knows, the gravest first; a policy may add its own."""

FURTHER_TOPICS = ("billing", "compliance", "defect", "leaving")
"""The topics that tell who can help, and are no risk by themselves: they are read of every message."""
MOODS = {
    "asks_for_manager": "asks for a manager",
    "urgent": "it is urgent",
    "confused": "is confused",
    "effort": "has spent much time on it",
    "unheard": "does not feel heard",
    "mounting": "gets angrier",
}
"""The findings about the customer, beside a request for a person and frustration, each with words for people."""

FRUSTRATED = 0.6
"""The frustration from which a customer counts as angry, here and in the shipped policy."""
WORDS_LIMIT = RISKS_LIMIT = 12
WORD_LIMIT = 60
NOTICED_LIMIT_BEFORE = 8
"""The number of kinds of findings that were kept before edition 4."""
NOTICED_LIMIT = 20
"""The number of kinds that Baton knows, and some of a policy's own: topics, moods, a request for a person."""
ASKS, FRUSTRATION = "asks_for_human", "frustration"
"""The keys of `evidence` for these two findings; its other keys are topics."""
_EVIDENCE_LIMIT = RISKS_LIMIT + len(FURTHER_TOPICS) + len(MOODS) + 2
_COUNT = Field(default=0, ge=0, le=1000)


def _cut(value: Any) -> Any:
    """Return at most `WORDS_LIMIT` words, each as one line with a visible cut."""
    if not isinstance(value, list | tuple):
        return value
    words = cast("list[object] | tuple[object, ...]", value)
    return tuple(clipped(word, WORD_LIMIT) for word in words[:WORDS_LIMIT])


def _cut_pairs(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    pairs = cast("dict[object, object]", value)
    return {clipped(name, WORD_LIMIT): clipped(said, WORD_LIMIT) for name, said in [*pairs.items()][:_EVIDENCE_LIMIT]}


_Words = Annotated[tuple[str, ...], BeforeValidator(_cut)]
_Evidence = Annotated[dict[str, str], BeforeValidator(_cut_pairs)]


class Meaning(BaseModel):
    """The findings of reading some messages of a customer together with the messages before them.

    `frustration` is from 0 to 1. `unresolved` counts the customer's unanswered questions, `repeated` how often the last
    message had been said before, `failed` the assistant's answers that the sender reported as failed, and `systems` the
    systems involved. `amount` is the highest sum of money that was named, in any currency. `confidence` is the lowest
    that the sender reported, and `sentiment` the worst. `angry` counts the customer's angry messages of those read, and
    `mounting` says that anger grows without a loud word. `topics` tell who can help. `settled` says that the customer
    thanks, or says that it works. `why` are the words that matched; `evidence` gives them by what they speak for:
    `asks_for_human`, `frustration`, a mood such as `urgent`, or a topic. `proposed` are the tagger's categories that
    the new messages seem to be about.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    asks_for_human: bool = False
    frustration: float = Field(default=0.0, ge=0, le=1)
    risks: _Words = ()
    unresolved: int = _COUNT
    repeated: int = _COUNT
    failed: int = _COUNT
    confidence: float | None = Field(default=None, ge=0, le=1)
    systems: int = _COUNT
    amount: float | None = Field(default=None, ge=0, description="The highest sum of money that the customer named.")
    language: str = Field(default="", max_length=WORD_LIMIT)
    why: _Words = ()
    evidence: _Evidence = Field(default={}, description="The words that matched, by what they speak for.")
    proposed: Proposals = ()
    topics: _Words = ()
    asks_for_manager: bool = False
    urgent: bool = False
    confused: bool = False
    effort: bool = False
    unheard: bool = False
    mounting: bool = False
    settled: bool = False
    angry: int = _COUNT
    sentiment: float | None = Field(default=None, ge=-1, le=1)


@dataclass(frozen=True, slots=True)
class Noticed:
    """One finding of a reading with its evidence: the words that matched, and an excerpt of the message they are in."""

    at: datetime
    """The instant of the reading."""
    what: str
    """The finding: `asks_for_human`, `frustration`, or a topic such as `security`."""
    words: str
    """The words that matched."""
    said: str = ""
    """An excerpt of the message with the words; empty where no excerpt of a recent message has them."""
    amount: float | None = None
    """The highest sum of money that was named together with a topic; else null."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """The running picture of what the customer's messages mean.

    `asked_for_human_at`, `most_frustrated`, `risks` and `noticed` stay; of `noticed` the latest of each kind. The other
    fields are as last read.
    """

    unread: tuple[str, ...] = ()
    """Messages that have not been read for their meaning yet."""
    readings: int = 0
    """The number of readings."""
    asked_for_human_at: datetime | None = None
    """The instant at which the customer first asked for a person; null where they have not."""
    frustration: float = 0.0
    """The customer's frustration, from 0 to 1, as last read."""
    most_frustrated: float = 0.0
    """The highest frustration of all readings."""
    risks: tuple[str, ...] = ()
    """The risk topics that came up, such as `security` or `refund`."""
    unresolved: int = 0
    """The number of the customer's questions without an answer."""
    repeated: int = 0
    """The number of times that the customer had said the last message before."""
    failed: int = 0
    """The number of the assistant's answers that were reported as failed."""
    confidence: float | None = None
    """The lowest confidence that was reported; null where none was."""
    systems: int = 0
    """The number of systems that are involved."""
    language: str = ""
    """The language the customer writes in, where it was recognised."""
    trouble: str = ""
    """The reason why the latest messages could not be read; empty where they were."""
    noticed: tuple[Noticed, ...] = ()
    """The latest words of the customer for each kind of finding."""
    topics: tuple[str, ...] = ()
    """The further topics that came up, such as `billing` or `defect`."""
    settled: bool = False
    """`true` where the customer's last message thanks, or says that it works."""
