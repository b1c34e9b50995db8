"""How often people agree with proposed tags, added up from the ledger, and which tags are ready to go live.

Promises that a conversation counts once, by its last comparison, and that open conversations and those that no person
tagged are counted apart. Must not know how a comparison is made (`policies/understanding/agreement`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from activities.ledger.lines import LedgerEntry
from policies.understanding.agreement import COMPARED, VERDICTS
from policies.understanding.tagging import PROPOSED
from worker.tagger.evaluating import Share

ENOUGH = 30
"""The least number of judged proposals for a tag to be ready, however often people agree."""
_FAR = 2000
KINDS = (PROPOSED, COMPARED)


@dataclass(frozen=True, slots=True)
class TagAgreement:
    """The counts for one tag: conversations in which it was proposed, and those in which people missed it.

    People judged `agreed` and `disagreed`; conversations in `unjudged` ended without a person's tag; those in `open`
    have not ended; `missed` counts those in which people put the tag on unproposed.
    """

    tag: str
    agreed: int = 0
    disagreed: int = 0
    missed: int = 0
    unjudged: int = 0
    open: int = 0

    @property
    def proposed(self) -> int:
        """The number of all proposals."""
        return self.agreed + self.disagreed + self.unjudged + self.open

    @property
    def precision(self) -> Share:
        """The share of judged proposals with which people agreed."""
        return Share(self.agreed, self.agreed + self.disagreed)


@dataclass(slots=True)
class _Told:
    """The ledger's record of one conversation."""

    proposed: set[str] = field(default_factory=set[str])
    compared: tuple[tuple[str, str], ...] | None = None
    policies: set[str] = field(default_factory=set[str])


def rows_of(entries: Iterable[tuple[str, LedgerEntry]], policy: str = "") -> list[TagAgreement]:
    """Return the tags, those with most proposals first. Entries come with their conversation, in the ledger's order."""
    told: dict[str, _Told] = {}
    for conversation, entry in entries:
        _take_in(told.setdefault(conversation, _Told()), entry)
    counts: dict[str, Counter[str]] = {}
    for of in told.values():
        if not policy or policy in of.policies:
            for verdict, tag in _verdicts(of):
                counts.setdefault(tag, Counter())[verdict] += 1
    rows = [
        TagAgreement(tag, **{name: counted[name] for name in (*VERDICTS, "open")}) for tag, counted in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row.proposed, -row.missed, row.tag))


def _take_in(of: _Told, entry: LedgerEntry) -> None:
    facts = [(str(pair[0]), str(pair[1])) for pair in entry.body.get("facts", ()) if len(pair) == 2]
    of.policies |= {value for name, value in facts if name == "policy"}
    if entry.kind == COMPARED:
        of.compared = tuple((name, value) for name, value in facts if name in VERDICTS)
    else:
        of.proposed |= {value for name, value in facts if name == "tag"}


def _verdicts(of: _Told) -> Sequence[tuple[str, str]]:
    return of.compared if of.compared is not None else [("open", tag) for tag in sorted(of.proposed)]


def readiness(row: TagAgreement, precision: float) -> tuple[bool, str]:
    """Return whether a tag may go live, and why or what is missing.

    The lower end of the interval has to reach `precision`.
    """
    share = row.precision
    if not row.proposed:
        return False, "never proposed: the tagger does not know it, or not well enough"
    if share.value is None or share.interval is None:
        return False, "no proposal was judged yet"
    if share.value >= precision and share.of >= ENOUGH and share.interval[0] >= precision:
        return True, "ready to go live"
    if share.value < precision:
        return False, f"too often wrong: {share.value:.2f} of what was judged is right, and {precision:g} is wanted"
    missing = next((more for more in range(1, _FAR) if _would_do(share, more, precision)), None)
    if missing is None:
        return False, "too near to the wanted share to prove it by counting: raise `at_least`, or want less"
    return False, f"right so far; sure after {missing} more that people agree with"


def _would_do(share: Share, more: int, precision: float) -> bool:
    then = Share(share.hits + more, share.of + more)
    return then.of >= ENOUGH and then.interval is not None and then.interval[0] >= precision


def as_data(rows: Sequence[TagAgreement], precision: float) -> list[dict[str, Any]]:
    """Return the rows as data for machines."""
    return [
        {**asdict(row), "proposed": row.proposed, "precision": row.precision.value, "interval": row.precision.interval}
        | dict(zip(("ready", "why"), readiness(row, precision), strict=True))
        for row in rows
    ]
