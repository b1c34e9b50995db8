"""How one outage stands, the only code that changes it, and whom to tell what next.

Promises that a signal which can't be read changes nothing and is on the timeline. Waits for nothing and sends nothing.
Must not know conversations.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from activities.outages.telling import OutageNews, OutageTold
from policies.contract.commands import Refused
from policies.contract.outages import SIGNALS, ChangeOutage, CloseOutage, Outage, changed, exactly
from policies.editions import FIRST
from policies.running.turn import by
from policies.time.wall_clock import shown

KNOWN, OVER = "outage_known", "outage_over"
"""The signals that conversations get."""
_SWEEPS = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))
"""When conversations that began meanwhile are told, too: they know it from their start unless the server was slow to
list the outage. The last span repeats."""
_MARGIN = timedelta(minutes=1)
"""How late the server may list a conversation that has begun."""
STALE = timedelta(seconds=15)
"""The time after the end in which a conversation that begins may still take the outage for open."""
_AGAIN = timedelta(seconds=20)
_LINES = 50


class OutageLine(BaseModel):
    """A line of the outage's timeline."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    text: str = Field(description="What happened, in a sentence.")


class OutageState(BaseModel):
    """The state of one outage, which runs hand on. `told` counts the signals that conversations got.

    `ended_at` is set once it is over by hand. Nothing is told before `rests_until`, because telling has just failed.
    `edition` names the behaviour of this run (see `policies.editions`).
    """

    model_config = ConfigDict(extra="ignore")

    outage: Outage
    edition: int = FIRST
    ended_at: AwareDatetime | None = None
    ended_by: str = ""
    over_text: dict[str, str] = {}
    told: int = 0
    told_version: int = 0
    untold: tuple[str, ...] = ()
    again_at: AwareDatetime | None = None
    sweeps: int = 0
    swept_at: AwareDatetime | None = None
    sweep_at: AwareDatetime | None = None
    rests_until: AwareDatetime | None = None
    lines: tuple[OutageLine, ...] = ()

    def say(self, now: datetime, text: str) -> None:
        """Put a line on the timeline."""
        self.lines = (*self.lines[1 - _LINES :], OutageLine(at=now, text=text))

    def take_in(self, name: str, body: Any, now: datetime) -> None:
        """Take in a signal. One that can't be read, or that comes after the end, changes nothing."""
        try:
            if name not in SIGNALS:
                raise Refused(f"there is no signal {name}: there are {', '.join(SIGNALS)}")
            if self.ended_at is not None:
                raise Refused("the outage is over already")
            self._close(exactly(CloseOutage, body), now) if name == "close" else self._change(body, now)
        except Refused as refused:
            self.say(now, f"Rejected {name}: {refused}")

    def _close(self, asked: CloseOutage, now: datetime) -> None:
        self.ended_at, self.ended_by, self.over_text = now, asked.by, asked.text
        self.untold, self.again_at = (), None
        self.say(now, f"Over: {self.how}")

    def _change(self, body: Any, now: datetime) -> None:
        self.outage, asked = changed(self.outage, body, now), exactly(ChangeOutage, body)
        self.say(now, f"Changed{by(asked.by)}: known until {shown(self.outage.until)}")

    @property
    def how(self) -> str:
        """How it ended, in words."""
        return f"ended{by(self.ended_by)}" if self.ended_at is not None else "its time has passed"

    def is_over(self, now: datetime) -> bool:
        """Return whether the outage is over: ended by hand, or because its time has passed."""
        return self.ended_at is not None or self.outage.until <= now

    def news(self, now: datetime) -> OutageNews | None:
        """Return what to tell conversations now; None where there is nothing to tell."""
        if self.rests_until is not None and now < self.rests_until:
            return None
        body = self.outage.known
        if self.told_version < self.outage.version:
            return OutageNews(name=KNOWN, body=body)
        if self.untold and self.again_at is not None and self.again_at <= now:
            return OutageNews(name=KNOWN, body=body, only=self.untold)
        if self.sweep_at is not None and self.sweep_at <= now:
            since = (self.swept_at or self.outage.opened_at) - _MARGIN
            return OutageNews(name=KNOWN, body=body, since=since)
        return None

    def next_look(self) -> datetime:
        """Return when there is next something to tell, or the outage ends."""
        untold_since = self.outage.opened_at if self.told_version < self.outage.version else None
        ahead = min(at for at in (self.outage.until, self.again_at, self.sweep_at, untold_since) if at is not None)
        return ahead if self.rests_until is None else min(self.outage.until, max(ahead, self.rests_until))

    def was_told(self, news: OutageNews, began: datetime, told: OutageTold | None) -> None:
        """Take in the result of telling; None where no conversation could be told: then it is told again soon."""
        if told is None:
            self.rests_until = began + _AGAIN
            return
        self.rests_until = None
        self.told, self.untold = self.told + told.told, told.untold
        self.again_at = began + _AGAIN if told.untold else None
        if news.only:
            return
        if news.since is None:
            self.told_version, self.sweeps = news.body["version"], 0
        self.swept_at = began
        self.sweep_at = began + _SWEEPS[min(self.sweeps, len(_SWEEPS) - 1)]
        self.sweeps += 1

    def end_news(self, since: datetime | None = None, only: tuple[str, ...] = ()) -> OutageNews:
        """Return the news of the end, which conversations have from nowhere else where it was ended by hand."""
        body = self.outage.over(self.over_text, self.ended_by)
        return OutageNews(name=OVER, body=body, since=since, only=only)
