"""Events that raise while they are judged: set aside, told to people, and judged again by mended code."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError

import policies.deadlines
import policies.decide
import workflows.conversations.state
from activities.audit.findings import AuditRequest, Finding
from activities.audit.look import Audit
from activities.ledger.standings import Standings
from policies.state.limits import TAGS_LIMIT
from tests.conftest import asked
from tests.fakes.slack import FakeSlack
from tests.stories.alive.breaking import raising
from tests.stories.alive.runs import failed_tasks
from tests.stories.conftest import Story, next_weekday, replay_all
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.temporal.skipping import Clockwork, skipping_server
from worker.watch import auditing
from workflows.frame.shell import Shell
from workflows.setting_aside.set_aside import FULL_AT

MONDAY_10_AM = next_weekday(0, 10)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Clockwork]:
    """Yield a server without workers."""
    async with skipping_server() as clockwork:
        yield clockwork


def is_tag(_turn: Any, fact: Any) -> bool:
    """True where the fact is a tag that was added."""
    return fact.kind == "tag_added"


def is_any(*_: Any, **__: Any) -> bool:
    """True for every call."""
    return True


def is_breach(_turn: Any, deadline: Any) -> bool:
    """True where the deadline is the breach of a promise."""
    return deadline.kind == "clock" and deadline.mark.percent == 100


async def begin(clockwork: Clockwork, name: str) -> Story:
    """Start a conversation under the shipped policy."""
    body = {"conversation_id": name, "policy": "tiered", "channel": "email"}
    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)


@pytest.fixture
def worker(server: Clockwork, settings: Settings, house: OutsideSystems) -> Callable[[], Any]:
    """Return a function that starts a worker with an empty cache."""
    return lambda: make_worker(server.client, settings, house, load_policies(settings))


async def has_nothing_aside(story: Story) -> bool:
    """True where nothing is set aside."""
    return not (await story.state())["set_aside"]


@pytest.mark.parametrize("replaced", ["before the run ends", "after the run has ended"])
async def test_a_fact_that_raises_is_judged_once_by_mended_code(
    server: Clockwork, worker: Callable[[], Any], slack: FakeSlack, replaced: str
) -> None:
    """A tag that could not be judged routes the conversation once a mended worker runs, in the same run or later."""
    story = await begin_and_break(server, worker, f"mended {replaced}", ends=replaced == "after the run has ended")
    async with worker():
        state = await story.state()
        assert [row["what"] for row in state["set_aside"]] == (
            ["tag added"] if replaced == "before the run ends" else []
        )
        await story.after(minutes=3)
        await until(lambda: has_nothing_aside(story))
        assert (await story.state())["team"] == "billing"
        kinds = await story.kinds()
    assert (kinds.count("tag_added"), kinds.count("set_aside")) == (1, 1)
    told = [message.channel for message in slack.messages if message.key.startswith(f"{story.id}/")]
    assert told.count("#support-billing") == 1
    assert await failed_tasks(story) == []


@pytest.mark.parametrize(
    ("first", "bad", "good"), [("bad", 25, 60), ("good", 25, 60), pytest.param("bad", 230, 20, marks=pytest.mark.slow)]
)
@pytest.mark.slow
async def test_many_that_raise_take_no_other_with_them(
    server: Clockwork, worker: Callable[[], Any], first: str, bad: int, good: int
) -> None:
    """Tags that can't be judged arrive among messages: in the end every message counts, and every tag is judged."""
    name = f"{bad} among {good}, {first} first"
    async with worker():
        story = await begin(server, name)
        await story.settled()
    for number in range(bad):
        await story.tell(
            "tag_added", tag=f"t-{number}", at=MONDAY_10_AM, event_id=f"{'a' if first == 'bad' else 'z'}-{number}"
        )
    for number in range(good):
        await story.tell("message", author="customer", text="Hello", at=MONDAY_10_AM, event_id=f"m-{number}")
    with raising(policies.decide, "play", is_tag):
        async with worker():
            await until(lambda: has_aside(story, min(bad, FULL_AT)))
            await story.after(minutes=5)
    async with worker():
        await story.handle.signal("retry", {})
        await until(lambda: has_judged(story, good))
        assert len((await story.state())["tags"]) == min(bad, TAGS_LIMIT)
    assert await failed_tasks(story) == []


async def has_aside(story: Story, number: int) -> bool:
    """True where at least so many events are set aside."""
    return len((await asked(story.handle, "state"))["set_aside"]) >= number


async def has_judged(story: Story, messages: int) -> bool:
    """True where nothing is set aside, and exactly so many messages have been counted."""
    state = await asked(story.handle, "state")
    return not state["set_aside"] and state["messages"] == messages


async def test_a_retry_that_comes_as_the_conversation_ends(server: Clockwork, worker: Callable[[], Any]) -> None:
    """A conversation that is resolved and told to judge again in one task goes on, and takes the next message."""
    async with worker():
        story = await begin(server, "retried at rest")
        await story.settled()
    await story.tell("status_changed", status="resolved")
    await story.handle.signal("retry", {})
    async with worker():
        await story.tell("message", author="customer", text="It broke again")
        assert (await story.settled())["status"] == "open"
    assert await failed_tasks(story) == []


async def begin_and_break(server: Clockwork, worker: Callable[[], Any], name: str, *, ends: bool) -> Story:
    """Start a conversation whose tag can't be judged, and stop its worker; with `ends`, a later run comes first."""
    with raising(policies.decide, "play", is_tag):
        async with worker():
            story = await begin(server, name)
            await story.settled()
            await story.tell("tag_added", tag="billing")
            await story.tell("message", author="customer", text="Hello?")
            state = await story.state()
            assert ([row["what"] for row in state["set_aside"]], state["messages"]) == (["tag added"], 1)
            if ends:
                await story.after(minutes=2)
                await until(lambda: _is_in_a_later_run(story))
    if ends:
        async with worker():
            await story.after(minutes=40)
    return story


async def _is_in_a_later_run(story: Story) -> bool:
    runs = [run async for run in story.clockwork.client.list_workflows(f"WorkflowId = '{story.handle.id}'")]
    return len(runs) > 1


async def test_a_deadline_that_raises_stops_no_other(
    server: Clockwork, worker: Callable[[], Any], slack: FakeSlack
) -> None:
    """When a breach can't be judged, the people under `alert` are called at once and again, and answers count."""
    with raising(policies.deadlines, "_reach", is_breach):
        async with worker():
            story = await begin(server, "breach-raises")
            await story.after(minutes=16)
            assert [row["kind"] for row in (await story.state())["set_aside"]] == ["deadline"]
            await story.after(minutes=80)
            await story.tell("message", author="agent", text="Here I am")
            state = await story.state()
            assert state["answered_by"] == ""
            calls = [message for message in slack.messages if "could not be judged" in message.text]
            assert len({message.key for message in calls if message.key.startswith("breach-raises/")}) >= 3
    assert await failed_tasks(story) == []


async def test_a_command_that_raises_is_refused(server: Clockwork, worker: Callable[[], Any]) -> None:
    """A command that can't be judged is refused with a sentence, and nothing has changed."""
    with raising(policies.decide, "play", lambda _turn, fact: fact.kind == "taken"):
        async with worker():
            story = await begin(server, "command-raises")
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await story.order("take", actor="anna")
            assert "could not be judged, nothing was changed" in str(refused.value.cause)
            assert (await story.state())["assignee"] == ""
    async with worker():
        await story.order("take", actor="anna")
        assert (await story.state())["assignee"] == "anna"
        assert (await story.handle.describe()).status == WorkflowExecutionStatus.RUNNING
    assert await failed_tasks(story) == []
    async with worker():
        await replay_all(server)


@pytest.mark.slow
async def test_the_audit_finds_what_was_set_aside(server: Clockwork, worker: Callable[[], Any]) -> None:
    """The audit reports an event that was set aside until it is judged; the next run's memo has it, too."""
    audit, now = Audit(server.client, ask_within=timedelta(seconds=5)), datetime.now(UTC)
    story = await begin_and_break(server, worker, "audited", ends=False)
    with raising(policies.decide, "play", is_tag):
        async with worker():
            (told,) = [each for each in (await audit.look(AuditRequest(), now=now)).findings if _is_of(each, story)]
            assert (told.kind, told.repaired) == ("set_aside", False)
            assert told.what.startswith("could not be judged and was set aside: event tag added: ")
            await story.after(minutes=2)
            await until(lambda: _is_in_a_later_run(story))
            memo = f"WorkflowId = '{story.handle.id}' AND ExecutionStatus = 'Running'"
            while not [row async for row in server.client.list_workflows(memo) if await row.memo_value("set_aside", 0)]:
                pass
            found = (await audit.look(AuditRequest(ask=0), now=now)).findings
            assert [each.kind for each in found if _is_of(each, story)] == ["set_aside"]
            in_vain = await auditing.retry(server.client, story.handle.id)
            assert (in_vain.is_done, in_vain.text.startswith("could not be judged this time either: ")) == (False, True)
    async with worker():
        done = auditing.CommandResult("audited", True, "has judged again the events that were set aside (1)")
        assert await auditing.retry(server.client, story.handle.id) == done
        assert await has_nothing_aside(story)
        nothing = auditing.CommandResult("audited", True, "has nothing set aside")
        assert await auditing.retry(server.client, story.handle.id) == nothing


async def test_a_retry_is_not_forgotten_by_a_run_that_can_not_end_yet(
    server: Clockwork, worker: Callable[[], Any]
) -> None:
    """Facts arrive without a pause when an operator asks for another try: it is made once the run can end."""
    story = await begin_and_break(server, worker, "busy", ends=False)
    with can_not_end_at_first():
        async with worker():
            done = auditing.CommandResult("busy", True, "has judged again the events that were set aside (1)")
            assert await auditing.retry(server.client, story.handle.id) == done
    assert await failed_tasks(story) == []


@contextmanager
def can_not_end_at_first() -> Iterator[None]:
    """Let each run fail to end once, as if a fact came with its last task, which no test can bring about."""
    original, tried = Shell.drain, list[Shell[Any]]()

    async def drain(shell: Shell[Any]) -> bool:
        if shell not in tried:
            tried.append(shell)
            return False
        return await original(shell)

    with patch.object(Shell, "drain", drain):
        yield


async def test_a_start_that_raises_is_no_lost_run(
    server: Clockwork, worker: Callable[[], Any], house: OutsideSystems
) -> None:
    """A start can't be read at first, and people are told: mended code reads it with all that its sender said."""
    told = {"channel": "email", "subject": "Refund", "customer": {"name": "Ada"}, "attributes": {"plan": "gold"}}
    with raising(workflows.conversations.state, "read_start", is_any):
        async with worker():
            body = {"conversation_id": "start-raises", "policy": "tiered", **told}
            story = Story(await server.start(body, MONDAY_10_AM), server, MONDAY_10_AM, "start-raises")
            await story.after(minutes=3)
            await until(lambda: _is_in_a_later_run(story))
            assert await Standings(house.store).of(story.id) is None
    async with worker():
        await story.after(minutes=45)
        await until(lambda: has_nothing_aside(story))
        state = await story.settled()
    assert (state["channel"], state["subject"], state["customer"]["name"]) == ("email", "Refund", "Ada")
    assert (state["attributes"], state["set_aside"]) == ([["plan", "gold"]], [])
    assert await failed_tasks(story) == []


@pytest.mark.slow
async def test_a_run_that_can_not_read_its_state_keeps_what_the_ledger_knows(
    server: Clockwork, worker: Callable[[], Any], house: OutsideSystems
) -> None:
    """A worker that can't read the state handed on calls people: the ledger still knows how the conversation stood."""
    with raising(policies.decide, "play", is_tag):
        async with worker():
            story = await begin(server, "state-unread")
            await story.tell("message", author="customer", text="Hello?")
            await story.tell("tag_added", tag="billing")
            await story.settled()
    with raising(workflows.conversations.state, "_restored", is_any):
        async with worker():
            await story.after(minutes=2)
            await until(lambda: _is_in_a_later_run(story))
            await story.after(minutes=40)
            known, _ = await Standings(house.store).of(story.id) or pytest.fail("the ledger knows nothing")
    assert (known["channel"], known["messages"]) == ("email", 1)
    async with worker():
        await story.after(minutes=80)
        await until(lambda: has_nothing_aside(story))
        assert (await story.state())["team"] == "billing"
    assert await failed_tasks(story) == []


def _is_of(finding: Finding, story: Story) -> bool:
    return finding.conversation_id == story.id and finding.kind == "set_aside"
