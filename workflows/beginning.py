"""What a run begins with: a start, what the run before handed on, or what no worker could read so far.

Promises that an input which raises when it is read is handed on as it is, with every signal that came meanwhile, until
mended code reads it; and that options of Temporal's which end a workflow (cron, retries, timeouts) end no conversation
unseen. Must not know what an input means.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from workflows.arrivals import Arrival, Arrivals, as_text
from workflows.set_aside import AsideList

_FOR_EVER = timedelta(days=3650)


class Unread(BaseModel):
    """The input of a run, with what came while no worker could read it.

    `arrivals` are signals, each `(name, body as JSON text, received at, number)`.
    """

    model_config = ConfigDict(extra="ignore")

    input: Any
    began_at: datetime
    arrivals: list[tuple[str, str, datetime, int]] = []
    received: int = 0
    aside: AsideList = AsideList()
    is_continued: bool = False

    @classmethod
    def of(cls, body: Any, info: workflow.Info) -> "Unread":
        """Of a run's input. Only a run that continues another one may have been handed something on."""
        is_continued = info.continued_run_id is not None
        if is_continued and isinstance(body, Mapping) and "unread" in body:
            return cls.model_validate(cast("Mapping[str, Any]", body)["unread"])
        return cls(input=body, began_at=info.workflow_start_time, is_continued=is_continued)

    @property
    def carried(self) -> Any:
        """What the run before handed on; None where this one starts."""
        body = self.input
        if self.is_continued and isinstance(body, Mapping) and "carried" in body:
            return cast("Mapping[str, Any]", body)["carried"]
        return None

    def kept(self) -> list[Arrival]:
        """The signals, as they came."""
        return [Arrival(name, json.loads(body), at, number) for name, body, at, number in self.arrivals]

    def with_arrivals(self, arrivals: Arrivals, aside: AsideList) -> "Unread":
        """The same input with what has come by now."""
        came = [(each.name, as_text(each.body), each.at, each.number) for each in arrivals.facts]
        return self.model_copy(update={"arrivals": came, "received": arrivals.received, "aside": aside})


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


def begun_oddly() -> str:
    """Return in sentences what of the start's options ends conversations, or has ended an earlier run of this one."""
    info = workflow.info()
    told: list[str] = []
    if info.cron_schedule:
        told.append("This conversation was started with a cron schedule, which is of no use to it: start it without.")
    if info.execution_timeout:
        span = info.execution_timeout
        told.append(f"This conversation was started with an execution timeout: Temporal ends it after {span}.")
    if info.attempt > 1 or info.continued_run_id is not None:
        told.append("An earlier run ended before its time and this one began from the start; the ledger has the rest.")
    return " ".join(told)
