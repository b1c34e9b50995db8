"""The input that a run begins with: a start, the previous run's state, or an input that no worker could read so far.

Promises that an input which raises when it is read is handed on unchanged, with every signal that came meanwhile, until
fixed code reads it; and that Temporal's options which end a workflow (cron, retries, timeouts) end no conversation
unnoticed. Must not know what an input means.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from policies.editions import FIRST, known
from workflows.arrivals.arrivals import Arrival, Arrivals, as_text
from workflows.carrying.fitting import CarriedState, DropStep, fitted, kept, shortened
from workflows.carrying.packing import packed_whole, unpacked
from workflows.contract import ID_PREFIX
from workflows.limits.server import UNREAD_LIMIT
from workflows.setting_aside.set_aside import AsideList

_FOR_EVER = timedelta(days=3650)
CARRIED, UNREAD = "carried", "unread"
EDITION_FIELD = "edition"
"""The field beside what is handed on: the edition that the next run has."""
_TAKEN_OVER = "taken_over"
"""The field that the audit sets on the state of a lost run when it gives all of that state to a new run.

The lost run was handed that state and could not begin with it.
"""


class Unread(BaseModel):
    """The input of a run, with the signals that came while no worker could read it.

    `arrivals` are signals, each `(name, body as JSON text, received at, number)`; `dropped` says what was dropped so
    that all of this could be handed on.
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
        """Make it from a run's input.

        Only a run that continues another one, or takes over from it, was handed anything on.
        """
        if _is_continued(body, info) and isinstance(body, Mapping) and UNREAD in body:
            return cls.model_validate(unpacked(cast("Mapping[str, Any]", body)[UNREAD]))
        return cls.as_it_is(body, info)

    @classmethod
    def as_it_is(cls, body: Any, info: workflow.Info) -> "Unread":
        """Make it from an input that is handed on unread, whatever it is."""
        return cls(input=body, began_at=info.workflow_start_time, is_continued=_is_continued(body, info))

    def unfolded(self) -> "Unread":
        """Return the unread input of the earliest run, with the signals that came in all runs since.

        The two differ where an earlier run could not even read the `Unread` it was given, and handed that on unread.
        """
        inner = self._handed_on(UNREAD)
        if inner is None:
            return self
        before = Unread.model_validate(unpacked(inner)).unfolded()
        since = [(name, body, at, number + before.received) for name, body, at, number in self.arrivals]
        aside = self.aside.model_copy(update={"items": [*before.aside.items, *self.aside.items]})
        changed = {"arrivals": [*before.arrivals, *since], "received": before.received + self.received, "aside": aside}
        return before.model_copy(update=changed)

    @classmethod
    def handed_to_lost(cls, body: Mapping[str, Any], info: workflow.Info) -> "Unread":
        """Make it from the state that the previous run gave to a run that was lost."""
        return cls.of({**body, _TAKEN_OVER: True}, info).unfolded()

    def unjudged(self) -> tuple[list[Any], AsideList]:
        """Return the facts that the run before had read and not judged, and the events it had set aside."""
        carried = unpacked(self.carried or {})
        return list(carried.get("inbox", ())), AsideList.model_validate(carried.get("aside", {}))

    @property
    def carried(self) -> Any:
        """The state that the run before handed on; None where this run starts a conversation or a team."""
        return self._handed_on(CARRIED)

    @property
    def is_start(self) -> bool:
        """True where a conversation or a team begins with this input."""
        return self._handed_on(CARRIED) is None and self._handed_on(UNREAD) is None

    def _handed_on(self, name: str) -> Any:
        body = self.input
        if self.is_continued and isinstance(body, Mapping) and name in body:
            return cast("Mapping[str, Any]", body)[name]
        return None

    def kept(self) -> list[Arrival]:
        """Return the signals as arrivals, unchanged."""
        return [Arrival(name, json.loads(body), at, number) for name, body, at, number in self.arrivals]

    def handed_on(self, arrivals: Arrivals, aside: AsideList) -> tuple[CarriedState, str]:
        """Return the input with all signals so far, cut to fit the server's limit, and a sentence on what was cut."""
        return fitted(self._with(arrivals, aside), _STEPS, _say, UNREAD_LIMIT)

    def handed_on_whole(self, arrivals: Arrivals, aside: AsideList) -> CarriedState:
        """Return the input with all signals so far and nothing dropped. Raises ValueError where it is too large."""
        return packed_whole(self._with(arrivals, aside))

    def _with(self, arrivals: Arrivals, aside: AsideList) -> CarriedState:
        came = [(each.name, as_text(each.body), each.at, each.number) for each in arrivals.facts]
        now = {"arrivals": came, "received": arrivals.received, "aside": aside}
        return self.model_copy(update=now).model_dump(mode="json")


def edition_of(body: Any, info: workflow.Info) -> int:
    """Return the edition that the run before chose for this one; the first where a conversation or a team begins."""
    if not isinstance(body, Mapping) or not _is_continued(body, info):
        return FIRST
    return known(cast("Mapping[str, Any]", body).get(EDITION_FIELD))


def _is_continued(body: Any, info: workflow.Info) -> bool:
    takes_over = isinstance(body, Mapping) and cast("Mapping[str, Any]", body).get(_TAKEN_OVER) is True
    return takes_over or info.continued_run_id is not None


def _say(state: CarriedState, text: str) -> None:
    state["dropped"] = text


def _cut_bodies(arrivals: list[list[Any]], room: int) -> list[list[Any]]:
    """Cut the bodies' texts to `room` bytes. Reading them later rejects or cuts such texts anyway, and says so.

    A body that is an object stays an object.
    """
    return [[each[0], _cut_body(each[1], room), *each[2:]] for each in arrivals]


def _cut_body(text: str, room: int) -> str:
    return text if len(text) <= room else json.dumps(shortened(json.loads(text), room))


def _cut_start(body: Any, room: int, most: int) -> Any:
    """Cut the texts of a start. A state that was handed on stays whole: it could not be read any more if it was cut."""
    is_handed_on = isinstance(body, Mapping) and (CARRIED in body or UNREAD in body)
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
"""The parts that are dropped, in this order, until the rest fits."""


def has_nothing_to_do() -> bool:
    """Return whether a cron schedule starts a conversation again that has closed: such a run has nothing to do."""
    return workflow.info().cron_schedule is not None and workflow.has_last_completion_result()


def lasting_run_timeout() -> timedelta | None:
    """Return the timeout that the next run needs where this run's timeout would end a conversation; else None.

    The server shortens a run's timeout to the workflow's execution timeout, so ask for a longer one only once. A client
    sends 0 for no timeout.
    """
    info = workflow.info()
    lasting = min(_FOR_EVER, info.execution_timeout or _FOR_EVER)
    if not info.run_timeout or info.run_timeout >= lasting:
        return None
    return None if info.execution_timeout and info.continued_run_id is not None else lasting


def begun_oddly(*, goes_on: bool, edition: int) -> str:
    """Return sentences on which options of the start end conversations, or hide them, or have ended an earlier run.

    `goes_on`: this run continues from where the earlier run ended, instead of starting over.
    """
    info = workflow.info()
    told: list[str] = []
    if edition >= 3 and not info.workflow_id.startswith(ID_PREFIX):  # before, there was no word of it
        right = f"{ID_PREFIX}{info.workflow_id}"
        told.append(f"This workflow's id is {info.workflow_id}: start it as {right}, or commands and buttons miss it.")
    if info.cron_schedule:
        told.append("This conversation was started with a cron schedule, which is of no use to it: start it without.")
    if info.execution_timeout:
        span = info.execution_timeout
        told.append(f"This conversation was started with an execution timeout: Temporal ends it after {span}.")
    if not goes_on and (info.attempt > 1 or info.continued_run_id is not None):
        told.append("An earlier run ended before its time and this one began from the start; the ledger has the rest.")
    return " ".join(told)
