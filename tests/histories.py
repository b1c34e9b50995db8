"""The histories that stories leave: each leads to the same commands again, in whatever tasks a replay takes it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from activities.ledger.judgements import Judgements
from policies.editions import FIRST
from worker.conversations.verifying import verify
from worker.process.hosting import OutsideSystems, runner
from worker.temporal.skipping import Clockwork
from workflows.conversation import ConversationWorkflow
from workflows.outage import OutageWorkflow
from workflows.payloads.decoding import data_converter
from workflows.team import TeamWorkflow

FAILED_HISTORIES = Path(__file__).parents[1] / ".pytest_cache" / "failed-histories"
_COMPLETED = "workflow_task_completed_event_attributes"
_SIGNAL = "workflow_execution_signaled_event_attributes"
_OF_UPDATES = (
    "workflow_execution_update_accepted_event_attributes",
    "workflow_execution_update_completed_event_attributes",
)
"""Events that a task leaves, but that do not name it."""
_MARKER = "marker_recorded_event_attributes"
_UPSERT = "upsert_workflow_search_attributes_event_attributes"
_START = "workflow_execution_started_event_attributes"


async def replay_all(clockwork: Clockwork, of: str = "") -> None:
    """Check that every history that the stories made, or every run of the workflow `of`, leads to the same commands."""
    replayer = Replayer(
        workflows=[ConversationWorkflow, TeamWorkflow, OutageWorkflow],
        data_converter=data_converter,
        workflow_runner=runner(),
        debug_mode=True,  # the SDK counts a task of two seconds as dead, and a busy machine may need that long
    )
    query = f"WorkflowId = '{of}'" if of else "WorkflowType IN ('Conversation', 'Team', 'Outage')"
    histories = clockwork.client.list_workflows(query).map_histories()
    failed: dict[str, str] = {}
    async with asyncio.timeout(1_800), replayer.workflow_replay_iterator(_decided(histories)) as results:
        async for result in results:
            if result.replay_failure is not None:
                failed[str(_kept(result.history))] = str(result.replay_failure)
            elif joinable := list(_joinable(result.history.events)):
                failed[str(_kept(result.history))] = f"a replay may join task {joinable[0]} with the next one"
    assert failed == {}


def _kept(history: WorkflowHistory) -> Path:
    """Write a history that leads elsewhere to a file, because its server goes with the test, and return the path."""
    name = "".join(sign if sign.isalnum() else "-" for sign in f"{history.workflow_id}-{history.run_id}")
    file = FAILED_HISTORIES / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(history.to_json())
    return file


async def _decided(histories: AsyncIterator[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    """Yield each history up to its last completed workflow task; the replayer would wait for one under way."""
    async for history in histories:
        tasks = [event.event_id for event in history.events if event.HasField(_COMPLETED)]
        if tasks:
            asked = [event.event_id for event in history.events if _asked_by(event) == tasks[-1]]
            yield WorkflowHistory(history.workflow_id, [*history.events[: max([*tasks, *asked])]])


def _asked_by(event: HistoryEvent) -> int:
    """Return the id of the workflow task that asked for what the event records, or 0."""
    return getattr(getattr(event, str(event.WhichOneof("attributes"))), "workflow_task_completed_event_id", 0)


def _joinable(events: Sequence[HistoryEvent]) -> Iterator[int]:
    """Yield the tasks that took in a signal and left no command, as the task before, in a run of edition 2 or later.

    A task that a query has split left none either; the next one records the end of its local activity, a marker. Of the
    last task of a history that is not to be known.
    """
    tasks = list(_tasks(events))
    for before, task, after in zip(tasks, tasks[1:], tasks[2:], strict=False):
        is_split = any(command.HasField(_MARKER) for command in after.commands)
        if task.has_signal and task.edition >= 2 and not (before.commands or task.commands or is_split):
            yield task.id


@dataclass
class _Task:
    """One completed workflow task: what it left, and whether a signal came with it."""

    id: int
    edition: int
    has_signal: bool
    commands: list[HistoryEvent]


def _tasks(events: Sequence[HistoryEvent]) -> Iterator[_Task]:
    left, last = dict[int, list[HistoryEvent]](), 0
    for event in events:
        last = event.event_id if event.HasField(_COMPLETED) else last
        asked_by = last if event.WhichOneof("attributes") in _OF_UPDATES else _asked_by(event)
        left.setdefault(asked_by, []).append(event)
    edition, has_signal = FIRST, False
    for event in events:
        edition = _edition(event) or edition
        has_signal = has_signal or event.HasField(_SIGNAL)
        if event.HasField(_COMPLETED):
            yield _Task(event.event_id, edition, has_signal, left.get(event.event_id, []))
            has_signal = False


def _edition(event: HistoryEvent) -> int:
    """Return the edition that an event sets for its run; 0 for most events."""
    of = event.WhichOneof("attributes")
    if of not in (_UPSERT, _START):
        return 0
    sent = getattr(event, of).search_attributes.indexed_fields
    return int(sent["BatonEdition"].data) if "BatonEdition" in sent else 0


async def judge_all_again(house: OutsideSystems) -> None:
    """Check that every conversation's judgements on record, judged again, lead to the same effects."""
    on_record, ever = Judgements(house.store), datetime.min.replace(tzinfo=UTC)
    verdicts = [await verify(on_record, each) for each in await on_record.conversations(ever)]
    differing = {each.conversation: each.differs for each in verdicts if each.differs}
    assert differing == {}, differing
