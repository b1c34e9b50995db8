"""The list of everything that could not be judged: kept whole, told to people, and judged again in a later run.

Promises that nothing set aside is lost, that people are called at once and every half hour while a deadline is set
aside, and that a run with something new set aside continues as new within a minute, so that fixed code judges it. Must
not know how anything is judged.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

AsideKind = Literal["event", "deadline", "ticket", "part"]
FIRST_RETRY = timedelta(minutes=1)
"""The time after a run began: a run that sets something aside continues as new at most once a minute."""
LATER_RETRIES = timedelta(minutes=30)
TOLD_AGAIN = timedelta(minutes=30)
"""How often people are called while a deadline or a start is set aside. Of other events they are told once."""
TOLD_APART = timedelta(minutes=1)
"""The least time between two calls to people, where the news is neither a deadline nor a queue entry."""
ALERT = "/set-aside/"
"""A part of the key of every call to people about what is set aside, and so of the id of that call's outcome."""
_BEGINNINGS = ("conversation_started", "conversation_imported")
FULL_AT = 200
"""From so many events on, this run judges no further message: the code is broken as a whole, and nothing is lost."""
MOST_KEPT = 1_000
"""Beyond this, the oldest is given up; the ledger and the log have it.

Only messages that can't even be read can be so many.
"""


class SetAside(BaseModel):
    """One fact, deadline, queue entry or part of the work that raised when it was judged.

    `fact` is the event as read; `raw` is the message as it came, where reading it raised. `tries` counts judgements.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: AsideKind
    what: str
    why: str
    since: datetime
    fact: dict[str, Any] | None = None
    raw: str = ""
    tries: int = 1
    is_told: bool = False

    @property
    def calls_people(self) -> bool:
        """True where people are called again and again: without this, a deadline, the queue or a ladder stands still.

        That also holds for the start of a conversation, for without it the conversation promises nothing. The outcome
        of such a call, when set aside, never causes another call: that call would have an outcome as well, and so on
        for ever.
        """
        fact = self.fact or {}
        is_own = self.kind != "event" or fact.get("source") == "baton" or fact.get("kind") in _BEGINNINGS
        return is_own and ALERT not in self.id


class AsideList(BaseModel):
    """Everything that is set aside, as a run hands it on. `told_at` is when people were last told."""

    model_config = ConfigDict(extra="ignore")

    items: list[SetAside] = []
    told_at: datetime | None = None
    times_told: int = 0
    tried_at: datetime | None = None
    news: list[SetAside] = Field(default=[], exclude=True)
    """The items that this run has set aside for the first time, for the timeline."""
    _before: dict[str, SetAside] = PrivateAttr(default_factory=dict[str, SetAside])
    """The items that were taken out of the list to be tried again."""

    def add(self, item: SetAside) -> None:
        """Add the item. Where there are too many, the oldest is given up; the ledger and the log have it."""
        before = self._before.get(item.id)
        again = {"tries": before.tries + 1, "is_told": before.is_told} if before else {"tries": 1, "is_told": False}
        kept = item.model_copy(update=again)
        self.items = [*(other for other in self.items if other.id != item.id), kept][-MOST_KEPT:]
        if before is None:
            self.news.append(kept)

    @property
    def is_full(self) -> bool:
        """True where so many events raised that the others had better wait for fixed code."""
        return len(self.items) >= FULL_AT and len(self.ids("event")) >= FULL_AT

    def ids(self, *kinds: AsideKind) -> frozenset[str]:
        """Return the ids of all items of these kinds."""
        return frozenset(item.id for item in self.items if item.kind in kinds)

    def take_all(self, now: datetime) -> list[SetAside]:
        """Empty the list and return its items, for a run that begins and judges them all again."""
        taken, self.items = self.items, []
        self._before = {item.id: item for item in taken}
        self.tried_at = now if taken else self.tried_at
        return taken

    def try_again(self, id: str, now: datetime) -> None:
        """Take this item out for a run that tries it again. If it raises again, its count of tries goes on."""
        for item in self.items:
            if item.id == id:
                self._before[id], self.tried_at = item, now
        self.items = [item for item in self.items if item.id != id]

    def take_news(self) -> list[SetAside]:
        """Return the items that were newly set aside since the last call."""
        news, self.news = self.news, []
        return news

    def forget(self, kept: Iterable[str], *kinds: AsideKind) -> None:
        """Drop the items of these kinds that are not among `kept`: nothing waits for them any more."""
        known = frozenset(kept)
        self.items = [item for item in self.items if item.kind not in kinds or item.id in known]

    def retry_at(self, run_began_at: datetime) -> datetime | None:
        """Return when the run should continue as new, to judge the items again; None where nothing is set aside."""
        if not self.items:
            return None
        if any(item.tries == 1 for item in self.items):
            return run_began_at + FIRST_RETRY
        return (self.tried_at or run_began_at) + LATER_RETRIES

    def tell_at(self) -> datetime | None:
        """Return when people are to be told next; None where they know everything."""
        urgent = [item for item in self.items if item.calls_people and not item.is_told]
        if not self.told_at or any(item.kind in ("deadline", "ticket") for item in urgent):
            return min((item.since for item in self.items), default=None)
        if urgent:
            return max(self.told_at + TOLD_APART, *(item.since for item in urgent))
        is_news = any(item.calls_people or not item.is_told for item in self.items)
        return self.told_at + TOLD_AGAIN if is_news else None

    def told(self, at: datetime) -> None:
        """Note that people were told of all items."""
        self.told_at = at
        self.times_told += 1
        self.items = [item.model_copy(update={"is_told": True}) for item in self.items]

    def shown(self) -> list[dict[str, Any]]:
        """Return the items as rows of the answer to `state`."""
        return [item.model_dump(mode="json", include={"id", "kind", "what", "why", "since"}) for item in self.items]
