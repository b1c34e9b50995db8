"""The request and the report of an audit.

Promises plain JSON, small enough for a workflow's result. Must not know how anything is found.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

FindingKind = Literal[
    "no_answer",
    "failing",
    "set_aside",
    "not_begun",
    "overdue",
    "stale",
    "waiting_effect",
    "dead_incident",
    "lost_place",
    "closed_queue",
    "paused",
    "lost",
    "terminated",
    "unseen",
    "misdirected",
]
_MOST_SHOWN = 200


class AuditRequest(BaseModel):
    """The scope of one pass.

    `grace` is how late something may be; `sweep` how many open conversations are looked at one by one; `ask` how many
    of those are asked for their state though the server sees nothing wrong; `heartbeat` the address to call after a
    clean pass.
    """

    model_config = ConfigDict(frozen=True)

    grace: timedelta = timedelta(seconds=60)
    repair: bool = True
    sweep: int = 20_000
    ask: int = 1_000
    heartbeat: str = ""


class Finding(BaseModel):
    """Something that is wrong, or was wrong until the audit repaired it.

    It is about a conversation, or about the queue of a `team`.
    """

    model_config = ConfigDict(frozen=True)

    kind: FindingKind
    conversation_id: str
    what: str
    since: datetime | None = None
    repaired: bool = False
    team: str = ""

    @property
    def subject(self) -> str:
        """The name under which a list shows the finding: the team or the conversation."""
        return f"team {self.team}" if self.team else self.conversation_id

    @property
    def workflow_id(self) -> str:
        """The id of the workflow that the finding is about."""
        return f"team/{self.team}" if self.team else f"conversation/{self.conversation_id}"


class AuditReport(BaseModel):
    """The result of a pass: the first findings, at most 200, and the number of findings of each kind.

    `left` counts problems that still stand. Runs that a person terminated are listed, and count as neither left nor
    repaired. `editions` counts the open runs of each edition. `heartbeat` is empty where none was wanted or the pass
    was not clean.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    looked_at: int
    left: int
    repaired: int
    counts: dict[FindingKind, int]
    findings: list[Finding]
    heartbeat: str = ""
    editions: dict[int, int] = {}

    @property
    def is_clean(self) -> bool:
        """True where nothing is left for people to do."""
        return self.left == 0


def finding(
    kind: FindingKind, workflow_id: str, what: str, since: datetime | None, *, repaired: bool = False
) -> Finding:
    """Return a finding about the conversation or the team of a workflow id; of neither where the id is empty."""
    of, _, name = workflow_id.partition("/")
    team, conversation_id = (name, "") if of == "team" else ("", name)
    return Finding(kind=kind, conversation_id=conversation_id, what=what, since=since, repaired=repaired, team=team)


def report(at: datetime, looked_at: int, found: Iterable[Finding]) -> AuditReport:
    """Sort the findings, count them and return the report: unrepaired ones first, of those the oldest first."""
    findings = sorted(found, key=lambda f: (f.repaired, f.since is None, f.since or at, f.subject, f.kind))
    repaired = sum(each.repaired for each in findings)
    counted: Counter[FindingKind] = Counter(each.kind for each in findings)
    return AuditReport(
        at=at,
        looked_at=looked_at,
        left=sum(not each.repaired and each.kind != "terminated" for each in findings),
        repaired=repaired,
        counts=dict(sorted(counted.items())),
        findings=findings[:_MOST_SHOWN],
    )
