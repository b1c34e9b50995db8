"""Keeps histories of conversations and teams as files, without the names of this machine."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

HISTORIES = Path(__file__).parent / "histories"
_ABOUT_THIS_MACHINE = ("identity", "binaryChecksum", "sdkName", "workerInstanceKey", "requestId")


async def until(handle: WorkflowHandle[Any, Any], holds: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the state is such; raise TimeoutError after a minute."""
    async with asyncio.timeout(60):
        while True:
            if holds(await handle.query("state")):
                return
            await asyncio.sleep(0.05)


async def keep(handle: WorkflowHandle[Any, Any], name: str) -> None:
    """Write the history so far to the file of that name."""
    history = json.loads((await handle.fetch_history()).to_json())
    path = HISTORIES / f"{name}.json"
    path.write_text(json.dumps(_without_machine(history), separators=(",", ":")) + "\n")
    print(f"{path.name}: {len(history['events'])} events")


def _without_machine(value: Any) -> Any:
    """Return the history without names of hosts and processes, which replay does not need."""
    if isinstance(value, dict) and value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        return {**value, "name": "sticky"}
    if isinstance(value, dict):
        return {name: _without_machine(inner) for name, inner in value.items() if name not in _ABOUT_THIS_MACHINE}
    return [_without_machine(inner) for inner in value] if isinstance(value, list) else value
