"""What an audit is asked and what it answers.

Promises plain JSON, small enough for a workflow's result. Must not know how anything is found.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

FindingKind = Literal[
    "no_answer", "failing", "not_begun", "overdue", "stale", "waiting_effect", "paused", "lost", "unseen"
]
_MOST_SHOWN = 200


class AuditRequest(BaseModel):
    """`grace` is how late something may be; `sweep` how many open conversations are looked at one by one."""

    model_config = ConfigDict(frozen=True)

    grace: timedelta = timedelta(seconds=60)
    repair: bool = True
    sweep: int = 20_000
    heartbeat: str = ""


class Finding(BaseModel):
    """Something that is not as it should be, or was not until the audit came by."""

    model_config = ConfigDict(frozen=True)

    kind: FindingKind
    conversation_id: str
    what: str
    since: datetime | None = None
    repaired: bool = False


class AuditReport(BaseModel):
    """What a pass found: the first findings themselves, and how many there were of each kind.

    `heartbeat` is empty where none was wanted or the pass was not clean.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    looked_at: int
    left: int
    repaired: int
    counts: dict[FindingKind, int]
    findings: list[Finding]
    heartbeat: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left for people to do."""
        return self.left == 0


def report(at: datetime, looked_at: int, found: Iterable[Finding]) -> AuditReport:
    """What is left comes first, what has waited longest before the rest."""
    findings = sorted(found, key=lambda f: (f.repaired, f.since is None, f.since or at, f.conversation_id, f.kind))
    repaired = sum(finding.repaired for finding in findings)
    counted: Counter[FindingKind] = Counter(finding.kind for finding in findings)
    return AuditReport(
        at=at,
        looked_at=looked_at,
        left=len(findings) - repaired,
        repaired=repaired,
        counts=dict(sorted(counted.items())),
        findings=findings[:_MOST_SHOWN],
    )
