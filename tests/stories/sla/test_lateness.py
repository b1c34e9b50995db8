"""How late outside systems accepted what was due: measured when they accept, kept as long as the conversation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from io import StringIO

import pytest

from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday, replay_all
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal import asking
from worker.temporal.skipping import dynamic_config, skipping_server
from worker.terminal import printing
from worker.terminal.terminal import Terminal

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


async def test_the_worst_lateness_is_known(start: Start, house: OutsideSystems, slack: FakeSlack) -> None:
    """The conversation knows the worst lateness, a Slack message of two minutes, as the ledger does."""
    story = await start(MONDAY_10_AM)
    await story.settled()
    slack.fail_next(retry_after=120, method="chat.postMessage", about=story.id)
    await story.tell("tag_added", tag="billing")
    await story.after(minutes=3)
    await story.tell("message", author="agent", text="Refunded")
    await story.order("resolve")
    lateness = (await story.settled())["lateness"]
    await story.after(hours=25)
    await story.handle.result()
    recorded = [entry for entry in await house.ledger.entries(story.id) if entry.kind == "effect_accepted"]
    worst = max(recorded, key=lambda entry: entry.lateness_ms or 0)
    assert lateness["effects"] == len(recorded) == 5
    assert (lateness["worst"]["effect"], lateness["worst_ms"]) == ("notify", worst.lateness_ms)
    assert (worst.lateness_ms or 0) >= 120_000
    assert lateness["latest"]["effect"] == recorded[-1].body["effect"] == "set_status"


async def test_late_news_is_no_lateness(start: Start) -> None:
    """Lateness is measured from the later of due and known; the news' delay is shown as such."""
    story = await start(MONDAY_10_AM)
    await story.after(minutes=5)
    before = (await story.settled())["lateness"]["effects"]
    await story.tell("tag_added", tag="billing", occurred_at=(MONDAY_10_AM + timedelta(minutes=1)).isoformat())
    lateness = (await story.settled())["lateness"]
    assert lateness["effects"] > before
    assert lateness["latest"]["lateness_ms"] < 240_000 <= lateness["latest"]["news_ms"]
    assert lateness["worst_ms"] < 240_000


async def test_show_tells_the_lateness(start: Start, slack: FakeSlack) -> None:
    """`baton show` says in one line how late outside systems accepted effects."""
    story = await start(MONDAY_10_AM)
    await story.settled()
    slack.fail_next(retry_after=120, method="chat.postMessage", about=story.id)
    await story.tell("tag_added", tag="billing")
    await story.after(minutes=3)
    lateness = (await story.settled())["lateness"]
    printed = StringIO()
    console = Terminal(width=200, file=printed)
    shown = await asking.show(story.clockwork.client, story.id)
    printing.print_conversation(console, shown, MONDAY_10_AM)
    (line,) = [line for line in printed.getvalue().splitlines() if line.startswith("lateness")]
    assert line.startswith("lateness 4 effects accepted, the latest after ")
    assert f"the worst after {lateness['worst_ms'] / 1000:.3f} s (notify, due " in line


@pytest.mark.slow
async def test_lateness_survives_continuing(settings: Settings, house: OutsideSystems) -> None:
    """A conversation that continued as new still knows its worst lateness."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})
    async with (
        skipping_server(extra=extra) as clockwork,
        make_worker(clockwork.client, settings, house, load_policies(settings)),
    ):
        body = {"conversation_id": "late", "policy": "tiered", "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, "late")
        await story.tell("tag_added", tag="billing")
        before = (await story.settled())["lateness"]
        for number in range(60):
            await story.tell("message", author="customer", text=f"message {number}")
        after = (await story.settled())["lateness"]
        assert len([run async for run in clockwork.client.list_workflows(f"WorkflowId = '{story.handle.id}'")]) > 1
        assert after == before
        assert after["effects"] == 4
        await at_rest(story)
        await replay_all(clockwork)


async def at_rest(story: Story) -> None:
    """Wait until no workflow task is running: a history with an unfinished local activity can never be replayed."""
    while (await story.handle.describe()).raw_description.HasField("pending_workflow_task"):
        pass
