"""Histories of released versions, replayed by the code of today."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from worker.process.hosting import runner
from workflows.conversation import ConversationWorkflow
from workflows.payloads.decoding import data_converter
from workflows.team import TeamWorkflow

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
SOME_AT_ONCE = 4
"""One in so many is replayed in the default run, the others in the slow one."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=pytest.mark.slow if place % SOME_AT_ONCE else ())
        for place, path in enumerate(HISTORIES)
    ],
)
async def test_a_released_conversation_goes_on(path: Path) -> None:
    """A conversation that has been running since an earlier version takes the same course under this one."""
    replayer = Replayer(
        workflows=[ConversationWorkflow, TeamWorkflow], data_converter=data_converter, workflow_runner=runner()
    )
    history = WorkflowHistory.from_json(path.stem, path.read_text())
    # The workflow id goes along, because a team finds itself in the policy by its id.
    its_id = history.events[0].workflow_execution_started_event_attributes.workflow_id
    await replayer.replay_workflow(WorkflowHistory(its_id or path.stem, history.events))


def test_there_are_histories() -> None:
    """Every release leaves some of its conversations' histories for later ones."""
    assert len(HISTORIES) >= 8
