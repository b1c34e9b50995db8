"""Inspects one conversation: compares its own answer with what the server knows, to see if it keeps its promises.

Promises to change nothing, except by a nudge or by the news that an incident is over. Must not know who reads the
findings.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus

from activities.audit.asking import Asker, Handle, NoAnswer
from activities.audit.effects import OverdueEffect, queue_of, waiting
from activities.audit.findings import AuditRequest, Finding, FindingKind, finding
from activities.audit.task_failures import failure_of
from activities.effects.missing import unless_missing

_NO_NUDGE = "; a nudge did not help"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A conversation to look at.

    `is_listed`: its search attributes alone ask for a look. `is_asked`: it is asked for its state even where the server
    sees nothing wrong.
    """

    workflow_id: str
    deadline: datetime | None
    is_listed: bool
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """The answer of a conversation about itself."""

    state: Mapping[str, Any]
    upcoming: Sequence[Mapping[str, Any]]

    def overdue(self, before: datetime) -> tuple[datetime, str] | None:
        """Return the next deadline, with its name, where it has passed; None where none has.

        A conversation that is due to close rightly waits until its effects are accepted, and is not overdue.
        """
        if not self.is_late(before) or (self.upcoming[0]["kind"] == "close" and self.state["waiting_effects"]):
            return None
        return datetime.fromisoformat(self.upcoming[0]["at"]), self.upcoming[0]["what"]

    def is_late(self, before: datetime) -> bool:
        """Return whether the conversation's own next deadline has passed."""
        return bool(self.upcoming) and datetime.fromisoformat(self.upcoming[0]["at"]) < before

    def incidents(self) -> list[str]:
        """Return the incidents that call people in place of the conversation's own ladders."""
        runs = self.state.get("pages") or ()  # missing where the answer has `not_shown`
        return sorted({run["incident"] for run in runs if run["incident"] and not run["ended"]})


@dataclass(frozen=True, slots=True)
class Look:
    """One conversation under inspection."""

    handle: Handle
    described: WorkflowExecutionDescription
    suspect: Suspect


class Inspector:
    """One pass over conversations, as of `now`. `states` collects the answers of all conversations that were asked."""

    def __init__(self, client: Client, request: AuditRequest, now: datetime, asker: Asker) -> None:
        self._client = client
        self._repair = request.repair
        self._before = now - request.grace
        self._asker = asker
        self._runs: dict[str, bool] = {}
        self._unanswered: Counter[str] = Counter()
        self.states: dict[str, Mapping[str, Any]] = {}

    async def inspect(self, suspect: Suspect) -> list[Finding]:
        """Return everything that is wrong with a conversation; nothing where it has closed meanwhile."""
        return await unless_missing(self._inspected(suspect)) or []

    async def _inspected(self, suspect: Suspect) -> list[Finding]:
        handle = self._client.get_workflow_handle(suspect.workflow_id)
        described = await handle.describe(rpc_timeout=self._asker.ask_within)
        if described.status != WorkflowExecutionStatus.RUNNING:
            return []
        if not (suspect.is_listed or suspect.is_asked or self._looks_wrong(described)):
            return []
        return [found async for found in self._judge(Look(handle, described, suspect))]

    def unanswered(self) -> list[Finding]:
        """Return a finding for each task queue whose workers did not answer in time: how many were not seen."""
        why = "conversations could not be asked: workers on task queue"
        return [
            finding("unseen", "", f"{number} {why} {queue} do not answer in time", None)
            for queue, number in sorted(self._unanswered.items())
        ]

    def _looks_wrong(self, described: WorkflowExecutionDescription) -> bool:
        """Return whether the server sees a problem without asking a worker: retries, pauses, or tasks that are late."""
        raw = described.raw_description
        task = raw.pending_workflow_task
        if raw.HasField("pending_workflow_task") and (task.attempt > 1 or is_before(task.scheduled_time, self._before)):
            return True
        return any(
            each.attempt > 1 or each.paused or is_before(each.scheduled_time, self._before)
            for each in raw.pending_activities
        )

    async def _judge(self, look: Look) -> AsyncIterator[Finding]:
        began_at = began(look.described)
        if failure := await failure_of(self._client, look.described.raw_description):
            yield finding("failing", look.handle.id, str(failure), look.suspect.deadline or began_at)
            return
        answer = await self._ask(look)
        if isinstance(answer, NoAnswer):
            if answer.is_broken or look.suspect.is_listed or self._looks_wrong(look.described):
                yield self._silent(look, answer)
            elif answer.is_served:
                self._unanswered[look.described.task_queue] += 1
            return
        for found in set_aside(look.handle.id, answer.state):
            yield found
        if why := answer.state.get("not_shown"):
            yield finding("unseen", look.handle.id, f"it can't show how it stands: {why}", look.suspect.deadline)
        pending = look.described.raw_description.pending_activities
        unserved = await self._unserved(pending)
        for effect in waiting(answer.state, pending, self._before, unserved):
            yield await self._push(look, effect)
        for incident in answer.incidents():
            if not await self._is_running(incident):
                yield await self._release(look, incident)
        if answer.state["policy"] is None and began_at < self._before:
            yield finding("not_begun", look.handle.id, "it has no policy to run under yet", began_at)
        elif (late := answer.overdue(self._before)) is not None:
            yield await self._wake(look, "overdue", *late)
        elif (shown := look.suspect.deadline) and shown < self._before and not answer.is_late(self._before):
            what = "the lists show a deadline that the conversation does not have any more"
            yield await self._wake(look, "stale", shown, what)

    def _silent(self, look: Look, answer: NoAnswer) -> Finding:
        kind: FindingKind = "failing" if answer.is_broken else "no_answer"
        return finding(kind, look.handle.id, answer.why, look.suspect.deadline or began(look.described))

    async def _push(self, look: Look, effect: OverdueEffect) -> Finding:
        """Nudge a conversation to send a due effect, unless an activity for its system runs: that one retries."""
        if not (effect.is_idle and self._repair):
            return finding("waiting_effect", look.handle.id, effect.what, effect.due_at)
        answer = await self._nudge(look)
        if isinstance(answer, NoAnswer):
            return self._silent(look, answer)
        pending = (await look.handle.describe()).raw_description.pending_activities
        is_idle = any(each.key == effect.key and each.is_idle for each in waiting(answer.state, pending, self._before))
        what = effect.what + (_NO_NUDGE if is_idle else "")
        return finding("waiting_effect", look.handle.id, what, effect.due_at, repaired=not is_idle)

    async def _unserved(self, pending: Iterable[PendingActivityInfo]) -> list[str]:
        """Return the task queues on which activities wait and that no worker polls."""
        queues = {queue for each in pending if (queue := queue_of(each))}
        return [queue for queue in sorted(queues) if not await self._asker.has_workers(queue, activities=True)]

    async def _release(self, look: Look, incident: str) -> Finding:
        """Have a conversation call people by itself again, because its incident does not run."""
        what = f"its calls wait for incident {incident}, which does not run"
        if not self._repair:
            return finding("dead_incident", look.handle.id, what, None)
        over = {"event_id": f"audit/{incident}/over", "incident": incident, "by": "baton audit"}
        await look.handle.signal("unfolded", over, rpc_timeout=self._asker.ask_within)
        answer = await self._ask(look)
        is_released = isinstance(answer, StateAnswer) and incident not in answer.incidents()
        return finding("dead_incident", look.handle.id, what, None, repaired=is_released)

    async def _is_running(self, incident: str) -> bool:
        if incident not in self._runs:
            handle = self._client.get_workflow_handle(f"{WORKFLOW_ID}{incident}")
            described = await unless_missing(handle.describe())
            self._runs[incident] = described is not None and described.status == WorkflowExecutionStatus.RUNNING
        return self._runs[incident]

    async def _wake(self, look: Look, kind: FindingKind, since: datetime, what: str) -> Finding:
        """Nudge the conversation to judge its deadlines again, and ask it once more. Return the finding."""
        if not self._repair:
            return finding(kind, look.handle.id, what, since)
        answer = await self._nudge(look)
        if isinstance(answer, NoAnswer):
            return self._silent(look, answer)
        late = answer.overdue(self._before)
        if late is None:
            return finding(kind, look.handle.id, what, since, repaired=True)
        return finding("overdue", look.handle.id, f"{late[1]}{_NO_NUDGE}", late[0])

    async def _nudge(self, look: Look) -> StateAnswer | NoAnswer:
        await look.handle.signal("nudge", {}, rpc_timeout=self._asker.ask_within)
        return await self._ask(look)

    async def _ask(self, look: Look) -> StateAnswer | NoAnswer:
        answers = await self._asker.ask(look.handle, look.described.task_queue, "state", "upcoming")
        if isinstance(answers, NoAnswer):
            return answers
        if [type(answer) for answer in answers] != [dict, list]:
            raise TypeError("it answers as no conversation of Baton's does")
        state, upcoming = answers
        self.states[name_of(look.handle.id)] = state
        return StateAnswer(state, upcoming)


WORKFLOW_ID = "conversation/"
"""The prefix of the workflow ids of conversations."""


def set_aside(workflow_id: str, state: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield a finding for each event that a workflow could not judge."""
    for aside in state.get("set_aside") or ():
        what = f"could not be judged and was set aside: {aside['kind']} {aside['what']}: {aside['why']}"
        yield finding("set_aside", workflow_id, what, datetime.fromisoformat(aside["since"]))


def name_of(workflow_id: str) -> str:
    """Return the conversation, or the team, that a workflow id names."""
    return workflow_id.partition("/")[2]


def began(described: WorkflowExecutionDescription) -> datetime:
    """Return when a run began to execute."""
    return described.execution_time or described.start_time


def is_before(stamp: Timestamp, limit: datetime) -> bool:
    """Return whether a time is before the limit. An empty time from the server is, which makes the audit ask."""
    return stamp.ToDatetime(tzinfo=UTC) < limit
