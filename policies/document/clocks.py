"""The kinds of clocks: one row for each promise that an SLA can make.

Promises that everything that differs between the kinds stands here, and when a promise is owed in `policies.sla.owed`.
Must not know conversations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from pydantic import Field, create_model

from policies.document.part import Part, Span

ClockName = Literal["first_response", "next_response", "resolution", "ownership"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockKind:
    """One kind of clock. A customer who is called back does not wait for an answer until then."""

    name: ClockName
    span: str
    """The promised span, in the schema of policy files."""
    unless: str
    """The event that keeps the promise, for operators: the breach comes unless …"""
    is_answer: bool = False
    """The customer waits for it. At most one clock for an answer is open."""
    is_to_customer: bool = True
    """False for a promise within the house, of which neither the customer nor the next agent is told."""
    goes_on: bool = False
    """A reopened conversation goes on with the clock that had ended; other kinds begin another one."""

    @property
    def title(self) -> str:
        """The kind's name as a sentence begins with it: `First response`."""
        return self.name.replace("_", " ").capitalize()


_KINDS = (
    ClockKind(
        name="first_response",
        span="From the customer's first message to an agent's answer.",
        unless="a public reply by an agent",
        is_answer=True,
    ),
    ClockKind(
        name="next_response",
        span="From a later message that nobody answered to the answer.",
        unless="a public reply by an agent",
        is_answer=True,
    ),
    ClockKind(
        name="resolution",
        span="From the first message until the conversation is resolved.",
        unless="resolving it",
        goes_on=True,
    ),
    ClockKind(
        name="ownership",
        span="How long one team may keep a conversation that is not resolved.",
        unless="handing it over or resolving it",
        is_to_customer=False,
    ),
)
KINDS: Mapping[ClockName, ClockKind] = {kind.name: kind for kind in _KINDS}
CLOCKS: tuple[ClockName, ...] = tuple(KINDS)


_Promised: TypeAlias = Span | None
_SPANS: Mapping[str, Any] = {kind.name: (_Promised, Field(None, description=kind.span)) for kind in _KINDS}


class Promises(create_model("Spans", __base__=Part, **_SPANS)):
    """The spans that can be promised, in business time: one field for each kind of clock."""

    def target(self, clock: ClockName) -> timedelta | None:
        """Return the promised span of one clock, or None where it promises nothing."""
        return getattr(self, clock)
