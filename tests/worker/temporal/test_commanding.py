"""Commands that a run refuses because it is moving on are sent again."""

from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

import worker.temporal.commanding as commanding
from tests.unsandboxed import Unsandboxed
from worker.temporal.commanding import execute_command, is_moving_on
from worker.temporal.skipping import Clockwork
from workflows.arrivals.arrivals import MOVING_ON
from workflows.arrivals.handlers import refusal
from workflows.limits.server import COMMAND_LIMIT


@workflow.defn
class Moving:
    """A workflow that refuses its first commands with the given sentences, then answers with the command's id."""

    @workflow.init
    def __init__(self, refusals: list[str]) -> None:
        self.refusals = refusals

    @workflow.run
    async def run(self, _refusals: list[str]) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer with the body and the update's id."""
        info = workflow.current_update_info()
        return {**body, "update_id": info.id if info else ""}

    @take.validator
    def refuse(self, _body: dict[str, Any]) -> None:
        """Refuse with the next sentence, until there are none."""
        if self.refusals:
            raise refusal(self.refusals.pop(0))


async def ask(clockwork: Clockwork, name: str, refusals: list[str]) -> dict[str, Any]:
    """Send one command to such a workflow."""
    runner = Unsandboxed()
    async with Worker(clockwork.client, task_queue=name, workflows=[Moving], workflow_runner=runner):
        handle = await clockwork.client.start_workflow(Moving.run, refusals, id=name, task_queue=name)
        try:
            return await execute_command(handle, "take", {"actor": "anna"}, update_id="take-1")
        finally:
            await handle.terminate()


async def test_a_command_is_sent_again_under_the_same_id(clockwork: Clockwork) -> None:
    """A command that reaches a run while it moves on is sent again, and carried out once."""
    assert await ask(clockwork, "moving-twice", [MOVING_ON, MOVING_ON]) == {"actor": "anna", "update_id": "take-1"}


async def test_any_other_refusal_is_told_at_once(clockwork: Clockwork) -> None:
    """A command that is refused for its content is not sent again."""
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ask(clockwork, "moving-refused", [MOVING_ON, "unknown team", MOVING_ON])
    assert getattr(refused.value.cause, "message", "") == "unknown team"


@pytest.mark.parametrize(
    ("status", "words", "is_sent_again"),
    [
        (RPCStatusCode.FAILED_PRECONDITION, "a signal came with it", True),
        (
            RPCStatusCode.RESOURCE_EXHAUSTED,
            "workflow operation can not be applied because workflow is closing",
            True,
        ),
        (RPCStatusCode.RESOURCE_EXHAUSTED, "namespace rate limit exceeded", False),
        (RPCStatusCode.NOT_FOUND, "workflow execution already completed", False),
    ],
)
def test_a_command_to_a_run_that_ends_is_sent_again(status: RPCStatusCode, words: str, is_sent_again: bool) -> None:
    """A command that the server does not take because a run is ending is sent again; after other answers it is not."""
    assert is_moving_on(RPCError(words, status, b"")) is is_sent_again


async def test_the_tries_have_an_end(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that refuses every try is not asked for ever: the caller gets the refusal."""
    monkeypatch.setattr(commanding, "WAITS", (0.0, 0.0))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ask(clockwork, "moving-for-ever", [MOVING_ON] * 5)
    assert getattr(refused.value.cause, "message", "") == MOVING_ON


async def test_a_command_that_no_worker_could_answer_is_not_sent(clockwork: Clockwork) -> None:
    """A command of more than 1.9 MB is refused before it is sent, with a sentence."""
    handle = clockwork.client.get_workflow_handle("not-there")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await execute_command(handle, "add_note", {"need": "x" * COMMAND_LIMIT})
    sentence = f"{COMMAND_LIMIT + 12} bytes are too many for a command: send at most {COMMAND_LIMIT}"
    assert getattr(refused.value.cause, "message", "") == sentence
