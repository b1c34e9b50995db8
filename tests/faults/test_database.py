"""A database that goes away and comes back."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from migrations import migrate
from tests.conftest import Story, next_weekday
from tests.databases import postgres_server
from tests.fakes.slack import FakeSlack
from tests.fakes.wire import Wire
from worker.environment.settings import Settings
from worker.process.hosting import load_policies, make_worker, open_house
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)


async def test_a_dead_database_holds_back_only_itself(clockwork: Clockwork) -> None:
    """While the database is away pages go out and clocks go on; when it is back, it gets everything once."""
    with postgres_server() as address:
        folder = parse_qs(urlsplit(address).query)["host"][0]
        async with FakeSlack() as slack, Wire(path=f"{folder}/.s.PGSQL.5432") as wire:
            settings = Settings(
                database_url=f"postgresql://postgres:none@127.0.0.1:{wire.port}/postgres?ssl=disable",
                slack_token="xoxb-test",
                slack_base_url=slack.url,
                task_queue="database",
                http_port=0,
            )
            await migrate(settings.database_url)
            async with open_house(settings) as house:
                async with make_worker(clockwork.client, settings, house, load_policies(settings)):
                    body = {"conversation_id": "database", "policy": "tiered", "channel": "email"}
                    handle = await clockwork.start(body, MONDAY_10_AM, task_queue="database")
                    story = Story(handle, clockwork, MONDAY_10_AM, "database")
                    await story.settled()
                    wire.cut()
                    await story.tell("tag_added", tag="billing")
                    await slack.posted(1)
                    await story.tell("message", author="agent", text="On it", at=MONDAY_10_AM + timedelta(seconds=1))
                    state = await waiting_for(story, "assign", "add_internal_note")
                    assert (state["team"], state["clocks"][0]["state"]) == ("billing", "met")
                    wire.mend()
                    await story.order("resolve")
                    await story.after(hours=25)
                    await handle.result()
                desk = await house.desk.conversation("database")
                assert desk is not None
                assert (desk.team, desk.status) == ("billing", "resolved")
                assert [note.body for note in await house.desk.notes("database")] == [
                    "Auto-routed: billing topic detected"
                ]
                kinds = [entry.kind for entry in await house.ledger.entries("database")]
                assert (kinds.count("rule_fired"), kinds.count("effect_accepted")) == (1, 5)
            assert [message.channel for message in slack.messages] == ["#support-billing"]


async def waiting_for(story: Story, *kinds: str) -> dict[str, object]:
    """Wait until exactly these effects are waiting, and return the state."""
    while True:
        state: dict[str, object] = await story.handle.query("state")
        waiting = state["waiting_effects"]
        if isinstance(waiting, list) and [effect["kind"] for effect in waiting] == list(kinds):
            return state
        await asyncio.sleep(0.01)
