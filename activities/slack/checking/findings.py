"""The request and the report of a check of Slack targets.

Promises plain JSON, small enough for a workflow's result. Must not know how anything is found.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

MOST_SHOWN = 500


class TargetRequest(BaseModel):
    """The scope of one check: the policies by name; all that the worker may use where none is named."""

    model_config = ConfigDict(frozen=True)

    policies: tuple[str, ...] = ()


class TargetFinding(BaseModel):
    """A target that can't be reached. `name` is the channel's or the person's, `places` where the policy names it."""

    model_config = ConfigDict(frozen=True)

    policy: str
    name: str
    places: tuple[str, ...]
    what: str


class TargetReport(BaseModel):
    """The result of a check: the number of targets that were looked at, and the first 500 findings."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    looked_at: int
    left: int
    findings: tuple[TargetFinding, ...] = ()

    @property
    def is_clean(self) -> bool:
        """True where every target can be reached."""
        return self.left == 0
