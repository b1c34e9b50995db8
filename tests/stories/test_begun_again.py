"""A helpdesk that sends an event again after the conversation has closed."""

from typing import Any

from sqlalchemy import text

from tests.conftest import Story, next_weekday
from worker.hosting import House
from worker.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)
E1 = {"event_id": "e1", "author": "customer", "text": "Hello?", "occurred_at": MONDAY_10_AM.isoformat()}


async def begun_by(clockwork: Clockwork, name: str, event: dict[str, Any]) -> Story:
    """A conversation that a webhook begins."""
    body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
    options = {"start_signal": "message", "start_signal_args": [event]}
    return Story(await clockwork.start(body, MONDAY_10_AM, **options), clockwork, MONDAY_10_AM, name)


async def closed(clockwork: Clockwork, name: str) -> Story:
    """A conversation that a webhook began, and that was resolved and has closed."""
    story = await begun_by(clockwork, name, E1)
    await story.order("resolve")
    await story.after(hours=25)
    assert (await story.handle.result())["status"] == "resolved"
    return story


async def test_an_event_of_before_tells_nobody(clockwork: Clockwork, house: House) -> None:
    """A webhook that is sent again after closing begins a run that completes at once, and nobody hears of it."""
    await closed(clockwork, "again")
    lines, notes = await house.ledger.entries("again"), await house.desk.notes("again")
    again = await begun_by(clockwork, "again", E1)
    assert (await again.handle.result())["conversation_id"] == "again"
    assert (await house.ledger.entries("again"), await house.desk.notes("again")) == (lines, notes)


async def test_a_new_event_begins_the_conversation_anew(clockwork: Clockwork) -> None:
    """A customer who writes something new after closing is taken in."""
    await closed(clockwork, "anew")
    story = await begun_by(clockwork, "anew", {**E1, "event_id": "e2"})
    assert (await story.settled())["messages"] == 1
    await story.handle.terminate()


async def test_with_the_database_away_it_begins_and_says_so(clockwork: Clockwork, house: House) -> None:
    """Where the ledger cannot be asked, the conversation begins; its timeline says that an event may count again."""
    async with house.store.begin() as connection:
        await connection.execute(text("ALTER TABLE ledger RENAME TO ledger_away"))
    try:
        story = await begun_by(clockwork, "doubtful", E1)
        assert (await story.settled())["messages"] == 1
        said = [entry["text"] for entry in await story.timeline() if entry["kind"] == "ledger_unknown"]
    finally:
        async with house.store.begin() as connection:
            await connection.execute(text("ALTER TABLE ledger_away RENAME TO ledger"))
    start = "The ledger could not be asked whether what began this run was taken in before"
    assert said == [f"{start}: if it was, it counts again"]
    await story.handle.terminate()
