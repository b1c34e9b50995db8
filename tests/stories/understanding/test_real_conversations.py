"""Real customers' conversations, played through reading, score, handoff, briefing, transcript and replies."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.stories.conftest import QUEUES, next_weekday
from worker.process.hosting import OutsideSystems
from worker.tagger.labelled import Talk, read_labelled
from worker.temporal.skipping import Clockwork

pytestmark = pytest.mark.soak
DATA = Path(__file__).parents[3].parent / "shared" / "data" / "conversations"
MONDAY_10_AM = next_weekday(0, 10)
AT_ONCE = 8


async def test_every_real_conversation_ends_with_a_usable_briefing(clockwork: Clockwork, house: OutsideSystems) -> None:
    """However real customers write, nothing is rejected or stuck, and each handoff has a briefing and a transcript."""
    if not DATA.is_dir():
        pytest.skip(
            f"needs labelled conversations beside the project's root, in {DATA.name}/: see shared/data/README.md"
        )
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, talk: Talk) -> Counter[str]:
        async with free:
            return await _played(clockwork, house, f"real-{number}", talk)

    talks = read_labelled(DATA).talks
    counts = Counter[str]()
    for found in await asyncio.gather(*(one(*each) for each in enumerate(talks))):
        counts.update(found)
    assert counts["conversations"] == len(talks)
    assert (counts["rejected"], counts["not_understood"], counts["effect_failed"]) == (0, 0, 0)
    assert counts["handoffs"] > 0
    assert counts["briefings"] == counts["moves"]
    assert counts["transcripts"] == counts["briefings"]


async def _played(clockwork: Clockwork, house: OutsideSystems, identifier: str, talk: Talk) -> Counter[str]:
    body: dict[str, Any] = {
        "conversation_id": identifier,
        "policy": "assisted",
        "channel": "web_chat",
        "customer": {"name": "Sam"},
    }
    handle = await clockwork.start(body, MONDAY_10_AM, task_queue=QUEUES[0])
    for number, (author, text) in enumerate(talk.turns):
        said = {"author": "assistant" if author == "agent" else author, "text": text}
        await handle.signal("message", {"event_id": f"{identifier}-{number:03}", **said})
    state = await _settled(handle, len(talk.turns))
    lines = Counter(entry["kind"] for entry in await handle.query("timeline"))
    notes = [note.body for note in await house.desk.notes(identifier)]
    briefings = [body for body in notes if body.startswith("BRIEFING")]
    assert all("Transcript: " in body and "• Customer: Sam" in body for body in briefings)
    attached = await house.desk.attachments(identifier)
    await handle.terminate("played to its end")
    return Counter(
        conversations=1,
        handoffs=int(state["handoff"] is not None),
        moves=lines["briefed"],
        briefings=len(briefings),
        transcripts=len(attached),
        **{kind: lines[kind] for kind in ("rejected", "not_understood", "effect_failed")},
    )


async def _settled(handle: Any, turns: int) -> dict[str, Any]:
    """Return the state once every message has been counted and read, and no effect is waiting."""
    while True:
        state: dict[str, Any] = await handle.query("state")
        is_read = not (state["understanding"] or {"unread": [1]})["unread"]
        if state["messages"] == turns and is_read and not state["waiting_effects"]:
            return state
        await asyncio.sleep(0.02)
