"""Inspects the queues of teams: compares what each team says with what the conversations say.

Promises to change nothing, except by a nudge, and by telling a team again what its conversations have told it before.
Must not know how a team chooses an agent.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError

from activities.audit.asking import Asker, Handle, NoAnswer
from activities.audit.effects import last_errors
from activities.audit.findings import AuditRequest, Finding, finding
from activities.audit.inspection import WORKFLOW_ID, began, is_before, name_of, set_aside
from activities.audit.queue_entries import entry_of, tell
from activities.audit.task_failures import failure_of

_TEAM_ID = "team/"
_CLOSED = "('Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut')"
_MOST = 200
"""The most conversations of one team that are asked, because lists show them there and the team does not know them."""
States = dict[str, Mapping[str, Any]]


class Queues:
    """One pass over teams, as of `now`. `states` are the answers of conversations in this pass."""

    def __init__(self, client: Client, request: AuditRequest, now: datetime, asker: Asker, states: States) -> None:
        self._client = client
        self._repair = request.repair
        self._now = now
        self._before = now - request.grace
        self._asker = asker
        self._states = states
        self._beyond: set[str] = set()  # teams with more conversations than one pass asks

    async def teams(self) -> list[str]:
        """Return all teams that have a queue or lately had one, and the teams that conversations wait for."""
        running = "WorkflowType = 'Team' AND ExecutionStatus = 'Running'"
        closed = f"WorkflowType = 'Team' AND ExecutionStatus IN {_CLOSED}"
        found = {name_of(row.id) for query in (running, closed) async for row in self._client.list_workflows(query)}
        found |= {entry.team for state in self._states.values() if (entry := entry_of(state)) is not None}
        return sorted(found)

    async def inspect(self, team: str) -> list[Finding]:
        """Return everything that is wrong with a team's queue."""
        return [found async for found in self._judge(team)]

    async def _judge(self, team: str) -> AsyncIterator[Finding]:
        handle = self._client.get_workflow_handle(_TEAM_ID + team)
        described = await self._described(handle)
        if described is None or described.status != WorkflowExecutionStatus.RUNNING:
            async for found in self._strays(team, described.run_id if described else "", None):
                yield found
            return
        if failure := await failure_of(self._client, described.raw_description):
            yield finding("failing", handle.id, str(failure), began(described))
            return
        answer = await self._ask(handle, described)
        if isinstance(answer, NoAnswer):
            if answer.is_broken or self._is_stuck(described):
                yield finding("failing" if answer.is_broken else "no_answer", handle.id, answer.why, began(described))
            return
        for found in set_aside(handle.id, answer):
            yield found
        async for found in self._late(team, handle, described, answer):
            yield found
        entries = [*answer["line"], *answer["with"]]
        if entries and (closed := _closed_of(answer, self._before)) is not None:
            what = f"{closed[1]} has no queue for this team, but {len(entries)} conversations have not left it yet"
            yield finding("closed_queue", handle.id, what, closed[0])
        async for found in self._gone(team, handle, [each["conversation"] for each in entries]):
            yield found
        async for found in self._strays(team, described.run_id, {each["conversation"] for each in entries}):
            yield found

    async def _late(
        self, team: str, handle: Handle, described: WorkflowExecutionDescription, answer: Mapping[str, Any]
    ) -> AsyncIterator[Finding]:
        """Yield a finding where a deadline of the team has passed, and one where its messages were not sent in time."""
        late = _late_of(answer, self._before)
        unsent = _unsent_of(answer, self._before)
        if late is None and unsent is None:
            return
        pending = described.raw_description.pending_activities
        is_idle = not any(each.state != PendingActivityState.PENDING_ACTIVITY_STATE_UNSPECIFIED for each in pending)
        again: Mapping[str, Any] | NoAnswer = answer
        if self._repair and (late is not None or is_idle):
            await handle.signal("nudge", {}, rpc_timeout=self._asker.ask_within)
            again = await self._ask(handle, described)
        after = again if not isinstance(again, NoAnswer) else answer
        if late is not None:
            is_mended = again is not answer and _late_of(after, self._before) is None
            yield finding("overdue", handle.id, late[1], late[0], repaired=is_mended)
        if unsent is not None:
            is_mended = again is not answer and is_idle and _unsent_of(after, self._before) is None
            said = "; ".join(f"last error: {error}" for error in last_errors(pending).values())
            what = f"{unsent[1]} messages to conversations have not left yet{f'; {said}' if said else ''}"
            yield finding("waiting_effect", handle.id, what, unsent[0], repaired=is_mended)

    async def _gone(self, team: str, handle: Handle, known: Iterable[str]) -> AsyncIterator[Finding]:
        """Yield the queue entries of conversations that do not run; each takes up capacity that others wait for."""
        for name in known:
            if name in self._states or await self._runs(name):
                continue
            what = f"{name} has a place here, but does not run"
            if self._repair:
                left = {"event_id": f"audit/{name}/{self._now.isoformat()}", "conversation": name}
                await handle.signal("left", {**left, "because": "it does not run any more"})
            yield finding("lost_place", handle.id, what, None, repaired=self._repair)

    async def _strays(self, team: str, run_id: str, known: set[str] | None) -> AsyncIterator[Finding]:
        """Yield the conversations that count on a team which does not know them. The audit tells the team again.

        `known` is None where the team does not run; telling it also starts it.
        """
        does = "does not know it" if known is not None else "does not run"
        async for state in self._counting_on(team, known or set()):
            entry = entry_of(state)
            is_known = entry is None or entry.team != team or entry.conversation in (known or ())
            if entry is None or is_known or not entry.is_told(self._before):
                continue
            verb = "waits" if entry.state != "owned" else f"is with {entry.agent}"
            what = f"it {verb} in the queue of team {team}, which {does}"
            if self._repair:
                await tell(self._client, entry, run_id, self._now)
            name = WORKFLOW_ID + entry.conversation
            yield finding("lost_place", name, what, entry.entered_at, repaired=self._repair)
        if team in self._beyond:
            what = f"more than {_MOST} open conversations are not known to this queue: run the audit again"
            yield finding("unseen", _TEAM_ID + team, what, None)

    async def _counting_on(self, team: str, known: set[str]) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the states of this pass, and those of the team's open conversations that the team does not know."""
        for state in list(self._states.values()):
            yield state
        open_there = "WorkflowType = 'Conversation' AND ExecutionStatus = 'Running' AND BatonStatus = 'open'"
        number = 0
        async for row in self._client.list_workflows(f"{open_there} AND BatonTeam = {json.dumps(team)}"):
            name = name_of(row.id)
            if name in known or name in self._states:
                continue
            number += 1
            if number > _MOST:
                self._beyond.add(team)
                return
            answers = await self._asker.ask(self._client.get_workflow_handle(row.id), row.task_queue, "state")
            if not isinstance(answers, NoAnswer):
                yield answers[0]

    async def _runs(self, conversation: str) -> bool:
        described = await self._described(self._client.get_workflow_handle(WORKFLOW_ID + conversation))
        return described is not None and described.status in (WorkflowExecutionStatus.RUNNING, None)

    async def _described(self, handle: Handle) -> WorkflowExecutionDescription | None:
        with suppress(RPCError):
            return await handle.describe(rpc_timeout=self._asker.ask_within)
        return None

    async def _ask(self, handle: Handle, described: WorkflowExecutionDescription) -> Mapping[str, Any] | NoAnswer:
        answers = await self._asker.ask(handle, described.task_queue, "state")
        return answers if isinstance(answers, NoAnswer) else answers[0]

    def _is_stuck(self, described: WorkflowExecutionDescription) -> bool:
        raw = described.raw_description
        return raw.HasField("pending_workflow_task") and is_before(
            raw.pending_workflow_task.scheduled_time, self._before
        )


def _late_of(state: Mapping[str, Any], before: datetime) -> tuple[datetime, str] | None:
    ahead = state["next"]
    at = datetime.fromisoformat(ahead["at"]) if ahead else before
    return (at, ahead["what"]) if ahead and at < before else None


def _closed_of(state: Mapping[str, Any], before: datetime) -> tuple[datetime, str] | None:
    """Return since when the queue is closed, and by which version; None where it is open, or was closed just now."""
    versions = [(datetime.fromisoformat(each["at"]), each["policy"]) for each in state.get("closed_by", ())]
    return min((each for each in versions if each[0] < before), default=None)


def _unsent_of(state: Mapping[str, Any], before: datetime) -> tuple[datetime, int] | None:
    unsent = state.get("unsent")
    since = datetime.fromisoformat(unsent["since"]) if unsent else before
    return (since, unsent["number"]) if unsent and since < before else None
