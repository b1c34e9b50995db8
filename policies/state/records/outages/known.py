"""The known outages that the conversation has heard of, and the one that it is part of.

Must not know when a conversation matches an outage (`policies.outages`) or how it hears of one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class KnownOutage:
    """An outage that is open, as the latest news of it says. `when` is a condition in CEL.

    Texts are pairs of a language and the words in it; the language is empty for words in the policy's own language.
    """

    name: str
    life: str
    """The mark that tells this outage from an earlier one of the same name."""
    when: str
    until: datetime
    text: tuple[tuple[str, str], ...] = ()
    over_text: tuple[tuple[str, str], ...] = ()
    policy: str = ""
    """The policy whose conversations it is about; empty for all policies."""
    version: int = 1
    trouble: str = ""
    """The reason why the condition could not be judged, which was told; empty where it could."""
    is_left: bool = False
    """True where a person took the conversation out of this outage."""


@dataclass(frozen=True, slots=True)
class OutageLink:
    """The outage that the conversation is part of: no rule calls people for it meanwhile."""

    name: str
    """The outage's name."""
    life: str
    """The mark that tells the outage from an earlier one of the same name."""
    since: datetime
    """The instant since which the conversation is part of it."""
    until: datetime
    """The instant at which the conversation takes the outage for over, unless news of it come first."""
    also: tuple[str, ...] = ()
    """The other outages whose conditions hold as well; the conversation is no part of them."""


@dataclass(frozen=True, slots=True)
class WithheldCall:
    """A call that a rule wanted while the outage was known. It is made later if the customer still waits then."""

    rule: str
    target: str
    headline: str
    because: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outages:
    """The outages that the conversation knows, and the one it is part of."""

    known: Annotated[tuple[KnownOutage, ...], Field(alias="outages")] = ()
    """The open outages, in the order in which the conversation heard of them."""
    link: Annotated[OutageLink | None, Field(alias="outage")] = None
    """The known outage that the conversation is part of, so that no rule calls people for it; null where it is none."""
    withheld: Annotated[tuple[WithheldCall, ...], Field(alias="withheld_calls")] = ()
    """The calls that rules wanted meanwhile."""
    over: Annotated[tuple[str, ...], Field(alias="outages_over")] = ()
    """The latest outages that are over, by their marks."""
    told: Annotated[tuple[str, ...], Field(alias="outages_told")] = ()
    """The latest outages of which the customer was told, by their marks."""

    def of(self, life: str) -> KnownOutage | None:
        """Return the open outage with this mark; None where the conversation knows none."""
        return next((each for each in self.known if each.life == life), None)

    def with_known(self, changed: KnownOutage) -> tuple[KnownOutage, ...]:
        """Return the open outages with one of them replaced, or added where it is new."""
        kept = tuple(changed if each.life == changed.life else each for each in self.known)
        return kept if changed in kept else (*self.known, changed)

    def without(self, life: str) -> tuple[KnownOutage, ...]:
        """Return the open outages but the one with this mark."""
        return tuple(each for each in self.known if each.life != life)
