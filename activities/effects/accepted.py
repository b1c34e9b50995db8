"""What an outside system confirmed, and when by the server's clock.

The wall clock is never asked. Tests and demonstrations skip time for each workflow, so there the server's clock is
hours or days ahead, and lateness (`accepted_at - due_at`) against the wall clock would be nonsense. What holds on both
is when the server says this attempt started, plus the real time that has passed since.
"""

import time
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from temporalio import activity

from policies.state.context import Context

_NO_LIMIT = timedelta(minutes=1)
"""For activities that were given a limit over all attempts only."""


class Accepted(BaseModel):
    """An outside system has the effect. `repeated` says an earlier attempt had brought it there already."""

    model_config = ConfigDict(frozen=True)

    accepted_at: AwareDatetime
    ref: str
    repeated: bool = False
    reached: tuple[str, ...] = ()
    """Who was reached, where the target stood for people."""
    folded: str = ""
    """The incident that calls in its place: nobody was told."""
    context: Context | None = Field(default=None, exclude_if=lambda context: context is None)
    """What other systems know, where they were asked. Everything else's results are no longer for it."""


class Attempt:
    """Made in the first line of an activity, so that the time until acceptance is counted from its start.

    `seconds` is how long the attempt may take: a little less than the server allows, because at its limit the server
    starts the next attempt while this one, which it cannot stop, may still be at work.
    """

    def __init__(self) -> None:
        info = activity.info()
        self.started_at = info.started_time
        self._began = time.monotonic()
        self.seconds = (info.start_to_close_timeout or _NO_LIMIT).total_seconds() * 0.9

    @property
    def left(self) -> float:
        """Seconds that this attempt still has."""
        return self._began + self.seconds - time.monotonic()

    def accepted(self, ref: str, repeated: bool = False, reached: tuple[str, ...] = ()) -> Accepted:
        """Call this the moment the other side has confirmed."""
        passed = timedelta(seconds=time.monotonic() - self._began)
        return Accepted(accepted_at=self.started_at + passed, ref=ref, repeated=repeated, reached=reached)

    def folded(self, incident: str) -> Accepted:
        """An incident does it for many."""
        return self.accepted(f"part of {incident}").model_copy(update={"folded": incident})


def server_now() -> datetime:
    """The time to write on stored rows: the server's inside an activity, the wall clock outside of one."""
    return activity.info().started_time if activity.in_activity() else datetime.now(UTC)
