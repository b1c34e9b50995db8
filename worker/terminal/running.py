"""Runs a command of the command line to its exit code.

Promises that a trouble which the person can put right becomes one sentence. Must not know the commands.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict, is_dataclass
from datetime import date
from functools import wraps
from typing import Annotated, Any, ParamSpec, cast

import typer

from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
_Given = ParamSpec("_Given")
err = Terminal(stderr=True)


def awaited(command: Callable[_Given, Coroutine[Any, Any, int | None]]) -> Callable[_Given, None]:
    """Make a command of an async function, whose result is the exit code; None is 0."""

    @wraps(command)
    def run(*args: _Given.args, **options: _Given.kwargs) -> None:
        try:
            code = asyncio.run(command(*args, **options))
        except KeyboardInterrupt:
            code = 130
        except TroubleError as trouble:
            err.fail(str(trouble))
            code = trouble.exit_code
        except UnicodeEncodeError as error:
            typed = error.object.encode(errors="replace").decode()
            err.say(f"✗ {typed} is not text: write names and ids in UTF-8")
            code = 2
        except Exception as error:  # known by their names: importing their classes takes longer than printing help
            match type(error).__name__:
                case "PolicyError":
                    err.say(str(error))
                case "RPCError":
                    from worker.temporal.asking import refused

                    err.fail(str(refused(cast("Any", error))))
                case _:
                    raise
            code = 1
        if code:
            raise typer.Exit(code)

    return run


def read_settings() -> Any:
    """Return the settings from the environment. Raises TroubleError with every mistake in it as a line."""
    from worker.environment.settings import Settings, own

    return own(Settings)


def give(as_json: bool, data: Any, show: Callable[[], object]) -> None:
    """Print the data as JSON for machines, or else call `show` to print it for people."""
    print(json.dumps(data, default=_plain)) if as_json else show()


def _plain(value: Any) -> Any:
    """Return a record as JSON can hold it. Its class is recognised by its methods: pydantic takes long to import."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, date):
        return value.isoformat()  # RFC 3339; Python's own text of an instant has no `T`
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


async def open_client() -> Any:
    """Return a client of the server of the environment. Its import takes longer than everything else."""
    from worker.temporal.client import connect

    return await connect(carries_traces=False)
