"""A known outage while Baton's database is away."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from temporalio.client import WorkflowHandle

from activities.database.tables import engine
from activities.desk.sql import SqlDesk
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


@pytest.mark.slow
async def test_an_outage_needs_no_database() -> None:
    """Without the database, a conversation is part of an outage at once; its customer is told when it is back."""
    with postgres_server() as address:
        folder = parse_qs(urlsplit(address).query)["host"][0]
        async with Wire(path=f"{folder}/.s.PGSQL.5432") as wire, skipping_server() as clockwork:
            url = f"postgresql://postgres:none@127.0.0.1:{wire.port}/postgres?ssl=disable"
            settings = Settings(database_url=url, slack_token="", http_port=0)
            await migrate(settings.database_url)
            documents = {**load_policies(settings), **story_policies()}
            async with open_house(settings) as house, make_worker(clockwork.client, settings, house, documents):

                async def is_listed() -> bool:
                    return any(row.until for row in await outages(clockwork.client, only_open=True))

                async def is_part() -> bool:
                    return (await asked(story.handle, "state"))["outage"] is not None

                wire.cut()
                wait = MONDAY_10_AM - datetime.now(UTC)
                start: dict[str, Any] = {"id": "outage/checkout-down", "task_queue": "baton", "start_delay": wait}
                handle: WorkflowHandle[Any, Any] = await clockwork.client.start_workflow("Outage", OUTAGE, **start)
                await clockwork.forward(handle, wait)
                await until(is_listed)
                body = {"conversation_id": "away", "policy": "outages", "channel": "email", "tags": ["checkout"]}
                story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, "away")
                await until(is_part)
                wire.mend()
                await story.settled()
            store = engine(url)
            told = [note.body for note in await SqlDesk(store).notes("away") if note.kind == "reply"]
            await store.dispose()
    assert told == [WORDS]
