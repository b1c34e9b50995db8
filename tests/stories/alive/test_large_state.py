"""Much more than a conversation can hold: it goes on in new runs, keeps its promises, and says what it did not keep."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from temporalio.service import RPCError

from tests.cases import case
from tests.fakes.slack import FakeSlack
from tests.stories.alive.runs import failed_tasks, runs_of
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import documents, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker, open_house
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server
from workflows.limits.server import WAITING_LIMIT
from workflows.outgoing.backlog import GIVEN_UP

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
AT_ONCE = 50
"""How many messages are sent at a time.

With more than a hundred in one task, or two megabytes, the server ends the task and repeats it.
"""
LOUD = case("stories/alive/loud")
Sent = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
async def restless(settings: Settings, house: OutsideSystems) -> AsyncIterator[Clockwork]:
    """Yield a server that suggests continuing as new after 200 events, not 4,096, with a worker."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "200"})
    async with (
        skipping_server(extra=extra) as clockwork,
        make_worker(clockwork.client, settings, house, documents(settings)),
    ):
        yield clockwork
        await replay_all(clockwork)


async def begin(clockwork: Clockwork, name: str) -> Story:
    """Start a conversation with one message, whose first answer is promised within fifteen minutes."""
    body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
    story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)
    await story.tell("message", author="customer", text="Hello?", at=MONDAY_10_AM)
    return story


async def send(story: Story, messages: Iterator[Sent], at_once: int = AT_ONCE) -> None:
    """Send these signals in parts, each part once the part before was taken in."""
    waiting = list(messages)
    for first in range(0, len(waiting), at_once):
        part = waiting[first : first + at_once]
        await asyncio.gather(*(story.tell(name, at=MONDAY_10_AM, **body) for name, body in part))
        number = story.sent

        async def is_taken_in(number: int = number) -> bool:
            return bool((await story.settled())["customer"].get("sent") == number)

        await story.tell("customer_updated", sent=number)
        await until(is_taken_in)


async def forward(story: Story, minutes: int) -> None:
    """Let time pass until so many minutes after the opening.

    The server gives up where the conversation continues as new meanwhile; then try once more.
    """
    with suppress(RuntimeError):
        return await story.after(minutes=minutes)
    return await story.after(minutes=minutes)


async def lives(story: Story, *, minutes: int = 15) -> None:
    """Check that the breach comes at its instant, that every query answers, and that a new message counts."""
    before = (await story.settled())["messages"]
    await forward(story, minutes + 1)

    async def is_breached() -> bool:
        breached = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
        return breached == [(MONDAY_10_AM + timedelta(minutes=minutes)).isoformat()]

    async def is_taken_in() -> bool:
        return bool((await story.settled())["messages"] == before + 1)

    await until(is_breached)
    for name in ("state", "timeline", "upcoming", "handoff", "policy"):
        assert await story.handle.query(name)
    await story.tell("message", author="customer", text="Is anybody there?")
    await until(is_taken_in)
    assert await runs_of(story) > 1
    assert await failed_tasks(story) == []


async def said(story: Story, house: OutsideSystems) -> list[str]:
    """Resolve the conversation, and return the reasons of all its ledger entries once it has closed."""
    await story.order("resolve")
    await story.after(hours=60)
    await story.handle.result()
    return [entry.because for entry in await house.ledger.entries(story.id)]


def count(lines: list[str], words: str) -> int:
    """Return how many lines contain these words."""
    return sum(words in line for line in lines)


@pytest.mark.slow
async def test_attributes_and_tags(restless: Clockwork, house: OutsideSystems) -> None:
    """1,061 attributes and 4,200 tags come: 100 and 200 are kept, and the ledger names each of the others."""
    story = await begin(restless, "many-attributes")
    await send(story, (("attribute_changed", {"name": f"a{n}", "value": "x" * 30_000}) for n in range(160)))
    await send(story, (("attribute_changed", {"name": "mood", "value": "😀" * 31_000}) for _ in range(60)), 10)
    await send(story, (("attribute_changed", {"name": f"b{n}", "value": "y" * 3_000}) for n in range(900)), 90)
    await send(story, (("tag_added", {"tag": f"tag-{n:04}"}) for n in range(4_200)), 90)
    state = await story.settled()
    assert (len(state["attributes"]), len(state["tags"])) == (100, 200)
    assert all(value.endswith(" … (cut)") for _, value in state["attributes"])
    await lives(story)
    lines = await said(story, house)
    assert count(lines, "was not kept: a conversation holds 100 attributes") == 60 + 900
    assert count(lines, "was not added: a conversation holds 200 tags") == 4_000
    assert count(lines, "bytes are too many: send at most 32000") == 60


@pytest.mark.slow
async def test_words_that_people_leave(restless: Clockwork, house: OutsideSystems) -> None:
    """170 reassignments with notes of 30 kB, and 152 internal notes, all come in; long texts are cut."""
    story = await begin(restless, "many-words")
    teams = ("billing", "technical")
    moves = ({"team": teams[n % 2], "by": "ada", "note": f"{n} {'x' * 30_000}"} for n in range(170))
    await send(story, (("reassigned", move) for move in moves))
    notes = [{"tried": f"{n} {'x' * 29_000}", "think": "y", "need": "z"} for n in range(75)]
    for number, note in enumerate(notes):
        await execute_command(story.handle, "add_note", {"actor": "ada", "command_id": f"long-{number}", **note})
    for number in range(77):
        small = {"actor": "ada", "tried": "x", "think": "y", "need": "z", "command_id": f"{number:03}{'i' * 29_000}"}
        await execute_command(story.handle, "add_note", small)
        await execute_command(story.handle, "add_note", small)  # the same command, sent again
    await lives(story, minutes=60)
    lines = await said(story, house)
    written = await house.ledger.entries(story.id)
    assert [entry.kind for entry in written].count("note_added") == 75 + 77
    assert count(lines, "x … (cut)") > 0


@pytest.mark.parametrize(
    "messages", [pytest.param(700, marks=pytest.mark.slow), pytest.param(3_000, marks=pytest.mark.soak)]
)
async def test_a_slack_that_hangs(settings: Settings, house: OutsideSystems, messages: int) -> None:
    """Slack hangs and each message makes a notice: notices are given up, no call is; the ledger has every message."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "1000"})
    async with FakeSlack() as slack, AsyncExitStack() as stack:
        hangs = settings.model_copy(update={"slack_base_url": slack.url})
        outside = await stack.enter_async_context(open_house(hangs))
        clockwork = await stack.enter_async_context(skipping_server(extra=extra))
        await stack.enter_async_context(make_worker(clockwork.client, hangs, outside, documents(hangs, LOUD)))
        slack.fail_next(stalls=True, times=10_000)
        body = {"conversation_id": "hanging", "policy": "loud", "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, "hanging")
        for first in range(0, messages, AT_ONCE):
            texts = (f"message {first + number}" for number in range(AT_ONCE))
            await asyncio.gather(
                *(story.tell("message", author="customer", text=text, at=MONDAY_10_AM) for text in texts)
            )
            await until(lambda first=first: has_messages(story, first + AT_ONCE))
        state = await story.handle.query("state")
        assert len(state["waiting_effects"]) <= WAITING_LIMIT
        assert len(await outside.ledger.entries(story.id)) > messages
        for name in ("timeline", "upcoming", "handoff", "policy"):
            assert await story.handle.query(name)
        slack.forgive()
        await forward(story, 16)
        await until(lambda: heard(slack, "late"))
        assert await runs_of(story) > 1
        lines = await said(story, outside)
        assert len({line for line in lines if line.startswith("Customer: “message ")}) == messages
        assert count(lines, GIVEN_UP) >= messages - WAITING_LIMIT
        await replay_all(clockwork)


async def has_messages(story: Story, number: int) -> bool:
    """True where at least so many messages have been counted; effects may still be waiting."""
    with suppress(RPCError):  # between two runs
        return bool((await story.handle.query("state"))["messages"] >= number)
    return False


async def heard(slack: FakeSlack, channel: str) -> bool:
    """True where this Slack channel has a message."""
    return bool(slack.in_channel(f"#{channel}"))
