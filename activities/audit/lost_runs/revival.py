"""Takes up ended runs again: from their last good task, or else as new runs in the state that the ledger knows.

Promises that an ended run is reset at most once, and an open one at most a hundred times a day; that a conversation
begins again from the ledger at most three times a day; and that a run which a person terminated is reported once and
never taken up. Must not decide what a conversation does next.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey, WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.audit.asking import Asker
from activities.audit.findings import Finding, FindingKind, finding
from activities.audit.lost_runs.endings import FREED, OURS, Row, RunEnding, ended, ending_of, latest
from activities.audit.lost_runs.openings import NewRun, Openings
from activities.audit.lost_runs.passing_on import pass_on
from activities.audit.marks import Marks
from activities.audit.task_failures import task_failure
from activities.effects.missing import unless_missing
from activities.ledger.standings import Standings

_LOOK_EVERY = 0.05
_WISH = "begun again by hand"
_RESTARTS = 3
_RESETS = 100
_WITHIN = timedelta(days=1)
"""The period of the two limits: restarts of a workflow from the ledger, and resets of an open run. Beyond them, people
have to look."""
_NOT_CANCELED = ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_CANCEL_REQUEST
"""The exclusion of cancel requests from a reset: such a request would end the new run the same way."""
_STATUS = SearchAttributeKey.for_keyword("BatonStatus")


class Revival:
    """One pass over ended runs, as of `now`."""

    def __init__(
        self, client: Client, asker: Asker, marks: Marks, standings: Standings, now: datetime, *, repair: bool
    ) -> None:
        self._client = client
        self._asker = asker
        self._marks = marks
        self._openings = Openings(client, asker, standings)
        self._now = now
        self._repair = repair

    async def ended(self) -> AsyncIterator[Row]:
        """Yield runs that ended lately with work left, and that no earlier pass has reported."""
        async for row in ended(self._client, self._now):
            is_resolved = row.typed_search_attributes.get(_STATUS) == "resolved"
            if not is_resolved and not self._marks.has(row.run_id, "terminated"):
                yield row

    async def take_up(self, row: Row) -> list[Finding]:
        """Take an ended run up again, and return the finding; none where another run has followed."""
        newest = await latest(self._client, row.id)
        if newest is None or newest.execution.run_id != row.run_id:
            return []
        return [await self._judge(await ending_of(self._client, row))]

    async def unstick(self, found: Finding) -> list[Finding]:
        """Reset an open run whose task has a result that is larger than its worker may send.

        One cause is a command of more than two megabytes: a worker that accepts or refuses it has to send it back. Our
        own workers leave it unanswered. After a reset the server has forgotten the command.
        """
        try:
            if not self._repair or not await self._is_too_large(found.workflow_id):
                return [found]
            handle = self._client.get_workflow_handle(found.workflow_id)
            ending = await ending_of(self._client, await handle.describe())
            refused = await self._reset_again(replace(ending, why=found.what))
        except RPCError as error:
            refused = f"it could not be reset ({error.message})"
        what = f"{found.what}; {refused or 'reset to its last good task'}"
        return [found.model_copy(update={"what": what, "repaired": not refused})]

    async def _reset_again(self, ending: RunEnding) -> str:
        """Reset an open run. Return why it still can't go on; empty where it goes on."""
        if not ending.history.reset_to:
            return "there is no task in its history to reset it to"
        tries = self._marks.number(ending.workflow_id, "unstuck", self._now - _WITHIN)
        if tries >= _RESETS:
            return f"reset {tries} times within a day: some client sends it commands of more than two megabytes"
        await self._marks.put(ending.workflow_id, ending.run_id, "unstuck", self._now)
        refused = await self._reset(ending, FREED)
        if not refused and await self._is_too_large(ending.workflow_id):
            return "it was reset, and fails the same way again"
        return refused

    async def _is_too_large(self, workflow_id: str) -> bool:
        failure = await task_failure(self._client, workflow_id, within=self._asker.ask_within)
        return failure is not None and failure.is_too_large

    async def by_hand(self, workflow_id: str, task_queue: str) -> Finding:
        """Begin a conversation or a team again because a person asked for it, in whatever state it is.

        An open run is terminated only once the input of the new run is known.
        """
        handle = self._client.get_workflow_handle(workflow_id)
        if (described := await unless_missing(handle.describe())) is None:
            return await self._begin_again(RunEnding(workflow_id, "", task_queue, None, "no run of it is left"))
        ending = await ending_of(self._client, described)
        if described.status != WorkflowExecutionStatus.RUNNING:
            return await self._begin_again(ending)
        if (opening := await self._openings.of(ending, f"{OURS}{_WISH}")) is None:
            return _finding("lost", ending, "it goes on as it is, because the ledger does not know how it stands")
        run = self._client.get_workflow_handle(workflow_id, run_id=described.run_id)
        await run.terminate(reason=f"{OURS}{_WISH}")
        left = await self._begin(await ending_of(self._client, await run.describe()), opening)
        return _finding("lost", ending, f"{_WISH}{left}", repaired=await self._stands(ending))

    async def _judge(self, ending: RunEnding) -> Finding:
        if ending.person:
            if self._repair:
                await self._marks.put(ending.workflow_id, ending.run_id, "terminated", self._now)
            return _finding("terminated", ending, f"{ending.why}; it is not begun again, and not reported again")
        if not self._repair:
            return _finding("lost", ending, f"the server ended it: {ending.why}")
        refused = _no_reset(ending) or await self._reset(ending)
        if not refused:
            return _finding("lost", ending, f"{ending.why}; taken up again from its last good task", repaired=True)
        return await self._begin_again(ending, refused)

    async def _reset(self, ending: RunEnding, reason: str = OURS) -> str:
        """Reset a run. Return why that failed; empty where the new run goes on."""
        request = ResetWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=ending.workflow_id, run_id=ending.run_id),
            reason=f"{reason}{ending.why}"[:200],
            workflow_task_finish_event_id=ending.history.reset_to,
            request_id=f"baton-audit-{ending.run_id}",
            reset_reapply_exclude_types=[_NOT_CANCELED],
        )
        try:
            await self._client.workflow_service.reset_workflow_execution(request)
        except RPCError as error:
            return f"the server did not reset it ({error.message})"
        return "" if await self._stands(ending) else "it ended the same way again"

    async def _stands(self, ending: RunEnding) -> bool:
        """Return whether a run that was just taken up still runs after its first task, or no worker serves it."""
        handle = self._client.get_workflow_handle(ending.workflow_id)
        is_served = await self._asker.has_workers(ending.task_queue)
        with suppress(RPCError):
            await self._asker.ask(handle, ending.task_queue, "state")
        until = time.monotonic() + self._asker.ask_within.total_seconds()
        while True:
            described = await handle.describe()
            is_under_way = described.raw_description.HasField("pending_workflow_task")
            if described.status != WorkflowExecutionStatus.RUNNING:
                return False
            if not is_served or not is_under_way or time.monotonic() > until:
                return True
            await asyncio.sleep(_LOOK_EVERY)

    async def _begin_again(self, ending: RunEnding, refused: str = "") -> Finding:
        told = "; ".join(filter(None, (ending.why, refused)))
        tries = self._marks.number(ending.workflow_id, "restarted", self._now - _WITHIN)
        if tries >= _RESTARTS:
            return _finding("lost", ending, f"{told}; begun again {tries} times within a day, always in vain")
        opening = await self._openings.of(ending, told)
        if opening is None:
            return _finding("lost", ending, f"{told}; the ledger does not know how it stood")
        await self._marks.put(ending.workflow_id, ending.run_id, "restarted", self._now)
        left = await self._begin(ending, opening)
        if not await self._stands(ending):
            return _finding("lost", ending, f"{told}; begun again, it ended once more")
        return _finding("lost", ending, f"{told}; a new run goes on as the ledger knew it{left}", repaired=not left)

    async def _begin(self, ending: RunEnding, opening: NewRun) -> str:
        """Start a new run without the limits of the old one, and pass on the messages that are not in it yet.

        Return the words for a finding about messages that were too large; empty where all were passed on.
        """
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                "Team" if ending.is_team else "Conversation",
                args=opening.inputs,
                id=ending.workflow_id,
                task_queue=ending.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            )
        left = await pass_on(self._client, ending, [each for each in ending.history.signals if opening.lacks(each)])
        return f"; {left} of its messages were too large to be passed on" if left else ""


def _no_reset(ending: RunEnding) -> str:
    """Return why a reset can't help a run; empty where it may help."""
    if ending.history.was_reset:
        return "it ended the same way again"
    if not ending.history.reset_to:
        return "there is no task in its history to take it up from"
    return "a reset would keep its time limit" if ending.is_timed_out else ""


def _finding(kind: FindingKind, ending: RunEnding, what: str, *, repaired: bool = False) -> Finding:
    return finding(kind, ending.workflow_id, what, ending.closed_at, repaired=repaired)
