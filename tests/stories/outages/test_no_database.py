"""A known outage while Baton's database is away."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from temporalio.client import WorkflowHandle

from migrations import migrate
from tests.conftest import Story, asked, next_weekday, story_policies
from tests.databases import postgres_server
from tests.fakes.wire import Wire
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.outages.requests import outages
from worker.process.hosting import load_policies, make_worker, open_house
from worker.temporal.skipping import skipping_server

MONDAY_10_AM = next_weekday(0, 10)
WORDS = "We know that the checkout is down."
OUTAGE = {"when": 'conversation.tags.exists(t, t == "checkout")', "text": WORDS, "policy": "outages"}


async def test_an_outage_needs_no_database() -> None:
    """Without the database, conversations are part of an outage at once; their customers are told when it is back."""
    with postgres_server() as address:
        folder = parse_qs(urlsplit(address).query)["host"][0]
        async with Wire(path=f"{folder}/.s.PGSQL.5432") as wire, skipping_server() as clockwork:
            url = f"postgresql://postgres:none@127.0.0.1:{wire.port}/postgres?ssl=disable"
            settings = Settings(database_url=url, slack_token="", http_port=0)
            await migrate(settings.database_url)
            documents = {**load_policies(settings), **story_policies()}
            async with open_house(settings) as house, make_worker(clockwork.client, settings, house, documents):

                async def begin(name: str) -> Story:
                    body = {"conversation_id": name, "policy": "outages", "channel": "email", "tags": ["checkout"]}
                    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)

                async def is_part(story: Story) -> bool:
                    return (await asked(story.handle, "state"))["outage"] is not None

                async def is_listed() -> bool:
                    return any(row.until for row in await outages(clockwork.client, only_open=True))

                open_before = await begin("before")
                await open_before.settled()
                wire.cut()
                wait = MONDAY_10_AM - datetime.now(UTC)
                start: dict[str, Any] = {"id": "outage/checkout-down", "task_queue": "baton", "start_delay": wait}
                handle: WorkflowHandle[Any, Any] = await clockwork.client.start_workflow("Outage", OUTAGE, **start)
                await clockwork.forward(handle, wait)
                await until(is_listed)
                begun_later = await begin("later")
                for story in (open_before, begun_later):
                    await until(lambda story=story: is_part(story))
                wire.mend()
                for story in (open_before, begun_later):
                    await story.settled()
                    notes = await house.desk.notes(story.id)  # pyright: ignore
                    assert [note.body for note in notes if note.kind == "reply"] == [WORDS]
