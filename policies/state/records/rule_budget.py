"""The rules that fired lately, by which a loop is found.

Must not know how many may fire.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RuleBudget:
    """The rules that fired within the last hour, and whether they were stopped."""

    firings: tuple[datetime, ...] = ()
    """The instants at which rules fired within the last hour."""
    is_tripped: bool = False
    """`true` where too many fired, so that only the rules of promises still do."""
