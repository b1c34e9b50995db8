"""Plays one written conversation on a server whose time can be skipped, from its opening to its end.

Promises to deliver each event at its time on the conversation's own clock, and to report the result in the
conversation's own words. Must not know how it is shown.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from worker.demo.script import Script, ScriptedDelivery
from worker.demo.verdict import unmet
from worker.temporal.commanding import execute_command, refusal_in
from worker.temporal.skipping import Clockwork

_POLL = 0.01
"""Seconds of real time between two looks for effects under way."""


@dataclass(slots=True)
class Played:
    """The result of a conversation. `refusals` are the sentences callers got, each with its instant and command."""

    script: Script
    conversation_id: str
    run_id: str
    opened_at: datetime
    ended_at: datetime
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    timeline: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refusals: list[tuple[datetime, str, str]] = field(default_factory=list[tuple[datetime, str, str]])
    unmet: list[str] = field(default_factory=list[str])


async def play(
    clockwork: Clockwork,
    script: Script,
    opened_at: datetime,
    *,
    task_queue: str = "baton",
    conversation_id: str = "",
    copies: int = 1,
    on_delivery: Callable[[], None] = lambda: None,
) -> Played:
    """Play a script from its opening to its end. With more `copies`, each event is delivered so many times at once."""
    identifier = conversation_id or script.name
    body = {"policy": "tiered", **script.start, "conversation_id": identifier}
    handle = await clockwork.start(body, opened_at, task_queue=task_queue)
    played = Played(script, identifier, handle.first_execution_run_id or "", opened_at, opened_at + script.lasts)
    for after, number, event in script.deliveries:
        await clockwork.go_to(handle, opened_at + after)
        for _ in range(copies):
            await _deliver(handle, played, f"{identifier}-{number:02}", event, opened_at + after)
        await settled(handle)  # else time would be skipped before a busy worker has sent what is due by now
        on_delivery()
    await clockwork.go_to(handle, played.ended_at)
    played.state, played.timeline = await settled(handle), await handle.query("timeline")
    played.unmet += unmet(script.expect, played.state, played.timeline)
    return played


async def close(clockwork: Clockwork, played: Played) -> None:
    """Let the conversation end: resolve it where it is open, then skip the time until it closes."""
    handle = clockwork.client.get_workflow_handle(f"conversation/{played.conversation_id}")
    if played.state["status"] != "resolved":
        await execute_command(handle, "resolve", {"actor": "demo", "note": "The demonstration is over."})
    state = await settled(handle)
    played.ended_at = datetime.fromisoformat(state["closes_at"])
    await clockwork.go_to(handle, played.ended_at + timedelta(seconds=1))
    await handle.result()


async def settled(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    """Return the state of a conversation once none of its effects is on the way any more."""
    while True:
        state: dict[str, Any] = await handle.query("state")
        if state["policy"] is not None and not state["waiting_effects"]:
            return state
        await asyncio.sleep(_POLL)


async def _deliver(
    handle: WorkflowHandle[Any, Any], played: Played, event_id: str, event: ScriptedDelivery, at: datetime
) -> None:
    if event.command:
        return await _command(handle, played, event_id, event, at)
    happened = played.opened_at + (event.happened if event.happened is not None else event.after)
    envelope = {"event_id": event_id, "occurred_at": happened.isoformat()}
    if event.message:
        said = {"author": event.message, "author_id": event.by, "text": event.text}
        return await handle.signal("message", {**envelope, **said, **event.body})
    return await handle.signal(
        event.fact or "", {**envelope, **event.body} if isinstance(event.body, dict) else event.body
    )


async def _command(
    handle: WorkflowHandle[Any, Any], played: Played, event_id: str, event: ScriptedDelivery, at: datetime
) -> None:
    sentence, name = "", event.command or ""
    try:
        await execute_command(handle, name, {"command_id": event_id, "actor": event.by, **event.body})
    except WorkflowUpdateFailedError as error:
        sentence = refusal_in(error)
        if (at, name, sentence) not in played.refusals:
            played.refusals.append((at, name, sentence))
    if sentence != event.refused:
        wanted = f"refused with “{event.refused}”" if event.refused else "carried out"
        got = f"was refused: {sentence}" if sentence else "was not"
        played.unmet.append(f"{name} should be {wanted}, but {got}")
