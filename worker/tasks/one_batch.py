"""Makes the SDK give a workflow everything of one task before the workflow goes on.

By default, the SDK gives signals and updates first, lets the workflow go on, and only then gives the results of
activities. A worker that replays a history joins a workflow task without commands with the next one, so that an update
and an activity's result which came in two tasks come in one: the workflow issued the same commands in another order,
and stood still with a non-determinism error. Given at once, both orders have the same effect.

The SDK (1.35) has this behind a flag of its own, which it will make the default, and records the flag in the history,
so that older histories replay as they were made.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from worker.tasks.bare_tasks import BareTasks
from worker.tasks.early_lines import EarlyLines
from worker.tasks.one_thread import OneThread
from worker.tasks.whole_tasks import Evictions, WholeTasks
from workflows.outgoing.journal import SHOW_LINES
from workflows.waits.joined_tasks import KEEP_APART

_PROCESS_JOBS_AS_ONE_BATCH = 2
"""The flag's number in the SDK, which histories record."""


@dataclass(frozen=True)
class OneBatchRunner(SandboxedWorkflowRunner):
    """The sandbox with that flag set for every new task, and with one thread at a time in each workflow."""

    evictions: Evictions = field(default_factory=Evictions)
    """The runs that the worker of this runner dropped from memory."""
    early_lines: EarlyLines | None = None
    """Gets the lines that conversations have not written yet."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Start or replay one workflow."""
        return as_a_worker_does(super().create_instance, det, self.evictions, self.early_lines)


def as_a_worker_does(
    create: Callable[[WorkflowInstanceDetails], WorkflowInstance],
    det: WorkflowInstanceDetails,
    evictions: Evictions | None = None,
    early_lines: EarlyLines | None = None,
) -> WorkflowInstance:
    """Return one workflow that gets its tasks as in every worker of Baton, made by any runner."""
    flags = frozenset({*det.default_workflow_logic_flags, _PROCESS_JOBS_AS_ONE_BATCH})
    bare_tasks = BareTasks()
    offered: dict[str, Callable[..., None]] = {KEEP_APART: bare_tasks.keep_apart}
    if early_lines is not None:
        offered[SHOW_LINES] = partial(early_lines.show, det.info.run_id)
    details = replace(det, default_workflow_logic_flags=flags, extern_functions={**det.extern_functions, **offered})
    return OneThread(create(details), bare_tasks, WholeTasks(evictions or Evictions()), early_lines)
