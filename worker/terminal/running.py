"""Runs a command of the command line to its exit code.

Promises that a trouble which the person can put right becomes one sentence. Must not know the commands.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import typer

from worker.terminal.terminal import Terminal
from worker.trouble import TroubleError

err = Terminal(stderr=True)


def run(work: Callable[[], Coroutine[Any, Any, int] | Awaitable[int]]) -> None:
    """Do the work, and leave with its exit code where that is not 0."""

    async def awaited() -> int:
        return await work()

    try:
        code = asyncio.run(awaited())
    except KeyboardInterrupt:
        code = 130
    except TroubleError as trouble:
        err.print("[red]✗[/] ", end="")
        err.print(str(trouble), markup=False, highlight=False, soft_wrap=True)
        code = trouble.exit_code
    except UnicodeEncodeError as error:
        typed = error.object.encode(errors="replace").decode()
        err.print(f"✗ {typed} is not text: write names and ids in UTF-8", markup=False, highlight=False, soft_wrap=True)
        code = 2
    except Exception as error:  # known by their names: importing their classes takes longer than printing help
        said = {"PolicyError": str(error), "RPCError": f"✗ The server refuses: {error}"}.get(type(error).__name__)
        if said is None:
            raise
        err.print(said, markup=False, highlight=False, soft_wrap=True)
        code = 1
    if code:
        raise typer.Exit(code)


def read_settings() -> Any:
    """Return the settings from the environment. Prints every mistake in it as a line, and leaves with exit code 1."""
    from pydantic import ValidationError

    from worker.environment.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        lines = [f"BATON_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        err.print("[red]✗[/] ", end="")
        err.print("\n  ".join(lines), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
