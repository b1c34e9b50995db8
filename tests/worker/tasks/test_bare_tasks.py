"""One of two workflow tasks in a row leaves a command: which tasks get one, by what came and what they left."""

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

from worker.tasks.bare_tasks import BareTasks

SIGNAL, QUERY, EVICTION = "signal_workflow", "query_workflow", "remove_from_cache"
UPDATE, RESULT, LOCAL_RESULT = "do_update", "resolve_activity", "resolve_activity local"
NONE: tuple[str, ...] = ()
Task = tuple[str, tuple[str, ...]]


def came(job: str) -> WorkflowActivation:
    """Return a task that one thing came with."""
    act = WorkflowActivation()
    kind, _, local = job.partition(" ")
    getattr(act.jobs.add(), kind).SetInParent()
    if local:
        act.jobs[0].resolve_activity.is_local = True
    return act


def done(commands: tuple[str, ...]) -> WorkflowActivationCompletion:
    """Return the completion of a task with these commands: a command, or the fate of an update."""
    completion = WorkflowActivationCompletion()
    completion.successful.SetInParent()
    for command in commands:
        kind, _, fate = command.partition(" ")
        added = getattr(completion.successful.commands.add(), kind)
        getattr(added, fate).SetInParent() if fate else added.SetInParent()
    return completion


@pytest.mark.parametrize(
    ("tasks", "marked"),
    [
        ([(SIGNAL, NONE), (SIGNAL, NONE)], [1]),
        ([(SIGNAL, NONE)] * 5, [1, 3]),
        ([(SIGNAL, NONE), (RESULT, NONE)], [1]),
        ([(SIGNAL, ("start_timer",)), (SIGNAL, NONE)], []),
        ([(SIGNAL, NONE), (SIGNAL, ("start_timer",)), (SIGNAL, NONE)], []),
        ([(SIGNAL, NONE), (UPDATE, ("update_response accepted",)), (SIGNAL, NONE)], []),
        ([(SIGNAL, NONE), (UPDATE, ("update_response rejected",)), (SIGNAL, NONE)], [2]),
        ([(SIGNAL, NONE), (SIGNAL, ("update_response rejected",))], [1]),
        ([(SIGNAL, NONE), (QUERY, ("respond_to_query",)), (SIGNAL, NONE)], [2]),
        ([(SIGNAL, NONE), (LOCAL_RESULT, NONE), (SIGNAL, NONE)], []),
        ([(SIGNAL, NONE), (EVICTION, NONE)], []),
    ],
)
def test_tasks_that_get_a_command(tasks: list[Task], marked: list[int]) -> None:
    """The second of two tasks that leave nothing gets a command; questions and refused commands count as no task."""
    bare_tasks = BareTasks()
    bare_tasks.keep_apart()
    completions = [done(commands) for _, commands in tasks]
    for (job, _), completion in zip(tasks, completions, strict=True):
        bare_tasks.close(came(job), completion)
    added = [
        any(command.HasField("modify_workflow_properties") for command in each.successful.commands)
        for each in completions
    ]
    assert [number for number, was in enumerate(added) if was] == marked


def test_tasks_of_an_older_edition() -> None:
    """A conversation of edition 1 leaves what it always left."""
    bare_tasks = BareTasks()
    completions = [done(NONE), done(NONE)]
    for completion in completions:
        bare_tasks.close(came(SIGNAL), completion)
    assert [len(each.successful.commands) for each in completions] == [0, 0]


def test_a_task_that_failed() -> None:
    """A task that failed is done again: it gets no command, and does not count."""
    bare_tasks = BareTasks()
    bare_tasks.keep_apart()
    failed, last = WorkflowActivationCompletion(), done(NONE)
    failed.failed.SetInParent()
    for completion in (done(NONE), failed, last):
        bare_tasks.close(came(SIGNAL), completion)
    assert failed.HasField("failed")
    assert len(last.successful.commands) == 1
