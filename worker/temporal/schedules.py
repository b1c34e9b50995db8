"""Temporal Schedules that Baton makes: the same words make, change and remove each of them.

Promises that a Schedule which a person has paused stays paused when it is changed. Must not know what is run.
"""

from datetime import timedelta

from pydantic import TypeAdapter, ValidationError
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from policies.document.part import Span, format_span
from worker.temporal.asking import is_unknown, refused
from worker.trouble import TroubleError

_CATCH_UP = timedelta(minutes=1)
"""The window for catching up after the server was away: a missed run tells nothing that the next run does not."""
_CRON_FIELDS = 5


def read_span(option: str, text: str) -> timedelta:
    """Return a duration as policies write it. Raises TroubleError."""
    try:
        return TypeAdapter[timedelta](Span).validate_python(text)
    except ValidationError as error:
        raise TroubleError(f"{option}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


async def keep(client: Client, name: str, action: ScheduleActionStartWorkflow, when: str) -> str:
    """Make or change a Schedule, and return a sentence. Raises TroubleError.

    `when` is `every=5m`, `5m` or a cron line in UTC.
    """
    spec, words = _spec(when)
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP)
    wanted = Schedule(action=action, spec=spec, policy=policy)
    try:
        await client.create_schedule(name, wanted)
    except ScheduleAlreadyRunningError:

        async def change(found: ScheduleUpdateInput) -> ScheduleUpdate:
            wanted.state = found.description.schedule.state
            return ScheduleUpdate(wanted)

        await client.get_schedule_handle(name).update(change)
        return f"The Schedule {name} was changed: it runs {words}."
    except RPCError as error:
        if error.status != RPCStatusCode.INVALID_ARGUMENT:
            raise refused(error) from None
        remedy = f"write a span such as 5m, or the five fields of cron ({error.message})"
        raise TroubleError(f"--schedule: the server can't plan `{when}`: {remedy}") from None
    return f"The Schedule {name} runs {words}."


async def remove(client: Client, name: str) -> str:
    """Remove a Schedule. Return a sentence."""
    try:
        await client.get_schedule_handle(name).delete()
    except RPCError as error:
        if not is_unknown(error):
            raise refused(error) from None
        return f"There is no Schedule {name}."
    return f"The Schedule {name} is gone."


def _spec(when: str) -> tuple[ScheduleSpec, str]:
    if len(when.split()) == _CRON_FIELDS:
        return ScheduleSpec(cron_expressions=[when]), f"at {when} (UTC)"
    interval = read_span("--schedule", when.removeprefix("every="))
    return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)]), f"every {format_span(interval)}"
