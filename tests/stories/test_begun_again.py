"""A helpdesk that sends an event again after the conversation has closed."""

from contextlib import nullcontext
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tests.conftest import Story, next_weekday
from tests.stories.audits import listed
from tests.stories.outages import ledger_away
from worker.asking import show
from worker.hosting import House
from worker.printing import print_conversation
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


async def test_a_run_that_had_nothing_to_do_says_so(clockwork: Clockwork) -> None:
    """`baton show` of a run that a repeated webhook began: it is over, and why nothing was done."""
    await closed(clockwork, "shown")
    again = await begun_by(clockwork, "shown", E1)
    assert (await again.handle.result())["status"] == "resolved"
    told = await show(clockwork.client, "shown")
    (line,) = told["timeline"]
    assert (told["state"]["status"], told["upcoming"], line["kind"]) == ("resolved", [], "repeated")
    assert line["text"] == (
        "An earlier run took in everything that began this one, so nothing is done."
        " `baton transcript` has what was said before"
    )
    screen = Console(width=80, file=StringIO())
    print_conversation(screen, told, datetime.now(UTC))
    assert "An earlier run took in everything" in screen.file.getvalue()
    wanted = f"WorkflowId = '{again.handle.id}' AND BatonStatus = 'resolved' AND ExecutionStatus = 'Completed'"
    await listed(clockwork.client, wanted, 2)


@pytest.mark.parametrize("is_away", [False, True])
async def test_what_goes_on_from_the_ledger_is_no_repetition(clockwork: Clockwork, house: House, is_away: bool) -> None:
    """A run that goes on as the ledger knew it is not ended by an event that the ledger knows, nor counts it twice."""
    name = f"imported-{is_away}"
    story = await begun_by(clockwork, name, E1)
    before = await story.settled()
    await story.order("resolve")
    await story.after(hours=25)
    await story.handle.result()
    body = {"conversation_id": name, "policy": "tiered", "imported": {**before, "seen": ["e0", "e1"], "why": "lost"}}
    async with ledger_away(house) if is_away else nullcontext():
        options = {"start_signal": "message", "start_signal_args": [E1]}
        story = Story(await clockwork.start(body, MONDAY_10_AM, **options), clockwork, MONDAY_10_AM, name)
        await story.handle.signal("message", {**E1, "event_id": "e0"})
        after = await story.settled()
    assert (after["messages"], after["opened_at"], after["status"]) == (1, before["opened_at"], "open")
    assert "imported" in await story.kinds()
    await story.handle.terminate()


async def test_a_new_event_begins_the_conversation_anew(clockwork: Clockwork) -> None:
    """A customer who writes something new after closing is taken in."""
    await closed(clockwork, "anew")
    story = await begun_by(clockwork, "anew", {**E1, "event_id": "e2"})
    assert (await story.settled())["messages"] == 1
    await story.handle.terminate()


async def test_an_event_of_before_counts_once_however_the_next_run_began(clockwork: Clockwork) -> None:
    """All webhooks of a closed conversation come again after it was begun anew: none of them counts twice."""
    await closed(clockwork, "replayed")
    story = Story(
        await clockwork.start({"conversation_id": "replayed", "policy": "tiered"}, MONDAY_10_AM),
        clockwork,
        MONDAY_10_AM,
        "replayed",
    )
    await story.settled()
    await story.handle.signal("message", E1)
    await story.handle.signal("message", {**E1, "event_id": "e2"})
    assert (await story.settled())["messages"] == 1
    await story.handle.terminate()


async def test_with_the_database_away_it_begins_and_says_so(clockwork: Clockwork, house: House) -> None:
    """Where the ledger cannot be asked, the conversation begins; its timeline says that an event may count again."""
    async with ledger_away(house):
        story = await begun_by(clockwork, "doubtful", E1)
        assert (await story.settled())["messages"] == 1
        said = [entry["text"] for entry in await story.timeline() if entry["kind"] == "ledger_unknown"]
    start = "The ledger could not be asked whether what began this run was taken in before"
    assert said == [f"{start}: if it was, it counts again"]
    await story.handle.terminate()
