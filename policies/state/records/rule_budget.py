"""The rules that fired lately, by which a loop is found.

Must not know how many may fire.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RuleFirings:
    """The firings of one rule within the last hour, and whether it is muted."""

    rule: str
    at: tuple[datetime, ...] = ()
    """The instants at which the rule fired and left an effect, or would have done so if it were not muted."""
    muted_since: datetime | None = None
    """The instant since which the rule is muted; null where it is not."""

    def lately(self, at: datetime) -> "RuleFirings":
        """Return the firings of the hour before `at`."""
        return replace(self, at=tuple(fired for fired in self.at if fired > at - _WINDOW))


@dataclass(frozen=True, slots=True)
class RuleBudget:
    """The rules that fired within the last hour, and those that are muted."""

    firings: tuple[datetime, ...] = ()
    """The instants at which rules fired within the last hour; empty since edition 3."""
    is_tripped: bool = False
    """`true` where a rule is muted; before edition 3, all rules but those of promises."""
    by_rule: Annotated[tuple[RuleFirings, ...], Field(alias="firings_by_rule")] = ()
    """The firings of each rule that left an effect within the last hour, and of those that are muted."""

    def of(self, rule: str, at: datetime) -> RuleFirings:
        """Return the firings of one rule in the hour before `at`."""
        found = next((known for known in self.by_rule if known.rule == rule), RuleFirings(rule))
        return found.lately(at)

    def with_firings(self, changed: RuleFirings, at: datetime) -> tuple[RuleFirings, ...]:
        """Return the firings of all rules with those of one replaced; rules without any firing lately are left out."""
        others = (known.lately(at) for known in self.by_rule if known.rule != changed.rule)
        return (*(known for known in others if known.at or known.muted_since), changed)

    @property
    def muted(self) -> tuple[RuleFirings, ...]:
        """The rules that are muted."""
        return tuple(known for known in self.by_rule if known.muted_since is not None)
