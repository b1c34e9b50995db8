"""Inputs at the server's own limits: all that the server takes is taken in, and a refusal harms nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.findings import AuditRequest, Finding
from activities.audit.look import Audit
from policies.loading.load import load_policy
from policies.state.limits import DOCUMENT_LIMIT
from tests.conftest import asked
from tests.fakes.slack import FakeSlack
from tests.stories.alive.runs import failed_tasks, runs_of
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday, replay_all
from tests.stories.plays import QUERIES
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.tasks import large_updates
from worker.temporal.commanding import execute_command
from worker.temporal.skipping import Clockwork, skipping_server
from workflows.limits.server import PAYLOAD_LIMIT

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
NEARLY = PAYLOAD_LIMIT - 4_000
FAMILY = "👩‍👩‍👧"
Serve = Callable[[], Any]


@pytest.fixture(scope="module")
async def with_default_limits() -> AsyncIterator[Clockwork]:
    """Yield a server with its default limits and no workers; at the end, replay all histories."""
    async with skipping_server() as clockwork:
        yield clockwork
        await replay_all(clockwork)


@pytest.fixture
async def server(with_default_limits: Clockwork) -> AsyncIterator[Clockwork]:
    """Yield that server, and end the test's conversations: a later worker or audit would read megabytes of them."""
    yield with_default_limits
    async for row in with_default_limits.client.list_workflows("ExecutionStatus = 'Running'"):
        await with_default_limits.client.get_workflow_handle(row.id).terminate()


@pytest.fixture
def serve(server: Clockwork, settings: Settings, house: OutsideSystems) -> Serve:
    """Return a function that starts a worker with an empty cache, which knows a team with an emoji in its name."""
    document = load_policy(odd_policy(), file="odd.yaml", today=datetime.now(UTC).date())
    return lambda: make_worker(server.client, settings, house, {**load_policies(settings), document.policy: document})


def odd_policy() -> str:
    """Return the policy of a team that has an emoji in its name."""
    text = (STORY_POLICIES / "queue.yaml.template").read_text()
    return text.replace("queue-NUMBER", "odd").replace("team-NUMBER", f"team-{FAMILY}")


async def begin(clockwork: Clockwork, name: str, **start: Any) -> Story:
    """Start a conversation at that Monday, 10 AM."""
    body = {"conversation_id": name, "policy": "tiered", "channel": "email", **start}
    return Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)


def filled(body: dict[str, Any], key: str, character: str) -> dict[str, Any]:
    """Return the body with `key` filled up with the character, to just below the size that the server takes."""
    room = NEARLY - len(json.dumps({**body, key: ""}).encode())
    return {**body, key: character * (room // (len(json.dumps(character, ensure_ascii=False).encode()) - 2))}


async def is_well(story: Story, messages: int) -> None:
    """Check that the conversation counted so many messages, answers every query, and notices the breach on time."""
    await until(lambda: has_counted(story, messages))
    for query in QUERIES:
        await asked(story.handle, query)
    await story.after(minutes=16)
    breached = [entry["at"] for entry in await story.timeline() if entry["kind"] == "clock_breached"]
    assert breached == [(MONDAY_10_AM + timedelta(minutes=15)).isoformat()]
    assert await failed_tasks(story) == []


SLOW_TO_READ: dict[str, Callable[[int], tuple[int, dict[str, Any]]]] = {
    "lists of numbers": lambda n: (4, {"name": "a", "value": [n] * 600_000}),
    "objects of many fields": lambda n: (4, {"name": "a", "value": {f"k-{key}": n for key in range(120_000)}}),
    "half a character amid lists": lambda n: (4, {"name": "a\ud83d", "value": [[[n]]] * 250_000}),
    "lists that are just kept": lambda n: (150, {"name": f"a-{n}", "value": [[n, 1]] * 3_000}),
}
"""How many facts of each kind are sent, and their bodies."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", SLOW_TO_READ)
async def test_facts_that_take_long_to_read(server: Clockwork, serve: Serve, kind: str) -> None:
    """However long its facts take to read, no task of a conversation fails, and the customer's message counts."""
    async with serve():
        story = await begin(server, f"slow {kind}")
        await story.settled()
    number = SLOW_TO_READ[kind](0)[0]
    for each in range(number):
        body = {"event_id": f"slow-{each}", **SLOW_TO_READ[kind](each)[1]}
        payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(body).encode())
        await story.handle.signal("attribute_changed", RawValue(payload))
    await story.tell("message", author="customer", text="Hello?")
    async with serve():
        await until(lambda: has_counted(story, 1))
    assert await failed_tasks(story) == []


async def has_counted(story: Story, messages: int) -> bool:
    """True where at least so many messages have been counted."""
    return (await asked(story.handle, "state"))["messages"] >= messages


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("🎈", id="emoji"),
        pytest.param("x", id="letters", marks=pytest.mark.slow),
        pytest.param("\u0000", id="nothing", marks=pytest.mark.slow),
        pytest.param('"', id="quotes", marks=pytest.mark.slow),
    ],
)
async def test_facts_as_large_as_the_server_takes(server: Clockwork, serve: Serve, character: str) -> None:
    """A message of two megabytes is cut; tags, names and notes of that size are rejected, with the reason."""
    story = await begin(server, f"large-{ord(character)}")
    said = {"author": "customer", "text": "Hello?", "occurred_at": MONDAY_10_AM.isoformat()}
    for number, (signal, body, key) in enumerate(
        [
            ("message", said, "text"),
            ("message", {**said, "text": "Once more"}, "author_id"),
            ("tag_added", {}, "tag"),
            ("attribute_changed", {"name": "plan"}, "value"),
            ("attribute_changed", {"value": 1}, "name"),
            ("reassigned", {"team": "billing"}, "note"),
            ("nonsense", {}, "what"),
            ("message", {**said, "text": "With an id"}, "event_id"),
        ]
    ):
        await story.handle.signal(signal, filled({"event_id": f"e-{number}", **body}, key, character))
    async with serve():
        await story.handle.signal("message", {**said, "event_id": "last"})
        await is_well(story, 2)
        texts = [entry["text"] for entry in await story.timeline() if entry["kind"] == "rejected"]
        assert (len(texts), sum("bytes are too many: send at most" in text for text in texts)) == (7, 6)


async def test_a_start_as_large_as_the_server_takes(server: Clockwork, serve: Serve) -> None:
    """A subject of two megabytes is cut, and the conversation begins."""
    body = {"conversation_id": "large-start", "policy": "tiered", "channel": "email", "opened_at": "x" * 30}
    story = await begin(server, "large-start", **filled(body, "subject", "🎈"))
    async with serve():
        await story.tell("message", author="customer", text="Hello?")
        await is_well(story, 1)


@pytest.mark.parametrize("command", ["add_note", "resolve", "reassign", "escalate", "snooze", "adopt_policy"])
async def test_commands_as_large_as_the_server_takes(server: Clockwork, serve: Serve, command: str) -> None:
    """A command with a text of two megabytes is carried out or refused with a sentence; the conversation goes on."""
    story = await begin(server, f"large-{command}")
    bodies = [
        filled({"actor": "anna", "need": "help", "note": "", "team": "billing"}, "tried", "🎈"),
        filled({"actor": "anna", "team": "billing", "for": "10m"}, "note", "🎈"),
        filled({"actor": "anna", "note": "x"}, "team", "🎈"),
        filled({"note": "x"}, "actor", "🎈"),
        filled({"actor": "anna", "note": "x", "policy": "tiered"}, "command_id", "🎈"),
        filled({"actor": "anna", "note": "x"}, "policy", "🎈"),
    ]
    refusals = list[str]()
    async with serve():
        for body in bodies:
            try:
                await execute_command(story.handle, command, body)
            except WorkflowUpdateFailedError as error:
                refusals.append(str(error.cause))
        assert [refusal for refusal in refusals if not 0 < len(refusal) < 2_000] == []
        await story.tell("message", author="customer", text="Hello?")
        await until(lambda: has_counted(story, 1))
        for query in QUERIES:
            await asked(story.handle, query)
        assert await failed_tasks(story) == []


@pytest.mark.parametrize("size", [PAYLOAD_LIMIT - 100, 3_000_000], ids=["just below the limit", "above it"])
async def test_a_command_that_no_worker_can_send_back(server: Clockwork, serve: Serve, size: int) -> None:
    """A command too large for a worker's answer is refused, in a conversation's first task and later; it goes on."""
    story = await begin(server, f"sent back {size}")
    note = {"actor": "anna", "need": "x" * size}
    sending = asyncio.create_task(story.handle.execute_update("add_note", note))
    async with serve():
        for number in (1, 2):
            with pytest.raises(WorkflowUpdateFailedError):
                await sending
            await story.tell("message", at=MONDAY_10_AM, author="customer", text="Hello?")
            await until(lambda number=number: has_counted(story, number))
            sending = asyncio.create_task(story.handle.execute_update("add_note", note))
        with pytest.raises(WorkflowUpdateFailedError):
            await sending
        assert await failed_tasks(story) == []


@pytest.mark.parametrize("size", [PAYLOAD_LIMIT - 100, 3_000_000], ids=["just below the limit", "above it"])
async def test_a_conversation_stuck_at_a_refused_command_is_freed(
    server: Clockwork, serve: Serve, house: OutsideSystems, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker without that limit gets stuck at such a command, in any task: the audit frees the conversation."""
    monkeypatch.setattr(large_updates, "SENT_BACK_LIMIT", 10 * PAYLOAD_LIMIT)
    story = await begin(server, f"not sent back {size}")
    audit = Audit(server.client, store=house.store, ask_within=timedelta(seconds=5))

    def send() -> asyncio.Task[Any]:
        note = {"actor": "anna", "need": "x" * size}
        return asyncio.create_task(story.handle.execute_update("add_note", note))

    async def goes_on(number: int) -> bool:
        found = (await audit.look(AuditRequest())).findings
        told.extend(each for each in found if each.conversation_id == story.id)
        try:
            state = await story.handle.query("state", rpc_timeout=timedelta(seconds=1))
        except RPCError:
            return False
        return state["messages"] == number

    told: list[Finding] = []
    sending = send()
    await asyncio.sleep(0)
    async with serve():
        for number in (1, 2):
            await until(lambda: fails(story))
            sending.cancel()
            await story.tell("message", at=MONDAY_10_AM, author="customer", text="Hello?")
            await until(lambda number=number: goes_on(number))
            sending = send()
        sending.cancel()
    freed = [each for each in told if each.repaired and each.what.endswith("; reset to its last good task")]
    assert {each.kind for each in freed} == {"failing"}


async def fails(story: Story) -> bool:
    """True where the conversation's present task has failed."""
    return (await story.handle.describe()).raw_description.pending_workflow_task.attempt > 1


AT_ONCE = 8
MOST_IN_A_TASK = 5
"""How many of the following commands fit into one task: each is more than a fifth of the work that a task may do."""


def large_document(size: int) -> dict[str, Any]:
    """Return a policy that can be used, of about so many bytes, in rules with long notes."""
    when = "'refund' in conversation.tags"
    rules = [
        {"name": f"rule {n}", "on": "message", "when": when, "do": [{"note": "x" * (size // RULES - 100)}]}
        for n in range(RULES)
    ]
    teams = {"teams": {"care": {"name": "Care"}}, "channels": {"email": "care"}}
    return {"policy": "tiered", "version": 9, "timezone": "UTC", **teams, "rules": rules}


RULES = 400
LARGE: dict[str, Callable[[int], dict[str, Any]]] = {
    "text": lambda size: {"need": "x" * size},
    "rules": lambda size: {"policy": "tiered", "document": large_document(size)},
    "numbers": lambda size: {"policy": "tiered", "document": {"a": [1] * (size // 2)}},
    "lists": lambda size: {"policy": "tiered", "document": {"a": [[[1]]] * (size // 6)}},
}
"""Commands of about so many bytes each, which take short or long to read."""


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        pytest.param(kind, size, marks=() if size == size_by_default else pytest.mark.slow)
        for kind, size_by_default in {
            "text": 1_880_000,
            "rules": 380_000,
            "numbers": 1_880_000,
            "lists": 800_000,
        }.items()
        for size in (1_880_000, 800_000, 380_000)
    ],
)
async def test_large_commands_at_once(server: Clockwork, serve: Serve, kind: str, size: int) -> None:
    """Eight large commands at once are answered or refused; no task fails, and the conversation goes on."""
    story = await begin(server, f"at once {kind} {size}")
    data = json.dumps({"actor": "anna", **LARGE[kind](size)}, separators=(",", ":")).encode()
    payload = RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data))
    async with serve():
        await story.settled()
        name = "add_note" if kind == "text" else "adopt_policy"
        sent = (story.handle.execute_update(name, payload, id=f"u-{number}") for number in range(AT_ONCE))
        answers = await asyncio.gather(*sent, return_exceptions=True)
        refused = sum(isinstance(answer, WorkflowUpdateFailedError) for answer in answers)
        assert refused + sum(isinstance(answer, dict) for answer in answers) == AT_ONCE
        assert (refused < AT_ONCE) == (kind == "rules" and size < DOCUMENT_LIMIT)
        await story.tell("message", author="customer", text="Hello?")
        await is_well(story, 1)


def busy_policy() -> str:
    """Return a policy with three hundred rules that look through all tags at each change of assignee or team."""
    looks = "conversation.tags.exists(t, t == 'x-{}')"
    rules = (f'  - {{name: r{n}, on: reassigned, when: "{looks.format(n)}", do: [{{note: No}}]}}\n' for n in range(300))
    head = "policy: busy\nversion: 1\ntimezone: UTC\nteams: {care: {name: Care}}\nchannels: {email: care}\n"
    return f"{head}rules:\n{''.join(rules)}"


async def test_much_work_for_commands_at_once(server: Clockwork, settings: Settings, house: OutsideSystems) -> None:
    """Eight commands at once, each with three hundred rules over two hundred tags, are spread over several tasks."""
    busy = load_policy(busy_policy(), file="busy.yaml", today=datetime.now(UTC).date())
    story = await begin(server, "busy with commands", policy="busy", tags=[f"t-{number}" for number in range(200)])
    async with make_worker(server.client, settings, house, {**load_policies(settings), busy.policy: busy}):
        await story.settled()
        await asyncio.gather(
            *(execute_command(story.handle, "reassign", {"actor": "ann", "assignee": f"p-{n}"}) for n in range(AT_ONCE))
        )
        assert (await story.state())["assignee"].startswith("p-")
        done = [0]
        for event in (await story.handle.fetch_history()).events:
            done += [0] if event.HasField("workflow_task_completed_event_attributes") else []
            done[-1] += event.HasField("workflow_execution_update_completed_event_attributes")
        assert (sum(done), max(done) <= MOST_IN_A_TASK) == (AT_ONCE, True)


@pytest.mark.parametrize("mode", ["carry", pytest.param("pin", marks=pytest.mark.slow)])
async def test_large_policies_of_our_clients(server: Clockwork, serve: Serve, mode: str) -> None:
    """Eight policies sent at once, each as large as a policy may be, are all taken in, some a little later."""
    story = await begin(server, f"at once by our clients {mode}")
    async with serve():
        await story.settled()
        body = {"actor": "anna", "mode": mode, **LARGE["rules"](380_000)}
        answers = await asyncio.gather(*(execute_command(story.handle, "adopt_policy", body) for _ in range(AT_ONCE)))
        assert [answer["conversation_id"] for answer in answers] == [story.id] * AT_ONCE
        assert await failed_tasks(story) == []


@pytest.mark.slow
@pytest.mark.parametrize("is_begun", [False, True], ids=["before its first task", "in its life"])
async def test_more_bytes_than_the_server_keeps(
    server: Clockwork, serve: Serve, house: OutsideSystems, is_begun: bool
) -> None:
    """The server ends a run of more than fifty megabytes; the audit starts another, which takes in all messages."""
    story = await begin(server, f"fifty megabytes {is_begun}")
    if is_begun:
        async with serve():
            await story.settled()
    sent = 0
    while await is_taken(story, sent):
        sent += 1
    audit = Audit(server.client, store=house.store, ask_within=timedelta(seconds=5))
    async with serve():
        found = (await audit.look(AuditRequest())).findings
        (told,) = [each for each in found if each.conversation_id == story.id]
        assert (told.kind, told.repaired) == ("lost", True)
        await until(lambda: has_counted(story, sent))
        assert (await story.state())["messages"] == sent


async def is_taken(story: Story, number: int) -> bool:
    """Send one more message of two megabytes, and return whether the server took it."""
    said = {"author": "customer", "occurred_at": MONDAY_10_AM.isoformat(), "event_id": f"e-{number}"}
    try:
        await story.handle.signal("message", filled(said, "text", "x"))
    except RPCError:
        return False
    return True


async def test_an_input_over_the_limits_is_refused_to_its_sender(server: Clockwork, serve: Serve) -> None:
    """The sender of an input over the server's limits gets an error at once; the conversation never sees that input."""
    story = await begin(server, "refused")
    async with serve():
        for size in (PAYLOAD_LIMIT + 1, 5_000_000):
            with pytest.raises(RPCError):
                await story.tell("message", author="customer", text="x" * size)
        with pytest.raises(RPCError):
            await story.handle.execute_update("add_note", {"actor": "anna", "need": "x" * 5_000_000})
        await story.tell("message", author="customer", text="Hello?")
        await is_well(story, 1)


@pytest.mark.parametrize(("size", "words"), [(100_000, "xxxxxxxxxx"), (3_000_000, "more than 1024 kB")])
async def test_an_error_of_any_length(server: Clockwork, serve: Serve, slack: FakeSlack, size: int, words: str) -> None:
    """Slack refuses a channel with up to megabytes of text: the conversation goes on, with the beginning on record."""
    story = await begin(server, f"refused with {size}")
    channel = "#support-billing"
    slack.refuse(channel, "x" * size)
    try:
        async with serve():
            await story.tell("tag_added", tag="billing")
            await story.tell("message", author="customer", text="Hello?")
            await story.after(hours=2, minutes=30)
            state = await story.settled()
            assert (state["team"], state["messages"]) == ("billing", 1)
            refused = [entry["text"] for entry in await story.timeline() if words in entry["text"]]
            assert refused
            assert max(map(len, refused)) < 2_100
            assert await failed_tasks(story) == []
    finally:
        slack.refuse(channel, "")


@pytest.mark.parametrize("name", ["x" * 900, "🎈" * 200, 'a"b/c\\d\n e'], ids=["letters", "emoji", "quotes"])
async def test_long_and_odd_names(server: Clockwork, serve: Serve, house: OutsideSystems, name: str) -> None:
    """A conversation lives and is found by the audit, whatever name it has that the server takes."""
    story = await begin(server, name)
    async with serve():
        await story.tell("message", author="customer", text="Hello?")
        await is_well(story, 1)
        await story.tell("tag_added", tag="billing")
        audit = Audit(server.client, store=house.store, ask_within=timedelta(seconds=5))
        found = (await audit.look(AuditRequest())).findings
        assert [each for each in found if each.conversation_id == name and each.kind != "clock_breached"] == []
        await story.order("resolve")
        await story.after(hours=60)
        assert (await story.handle.result())["status"] == "resolved"
    assert "message" in [entry.kind for entry in await house.ledger.entries(name)]


async def test_a_team_with_an_emoji_in_its_name(server: Clockwork, serve: Serve) -> None:
    """A team has an emoji in its name: its customer waits in the queue and is served."""
    story = await begin(server, "odd", policy="odd")
    crew = server.client.get_workflow_handle(f"team/team-{FAMILY}")
    async with serve():
        await story.tell("message", author="customer", text="Hello?")
        await story.settled()
        await until(lambda: is_in_queue(crew, "odd"))
        await execute_command(crew, "set_presence", {"actor": "ann", "presence": "available"})
        await until(lambda: is_in_queue(crew, "odd", "offered"))
        await execute_command(crew, "accept", {"actor": "ann", "conversation_id": "odd"})
        await until(lambda: has_assignee(story, "ann"))
        assert await failed_tasks(story) == []


async def is_in_queue(crew: Any, conversation: str, state: str = "") -> bool:
    """True where the team has a queue entry for the conversation, in this state if one is given."""
    try:
        row = await crew.query("ticket", {"conversation": conversation})
    except RPCError:
        return False
    return bool(row) and state in ("", row["state"])


async def has_assignee(story: Story, agent: str) -> bool:
    """True where this agent is the assignee."""
    return (await story.state())["assignee"] == agent


@pytest.mark.slow
async def test_more_signals_than_the_server_takes(server: Clockwork, serve: Serve) -> None:
    """Ten thousand messages come while no worker runs: the server refuses the next, and a worker counts the rest."""
    story, sent, refused = await begin(server, "ten-thousand"), 0, 0
    for first in range(0, 10_100, 100):
        told = (story.tell("message", at=MONDAY_10_AM, author="customer", text=f"{first + n}") for n in range(100))
        for answer in await asyncio.gather(*told, return_exceptions=True):
            if isinstance(answer, RPCError):
                assert answer.status in (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.RESOURCE_EXHAUSTED), answer
                refused += 1
            else:
                assert answer is None, answer
                sent += 1
    assert (sent, refused) == (10_000, 100)
    async with serve():
        await until(lambda: has_counted(story, 10_000), within=120)
        await is_well(story, 10_000)
        assert (await runs_of(story)) > 1


@pytest.mark.slow
async def test_more_commands_than_the_server_takes(server: Clockwork, serve: Serve) -> None:
    """Two thousand and ten commands are all carried out, some in a later run, because a run takes at most 2,000."""
    story = await begin(server, "two-thousand")
    async with serve():
        for first in range(0, 2_010, 5):
            notes = ({"actor": "anna", "tried": "a", "think": "b", "need": f"{n}"} for n in range(first, first + 5))
            await asyncio.gather(*(execute_command(story.handle, "add_note", note) for note in notes))
        await story.tell("message", author="customer", text="Hello?")
        await is_well(story, 1)
        assert (await runs_of(story)) > 1
