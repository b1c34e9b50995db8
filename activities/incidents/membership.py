"""Makes the calls of conversations with one cause members of an incident, and lets them go again.

Promises that every member is called for: the incident runs and knows the conversation before the conversation's own
call counts as made; that a thousand calls that join at once cost a few signals; and that no call waits longer than a
few seconds for an answer, whatever fails: then it goes out by itself. Must not know what an incident does
(`policies.storms`).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import permanent
from activities.effects.missing import unless_missing
from activities.effects.optional import unless_slow
from activities.effects.recent import Recent
from activities.effects.runs import run_of
from activities.incidents.store import FIRST, IncidentStore, MemberCall, StoredCall, StoredIncident
from policies.state.effects import AskIncident, EndIncident, LeaveIncident, Notify
from policies.state.step_id import StepId

_STORE_WITHIN, _UNWELL_FOR = 5.0, 30.0
"""Seconds. Long, as for digests: in a flood the database is slow, but the incident is what ends the flood."""
_ENTER_WITHIN, _SHARE = 6.0, 0.5
"""The seconds that a call may wait to join an incident, and the largest share of its attempt's time for that."""
_STUCK_AFTER = 10
"""Attempts at one workflow task after which an incident counts as stuck: it calls no one any more."""
_AT_ONCE = 100
"""The number of conversations that are told side by side."""


@dataclass(slots=True, eq=False)
class _Joining:
    """A call that waits to become a member of an incident. `is_in` is None until the answer is known."""

    run: str
    is_in: bool | None = None


@dataclass(slots=True)
class _Sent:
    """The results of signals, by run. `done` need no further signal; those also in `gone` belong to ended runs."""

    done: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    def check(self) -> None:
        """Raise the first failure, so that the signals that failed are sent again."""
        if self.failed:
            raise self.failed[0]


class Incidents:
    """The incidents of this namespace, as one worker sees them."""

    def __init__(
        self,
        store: AsyncEngine,
        client: Client,
        workflow_type: str,
        id_prefix: str,
        task_queue: str,
        *,
        store_within: float = _STORE_WITHIN,
        enter_within: float = _ENTER_WITHIN,
    ) -> None:
        """Keep `workflow_type`, `id_prefix` and `task_queue` of conversations: an incident is a conversation, too."""
        self._store_within = store_within
        self._enter_within = enter_within
        self._alone = Recent[None]()
        """The calls that failed to join an incident: they go out by themselves, in later attempts, too."""
        self._store = IncidentStore(store)
        self._client = client
        self._workflow_type = workflow_type
        self._id_prefix = id_prefix
        self._task_queue = task_queue
        self._unwell_until = 0.0
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._told: defaultdict[str, int] = defaultdict(int)
        self._joining: defaultdict[str, list[_Joining]] = defaultdict(list)
        self._knows_first: set[str] = set()

    async def fold(self, effect: Notify, attempt: Attempt) -> str:
        """Return the incident that calls people in place of this call; empty where the call has to go out by itself."""
        if effect.storm is None or time.monotonic() < self._unwell_until or effect.key in self._alone:
            return ""
        who = dict(effect.facts).get("Customer", "")
        call = StoredCall(
            run=run_of(effect),
            conversation_id=effect.conversation_id,
            page=StepId.of(effect.page).run,
            called_at=attempt.started_at,
            headline=effect.headline,
            who=who,
        )
        try:
            async with asyncio.timeout(self._store_within):
                incident = await self._store.call(call, effect.storm)
        except Exception as error:
            self._unwell_until = time.monotonic() + _UNWELL_FOR
            activity.logger.warning("incidents.store_unavailable", extra={"why": str(error), "key": effect.key})
            return ""
        return incident if incident and await self._enter_in_time(incident, effect, call.run, attempt) else ""

    async def _enter_in_time(self, incident: str, effect: Notify, run: str, attempt: Attempt) -> bool:
        """Return whether the incident took the call in. False where it can't be told, or not soon enough."""
        try:
            async with asyncio.timeout(min(self._enter_within, attempt.left * _SHARE)):
                return await self._enter(incident, run)
        except Exception as error:
            if isinstance(error, (SQLAlchemyError, OSError)) and not isinstance(error, TimeoutError):
                self._unwell_until = time.monotonic() + _UNWELL_FOR
            self._alone[effect.key] = None
            activity.logger.warning("incidents.not_told", extra={"why": str(error), "key": effect.key})
            await unless_slow(self._store.leave(incident, run, "it was called by itself"), None)
            return False

    @activity.defn(name="incidents.leave")
    async def leave(self, effect: LeaveIncident) -> Accepted:
        """Record that a conversation no longer needs its incident, and tell the incident unless it has ended."""
        attempt = Attempt()
        incident = effect.incident or await self._store.incident_of(run_of(effect))
        if not incident:
            return attempt.accepted("part of no incident")
        await self._store.leave(incident, run_of(effect), effect.why)
        await self._tell(incident)
        return attempt.accepted(f"told {incident}")

    @activity.defn(name="incidents.ask")
    async def ask(self, effect: AskIncident) -> Accepted:
        """Confirm that an incident runs and has the waiting conversation as a member; else raise a permanent error."""
        attempt, name = Attempt(), effect.incident
        found = await self._store.incident(name)
        if found is None:
            raise permanent(f"There is no incident {name}.")
        if found.ended_at is not None:
            raise permanent(f"Incident {name} has ended.")
        if await self._store.incident_of(run_of(effect)) != name:
            raise permanent(f"Incident {name} does not know of this call.")
        if not await self._runs(name):
            await self._store.end(name, "", attempt.started_at)
            raise permanent(f"The conversation of incident {name} does not run any more.")
        return attempt.accepted(f"{name} runs")

    @activity.defn(name="incidents.end")
    async def end(self, effect: EndIncident) -> Accepted:
        """End an incident: no call joins any more, and each conversation that still waits calls people by itself."""
        attempt = Attempt()
        incident, told = effect.conversation_id, 0
        await self._store.end(incident, effect.by, attempt.started_at)
        while waiting := await self._store.unreleased(incident, _AT_ONCE):
            sent = await self._signal("unfolded", waiting, {"incident": incident, "by": effect.by})
            await self._store.mark(sent.done, released=True)
            sent.check()
            told += len(waiting)
            activity.heartbeat(told)
        return attempt.accepted(f"told {told}")

    async def _runs(self, incident: str) -> bool:
        described = await unless_missing(self._client.get_workflow_handle(self._id_prefix + incident).describe())
        if described is None or described.status != WorkflowExecutionStatus.RUNNING:
            return False
        return described.raw_description.pending_workflow_task.attempt < _STUCK_AFTER

    async def _enter(self, incident: str, run: str) -> bool:
        """Join an incident; one of the calls that join at the same time does it for all. False where it has ended."""
        joining, waiting = _Joining(run), self._joining[incident]
        waiting.append(joining)
        try:
            async with self._turns[incident]:
                if joining.is_in is None:
                    together = list(waiting)
                    is_in = await self._store.enter(incident, {each.run for each in together})
                    if is_in:
                        await self._tell_now(incident)
                    for each in together:
                        each.is_in = is_in
            return bool(joining.is_in)
        finally:
            waiting.remove(joining)

    async def _tell(self, incident: str) -> None:
        """Tell an incident its numbers; one of the callers that come at the same time does it for all."""
        self._asked[incident] += 1
        mine = self._asked[incident]
        async with self._turns[incident]:
            if self._told[incident] < mine:
                asked = self._asked[incident]
                await self._tell_now(incident)
                self._told[incident] = asked

    async def _tell_now(self, incident: str) -> None:
        """Tell the incident first: a conversation that learns of its membership must be called for by then."""
        found = await self._store.incident(incident)
        if found is None or found.ended_at is not None:
            return
        await self._tell_incident(found)
        while unknowing := await self._store.uninformed(incident, _AT_ONCE):
            sent = await self._signal("folded", unknowing, {"incident": incident})
            for run in sent.gone:
                await self._store.leave(incident, run, "the conversation has closed")
            await self._store.mark(sent.done, informed=True)
            sent.check()
            if sent.gone and (again := await self._store.incident(incident)) is not None:
                await self._tell_incident(again)

    async def _tell_incident(self, of: StoredIncident) -> None:
        """Signal the incident, and start it where it does not run as long as a conversation still waits for it."""
        first: dict[str, Any] = {}
        if of.id not in self._knows_first:
            members = await self._store.members(of.id, last=FIRST)
            first = {"first": [call.member.model_dump() for call in members]}
        news = {"event_id": f"{of.id}/{of.total}.{of.left}", "total": of.total, "left": of.left, **first}
        begins = {"escalation": of.escalation, "cause": of.rule, "total": of.total, **first}
        start = {"conversation_id": of.id, "policy": of.policy, "channel": "incident", "incident": begins}
        if of.left < of.total:
            await self._client.start_workflow(
                self._workflow_type,
                start,
                id=self._id_prefix + of.id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"Incident of {of.escalation}: {of.rule}",
                start_signal="incident_grew",
                start_signal_args=[news],
            )
        else:
            await self._signal_one(of.id, "incident_grew", news)
        if of.total >= FIRST:
            self._knows_first.add(of.id)

    async def _signal(self, name: str, members: Iterable[MemberCall], body: dict[str, str]) -> _Sent:
        """Signal each member once. A member that can't be signalled does not delay the others."""
        told, sent, about = list(members), _Sent(), f"{body['incident']}/{name}"
        signals = (
            self._signal_one(each.conversation_id, name, {"event_id": f"{about}/{each.run}", "page": each.page, **body})
            for each in told
        )
        results = await asyncio.gather(*signals, return_exceptions=True)
        for each, result in zip(told, results, strict=True):
            if isinstance(result, BaseException):
                sent.failed.append(result)
                continue
            sent.done.append(each.run)
            if not result:
                sent.gone.append(each.run)
        return sent

    async def _signal_one(self, conversation_id: str, name: str, body: dict[str, Any]) -> bool:
        try:
            await self._client.get_workflow_handle(self._id_prefix + conversation_id).signal(name, body)
        except RPCError as error:
            if error.status == RPCStatusCode.INVALID_ARGUMENT:
                # For example, a run that has had ten thousand signals. It calls people by itself, and a retry would
                # change nothing.
                activity.logger.error("incidents.not_taken", extra={"who": conversation_id, "why": error.message})
                return False
            if error.status == RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True
