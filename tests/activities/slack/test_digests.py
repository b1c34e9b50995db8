"""Digests: in a flood of notifications a message lists many, on both databases and with several workers."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.database.tables import engine as connect
from activities.slack.digests.writing import WRITER_FOR
from activities.slack.errors import SlackUnavailableError
from activities.slack.real import Slack
from activities.slack.rendering.text import Links
from activities.slack.workspace import client
from policies.state.effects import Notify, UpdateNotification
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack, Message

MakeSlack = Callable[..., Slack]


@pytest.fixture
def make_slack(workspace: FakeSlack) -> MakeSlack:
    """Return a function that makes another worker's Slack."""

    def make(store: AsyncEngine, *, url: str = "", within: int = 10, **how: Any) -> Slack:
        given: dict[str, Any] = {"digest_above": 2, "digest_every": 0.01, "writer_for": 0.3, **how}
        desk = "https://desk.example/{conversation_id}"
        return Slack(client("xoxb-test", url or workspace.url, within=within), store, links=Links(desk), **given)

    return make


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> str:
    """Return the name of a channel that no other test uses."""
    return f"#c{crc32(request.node.name.encode())}"


def notification(channel: str, number: int, *, is_call: bool = False, **fields: Any) -> Notify:
    conversation = f"{channel[1:]}-{number:04d}"
    given: dict[str, Any] = {"headline": "First response at risk", "because": "75% of 15m have passed", **fields}
    return Notify(
        key=f"{conversation}/page:on-call.1/1.1/notify/0" if is_call else f"{conversation}/rule/notify/0",
        conversation_id=conversation,
        due_at=STARTED_AT,
        target=f"slack:{channel}",
        page="on-call.1/1.1" if is_call else "",
        **given,
    )


async def delivered(attempt: Attempt, slack: Slack, effect: Notify) -> Any:
    """Repeat the attempts as Temporal would, until Slack has the message."""
    for number in range(1, 100):
        try:
            return await attempt(slack.notify, effect, number=number)
        except SlackUnavailableError:
            await asyncio.sleep(0.02)
        except ApplicationError as error:
            if error.next_retry_delay is None:
                raise
            await asyncio.sleep(error.next_retry_delay.total_seconds())
    raise AssertionError("never delivered")


def lists(message: Message, effect: Notify) -> int:
    """Return how often the message lists that conversation."""
    return message.words.count(f"Conversation {effect.conversation_id}")


def digests(workspace: FakeSlack, channel: str) -> list[Message]:
    return [message for message in workspace.in_channel(channel) if "/digest-" in message.key]


async def test_messages_that_flood_a_channel_become_one_digest(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """The first messages come by themselves; then one digest lists each with customer, reason and link."""
    slack = make_slack(engine)
    facts = (("Customer", "Rosa <Diaz> · enterprise"),)
    for number in range(5):
        accepted = await delivered(attempt, slack, notification(channel, number, facts=facts))
    first, second, digest = workspace.in_channel(channel)
    assert (first.revisions, second.revisions, digest.revisions) == (0, 0, 2)
    assert accepted.ref == f"{digest.channel_id}/{digest.ts}"
    assert digest.text == "3 more notifications"
    for number in (2, 3, 4):
        id = notification(channel, number).conversation_id
        said = next(line for line in digest.blocks[1]["text"]["text"].split("\n") if line.endswith(id))
        assert said.startswith(
            "• *First response at risk* — Rosa &lt;Diaz&gt; · enterprise — 75% of 15m have passed — <https://desk"
        )


@pytest.mark.parametrize("how_many", [200])
async def test_a_flood_is_told_once_each(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str, how_many: int
) -> None:
    """A flood of 200 notifications is told in few calls, each of them in exactly one message or digest."""
    slack = make_slack(engine)
    effects = [notification(channel, number) for number in range(how_many)]
    await asyncio.gather(*(delivered(attempt, slack, effect) for effect in effects))
    told = Counter({e.key: sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects})
    assert set(told.values()) == {1}
    assert len(workspace.messages) == len(workspace.in_channel(channel)) < 2 + 10
    assert workspace.calls.count("chat.postMessage") + workspace.calls.count("chat.update") < 30


@pytest.mark.soak
async def test_a_flood_is_told_as_fast_as_slack_takes_it(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A channel takes one message a second: 200 notifications are told within forty seconds, each once."""
    slack = make_slack(engine, digest_above=3, digest_every=1.0, writer_for=15.0)
    workspace.allow(per_second=1)
    effects = [notification(channel, number, is_call=number % 10 == 0) for number in range(200)]
    async with asyncio.timeout(40):
        await asyncio.gather(*(delivered(attempt, slack, effect) for effect in effects))
    assert {sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects} == {1}


@pytest.mark.soak  # all have to wait before the first call, which a busy machine may not manage
async def test_a_digest_lists_calls_first(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """Calls and notices wait for the next digest: calls are listed first."""
    slack = make_slack(engine, digest_above=1, digest_every=0.5)
    for number in range(2):
        await delivered(attempt, slack, notification(channel, number, is_call=True))
    notices = [notification(channel, number) for number in range(2, 82)]
    calls = [notification(channel, number, is_call=True) for number in range(82, 92)]
    await asyncio.gather(*(delivered(attempt, slack, effect) for effect in (*notices, *calls)))
    first, *_ = digests(workspace, channel)
    assert [lists(first, is_call) for is_call in calls] == [1] * 10


async def test_several_workers_share_one_digest(
    make_slack: MakeSlack,
    workspace: FakeSlack,
    attempt: Attempt,
    engine: AsyncEngine,
    other_engine: AsyncEngine,
    channel: str,
) -> None:
    """Several workers share a channel's digest until it is full: nothing is lost or told twice."""
    # As long as in production: otherwise a busy machine's slow worker counts as a dead one.
    slacks = [make_slack(each, writer_for=WRITER_FOR) for each in (engine, other_engine, engine)]
    effects = [notification(channel, number) for number in range(90)]
    await asyncio.gather(*(delivered(attempt, slacks[n % 3], effect) for n, effect in enumerate(effects)))
    assert {sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects} == {1}
    full = [digest for digest in digests(workspace, channel) if sum(lists(digest, e) for e in effects) > 20]
    assert len(digests(workspace, channel)) <= len(full) + 1


async def test_a_retry_is_listed_once(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A delivery that another worker repeats finds its entry in the digest, and is listed once."""
    slack = make_slack(engine)
    effects = [notification(channel, number) for number in range(4)]
    for effect in effects:
        await delivered(attempt, slack, effect)
    for effect in effects:
        await attempt(make_slack(engine).notify, effect, number=2)
    assert {sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects} == {1}


@pytest.mark.parametrize("how", [{"lost": True}, {"status": 500}, {"retry_after": 1}, {"hangs": True}])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_a_digest_whose_confirmation_fails_is_told_once(
    make_slack: MakeSlack,
    workspace: FakeSlack,
    attempt: Attempt,
    engine: AsyncEngine,
    channel: str,
    how: dict[str, Any],
    method: str,
) -> None:
    """A post or an update of a digest fails in some way: in the end each notification is listed once."""
    slack = Slack(
        client("xoxb-test", workspace.url, within=1), engine, digest_above=2, digest_every=0.01, writer_for=0.3
    )
    effects = [notification(channel, number) for number in range(6)]
    for effect in effects[: 2 if method == "chat.postMessage" else 3]:
        await delivered(attempt, slack, effect)
    workspace.fail_next(method=method, **how)
    await asyncio.gather(*(delivered(attempt, slack, effect) for effect in effects))
    assert {sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects} == {1}
    assert len(digests(workspace, channel)) == 1


async def test_another_worker_goes_on_where_one_has_died(
    make_slack: MakeSlack,
    workspace: FakeSlack,
    attempt: Attempt,
    engine: AsyncEngine,
    other_engine: AsyncEngine,
    channel: str,
) -> None:
    """A worker dies before it wrote down that Slack took its digest: another worker goes on with that digest."""
    dying = make_slack(engine)
    effects = [notification(channel, number) for number in range(5)]
    for effect in effects[:2]:
        await delivered(attempt, dying, effect)
    workspace.fail_next(hangs=True)
    attempts = [asyncio.create_task(attempt(dying.notify, effect)) for effect in effects[2:]]
    await workspace.posted(3)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if task in attempts or "Digests._write" in str(task.get_coro()):
            task.cancel()
    await asyncio.gather(*attempts, return_exceptions=True)
    other = make_slack(other_engine)
    await asyncio.gather(*(delivered(attempt, other, effect) for effect in effects))
    assert {sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects} == {1}
    assert len(digests(workspace, channel)) == 1


async def test_a_worker_that_has_told_all_leaves_the_channel_to_others(
    make_slack: MakeSlack,
    workspace: FakeSlack,
    attempt: Attempt,
    engine: AsyncEngine,
    other_engine: AsyncEngine,
    channel: str,
) -> None:
    """After one worker has told all its notifications, another worker goes on with the digest at once."""
    for number, store in enumerate((engine, engine, engine, other_engine, engine)):
        slack = make_slack(store, writer_for=3_600)
        await delivered(attempt, slack, notification(channel, number))
    (digest,) = digests(workspace, channel)
    assert digest.text == "3 more notifications"


async def test_notices_do_not_hold_back_a_call(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A call in a channel full of notices still comes by itself, with its buttons."""
    slack = make_slack(engine)
    for number in range(4):
        await delivered(attempt, slack, notification(channel, number))
    await delivered(attempt, slack, notification(channel, 4, is_call=True))
    assert workspace.in_channel(channel)[-1].buttons[0] == "Acknowledge"


async def test_a_digest_shows_what_came_of_its_pages(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A call that is listed in a digest is marked there when a person acknowledges it."""
    slack = make_slack(engine)
    effects = [notification(channel, number, is_call=True) for number in range(4)]
    for effect in effects:
        await delivered(attempt, slack, effect)
    update = UpdateNotification(
        key=f"{effects[3].conversation_id}/acknowledged",
        conversation_id=effects[3].conversation_id,
        due_at=STARTED_AT,
        because="",
        page="on-call.1",
        outcome="acknowledged",
        text="Acknowledged by Ben",
    )
    for number in (1, 2):
        accepted = await attempt(slack.update, update, number=number)
    (digest,) = digests(workspace, channel)
    assert accepted.ref == f"{digest.channel_id}/{digest.ts}"
    newest, older = digest.blocks[1]["text"]["text"].split("\n")
    assert "*✅ Acknowledged by Ben*" in newest
    assert "Acknowledged" not in older


async def test_a_digest_that_was_deleted_begins_anew(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A person deletes the digest: the next notification begins another one."""
    slack = make_slack(engine)
    for number in range(3):
        await delivered(attempt, slack, notification(channel, number))
    workspace.delete(digests(workspace, channel)[0])
    await delivered(attempt, slack, notification(channel, 3))
    (digest,) = digests(workspace, channel)
    assert lists(digest, notification(channel, 3)) == 1


async def test_a_channel_that_is_gone_fails_each_for_good(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """When a channel is archived, waiting notifications fail for good, and are not told late if it comes back."""
    slack = make_slack(engine)
    for number in range(3):
        await delivered(attempt, slack, notification(channel, number))
    workspace.refuse(channel, "is_archived")
    waiting = [attempt(slack.notify, notification(channel, number)) for number in range(3, 6)]
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(e, ApplicationError) and e.non_retryable and "archived" in e.message for e in failures)
    workspace.refuse(channel, "")
    await delivered(attempt, slack, notification(channel, 6))
    assert [sum(lists(m, notification(channel, n)) for m in workspace.messages) for n in range(7)] == [
        *(1, 1, 1),
        *(0, 0, 0, 1),
    ]


async def test_slack_that_asks_for_patience_is_left_alone(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """When Slack asks for half a minute, all attempts come back after that time, and none before."""
    slack = make_slack(engine)
    for number in range(2):
        await delivered(attempt, slack, notification(channel, number))
    workspace.fail_next(retry_after=30)
    for number in (2, 3):
        with pytest.raises(ApplicationError) as raised:
            await attempt(slack.notify, notification(channel, number))
        assert raised.value.next_retry_delay is not None
        assert timedelta(seconds=29) < raised.value.next_retry_delay <= timedelta(seconds=30)
    assert workspace.calls.count("chat.postMessage") == 3


async def test_a_channel_that_is_quiet_again_gets_messages_again(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A minute after the flood, notifications come by themselves again."""
    slack = make_slack(engine)
    for number in range(4):
        await attempt(slack.notify, notification(channel, number))
    later = STARTED_AT + timedelta(minutes=1)
    for worker in (slack, make_slack(engine)):
        number += 1
        effect = notification(channel, number).model_copy(update={"due_at": later})
        await attempt(worker.notify, effect, at=later)
    assert [m.text for m in workspace.in_channel(channel)][2:] == [
        "2 more notifications",
        *("First response at risk — 75% of 15m have passed",) * 2,
    ]


async def test_a_later_flood_rings_again(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """Updating a message notifies nobody, so after ten minutes another digest begins."""
    slack = make_slack(engine)
    for minutes in (0, 9, 10):
        at = STARTED_AT + timedelta(minutes=minutes)
        for number in range(3):
            effect = notification(channel, 10 * minutes + number).model_copy(update={"due_at": at})
            await attempt(slack.notify, effect, at=at)
    assert [digest.text for digest in digests(workspace, channel)] == ["2 more notifications", "1 more notification"]


async def test_a_dead_database_holds_back_no_call(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, channel: str
) -> None:
    """When no database answers, every call goes out by itself, at the second attempt at the latest."""
    dead = connect("postgresql://baton@127.0.0.1:9/baton")
    slack = make_slack(dead)
    effects = [notification(channel, number, is_call=True) for number in range(5)]
    for effect in effects:
        await delivered(attempt, slack, effect)
    await dead.dispose()
    assert [message.key for message in workspace.in_channel(channel)] == [effect.key for effect in effects]


@pytest.mark.usefixtures("as_for_people")
async def test_a_database_too_slow_for_a_digest_tells_nothing_twice(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """An entry that the slow database wrote after Baton had given it up is told by itself, and in no later digest."""
    slack = make_slack(engine, store_within=0.05)
    effects = [notification(channel, number, is_call=True) for number in range(5)]
    for effect in effects[:2]:
        await attempt(slack.notify, effect)
    async with locked_digests(engine):
        with pytest.raises(SlackUnavailableError):
            await attempt(slack.notify, effects[2])
    await attempt(slack.notify, effects[2], number=2)
    healthy = make_slack(engine)
    for effect in effects[3:]:
        await delivered(attempt, healthy, effect)
    assert [sum(lists(m, e) for m in workspace.in_channel(channel)) for e in effects] == [1] * 5


async def test_a_message_that_may_still_arrive_goes_into_no_digest(
    make_slack: MakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A message that Slack takes after Baton gave it up is sent again, and listed in no digest."""
    late = STARTED_AT + timedelta(minutes=2)
    effects = [notification(channel, number, is_call=True) for number in range(5)]
    async with FakeSlack(drops_repeats=True) as forgiving:
        slack = make_slack(engine, url=forgiving.url, within=1)
        forgiving.fail_next(late=True)
        with pytest.raises(SlackUnavailableError):
            await attempt(slack.notify, effects[0])
        for effect in effects[1:]:
            await attempt(slack.notify, effect, at=late)
        await attempt(slack.notify, effects[0], at=late, number=2)
        await forgiving.arrive()
        shown = [sum(lists(m, e) for m in forgiving.in_channel(channel)) for e in effects]
    assert shown == [1] * 5


@asynccontextmanager
async def locked_digests(engine: AsyncEngine) -> AsyncGenerator[None]:
    """Lock the digests' table from another connection until the block ends."""
    other = connect(engine.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", ""))
    locking = "LOCK TABLE slack_digest_entries IN EXCLUSIVE MODE"
    if engine.dialect.name == "sqlite":
        locking = "UPDATE slack_digest_entries SET shown = shown WHERE key = ''"
    async with other.begin() as connection:
        await connection.execute(text(locking))
        yield
    await other.dispose()


async def test_digests_can_be_turned_off(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A team can turn digests off, and then gets every message by itself."""
    slack = make_slack(engine, digest_above=0)
    for number in range(20):
        await delivered(attempt, slack, notification(channel, number))
    assert len(workspace.in_channel(channel)) == 20


async def test_a_person_gets_no_digest(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str
) -> None:
    """A person who is called directly gets each call by itself."""
    slack = make_slack(engine)
    for number in range(5):
        effect = notification(channel, number).model_copy(update={"target": f"slack:@U{channel[1:]}"})
        await delivered(attempt, slack, effect)
    assert [message.revisions for message in workspace.messages] == [0] * 5


@pytest.mark.parametrize("letter", ["x", "&", "<", "🔥", "\n"])
async def test_any_digest_fits_into_a_message(
    make_slack: MakeSlack, workspace: FakeSlack, attempt: Attempt, engine: AsyncEngine, channel: str, letter: str
) -> None:
    """A digest of any texts fits into what Slack takes, and lists each notification once."""
    slack = make_slack(engine, digest_above=1)
    words = letter * 4000
    facts = (("Customer", words),)
    effects = [notification(channel, n, facts=facts, headline=words, because=words) for n in range(45)]
    await asyncio.gather(*(delivered(attempt, slack, effect) for effect in effects))
    assert all(sum(lists(m, e) for m in workspace.in_channel(channel)) == 1 for e in effects)
