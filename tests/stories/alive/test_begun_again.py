"""A helpdesk that sends an event again after the conversation has closed."""

from contextlib import nullcontext
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from tests.conftest import Story, next_weekday
from tests.stories.audit.audits import listed
from tests.stories.calling.outages import ledger_away
from worker.process.hosting import OutsideSystems
from worker.temporal.asking import show
from worker.temporal.skipping import Clockwork
from worker.terminal.printing import print_conversation
from worker.terminal.terminal import Terminal

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
E1 = {"event_id": "e1", "author": "customer", "text": "Hello?", "occurred_at": MONDAY_10_AM.isoformat()}


async def begun_by(clockwork: Clockwork, name: str, event: dict[str, Any]) -> Story:
    """Start a conversation together with this message, as a webhook does."""
    options = {"start_signal": "message", "start_signal_args": [event]}
    return Story(await clockwork.start(start_of(name), MONDAY_10_AM, **options), clockwork, MONDAY_10_AM, name)


def start_of(name: str) -> dict[str, Any]:
    """Return the start that a backend sends for this conversation."""
    return {"conversation_id": name, "policy": "tiered", "channel": "email"}


async def closed(clockwork: Clockwork, name: str, by: dict[str, Any] | None = None) -> Story:
    """Start a conversation by a webhook's message, resolve it, and return it closed.

    With `by`, that message starts the conversation, and another message and an internal note follow.
    """
    story = await begun_by(clockwork, name, by or E1)
    if by is not None:
        await story.handle.signal("message", {**E1, "event_id": "n-1"})
        await story.order("add_note", tried="a", think="b", need="c")
    await story.order("resolve")
    await story.after(hours=25)
    assert (await story.handle.result())["status"] == "resolved"
    return story


async def test_a_repeated_event_after_closing_tells_no_person(clockwork: Clockwork, house: OutsideSystems) -> None:
    """A webhook that is sent again after closing starts a run that completes at once and tells nobody anything."""
    await closed(clockwork, "again")
    lines, notes = await house.ledger.entries("again"), await house.desk.notes("again")
    again = await begun_by(clockwork, "again", E1)
    assert (await again.handle.result())["conversation_id"] == "again"
    assert (await house.ledger.entries("again"), await house.desk.notes("again")) == (lines, notes)


async def test_a_run_that_had_nothing_to_do_says_so(clockwork: Clockwork) -> None:
    """For a run that a repeated webhook started, `baton show` says that it is resolved and why nothing was done."""
    await closed(clockwork, "shown")
    again = await begun_by(clockwork, "shown", E1)
    assert (await again.handle.result())["status"] == "resolved"
    told = await show(clockwork.client, "shown")
    (line,) = told["timeline"]
    assert (told["state"]["status"], told["upcoming"], line["kind"]) == ("resolved", [], "repeated")
    assert line["text"] == (
        "An earlier run took in everything that began this one, so nothing is done."
        " `baton transcript` has what was said before"
    )
    screen = Terminal(width=80, file=StringIO())
    print_conversation(screen, told, datetime.now(UTC))
    assert "An earlier run took in everything" in screen.file.getvalue()
    wanted = f"WorkflowId = '{again.handle.id}' AND BatonStatus = 'resolved' AND ExecutionStatus = 'Completed'"
    await listed(clockwork.client, wanted, 2)


@pytest.mark.parametrize("is_away", [False, True])
async def test_a_run_that_continues_the_ledger_is_no_repetition(
    clockwork: Clockwork, house: OutsideSystems, is_away: bool
) -> None:
    """A run that continues the ledger's record goes on when an old event comes again, and counts that event once."""
    name = f"imported-{is_away}"
    story = await begun_by(clockwork, name, E1)
    before = await story.settled()
    await story.order("resolve")
    await story.after(hours=25)
    await story.handle.result()
    body = {"conversation_id": name, "policy": "tiered", "imported": {**before, "seen": ["e0", "e1"], "why": "lost"}}
    async with ledger_away(house) if is_away else nullcontext():
        options = {"start_signal": "message", "start_signal_args": [E1]}
        story = Story(await clockwork.start(body, MONDAY_10_AM, **options), clockwork, MONDAY_10_AM, name)
        await story.handle.signal("message", {**E1, "event_id": "e0"})
        after = await story.settled()
    assert (after["messages"], after["opened_at"], after["status"]) == (1, before["opened_at"], "open")
    assert "imported" in await story.kinds()
    await story.handle.terminate()


async def test_a_new_event_begins_the_conversation_anew(clockwork: Clockwork) -> None:
    """A customer who writes something new after closing starts the conversation again."""
    await closed(clockwork, "anew")
    story = await begun_by(clockwork, "anew", {**E1, "event_id": "e2"})
    assert (await story.settled())["messages"] == 1
    await story.handle.terminate()


@pytest.mark.parametrize("begins", ["plainly", "by a message"])
async def test_a_second_life_is_as_whole_as_the_first(clockwork: Clockwork, begins: str) -> None:
    """A closed conversation that is started again has a team, a clock, all new messages, and none of the old ones."""
    name = f"second life {begins}"
    story = await closed(clockwork, name, by={key: E1[key] for key in ("author", "text")})
    if begins == "plainly":
        story = Story(await clockwork.start(start_of(name), MONDAY_10_AM), clockwork, MONDAY_10_AM, name)
    else:
        story = await begun_by(clockwork, name, {"author": "customer", "text": "Again"})
    await story.settled()
    await story.handle.signal("message", {**E1, "event_id": "n-1"})
    await story.handle.signal("message", {"author": "customer", "text": "Are you there?"})
    note = {"tried": "a", "think": "b", "need": "c"}
    await story.order("add_note", **note)
    state, kinds = await story.settled(), await story.kinds()
    assert (state["team"], state["messages"]) == ("tier-1", 1 if begins == "plainly" else 2)
    assert [kinds.count(kind) for kind in ("conversation_started", "note_added")] == [1, 1]
    assert [clock["name"] for clock in state["clocks"]]
    await story.handle.terminate()


async def test_a_reset_to_the_first_task_takes_everything_in_again(clockwork: Clockwork) -> None:
    """An operator resets a conversation to its beginning: it takes in all events again, though the ledger has them."""
    story = await begun_by(clockwork, "reset", E1)
    await story.settled()
    await story.handle.signal("message", {**E1, "event_id": "e2"})
    await story.order("resolve")
    await story.after(hours=2)
    history = await story.handle.fetch_history()
    first = next(event.event_id for event in history.events if event.event_type == TASK_COMPLETED)
    request = ResetWorkflowExecutionRequest(
        namespace="default",
        workflow_execution=WorkflowExecution(workflow_id=story.handle.id),
        workflow_task_finish_event_id=first,
        request_id="reset",
    )
    await clockwork.client.workflow_service.reset_workflow_execution(request)
    again = Story(clockwork.client.get_workflow_handle(story.handle.id), clockwork, MONDAY_10_AM, "reset")
    state = await again.settled()
    assert (state["team"], state["messages"], state["status"]) == ("tier-1", 2, "resolved")
    await again.handle.terminate()


async def test_with_the_database_away_it_begins_and_says_so(clockwork: Clockwork, house: OutsideSystems) -> None:
    """While the ledger can't be asked, a conversation still begins, and says that old events may count again."""
    async with ledger_away(house):
        story = await begun_by(clockwork, "doubtful", E1)
        assert (await story.settled())["messages"] == 1
        said = [entry["text"] for entry in await story.timeline() if entry["kind"] == "ledger_unknown"]
    start = "The ledger could not be asked which events were taken in before"
    assert said == [f"{start}: one that comes again counts again"]
    await story.handle.terminate()


async def test_a_command_of_before_is_answered_and_done_once(clockwork: Clockwork, house: OutsideSystems) -> None:
    """A command that is sent again after closing, with a start, is answered by a run that completes at once."""
    name, note = "command-again", {"actor": "op", "tried": "a", "think": "b", "need": "c", "command_id": "note-1"}
    story = await begun_by(clockwork, name, E1)
    await story.order("add_note", **note)
    await story.order("resolve")
    await story.after(hours=25)
    await story.handle.result()
    lines, notes = await house.ledger.entries(name), await house.desk.notes(name)
    again = WithStartWorkflowOperation(
        "Conversation",
        start_of(name),
        id=story.handle.id,
        task_queue="baton",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    client = clockwork.client
    told = await client.execute_update_with_start_workflow("add_note", note, start_workflow_operation=again)
    assert (told["conversation_id"], told["status"]) == (name, "resolved")
    await client.get_workflow_handle(story.handle.id).result()
    assert (await house.ledger.entries(name), await house.desk.notes(name)) == (lines, notes)


async def test_a_new_command_begins_the_conversation_anew(clockwork: Clockwork, house: OutsideSystems) -> None:
    """A new command after closing is carried out, even when an old event comes with it."""
    story = await closed(clockwork, "command-anew")
    again = WithStartWorkflowOperation(
        "Conversation",
        start_of("command-anew"),
        id=story.handle.id,
        task_queue="baton",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    note = {"actor": "op", "tried": "a", "think": "b", "need": "c", "command_id": "note-2"}
    client = clockwork.client
    told = await client.execute_update_with_start_workflow("add_note", note, start_workflow_operation=again)
    assert told["status"] == "open"
    life = Story(client.get_workflow_handle(story.handle.id), clockwork, MONDAY_10_AM, "command-anew")
    await life.handle.signal("message", E1)
    assert (await life.settled())["messages"] == 0
    assert "note_added" in await life.kinds()
    await life.handle.terminate()
