"""Record histories of the demo's conversations, to be replayed by every later version.

    python -m tests.replay.record VERSION [NAME…]

Run it once for each release and commit what it writes; a history that was committed is never changed or deleted.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from worker.demo.calendar import calendar_of
from worker.demo.script import load_scripts
from worker.demo.stage import close, play
from worker.hosting import load_policies, make_worker, open_house
from worker.settings import Settings
from worker.skipping import skipping_server

HISTORIES = Path(__file__).parent / "histories"
_ABOUT_THIS_MACHINE = ("identity", "binaryChecksum", "sdkName", "workerInstanceKey", "requestId")


async def record(version: str, names: list[str]) -> None:
    """Play the named conversations to their end, or all, and keep each history as JSON."""
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/baton.db", slack_token="", http_port=0)
        documents = load_policies(settings)
        async with (
            open_house(settings) as house,
            skipping_server() as clockwork,
            make_worker(clockwork.client, settings, house, documents),
        ):
            for script in load_scripts(only=names):
                opens = calendar_of(documents["tiered"]).opening(script, datetime.now(UTC))
                played = await play(clockwork, script, opens)
                await close(clockwork, played)
                handle = clockwork.client.get_workflow_handle(f"conversation/{played.conversation_id}")
                history = json.loads((await handle.fetch_history()).to_json())
                path = HISTORIES / f"{version}-{script.name}.json"
                path.write_text(json.dumps(_without_machine(history), separators=(",", ":")) + "\n")
                print(f"{path.name}: {len(history['events'])} events")


def _without_machine(value: Any) -> Any:
    """The history without names of hosts and processes, which replay does not need."""
    if isinstance(value, dict) and value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        return {**value, "name": "sticky"}
    if isinstance(value, dict):
        return {name: _without_machine(inner) for name, inner in value.items() if name not in _ABOUT_THIS_MACHINE}
    return [_without_machine(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1], sys.argv[2:]))
