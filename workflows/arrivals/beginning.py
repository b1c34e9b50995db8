"""What a run begins with: a start, what the run before handed on, or what no worker could read so far.

Promises that an input which raises when it is read is handed on as it is, with every signal that came meanwhile, until
mended code reads it; and that options of Temporal's which end a workflow (cron, retries, timeouts) end no conversation
unseen. Must not know what an input means.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from workflows.arrivals.arrivals import Arrival, Arrivals, as_text
from workflows.carrying.dropped import sentence
from workflows.carrying.fitting import DropStep, State, fitted, kept, shortened
from workflows.carrying.packing import packed_whole, unpacked
from workflows.limits.server import UNREAD_LIMIT
from workflows.setting_aside.set_aside import AsideList

_FOR_EVER = timedelta(days=3650)
_CARRIED, _UNREAD = "carried", "unread"
_TAKEN_OVER = "taken_over"
"""The audit's mark of what one run handed on, could not be begun with, and is given to a new run whole."""


class Unread(BaseModel):
    """The input of a run, with what came while no worker could read it.

    `arrivals` are signals, each `(name, body as JSON text, received at, number)`; `dropped` says what was dropped of
    all this so that it could be handed on.
    """

    model_config = ConfigDict(extra="ignore")

    input: Any
    began_at: datetime
    arrivals: list[tuple[str, str, datetime, int]] = []
    received: int = 0
    aside: AsideList = AsideList()
    is_continued: bool = False
    dropped: str = ""

    @classmethod
    def of(cls, body: Any, info: workflow.Info) -> "Unread":
        """Of a run's input. Only a run that continues another one, or takes over from it, was handed something on."""
        if _is_continued(body, info) and isinstance(body, Mapping) and _UNREAD in body:
            return cls.model_validate(unpacked(cast("Mapping[str, Any]", body)[_UNREAD]))
        return cls.as_it_is(body, info)

    @classmethod
    def as_it_is(cls, body: Any, info: workflow.Info) -> "Unread":
        """Of an input that is handed on unread, whatever it is."""
        return cls(input=body, began_at=info.workflow_start_time, is_continued=_is_continued(body, info))

    def unfolded(self) -> "Unread":
        """Where an earlier run could not read even what was unread: that, and what has come since."""
        inner = self._handed_on(_UNREAD)
        if inner is None:
            return self
        before = Unread.model_validate(unpacked(inner)).unfolded()
        since = [(name, body, at, number + before.received) for name, body, at, number in self.arrivals]
        aside = self.aside.model_copy(update={"items": [*before.aside.items, *self.aside.items]})
        changed = {"arrivals": [*before.arrivals, *since], "received": before.received + self.received, "aside": aside}
        return before.model_copy(update=changed)

    @classmethod
    def handed_to_lost(cls, body: Mapping[str, Any], info: workflow.Info) -> "Unread":
        """Of what a lost run was given by the one before."""
        return cls.of({**body, _TAKEN_OVER: True}, info).unfolded()

    def unjudged(self) -> tuple[list[Any], AsideList]:
        """The facts that the run before had read and not judged, and what it had set aside."""
        carried = unpacked(self.carried or {})
        return list(carried.get("inbox", ())), AsideList.model_validate(carried.get("aside", {}))

    @property
    def carried(self) -> Any:
        """What the run before handed on; None where this one starts."""
        return self._handed_on(_CARRIED)

    @property
    def is_start(self) -> bool:
        """Whether a conversation or a team begins with it."""
        return self._handed_on(_CARRIED) is None and self._handed_on(_UNREAD) is None

    def _handed_on(self, name: str) -> Any:
        body = self.input
        if self.is_continued and isinstance(body, Mapping) and name in body:
            return cast("Mapping[str, Any]", body)[name]
        return None

    def kept(self) -> list[Arrival]:
        """The signals, as they came."""
        return [Arrival(name, json.loads(body), at, number) for name, body, at, number in self.arrivals]

    def handed_on(self, arrivals: Arrivals, aside: AsideList) -> tuple[State, str]:
        """The same input with what has come by now, so that it fits; and a sentence on what was dropped for that."""
        form, dropped = fitted(self._with(arrivals, aside), _STEPS, _say, UNREAD_LIMIT)
        return form, sentence(dropped) if dropped else ""

    def handed_on_whole(self, arrivals: Arrivals, aside: AsideList) -> State:
        """The same with nothing dropped. Raises ValueError where it is too large."""
        return packed_whole(self._with(arrivals, aside))

    def _with(self, arrivals: Arrivals, aside: AsideList) -> State:
        came = [(each.name, as_text(each.body), each.at, each.number) for each in arrivals.facts]
        now = {"arrivals": came, "received": arrivals.received, "aside": aside}
        return self.model_copy(update=now).model_dump(mode="json")


def _is_continued(body: Any, info: workflow.Info) -> bool:
    takes_over = isinstance(body, Mapping) and cast("Mapping[str, Any]", body).get(_TAKEN_OVER) is True
    return takes_over or info.continued_run_id is not None


def _say(state: State, dropped: Sequence[str]) -> None:
    state["dropped"] = sentence(dropped)


def _cut_bodies(arrivals: list[list[Any]], room: int) -> list[list[Any]]:
    """What is longer is rejected or cut when it is read, and says so; an object stays an object."""
    return [[each[0], _cut_body(each[1], room), *each[2:]] for each in arrivals]


def _cut_body(text: str, room: int) -> str:
    return text if len(text) <= room else json.dumps(shortened(json.loads(text), room))


def _cut_start(body: Any, room: int, most: int) -> Any:
    """What was handed on can't be read any more if it is cut."""
    is_handed_on = isinstance(body, Mapping) and (_CARRIED in body or _UNREAD in body)
    return body if is_handed_on else shortened(body, room, most)


_STEPS = (
    *(
        step
        for room, most in ((16_000, 1_000), (2_000, 100), (300, 10))
        for step in (
            DropStep(f"texts of arrivals beyond {room:,} bytes", ("arrivals",), partial(_cut_bodies, room=room)),
            DropStep(
                f"texts of the start beyond {room:,} bytes", ("input",), partial(_cut_start, room=room, most=most)
            ),
        )
    ),
    *(DropStep("the oldest arrivals", ("arrivals",), partial(kept, most=most)) for most in (2_000, 500, 100)),
    DropStep("all but the last 30 events that were set aside", ("aside",), partial(shortened, room=100, most=30)),
)
"""What is dropped, in this order, until the rest fits."""


def has_nothing_to_do() -> bool:
    """Whether a cron schedule begins a conversation again that has closed: it said everything already."""
    return workflow.info().cron_schedule is not None and workflow.has_last_completion_result()


def lasting_run_timeout() -> timedelta | None:
    """Return the timeout of the next run where this one's would end a conversation; None where nothing need change.

    Under an execution timeout no run may last longer, so the server shortens what is asked for: ask once. Clients send
    0 for none.
    """
    info = workflow.info()
    lasting = min(_FOR_EVER, info.execution_timeout or _FOR_EVER)
    if not info.run_timeout or info.run_timeout >= lasting:
        return None
    return None if info.execution_timeout and info.continued_run_id is not None else lasting


def begun_oddly(*, goes_on: bool) -> str:
    """Return in sentences what of the start's options ends conversations, or has ended an earlier run of this one.

    `goes_on`: this run goes on where the earlier one ended.
    """
    info = workflow.info()
    told: list[str] = []
    if info.cron_schedule:
        told.append("This conversation was started with a cron schedule, which is of no use to it: start it without.")
    if info.execution_timeout:
        span = info.execution_timeout
        told.append(f"This conversation was started with an execution timeout: Temporal ends it after {span}.")
    if not goes_on and (info.attempt > 1 or info.continued_run_id is not None):
        told.append("An earlier run ended before its time and this one began from the start; the ledger has the rest.")
    return " ".join(told)
