"""The audit: open conversations, their due times and their effects, compared from outside.

Promises to find what no conversation can report of itself, such as a conversation that no worker serves, and to call
the monitor only after a pass that left nothing: an audit that is blind or switched off stays silent, and the monitor
notices that. Must not decide anything about a conversation: the audit wakes one, or takes up a run that the server
ended.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from activities.audit.asking import Asker
from activities.audit.denials import Denials
from activities.audit.findings import AuditReport, AuditRequest, Finding, finding, report
from activities.audit.inspection import Inspector, Suspect
from activities.audit.lost_runs.revival import Revival
from activities.audit.marks import Marks
from activities.audit.misdirected import misdirected
from activities.audit.queues import Queues
from activities.audit.stopped import paused
from activities.audit.stumbles import Stumbles
from activities.editions import open_runs
from activities.effects.accepted import server_now
from activities.effects.http import host_of
from activities.ledger.standings import Standings

log: Any = structlog.get_logger("baton.audit")

_ASK_WITHIN = timedelta(seconds=5)
_PING_WITHIN = ClientTimeout(total=10)
_SIDE_BY_SIDE = 20
"""The most conversations inspected at a time: few enough that the server does not notice."""
_OPEN = "WorkflowType = 'Conversation' AND ExecutionStatus = 'Running'"
_DEADLINE = SearchAttributeKey.for_datetime("BatonNextDeadline")


class Audit:
    """The audit, with a client of its own; the same from the command line and from a Schedule."""

    def __init__(
        self,
        client: Client,
        heartbeat: str = "",
        *,
        store: AsyncEngine | None = None,
        ask_within: timedelta = _ASK_WITHIN,
        home: str = "",
    ) -> None:
        """Keep the client. `heartbeat` is the address to call after a clean pass whose request names none.

        `home` is the task queue that Baton's workers serve; empty where that is not known.
        `store` is Baton's database. Without it the audit remembers nothing after this process ends, and can't begin a
        lost conversation again from the ledger.
        """
        self._client = client
        self._heartbeat = heartbeat
        self._ask_within = ask_within
        self._home = home
        self._marks = Marks(store)
        self._standings = Standings(store)

    @activity.defn(name="audit.run")
    async def run(self, request: AuditRequest) -> AuditReport:
        """Make one pass, count its findings as a metric and log it."""
        found = await self.look(request)
        counter = activity.metric_meter().create_counter("baton_audit_findings", "What the audit found, by kind")
        for kind, number in found.counts.items():
            counter.add(number, {"kind": kind})
        is_heard = not found.heartbeat.startswith("not ")
        tell = log.info if found.is_clean and is_heard else log.warning
        tell("audit.passed", **found.model_dump(mode="json", exclude={"at", "findings"}))
        return found

    async def look(self, request: AuditRequest, *, now: datetime | None = None) -> AuditReport:
        """Make one pass as of `now`: over ended and paused runs, then open conversations, then the queues of teams."""
        at = now or server_now()
        denials = Denials()
        asker = Asker(self._client, self._ask_within, denials, self._home)
        await self._marks.read()
        stumbles = Stumbles(denials)
        revival = Revival(self._client, asker, self._marks, self._standings, at, repair=request.repair)
        stopped = [each async for each in paused(self._client, at)]
        async for row in revival.ended():
            stopped += await stumbles.over(row.id, revival.take_up(row), row.close_time)
        inspector = Inspector(self._client, request, at, asker)
        suspects, unseen = await self._suspects(request, at - request.grace)
        looks = await _side_by_side(
            stumbles.over(name, inspector.inspect(suspect), suspect.deadline) for name, suspect in suspects.items()
        )
        queues = Queues(self._client, request, at, asker, inspector.states)
        teams = await queues.teams()
        waits = await _side_by_side(stumbles.over(f"team/{team}", queues.inspect(team), None) for team in teams)
        failing = [each for each in (*looks, *waits) if each.kind == "failing"]
        others = [each for each in (*looks, *waits) if each.kind != "failing"]
        mended = await _side_by_side(
            stumbles.over(each.workflow_id, revival.unstick(each), each.since) for each in failing
        )
        astray = [each async for each in misdirected(self._client, self._home, at - request.grace)]
        found = [*denials.findings(), *unseen, *inspector.unanswered(), *stopped, *others, *mended, *astray]
        made = report(at, len(suspects) + sum(each.kind != "terminated" for each in stopped), found)
        made = made.model_copy(update={"editions": await open_runs(self._client)})
        url = request.heartbeat or self._heartbeat
        return made.model_copy(update={"heartbeat": await _ping(url)}) if made.is_clean and url else made

    async def restart(self, workflow_id: str, task_queue: str) -> Finding:
        """Begin a conversation or a team again because a person asked for it, in the state that the ledger knows."""
        asker, at = Asker(self._client, self._ask_within, Denials()), server_now()
        revival = Revival(self._client, asker, self._marks, self._standings, at, repair=True)
        return await revival.by_hand(workflow_id, task_queue)

    async def _suspects(self, request: AuditRequest, before: datetime) -> tuple[dict[str, Suspect], list[Finding]]:
        """Return the conversations whose search attributes look wrong, and up to `sweep` others.

        There is a finding where more than `sweep` are open.
        """
        limit = before.isoformat()
        listed = (
            f"{_OPEN} AND (BatonNextDeadline < '{limit}' OR TemporalReportedProblems IS NOT NULL"
            f" OR (BatonStatus IS NULL AND ExecutionTime < '{limit}'))"
        )
        suspects = {row.id: _suspect(row, is_listed=True) async for row in self._client.list_workflows(listed)}
        others: dict[str, Suspect] = {}
        unseen: list[Finding] = []
        async for row in self._rows(request.sweep):
            if len(others) == request.sweep:
                what = f"only {request.sweep} open conversations were looked at one by one: raise --sweep"
                unseen = [finding("unseen", "", what, None)]
                break
            others[row.id] = _suspect(row, is_listed=_was_set_aside(row))
        asked = set(random.sample(sorted(others), min(request.ask, len(others))))
        for name, suspect in others.items():
            suspects.setdefault(name, replace(suspect, is_asked=name in asked))
        return suspects, unseen

    async def _rows(self, sweep: int) -> AsyncIterator[WorkflowExecution]:
        if sweep > 0:
            async for row in self._client.list_workflows(_OPEN, limit=sweep + 1):
                yield row


async def _side_by_side(looks: Iterable[Coroutine[Any, Any, list[Finding]]]) -> list[Finding]:
    """Run many inspections, some at a time, and return all their findings."""
    turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(look: Coroutine[Any, Any, list[Finding]]) -> list[Finding]:
        async with turns:
            return await look

    return [each for found in await asyncio.gather(*map(one, looks)) for each in found]


def _suspect(row: WorkflowExecution, *, is_listed: bool) -> Suspect:
    return Suspect(row.id, row.typed_search_attributes.get(_DEADLINE), is_listed)


def _was_set_aside(row: WorkflowExecution) -> bool:
    """Return whether a run's memo says that it has set an event aside; lists show the memo without asking a worker."""
    return "set_aside" in row.raw_info.memo.fields


async def _ping(url: str) -> str:
    """Call the monitor and return the result in words. A monitor that is down is not a problem of any conversation."""
    try:
        async with ClientSession(timeout=_PING_WITHIN) as session, session.get(url) as answer:
            return "pinged" if answer.status < 400 else f"not pinged: the monitor answered {answer.status}"
    except (ClientError, TimeoutError, ValueError) as error:
        return f"not pinged: {host_of(url) or 'no address'} cannot be reached ({type(error).__name__})"
