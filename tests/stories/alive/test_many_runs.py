"""Runs that end by the thousand, each amid messages, tags, notes, effects, closings and deploys."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.fakes.slack import FakeSlack
from tests.stories.alive.deploys import Deploys
from tests.stories.conftest import Story, next_weekday, replay_all
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork, dynamic_config, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
ROUNDS = 8
"""Rounds in each life of a conversation, and between two deploys."""


class Lives:
    """One conversation that closes and begins again under the same id; each beginning is one life."""

    def __init__(self, clockwork: Clockwork, name: str) -> None:
        self.name = name
        self.messages = self.notes = self.number = 0
        self._clockwork = clockwork
        self._story: Story | None = None

    async def begin(self) -> None:
        """Start the next life, a week after the one before."""
        opened_at = MONDAY_10_AM + timedelta(weeks=self.number)
        body = {"conversation_id": self.name, "policy": "tiered", "channel": "email"}
        self._story = Story(await self._clockwork.start(body, opened_at), self._clockwork, opened_at, self.name)
        self.number += 1

    async def one_round(self) -> None:
        """Send two messages, a tag that has effects, and an internal note, all at once."""
        story, number = self.story, self.messages
        self.messages, self.notes = self.messages + 2, self.notes + 1
        note = {"actor": "anna", "tried": "x", "think": "y", "need": "z", "command_id": f"n-{number}"}
        tag = ("billing", "technical-issue", "vip")[number % 3]
        await asyncio.gather(
            *(story.tell("message", author="customer", text="Hi", event_id=f"m-{number + part}") for part in (0, 1)),
            story.tell("tag_added", tag=tag, by="jane", event_id=f"t-{number}"),
            execute_command(story.handle, "add_note", note, update_id=f"n-{number}"),
        )

    async def close(self) -> None:
        """Resolve the conversation and let three days pass, until it has completed."""
        await execute_command(self.story.handle, "resolve", {"actor": "anna", "note": "Done"})
        await self.story.settled()
        await self.story.after(days=3)
        await self.story.handle.result()

    @property
    def story(self) -> Story:
        """Return the present life; there has to be one."""
        assert self._story is not None
        return self._story


async def runs(clockwork: Clockwork) -> int:
    """Return how many runs of conversations the server has."""
    return (await clockwork.client.count_workflows("WorkflowType = 'Conversation'")).count


@pytest.mark.parametrize(
    ("wanted", "at_a_time"),
    [pytest.param(60, 4, marks=pytest.mark.slow), pytest.param(5_000, 20, marks=pytest.mark.soak)],
)
async def test_runs_end_by_the_thousand(
    wanted: int, at_a_time: int, settings: Settings, house: OutsideSystems, slack: FakeSlack
) -> None:
    """Every message and internal note is recorded once, every effect is performed once, every conversation closes."""
    extra = dynamic_config({"limit.historyCount.suggestContinueAsNew": "24"})
    async with (
        skipping_server(extra=extra) as clockwork,
        Deploys(clockwork.client, settings, house, load_policies(settings)) as deploys,
    ):
        all_lives = [Lives(clockwork, f"life-{wanted}-{number}") for number in range(at_a_time)]
        while await runs(clockwork) < wanted:
            await asyncio.gather(*(lives.begin() for lives in all_lives))
            for number in range(ROUNDS):
                await asyncio.gather(*(lives.one_round() for lives in all_lives))
                if number == ROUNDS // 2:
                    await deploys.next()
            await asyncio.gather(*(lives.close() for lives in all_lives))
            await deploys.stop_oldest()
        for lives in all_lives:
            written = Counter(entry.kind for entry in await house.ledger.entries(lives.name))
            assert (written["message"], written["note_added"]) == (lives.messages, lives.notes)
        keys = Counter(message.key for message in slack.messages if message.key.startswith(f"life-{wanted}-"))
        assert {key: count for key, count in keys.items() if count > 1} == {}
        await replay_all(clockwork)
