"""The whole demonstration: server, worker, all conversations, the table at the end, and leaving it open to look at.

Promises exit code 0 only where every conversation ended as its script expects, and to leave nothing behind: server,
database and worker end with it, also on Ctrl-C. Must not know what a conversation does.
"""

import asyncio
import json as json_format
import os
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from urllib.parse import quote

from rich.markup import escape
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from policies.document.document import Document
from policies.loading.load import digest
from policies.running.policy import prepare
from worker.background import is_done_before, stop_on_signals
from worker.demo.calendar import Calendar, calendar_of
from worker.demo.progress import Watcher, watching
from worker.demo.record import DemoRecord, records_of, summary_of
from worker.demo.report import report
from worker.demo.script import Script, ScriptError, load_scripts
from worker.demo.stage import Played, close, play
from worker.demo.table import WIDTH, show
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker, open_house
from worker.temporal.skipping import Clockwork, is_taken, skipping_server
from worker.terminal.terminal import Terminal

POLICY = "tiered"
AT_ONCE = 4
"""Conversations at a time: on two cores, more of them do not end sooner, but only wait for each other."""
UI_PORT = 8233
INTERRUPTED = 130
STUCK_AFTER = 60
"""Seconds of real time that one conversation may take; it needs less than three."""

_SERVER = ("--output", "none", "--ui-disable-news-fetch")
"""Without these, the server would print its addresses between our lines, and its UI would ask the internet for news."""


async def demo(
    keep: bool = False,
    json: bool = False,
    only: Sequence[str] = (),
    ui_port: int | None = None,
    *,
    verbose: bool = False,
) -> int:
    """Play the written conversations, or only those named in `only`. Return the exit code."""
    port = ui_port or UI_PORT
    try:
        scripts = load_scripts(only=only)
        if keep and is_taken(port):
            raise OSError(f"Port {port} is in use: stop what runs there, or choose another with --ui-port.")
        _quieten()
        shown = _Showing(keep=keep, json=json, verbose=verbose, ui_port=port)
        return await _perform(_console(json), scripts, stop_on_signals(), shown)
    except (ScriptError, OSError) as error:
        Terminal(stderr=True).say(str(error))
        return 1


@dataclass(frozen=True, slots=True)
class _Showing:
    """The options for the end: how much is shown, and whether all is left open to look at."""

    keep: bool
    json: bool
    verbose: bool
    ui_port: int


async def _perform(console: Terminal, scripts: Sequence[Script], stop: asyncio.Event, shown: _Showing) -> int:
    """Start the server, play the scripts and print the results. Return the exit code."""
    console.print("[dim]Starting a Temporal server and a worker…[/]")
    async with _stage(shown.ui_port if shown.keep else None) as (clockwork, house, documents):
        calendar = calendar_of(documents[POLICY])
        began = time.monotonic()
        with watching(console, scripts) as watcher:
            playing = asyncio.create_task(_play_all(clockwork, scripts, calendar, watcher, keep_open=shown.keep))
            is_over = await is_done_before(stop, playing)
            if not is_over:
                playing.cancel()
                await asyncio.wait({playing})
        if not is_over:
            console.print("Stopped.", style="dim")
            return INTERRUPTED
        records = await records_of(house, playing.result())
        summary = summary_of(records, time.monotonic() - began)
        if shown.json:
            print(json_format.dumps(report(records, summary), ensure_ascii=False, indent=1))
        else:
            show(console, records, summary, _names(documents.values()), calendar, verbose=shown.verbose)
        if shown.keep:
            _print_addresses(console, clockwork, records, shown.ui_port)
            await stop.wait()
    return 0 if summary.as_expected == summary.conversations else 1


@asynccontextmanager
async def _stage(ui_port: int | None) -> AsyncGenerator[tuple[Clockwork, OutsideSystems, dict[str, Document]]]:
    """Run a server, a database and a worker for the demonstration alone, whatever the environment says."""
    with TemporaryDirectory(prefix="baton-demo-") as folder:
        settings = Settings.model_construct(database_url=f"sqlite:///{folder}/baton.db")
        documents = load_policies(settings)
        document = documents[POLICY]
        async with (
            open_house(settings) as house,
            skipping_server(ui_port=ui_port, extra=_SERVER) as clockwork,
            make_worker(clockwork.client, settings, house, documents),
        ):
            # The policy is prepared beforehand, so that the first conversation is as quick as the others.
            prepare(digest(document), document.model_dump(mode="json", exclude_defaults=True))
            yield clockwork, house, documents


async def _play_all(
    clockwork: Clockwork, scripts: Sequence[Script], calendar: Calendar, watcher: Watcher, *, keep_open: bool
) -> list[Played]:
    """Play all conversations to their ends, some at a time. With `keep_open`, unresolved conversations stay open."""
    room, now = asyncio.Semaphore(AT_ONCE), datetime.now(UTC)

    async def one(script: Script) -> Played:
        opens = calendar.opening(script, now)
        try:
            async with room, asyncio.timeout(STUCK_AFTER):
                played = await play(clockwork, script, opens, on_delivery=lambda: watcher.delivered(script))
                if played.state["status"] == "resolved" or not keep_open:
                    await close(clockwork, played)
        except TimeoutError:
            raise TimeoutError(f"{script.name} did not come to an end within {STUCK_AFTER} seconds.") from None
        watcher.finished(script, played.unmet)
        return played

    return await asyncio.gather(*(one(script) for script in scripts))


def _names(documents: Iterable[Document]) -> dict[str, str]:
    """Return the names of teams and people of all policies, by their keys."""
    parts = [part for document in documents for part in (document.teams, document.people)]
    return {key: known.name for part in parts for key, known in part.items() if known.name}


def _print_addresses(console: Terminal, clockwork: Clockwork, records: Sequence[DemoRecord], ui_port: int) -> None:
    """Print where to look around: the UI, the server for other commands, and the conversations drawn above."""
    base = f"http://localhost:{ui_port}/namespaces/default/workflows"
    console.print("\n[bold]The Temporal UI:[/]")
    console.say(f"  {base}")
    for record in records:
        played = record.played
        if played.script.is_telling or len(records) == 1:
            console.print(f"{escape(played.script.title)}:")
            console.say(f"  {base}/{quote(f'conversation/{played.conversation_id}', safe='')}/{played.run_id}")
    server = clockwork.client.service_client.config.target_host
    console.print("[bold]The server, for commands in another terminal:[/]")
    console.say(f"  TEMPORAL_ADDRESS={server} baton list")
    console.print("\nServer, UI and worker go on until you press Ctrl-C.")


def _console(json: bool) -> Terminal:
    """Return the console for people. With JSON on standard output, people read standard error."""
    console = Terminal(stderr=json)
    is_wide = console.is_terminal or "COLUMNS" in os.environ
    return console if is_wide else Terminal(stderr=json, width=WIDTH)


def _quieten() -> None:
    """Have the SDK log errors only: Ctrl-C also ends the server, so a warning that the server is gone is no news."""
    quiet = TelemetryConfig(logging=LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR")))
    with suppress(RuntimeError):
        Runtime.set_default(Runtime(telemetry=quiet))
