"""The confirmation that an outside system has an effect, and the server's time at which it came.

Promises never to read the wall clock inside an activity. Tests and demonstrations skip time for each workflow, so there
the server's clock is hours or days ahead, and lateness (`accepted_at - due_at`) against the wall clock would mean
nothing. The time of a confirmation is the time at which the server says this attempt started, plus the real time that
has passed since then, also where one activity calls another.
"""

import time
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from temporalio import activity

from policies.state.context import Context

_NO_LIMIT = timedelta(minutes=1)
"""The limit that is assumed for an activity with a limit over all its attempts only."""


class Accepted(BaseModel):
    """The confirmation of an effect. `repeated`: an earlier attempt had already brought it to the outside system."""

    model_config = ConfigDict(frozen=True)

    accepted_at: AwareDatetime
    ref: str
    repeated: bool = False
    reached: tuple[str, ...] = ()
    """The people who were reached; empty where the target is a channel."""
    folded: str = ""
    """The incident that calls people in place of this conversation, so this effect told no person; empty for none."""
    not_sent: str = Field(default="", exclude_if=lambda why: not why)
    """The reason why nothing was sent, though all went well; empty for an effect that was carried out."""
    context: Context | None = Field(default=None, exclude_if=lambda context: context is None)
    """The answers of other systems about the customer; None for every effect that asks no such system."""
    choices: dict[str, str] | None = Field(default=None, exclude_if=lambda choices: choices is None)
    """The customer's choices that are remembered; None for every effect that does not ask for them."""


class Attempt:
    """One attempt of an activity. Create it in the activity's first line: the time until acceptance counts from there.

    Where the activity calls another one, that one's is the same attempt and counts from the same moment.

    `seconds` is how long the attempt may take: nine tenths of what the server allows. At its own limit the server
    starts the next attempt while this one, which it cannot stop, may still be at work.
    """

    def __init__(self) -> None:
        info = activity.info()
        self.started_at = info.started_time
        self._began = _begun(info)
        self.seconds = (info.start_to_close_timeout or _NO_LIMIT).total_seconds() * 0.9

    @property
    def left(self) -> float:
        """The seconds that this attempt still has."""
        return self._began + self.seconds - time.monotonic()

    @property
    def now(self) -> datetime:
        """The server's time."""
        return self.started_at + timedelta(seconds=time.monotonic() - self._began)

    def accepted(self, ref: str, repeated: bool = False, reached: tuple[str, ...] = ()) -> Accepted:
        """Return the confirmation. Call this at the moment the other side has confirmed."""
        return Accepted(accepted_at=self.now, ref=ref, repeated=repeated, reached=reached)

    def not_sent(self, why: str) -> Accepted:
        """Return the confirmation that nothing was sent, and why."""
        return self.accepted("").model_copy(update={"not_sent": why})

    def folded(self, incident: str) -> Accepted:
        """Return the confirmation of a call that an incident makes for many conversations."""
        return self.accepted(f"part of {incident}").model_copy(update={"folded": incident})


_BEGUN: ContextVar[tuple[activity.Info, float] | None] = ContextVar("begun", default=None)


def _begun(info: activity.Info) -> float:
    """Return the moment of this process at which the attempt began, which is now unless it has begun."""
    begun = _BEGUN.get()
    if begun is None or begun[0] is not info:
        begun = (info, time.monotonic())
        _BEGUN.set(begun)
    return begun[1]


def server_now() -> datetime:
    """Return the time to write on stored rows: the server's in an activity, elsewhere the wall clock's. Aware UTC."""
    return activity.info().started_time if activity.in_activity() else datetime.now(UTC)
