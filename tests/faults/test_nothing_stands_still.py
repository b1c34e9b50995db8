"""A hundred conversations and three teams in a storm of input, kills, outages and new policies; then a calm.

The result is judged by what callers were told and by what Slack, the desk and the ledger have. Baton's own queries and
its audit are not used.
"""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from tests.conftest import replay_all
from tests.fakes.slack import FakeSlack
from tests.faults.processes import World, world
from tests.faults.storm import PEOPLE, TEAMS, Storm, policy
from worker.temporal.skipping import Clockwork, dynamic_config

THRESHOLD = dynamic_config({"limit.historyCount.suggestContinueAsNew": "60"})
SOON = 240
"""The seconds within which each expected result has to come; a promise is twenty seconds, a closing ten."""


@pytest.mark.parametrize(
    ("minutes", "conversations", "pace"),
    [pytest.param(1, 12, 6, marks=pytest.mark.slow), pytest.param(20, 100, 12, marks=pytest.mark.soak)],
)
async def test_nothing_stands_still(minutes: int, conversations: int, pace: float, tmp_path: Path) -> None:
    """After the storm every conversation hears, keeps its promises and closes, and every team assigns what waits."""
    (tmp_path / "policies").mkdir()
    write_policy(tmp_path, 1)
    own = {"policies": str(tmp_path / "policies"), "slack_digest_above": "0", "slack_per_second": "0"}
    async with FakeSlack() as slack, world(tmp_path, slack, workers=2, extra=THRESHOLD, **own) as found:
        storm = Storm(found.client, [f"c-{number:03}" for number in range(conversations)], seed=13)
        breaking = asyncio.create_task(break_things(found, slack, tmp_path, every=8 + minutes))
        await storm.rage(minutes * 60, pace)
        breaking.cancel()
        await calm(found, slack, storm)
        await everything_is_heard(storm, slack)
        await everything_closes(found, storm)
        await each_queue_is_served(found, storm)
        await found_once(found, slack, storm)
        await replay_all(Clockwork(TimeSkipper(found.client, config=TimeSkippingConfig(enabled=False))))


def write_policy(folder: Path, version: int) -> None:
    """Write the policy that a worker reads when it starts."""
    (folder / "policies" / "storm.yaml").write_text(policy(version))


async def break_things(found: World, slack: FakeSlack, folder: Path, *, every: float) -> None:
    """Break one thing about every `every` seconds until it is cancelled; `calm` mends what is still broken."""
    dice, version = random.Random(31), 1
    while True:
        await asyncio.sleep(dice.uniform(0.5, 1.5) * every)
        match dice.choice(("worker", "worker", "server", "slack", "busy", "channel", "ledger", "policy")):
            case "worker":
                dice.choice(found.workers).kill()
            case "server":
                found.server.kill()
            case "slack":
                with slack.down():
                    await asyncio.sleep(dice.uniform(1, 30))
            case "busy":
                slack.fail_next(retry_after=dice.randrange(1, 5), times=dice.randrange(10))
                slack.fail_next(times=dice.randrange(10), error="internal_error", method="conversations.history")
            case "channel":
                slack.refuse(
                    dice.choice(("#first", "#late", "#leads")), dice.choice(("is_archived", "internal_error", ""))
                )
            case "ledger":
                await renamed(found, "ledger", "ledger_away")
                await asyncio.sleep(dice.uniform(1, 15))
                await renamed(found, "ledger_away", "ledger")
            case _:
                version += 1
                write_policy(folder, version)
                for worker in found.workers:
                    worker.kill()


async def renamed(found: World, name: str, other: str) -> None:
    """Rename a table of the database; does nothing where there is no table of that name."""
    while True:
        try:
            with sqlite3.connect(found.database, timeout=30) as database:
                names = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if name in names:
                    database.execute(f"ALTER TABLE {name} RENAME TO {other}")
                return
        except sqlite3.OperationalError:  # locked by a worker
            await asyncio.sleep(0.1)


async def calm(found: World, slack: FakeSlack, storm: Storm) -> None:
    """Make all outside systems well again, and wait until every command has its answer."""
    slack.up()
    slack.forgive()
    for channel in ("#first", "#late", "#leads"):
        slack.refuse(channel, "")
    await renamed(found, "ledger_away", "ledger")
    await comes("an answer to every command", lambda: not storm.under_way, lambda: len(storm.under_way))


async def everything_is_heard(storm: Storm, slack: FakeSlack) -> None:
    """Check that a tag leads to its notice at once, and an unanswered message to a call when its promise breaks."""

    async def probe(name: str) -> None:
        await storm.message(name, "customer", "wakes")
        await storm.order(name, "adopt_policy", actor="lead", policy="storm", mode="restart")
        await storm.order(
            name, "reassign", actor="lead", team=TEAMS[0]
        )  # some were sent to a team that promises nothing
        await storm.order(name, "resolve", actor="lead")
        await storm.message(name, "customer", "probe")
        await storm.tell(name, "tag_added", storm.fact("probe-tag", tag="probe", by="jane"))

    before = len(slack.messages)
    await asyncio.gather(*(probe(name) for name in storm.names))
    for channel in ("#probe", "#late"):

        def unheard(channel: str = channel) -> list[str]:
            heard = {message.key.split("/")[0] for message in slack.messages[before:] if message.channel == channel}
            return sorted(set(storm.names) - heard)

        await comes(f"a message to {channel} of every conversation", lambda: not unheard(), unheard)


async def everything_closes(found: World, storm: Storm) -> None:
    """Check that each conversation that is resolved comes to its end."""
    await asyncio.gather(*(storm.order(name, "resolve", actor="lead") for name in storm.names))

    ended = (found.client.get_workflow_handle(f"conversation/{name}").result() for name in storm.names)
    async with asyncio.timeout(SOON):
        await asyncio.gather(*ended)


async def each_queue_is_served(found: World, storm: Storm) -> None:
    """Check that with all people available a new conversation of each team gets one of them, on the desk."""
    for team in TEAMS:
        for person in PEOPLE[team]:
            await storm.order(f"team/{team}", "set_presence", actor=person, presence="available")
    names = [f"last-{number}" for number in range(6)]
    for name in names:
        await storm.message(name, "customer", "hello")

    def unserved() -> list[str]:
        with sqlite3.connect(found.database) as database:
            rows = database.execute("SELECT conversation_id FROM desk_conversations WHERE assignee != ''")
            return sorted(set(names) - {row[0] for row in rows})

    async def accept() -> None:
        for name in unserved():
            for person in PEOPLE["red"]:
                await storm.order("team/red", "accept", actor=person, conversation_id=name)

    await comes("a person for every new conversation", lambda: not unserved(), unserved, accept)
    storm.names += names
    await everything_closes(found, storm)


async def found_once(found: World, slack: FakeSlack, storm: Storm) -> None:
    """Check that everything callers were told is in the ledger once, and that no message was posted twice.

    A conversation that began anew while the ledger was away says so, and may count a repeated event again.
    """
    with sqlite3.connect(found.database) as database:
        rows = database.execute("SELECT conversation_id, event_id FROM ledger WHERE kind IN ('message', 'note_added')")
        written = Counter(rows.fetchall())
        doubtful = database.execute("SELECT conversation_id FROM ledger WHERE kind = 'ledger_unknown'").fetchall()
    told = storm.messages | storm.notes
    assert {one for one in told if not written[one]} == set()
    assert {one: written[one] for one in told if written[one] > 1 and one[:1] not in doubtful} == {}
    keys = Counter(message.key for message in slack.messages if message.key)
    assert {key: count for key, count in keys.items() if count > 1} == {}


async def comes(
    what: str,
    is_there: Callable[[], bool],
    left: Callable[[], Any],
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Wait until `is_there`, and fail with what is `left` where it takes longer than SOON."""
    try:
        async with asyncio.timeout(SOON):
            while not is_there():
                if meanwhile is not None:
                    await meanwhile()
                await asyncio.sleep(0.5)
    except TimeoutError:
        pytest.fail(f"{what} did not come within {SOON} s; missing: {left()}")
