"""The edition that this worker gives to runs which begin, and the open runs of each edition.

Promises one number for each worker process: the newest edition of its code, or less where its settings say so. Runs
that have begun keep theirs. Must not know what an edition changes.
"""

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from policies.editions import EDITIONS, NEWEST

_CANT_COUNT = (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)
OPEN_RUNS = "WorkflowType IN ('Conversation', 'Team') AND ExecutionStatus = 'Running'"
"""The filter that lists the open runs of conversations and teams."""
_newest = NEWEST


def allow(newest: int | None) -> None:
    """Give no edition above this one to runs that begin; None allows all that this worker's code knows."""
    global _newest
    _newest = NEWEST if newest is None else min(newest, NEWEST)


def newest_allowed() -> int:
    """Return the edition for runs that begin.

    In a workflow, only for the input of the next run: it is not recorded in the present one.
    """
    return _newest


async def open_runs(client: Client) -> dict[int, int]:
    """Return how many runs are open in each edition that has any; the next number stands for all newer ones.

    Empty where the server can't count them, for example before `baton register` has added the search attribute. Raises
    RPCError.
    """
    asked = {edition: f"BatonEdition = {edition}" for edition in EDITIONS}
    asked[NEWEST + 1] = f"BatonEdition > {NEWEST}"
    try:
        counts = {
            edition: (await client.count_workflows(f"{OPEN_RUNS} AND {of}")).count for edition, of in asked.items()
        }
    except RPCError as error:
        if error.status in _CANT_COUNT:
            return {}
        raise
    return {edition: number for edition, number in counts.items() if number}
