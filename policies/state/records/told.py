"""The messages of a conversation and the lines of its timeline.

Must not know which of them people see.
"""

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from policies.state.entry_kind import RecordedKind
from policies.state.events import Attachment, Author
from policies.state.limits import BEGINNING_LIMIT, TIMELINE_LIMIT

RECENT_MESSAGES = 6
EXCERPT = 280


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: an event or a decision, its instant in the conversation's time, and the reason.

    `facts` repeat the line as pairs for machines, where reports count such lines.
    """

    at: datetime
    """The instant of the event or decision, in the conversation's time."""
    kind: RecordedKind
    text: str
    """The event or decision, in a sentence."""
    rule: str = ""
    """The rule that fired, by its name in the policy."""
    clock: str = ""
    """The promise, such as `first_response.1`."""
    facts: tuple[tuple[str, str], ...] = ()
    """The same for machines, as pairs of a name and a value; empty for most kinds."""


@dataclass(frozen=True, slots=True)
class Said:
    """A recent message, cut to an excerpt."""

    at: datetime
    """The instant at which the message was written."""
    author: Author
    """The author: `customer`, `assistant` or `agent`."""
    author_id: str
    """Your id of the author."""
    text: str
    """The words of the message; cut after 4,000 characters."""
    automatic: Annotated[bool, Field(exclude_if=operator.not_)] = False
    """`true` where a machine wrote the message; false for messages from before edition 3."""

    @property
    def is_customers_word(self) -> bool:
        """`True` where the customer wrote the message, and not a machine in their name."""
        return self.author == "customer" and not self.automatic


_BEGINNINGS = ("conversation_started", "imported")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a message."""

    at: datetime
    """The instant at which the message was written."""
    author: Author
    """The author: `customer`, `assistant` or `agent`."""
    author_id: str
    """Your id of the author."""
    file: Attachment
    """The file, by its name. Baton never fetches it."""


@dataclass(frozen=True, slots=True)
class ToldSoFar:
    """The latest messages, and the timeline."""

    recent: tuple[Said, ...] = ()
    """The last messages."""
    messages: int = 0
    """The number of messages."""
    timeline: tuple[Entry, ...] = ()
    """The latest lines of the timeline, in the order of the conversation's time."""
    lines_left_out: Annotated[int, Field(exclude_if=operator.not_)] = 0
    """The number of lines that were dropped after those of the beginning."""
    attachments: Annotated[tuple[Attached, ...], Field(exclude_if=operator.not_)] = ()
    """The latest files that came with messages, ten at most."""
    replied: Annotated[tuple[tuple[str, datetime], ...], Field(exclude_if=operator.not_)] = ()
    """The rules that have sent the customer an automatic reply within 24 hours, and when."""


def beginning_of(lines: tuple[Entry, ...]) -> int:
    """Return how many lines of a full timeline tell how the conversation began; 0 where those were dropped before."""
    return BEGINNING_LIMIT if lines[0].kind in _BEGINNINGS else 0


def with_line(lines: tuple[Entry, ...], line: Entry) -> tuple[tuple[Entry, ...], int]:
    """Return the timeline with one more line, and how many were dropped for it: the oldest after the beginning's."""
    if len(lines) < TIMELINE_LIMIT:
        return (*lines, line), 0
    beginning = beginning_of(lines)
    kept = (*lines[:beginning], *lines[beginning + 1 - TIMELINE_LIMIT :], line)
    return kept, len(lines) + 1 - len(kept)
