"""News that a worker gets before the task that they belong to has started."""

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob

from worker.tasks.whole_tasks import WholeTasks

SIGNAL, TIMER, RESULT, UPDATE = "signal_workflow", "fire_timer", "resolve_activity", "do_update"
QUERY, EVICTION = "query_workflow", "remove_from_cache"
Part = tuple[int, int, list[str]]
"""The length of the history, the second of the workflow's time, and the kinds of what comes."""


def part(length: int, second: int, kinds: list[str], *, is_replaying: bool = False) -> WorkflowActivation:
    """Return one part of a workflow task."""
    act = WorkflowActivation(run_id="r", history_length=length, is_replaying=is_replaying)
    act.timestamp.seconds = second
    for kind in kinds:
        job = act.jobs.add()
        if kind == "local":
            job.resolve_activity.is_local = True
        else:
            getattr(job, kind).SetInParent()
    return act


def given(parts: list[Part], *, is_replaying: bool = False) -> list[tuple[int, list[str]]]:
    """Return what the workflow gets after a first task at second 1: the second, and the kinds of what comes."""
    tasks, found = WholeTasks(), list[tuple[int, list[str]]]()
    assert tasks.put_off(part(3, 1, ["initialize_workflow"])) is None
    for each in parts:
        act = part(*each, is_replaying=is_replaying)
        answer = tasks.put_off(act)
        if answer is None:
            found.append((act.timestamp.seconds, list(map(_kind, act.jobs))))
        else:
            assert (answer.run_id, answer.HasField("successful"), len(answer.successful.commands)) == ("r", True, 0)
    return found


def _kind(job: WorkflowActivationJob) -> str:
    return str(job.WhichOneof("variant"))


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([(7, 2, [SIGNAL, UPDATE])], [(2, [SIGNAL, UPDATE])]),
        ([(6, 1, [SIGNAL]), (7, 2, [UPDATE])], [(2, [SIGNAL, UPDATE])]),
        ([(6, 1, [SIGNAL]), (7, 1, [TIMER, RESULT]), (8, 2, [UPDATE])], [(2, [SIGNAL, TIMER, RESULT, UPDATE])]),
        ([(6, 1, [SIGNAL]), (7, 2, [UPDATE]), (11, 3, [SIGNAL])], [(2, [SIGNAL, UPDATE]), (3, [SIGNAL])]),
        ([(6, 1, [SIGNAL]), (6, 1, [EVICTION])], [(1, [EVICTION])]),
        ([(7, 2, [SIGNAL]), (7, 2, [QUERY]), (11, 3, [SIGNAL])], [(2, [SIGNAL]), (2, [QUERY]), (3, [SIGNAL])]),
        # The end of a local activity belongs to the task in which it began, whatever its length by then.
        ([(3, 1, ["local"])], [(1, [RESULT])]),
        ([(6, 1, ["local"])], [(1, [RESULT])]),
    ],
)
def test_news_come_with_the_update_at_the_time_of_their_task(
    parts: list[Part], wanted: list[tuple[int, list[str]]]
) -> None:
    """Messages that come in one task with an update come together with it, and at the time of that task."""
    assert given(parts) == wanted


def test_a_replay_is_given_as_it_comes() -> None:
    """A replay has each task whole, so nothing is kept back."""
    assert given([(6, 1, [SIGNAL]), (7, 2, [UPDATE])], is_replaying=True) == [(1, [SIGNAL]), (2, [UPDATE])]
