"""Known outages on real servers of their own, because an outage is told to every open conversation of a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from tests.conftest import Story, next_weekday, replay_all, story_policies
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.outages.requests import outages
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
CHECKOUT = 'conversation.tags.exists(t, t == "checkout")'
WORDS = {"": "We know that the checkout is down.", "de": "Wir wissen, dass die Kasse nicht geht."}
OVER = {"": "The checkout works again.", "de": "Die Kasse geht wieder."}


class Place:
    """A server of its own with a worker that can be stopped, and the outages and conversations on it."""

    def __init__(self, clockwork: Clockwork, house: OutsideSystems, settings: Settings) -> None:
        self.clockwork, self.house, self._settings = clockwork, house, settings
        self._worker: AsyncExitStack | None = None

    async def work(self) -> None:
        """Start the worker."""
        self._worker = AsyncExitStack()
        documents = {**load_policies(self._settings), **story_policies()}
        await self._worker.enter_async_context(
            make_worker(self.clockwork.client, self._settings, self.house, documents)
        )

    async def rest(self) -> None:
        """Stop the worker."""
        if self._worker is not None:
            await self._worker.aclose()
            self._worker = None

    async def open(self, name: str, when: str = CHECKOUT, **body: Any) -> WorkflowHandle[Any, Any]:
        """Open an outage on Monday at 10, for four hours unless `body` says otherwise."""
        told = {"when": when, "text": WORDS, "over_text": OVER, "for": "4h", "policy": "outages", **body}
        wait = MONDAY_10_AM - await self._now()
        options = {"id": f"outage/{name}", "task_queue": "baton", "start_delay": wait}
        handle = await self.clockwork.client.start_workflow("Outage", told, **options)
        await self.clockwork.forward(handle, wait)
        return handle

    async def _now(self) -> Any:
        from datetime import UTC, datetime

        return datetime.now(UTC)

    async def begin(self, name: str, **body: Any) -> Story:
        """Start a conversation on Monday at 10."""
        start = {"conversation_id": name, "policy": "outages", "channel": "email", **body}
        return Story(await self.clockwork.start(start, MONDAY_10_AM), self.clockwork, MONDAY_10_AM, name)

    async def replies(self, story: Story) -> list[str]:
        """Return what the customer was told, in order."""
        await story.settled()
        return [note.body for note in await self.house.desk.notes(story.id) if note.kind == "reply"]  # type: ignore[attr-defined]


@pytest.fixture
async def place(house: OutsideSystems, settings: Settings) -> AsyncIterator[Place]:
    async with skipping_server() as clockwork:
        found = Place(clockwork, house, settings)
        await found.work()
        try:
            yield found
        finally:
            await replay_all(clockwork)
            await found.rest()


async def is_told(handle: WorkflowHandle[Any, Any], number: int) -> None:
    """Wait until the outage has told so many conversations."""

    async def told() -> bool:
        return (await handle.query("state")).get("told", 0) >= number

    await until(told)


async def is_part_of(story: Story, name: str) -> None:
    """Wait until the conversation is part of this outage; of none where the name is empty."""

    async def part() -> bool:
        link = (await story.settled())["outage"]
        return (link["name"] if link else "") == name

    await until(part)


async def test_thirty_customers_are_told_once_each_and_once_again_at_the_end(place: Place) -> None:
    """Thirty customers are told of the outage once, and once of its end, though the worker stops in between."""
    stories = await asyncio.gather(
        *(
            place.begin(f"thirty-{n}", tags=["checkout"], customer={"id": f"k{n}", "locale": "de" if n % 3 else "en"})
            for n in range(30)
        )
    )
    outage = await place.open("checkout-down")
    await place.rest()
    await place.work()
    for story in stories:
        await is_part_of(story, "checkout-down")
    await outage.signal("close", {"by": "ana"})
    await place.rest()
    await place.work()
    for number, story in enumerate(stories):
        await is_part_of(story, "")
        language = "de" if number % 3 else ""
        if await place.replies(story) != [WORDS[language], OVER[language]]:
            print(story.id, [(e["at"], e["kind"], e["text"]) for e in await story.timeline()])
            print(await story.state())
        assert await place.replies(story) == [WORDS[language], OVER[language]]
    assert [row.name for row in await outages(place.clockwork.client, only_open=False)] == ["checkout-down"]
