"""What could not be judged: kept whole, told to people, and judged again in a later run.

Promises that nothing set aside is lost, that a deadline set aside has people called at once and every half hour, and
that a run with something new set aside continues as new within a minute, so that mended code judges it. Must not know
how anything is judged.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

Kind = Literal["event", "deadline", "ticket", "part"]
FIRST_RETRY = timedelta(minutes=1)
"""After the run began: a run that sets something aside continues as new at most once a minute."""
LATER_RETRIES = timedelta(minutes=30)
TOLD_AGAIN = timedelta(minutes=30)
"""How often people are called while a deadline or a start is set aside; for other events they are told once."""
TOLD_APART = timedelta(minutes=1)
"""Between two calls to people, where what is new is neither a deadline nor a ticket."""
ALERT = "/set-aside/"
"""Part of the key of every call to people about what is set aside, and so of the id of what became of it."""
_BEGINNINGS = ("conversation_started", "conversation_imported")
FULL_AT = 200
"""From so many on no further message is judged in this run: the code is broken as a whole, and nothing is lost."""
MOST_KEPT = 1_000
"""Beyond it the oldest is given up; the ledger and the log have it. Only what can't even be read comes so far."""


class SetAside(BaseModel):
    """One fact, deadline, ticket or part of the work that raised when it was judged.

    `fact` is the event as read, `raw` the message as it came where reading it raised. `tries` counts judgements.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: Kind
    what: str
    why: str
    since: datetime
    fact: dict[str, Any] | None = None
    raw: str = ""
    tries: int = 1
    is_told: bool = False

    @property
    def calls_people(self) -> bool:
        """Whether people are called again and again: time, the queue or a ladder stands still until it is judged.

        So does everything where the start of the conversation is set aside: it promises nothing. The result of such a
        call never causes another call: that one would have a result as well, and so on for ever.
        """
        fact = self.fact or {}
        is_own = self.kind != "event" or fact.get("source") == "baton" or fact.get("kind") in _BEGINNINGS
        return is_own and ALERT not in self.id


class AsideList(BaseModel):
    """All that is set aside, as a run takes it along. `told_at` is when people heard of it last."""

    model_config = ConfigDict(extra="ignore")

    items: list[SetAside] = []
    told_at: datetime | None = None
    times_told: int = 0
    tried_at: datetime | None = None
    news: list[SetAside] = Field(default=[], exclude=True)
    """What this run has set aside for the first time, for the timeline."""
    _before: dict[str, SetAside] = PrivateAttr(default_factory=dict[str, SetAside])
    """What was taken out to be tried again."""

    def add(self, item: SetAside) -> None:
        """Keep it. Where there are too many, the oldest is given up; the ledger and the log have it."""
        before = self._before.get(item.id)
        again = {"tries": before.tries + 1, "is_told": before.is_told} if before else {"tries": 1, "is_told": False}
        kept = item.model_copy(update=again)
        self.items = [*(other for other in self.items if other.id != item.id), kept][-MOST_KEPT:]
        if before is None:
            self.news.append(kept)

    @property
    def is_full(self) -> bool:
        """Whether so many events raised that the others had better wait for mended code."""
        return len(self.items) >= FULL_AT and len(self.ids("event")) >= FULL_AT

    def ids(self, *kinds: Kind) -> frozenset[str]:
        """The ids of everything of these kinds."""
        return frozenset(item.id for item in self.items if item.kind in kinds)

    def take_all(self, now: datetime) -> list[SetAside]:
        """Empty the list, for a run that begins: everything is judged again."""
        taken, self.items = self.items, []
        self._before = {item.id: item for item in taken}
        self.tried_at = now if taken else self.tried_at
        return taken

    def try_again(self, id: str, now: datetime) -> None:
        """Take this one out, for a run that tries it: its tries are counted where it raises again."""
        for item in self.items:
            if item.id == id:
                self._before[id], self.tried_at = item, now
        self.items = [item for item in self.items if item.id != id]

    def take_news(self) -> list[SetAside]:
        """What was set aside since the last time this was asked."""
        news, self.news = self.news, []
        return news

    def forget(self, kept: Iterable[str], *kinds: Kind) -> None:
        """Drop those of these kinds that are not among `kept`: nothing waits for them any more."""
        known = frozenset(kept)
        self.items = [item for item in self.items if item.kind not in kinds or item.id in known]

    def retry_at(self, run_began_at: datetime) -> datetime | None:
        """When the run should continue as new, to judge it again; None where nothing is set aside."""
        if not self.items:
            return None
        if any(item.tries == 1 for item in self.items):
            return run_began_at + FIRST_RETRY
        return (self.tried_at or run_began_at) + LATER_RETRIES

    def tell_at(self) -> datetime | None:
        """When people hear of it next; None where they know enough."""
        urgent = [item for item in self.items if item.calls_people and not item.is_told]
        if not self.told_at or any(item.kind in ("deadline", "ticket") for item in urgent):
            return min((item.since for item in self.items), default=None)
        if urgent:
            return max(self.told_at + TOLD_APART, *(item.since for item in urgent))
        is_news = any(item.calls_people or not item.is_told for item in self.items)
        return self.told_at + TOLD_AGAIN if is_news else None

    def told(self, at: datetime) -> None:
        """People were told of all of it."""
        self.told_at = at
        self.times_told += 1
        self.items = [item.model_copy(update={"is_told": True}) for item in self.items]

    def shown(self) -> list[dict[str, Any]]:
        """The rows of the `state` query."""
        return [item.model_dump(mode="json", include={"id", "kind", "what", "why", "since"}) for item in self.items]
