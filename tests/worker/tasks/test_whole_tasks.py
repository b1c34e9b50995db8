"""News that a worker gets before the task that they belong to has started."""

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation

from worker.tasks.whole_tasks import Evictions, WholeTasks

SIGNAL, TIMER, RESULT, UPDATE = "signal_workflow", "fire_timer", "resolve_activity", "do_update"
QUERY, EVICTION = "query_workflow", "remove_from_cache"
Part = tuple[int, int, int, list[str]]
"""The length of the history; the second and the size of the history at the last start; the kinds of what comes."""


def part(length: int, second: int, size: int, kinds: list[str], *, is_replaying: bool = False) -> WorkflowActivation:
    """Return one part of a workflow task."""
    act = WorkflowActivation(run_id="run", history_length=length, history_size_bytes=size, is_replaying=is_replaying)
    act.timestamp.seconds = second
    for kind in kinds:
        job = act.jobs.add()
        if kind == "local":
            job.resolve_activity.is_local = True
        else:
            getattr(job, kind).SetInParent()
        if kind == QUERY:
            job.query_workflow.query_id = "legacy_query"
    return act


def left_out(parts: list[Part], *, is_replaying: bool = False) -> list[int]:
    """Return the numbers of the parts that are left out after a first task at second 1; each drops the run."""
    evictions, evicted, found = Evictions(), list[str](), list[int]()
    evictions.evict = evicted.append
    tasks = WholeTasks(evictions)
    assert tasks.left_out(part(3, 1, 300, ["initialize_workflow"])) is None
    for number, each in enumerate(parts):
        answer = tasks.left_out(part(*each, is_replaying=is_replaying))
        if answer is not None:
            assert answer.HasField("successful")
            assert not answer.successful.commands
            found.append(number)
    assert evicted == ["run"] * len(found)
    return found


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([(7, 2, 700, [SIGNAL, UPDATE])], []),
        ([(6, 1, 300, [SIGNAL])], [0]),
        ([(7, 2, 700, [SIGNAL]), (10, 2, 700, [TIMER, RESULT])], [1]),
        ([(6, 1, 300, [EVICTION])], []),
        ([(7, 2, 700, [SIGNAL]), (7, 2, 700, [QUERY]), (11, 3, 900, [SIGNAL])], []),
        # Two starts at one time: the clock of the server's next machine is behind.
        ([(7, 1, 700, [SIGNAL])], []),
        # The end of a local activity belongs to the task in which it began, whatever its length by then.
        ([(3, 1, 300, ["local"])], []),
        ([(6, 1, 300, ["local"])], []),
    ],
)
def test_news_that_come_before_their_task_are_left_out(parts: list[Part], wanted: list[int]) -> None:
    """Messages that come with the last task's start are left out until their own task has started."""
    assert left_out(parts) == wanted


def test_a_replay_is_given_as_it_comes() -> None:
    """A replay has each task whole, so nothing is left out."""
    assert left_out([(6, 1, 300, [SIGNAL]), (7, 2, 700, [UPDATE])], is_replaying=True) == []


def test_a_worker_that_only_replays_leaves_nothing_out() -> None:
    """A replay of a history has no worker that could drop the workflow, so it gets all that comes."""
    tasks = WholeTasks(Evictions())
    assert tasks.left_out(part(3, 1, 300, ["initialize_workflow"])) is None
    assert tasks.left_out(part(6, 1, 300, [SIGNAL])) is None


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([(7, 2, 700, [SIGNAL]), (7, 2, 700, [QUERY])], 2),
        ([(7, 2, 700, [SIGNAL]), (10, 3, 900, [UPDATE]), (10, 3, 900, [QUERY])], 1),
        ([(7, 2, 700, [UPDATE]), (10, 3, 900, [SIGNAL]), (10, 3, 900, [QUERY])], 1),
    ],
)
def test_a_dropped_run_is_doubted_until_it_had_a_task(parts: list[Part], wanted: int) -> None:
    """After news were left out, a run whose next news come with a query alone is dropped once more."""
    evictions, evicted = Evictions(), list[str]()
    evictions.evict = evicted.append
    before, after = WholeTasks(evictions), WholeTasks(evictions)
    before.left_out(part(3, 1, 300, ["initialize_workflow"]))
    assert before.left_out(part(6, 1, 300, [SIGNAL]))
    after.left_out(part(3, 1, 300, ["initialize_workflow"], is_replaying=True))
    assert [after.left_out(part(*each)) for each in parts] == [None] * len(parts)
    assert len(evicted) == wanted


def test_doubted_runs_are_forgotten_in_the_end() -> None:
    """A worker that has dropped ten thousand runs does not keep the ids of all of them."""
    evictions = Evictions()
    evictions.evict = lambda _: None
    for number in range(10_001):
        evictions.drop(f"run-{number}")
    assert not evictions.are_in_doubt("run-0")
    assert evictions.are_in_doubt("run-10000")
