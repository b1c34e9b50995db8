"""Grants a second: many conversations come to one team, or to ten teams at once, and each gets a person.

All conversations exist beforehand, in a lobby. One signal brings each to its team, and what follows is the same for
Baton and the bare workflows: ask, grant, assign in the helpdesk, tell the team the assignee. The measurement ends when
the teams have heard from all conversations.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bench import bare_team, crews
from bench.canonical import BATON, Side, Watch, kind
from bench.crews import Crew
from bench.report import Figure, milliseconds, percentile, say
from bench.stage import Stage, WorkerProcess
from bench.team_log import TeamLog, following, seconds
from worker.temporal.commanding import execute_command
from workflows.contract import TEAM_PREFIX, TEAM_TYPE

BARE = Side("bare", "BareWaiting", "bare")
_IN_FLIGHT = 20
_EACH = 2
"""Seconds for each conversation, generously, after which something must be wrong."""


Coming = Sequence[tuple[str, TeamLog, Crew]]
"""The conversations that come, with the log and the crew of their teams."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The result of one side."""

    per_second: float
    cpu_ms: float
    events: float
    waits: Sequence[float]


@dataclass(frozen=True, slots=True)
class Scene:
    """The teams to which conversations come.

    `calm`: the next comes when the last has its person, so that none waits.
    """

    what: str
    teams: Sequence[Crew]
    calm: bool = False


_WARM_UP = Scene("warm", (crews.WARM,))
_SCENES = (
    Scene("one by one to one team", (crews.CALM,), calm=True),
    Scene("at once to one team", (crews.ONE,)),
    Scene("at once to ten teams", crews.TEN),
)


async def measure(stage: Stage, number: int) -> list[Figure]:
    """Measure both sides in turn, with warm workers."""
    figures: list[Figure] = []
    cached = 4 * number
    async with (
        stage.worker("bare", "-granting", cached=cached) as bare,
        stage.worker("baton", "-granting", cached=cached) as baton,
    ):
        both = ((BARE, bare), (BATON, baton))
        for side, worker in both:
            await _play(stage, side, worker, _WARM_UP, 20)
        for scene in _SCENES:
            many = max(1, number // 5) if scene.calm else number
            theirs, ours = [await _play(stage, side, worker, scene, many) for side, worker in both]
            figures += _figures(f"{many:,} {scene.what}", ours, theirs)
    return figures


async def _play(stage: Stage, side: Side, worker: WorkerProcess, scene: Scene, number: int) -> Granted:
    for crew in scene.teams:
        await start_team(stage, side, crew)
    async with following(stage.client, [team_id(side, crew) for crew in scene.teams]) as logs:
        everywhere = list(zip(logs, scene.teams, strict=True))
        coming = [(f"{scene.teams[0].name}-{each}", *everywhere[each % len(everywhere)]) for each in range(number)]
        await side_by_side(open_in_lobby(stage, side, identifier) for identifier, _, _ in coming)
        events, cpu, began = sum(log.events for log in logs), worker.cpu_seconds(), time.time()
        await (_come_calmly if scene.calm else _come_at_once)(stage, side, coming)
        took = max(log.heard[-1].at for log in logs) - began
        used, events = worker.cpu_seconds() - cpu, sum(log.events for log in logs) - events
    waits = [await _wait(stage, side, identifier) for identifier, _, _ in coming]
    done = Granted(number / took, used * 1000 / number, events / number, waits)
    speed = f"{done.per_second:.1f} grants/s, {done.cpu_ms:.1f} ms of CPU each"
    say("queues", f"{side.name}, {number} {scene.what}: {speed}")
    return done


async def _come_calmly(stage: Stage, side: Side, coming: Coming) -> None:
    for nth, (identifier, log, crew) in enumerate(coming, start=1):
        await bring(stage, side, identifier, crew)
        await log.shows(partial(_owned, number=nth), _EACH * len(coming))


async def _come_at_once(stage: Stage, side: Side, coming: Coming) -> None:
    await side_by_side(bring(stage, side, identifier, crew) for identifier, _, crew in coming)
    for log, mine in Counter(log for _, log, _ in coming).items():
        await log.shows(partial(_owned, number=mine), _EACH * len(coming))


def _owned(log: TeamLog, number: int) -> bool:
    return log.count("owned") == number


async def side_by_side(things: Iterator[Awaitable[Any]] | Sequence[Awaitable[Any]]) -> None:
    """Await the things, a few at a time."""
    free = asyncio.Semaphore(_IN_FLIGHT)

    async def one(thing: Awaitable[Any]) -> None:
        async with free:
            await thing

    async with asyncio.TaskGroup() as group:
        for thing in things:
            group.create_task(one(thing))


def team_id(side: Side, crew: Crew) -> str:
    """Return the workflow id of a team of this side."""
    return f"{TEAM_PREFIX if side is BATON else bare_team.TEAM_PREFIX}{crew.name}"


async def start_team(stage: Stage, side: Side, crew: Crew) -> None:
    """Start a team whose people are all available."""
    team = await stage.client.start_workflow(
        TEAM_TYPE if side is BATON else bare_team.TEAM_TYPE,
        {"team": crew.name, "policy": crews.POLICY},
        id=team_id(side, crew),
        task_queue=side.task_queue,
    )
    for person in crew.people if side is BATON else ():
        await execute_command(team, "set_presence", {"actor": person, "presence": "available"})


async def open_in_lobby(stage: Stage, side: Side, identifier: str, opened_at: datetime | None = None) -> None:
    """Start a conversation in a team without a queue, and wait until it has come to rest."""
    body = {"conversation_id": identifier, "policy": crews.POLICY, "channel": "email", "subject": identifier}
    if opened_at is not None:
        body["opened_at"] = opened_at.isoformat()
    handle = await stage.client.start_workflow(
        side.workflow, body, id=side.workflow_id(identifier), task_queue=side.task_queue
    )
    await Watch(handle).until(partial(Watch.has_settled, signals=0))


async def bring(stage: Stage, side: Side, identifier: str, crew: Crew) -> None:
    """Assign the conversation to that team."""
    happened = {"event_id": f"{identifier}/comes", "occurred_at": datetime.now(UTC).isoformat()}
    handle = stage.client.get_workflow_handle(side.workflow_id(identifier))
    await handle.signal("reassigned", {**happened, "team": crew.name})


async def _wait(stage: Stage, side: Side, identifier: str) -> float:
    """Return the seconds from asking the team until the end of the task in which the conversation took in the grant."""
    history = await stage.client.get_workflow_handle(side.workflow_id(identifier)).fetch_history()
    asked_at = granted_at = None
    for event in history.events:
        match kind(event):
            case "ACTIVITY_TASK_SCHEDULED":
                name = event.activity_task_scheduled_event_attributes.activity_type.name
                asked_at = asked_at or (seconds(event) if name == "teams.ask" else None)
            case "WORKFLOW_EXECUTION_SIGNALED":
                is_grant = event.workflow_execution_signaled_event_attributes.signal_name == "granted"
                granted_at = granted_at or (seconds(event) if is_grant else None)
            case "WORKFLOW_TASK_COMPLETED" if granted_at is not None and asked_at is not None:
                return seconds(event) - asked_at
            case _:
                pass
    raise RuntimeError(f"{identifier} was not granted to anybody")


def _figures(what: str, baton: Granted, bare: Granted) -> list[Figure]:
    speed = baton.per_second / bare.per_second
    waits = [
        (name, percentile(baton.waits, share), percentile(bare.waits, share))
        for name, share in (("p50", 50), ("p99", 99))
    ]
    return [
        Figure("queues", f"{what}: grants", f"{baton.per_second:.1f}/s", f"{bare.per_second:.1f}/s", speed),
        Figure("queues", "… worker CPU a grant", f"{baton.cpu_ms:.1f} ms", f"{bare.cpu_ms:.1f} ms",
               baton.cpu_ms / bare.cpu_ms),
        Figure("queues", "… team's history events a grant", f"{baton.events:.2f}", f"{bare.events:.2f}",
               baton.events / bare.events),
        *(
            Figure("queues", f"… ask → assignee, {name}", milliseconds(ours), milliseconds(theirs), ours / theirs)
            for name, ours, theirs in waits
        ),
    ]  # fmt: skip
