"""Workflow tasks that a replay can't join, from edition 2 on.

An update writes no event before it is accepted. Where it is all that comes, the server schedules its task right behind
the last one. If neither that one nor the one before it left a command, a worker that has to play the history takes the
last task and the update's for one, with the later time, while another replay keeps them apart: messages came at two
times, and a run ended in two ways. So one of two tasks in a row has to leave a command. The worker sees to that
(`worker.tasks.bare_tasks`), for runs whose workflow asks for it here. Must not know what tasks do.
"""

from temporalio import workflow

KEEP_APART = "baton.keep_apart"
"""The name under which a worker offers its part to a workflow."""


def keep_apart(edition: int) -> None:
    """Have this worker keep all later tasks of a run apart. A worker with a runner of another make can't."""
    if ask := workflow.extern_functions().get(KEEP_APART):
        ask(edition)
