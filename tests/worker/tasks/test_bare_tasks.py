"""One of two workflow tasks in a row leaves a command: which tasks get one, by what came and what they left."""

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

from worker.tasks.bare_tasks import BareTasks

SIGNAL, QUERY, EVICTION, UNKNOWN = "signal_workflow", "query_workflow", "remove_from_cache", "notify_has_patch"
UPDATE, RESULT, LOCAL_RESULT = "do_update", "resolve_activity", "resolve_activity local"
NONE: tuple[str, ...] = ()
TIMER = ("start_timer",)
ACCEPTED = ("update_response accepted", "update_response completed")
REFUSED = ("update_response rejected",)
Task = tuple[str, tuple[str, ...], int]
"""The news of a task, its commands, and the number of events since the beginning of the task before."""


def came(job: str, length: int) -> WorkflowActivation:
    """Return a task that one thing came with."""
    act = WorkflowActivation(history_length=length)
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


def marked(tasks: list[Task], *, edition: int = 3) -> list[int]:
    """Return the numbers of the tasks that got a command, after a first task with one."""
    bare_tasks, length, found = BareTasks(), 3, list[int]()
    if edition > 1:
        bare_tasks.keep_apart(edition)
    bare_tasks.close(came(SIGNAL, length), done(TIMER))
    for number, (job, commands, events) in enumerate(tasks):
        length += events
        completion = done(commands)
        bare_tasks.close(came(job, length), completion)
        if any(command.HasField("modify_workflow_properties") for command in completion.successful.commands):
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("tasks", "wanted"),
    [
        ([(SIGNAL, NONE, 5), (SIGNAL, NONE, 4)], [1]),
        ([(SIGNAL, NONE, 5), (SIGNAL, NONE, 4), (SIGNAL, NONE, 5), (SIGNAL, NONE, 4)], [1, 3]),
        ([(SIGNAL, NONE, 5), (RESULT, NONE, 5)], [1]),
        ([(SIGNAL, NONE, 5), (SIGNAL, TIMER, 4), (SIGNAL, NONE, 5)], []),
        ([(SIGNAL, NONE, 5), (UPDATE, ACCEPTED, 3), (SIGNAL, NONE, 6)], []),
        # A refused update leaves nothing in the history, or a task that a workflow can't see.
        ([(UPDATE, REFUSED, 4), (SIGNAL, NONE, 1)], []),
        ([(UPDATE, REFUSED, 4), (SIGNAL, NONE, 4)], [1]),
        ([(SIGNAL, NONE, 5), (UPDATE, REFUSED, 3), (SIGNAL, NONE, 4)], [2]),
        ([(SIGNAL, NONE, 5), (SIGNAL, REFUSED, 4)], [1]),
        ([(SIGNAL, NONE, 5), (QUERY, ("respond_to_query",), 0), (SIGNAL, NONE, 4)], [2]),
        # A query has split a task with a local activity: a replay has the commands of its second half in the first.
        ([(SIGNAL, ("schedule_local_activity",), 5), (LOCAL_RESULT, TIMER, 0), (SIGNAL, NONE, 5)], []),
        # A local activity leaves a marker in the task in which it ends.
        ([(SIGNAL, ("schedule_local_activity",), 5), (LOCAL_RESULT, NONE, 0), (SIGNAL, NONE, 5)], []),
        ([(SIGNAL, NONE, 5), (LOCAL_RESULT, NONE, 4), (SIGNAL, NONE, 5)], []),
        ([(SIGNAL, NONE, 5), (EVICTION, NONE, 4)], []),
        # A task that timed out is no completed task; among three events that nothing explains one may be hidden.
        ([(SIGNAL, NONE, 7)], []),
        ([(SIGNAL, NONE, 8)], [0]),
        ([(RESULT, NONE, 5)], [0]),
        ([(UNKNOWN, NONE, 5)], [0]),
    ],
)
def test_tasks_that_get_a_command(tasks: list[Task], wanted: list[int]) -> None:
    """The second of two tasks in a row that leave nothing gets a command, also with a refused update in between."""
    assert marked(tasks) == wanted


SHOWN = "upsert_workflow_search_attributes"


@pytest.mark.parametrize("begun", ["timer", "activity", "signal"])
def test_a_timer_that_its_task_cancels_leaves_nothing(begun: str) -> None:
    """A timer that its task starts and cancels leaves nothing, so from edition 3 on a hidden task after it is seen."""
    pair = {
        "timer": ("start_timer", "cancel_timer"),
        "activity": ("schedule_activity", "request_cancel_activity"),
        "signal": ("signal_external_workflow_execution", "cancel_signal_workflow"),
    }[begun]
    hidden: list[Task] = [(SIGNAL, (*pair, SHOWN), 5), (UPDATE, REFUSED, 4), (SIGNAL, NONE, 4)]
    assert marked([(SIGNAL, pair, 5), (SIGNAL, NONE, 4)]) == [1]
    assert (marked(hidden), marked(hidden, edition=2)) == ([2], [])


def test_a_timer_that_a_later_task_cancels_leaves_two_events() -> None:
    """A timer that a later task cancels was started and cancelled in the history."""
    assert marked([(SIGNAL, TIMER, 5), (SIGNAL, ("cancel_timer",), 5), (SIGNAL, NONE, 5)]) == []


def test_tasks_of_an_older_edition() -> None:
    """A conversation of edition 1 leaves what it always left."""
    assert marked([(SIGNAL, NONE, 5), (SIGNAL, NONE, 4)], edition=1) == []


def test_a_task_that_failed() -> None:
    """A task that failed is done again: it gets no command, and does not count."""
    bare_tasks = BareTasks()
    bare_tasks.keep_apart(3)
    bare_tasks.close(came(SIGNAL, 3), done(TIMER))
    failed, again = WorkflowActivationCompletion(), done(NONE)
    failed.failed.SetInParent()
    for completion in (failed, again):
        bare_tasks.close(came(SIGNAL, 8), completion)
    assert failed.HasField("failed")
    assert not again.successful.commands
