"""Monday, nine o'clock: many conversations have waited over the weekend and come to a team of 50 all at once.

First everybody gets as many as they can have, in the order of arrival, and the others are queued by how long they have
waited. Then some are resolved, and as many of the queue are granted: exactly the first ones, to people with headroom.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bench import crews
from bench.canonical import BATON
from bench.granting import bring, open_in_lobby, side_by_side, start_team, team_id
from bench.report import Figure, milliseconds, percentile, say
from bench.stage import Stage
from bench.team_log import Said, TeamLog, following

_CREW = crews.MONDAY
_ROOM = _CREW.size * _CREW.capacity
_MORE = 200
_PATIENCE = 0.4
"""Seconds for each conversation until something must be wrong."""


async def measure(stage: Stage, number: int) -> list[Figure]:
    """Measure the rush, then how the queue moves on."""
    async with stage.worker("baton", "-monday", cached=2 * number):
        await start_team(stage, BATON, _CREW)
        async with following(stage.client, [team_id(BATON, _CREW)]) as [log]:
            names = [f"monday-{each:05}" for each in range(number)]
            await _open(stage, names)
            rush = await _rush(stage, log, names)
            drain = await _drain(stage, log, min(_MORE, number - min(_ROOM, number)))
            say("queues", f"Monday: {log.summary()}")
    carried = f", the largest state {max(log.carried) / 1000:,.0f} kB" if log.carried else ""
    cost = f"{log.events / len(log.heard):.2f} / {log.runs - 1}{carried}"
    return [*rush, *drain, Figure("queues", "… team's history events a signal / continued as new", cost)]


async def _open(stage: Stage, names: Sequence[str]) -> None:
    """Open one conversation for each minute since Saturday, so that each has a place of its own in the queue."""
    first = datetime.now(UTC) - timedelta(days=2)
    opened = (first + timedelta(minutes=1) * number for number in range(len(names)))
    await side_by_side(open_in_lobby(stage, BATON, name, at) for name, at in zip(names, opened, strict=True))
    say("queues", f"Monday: {len(names):,} wait")


async def _rush(stage: Stage, log: TeamLog, names: Sequence[str]) -> list[Figure]:
    """Bring all conversations to the team, in any order."""
    began, patience = time.time(), 60 + _PATIENCE * len(names)
    coming = random.Random(9).sample(names, len(names))
    await side_by_side(bring(stage, BATON, name, _CREW) for name in coming)
    sent, room = time.time() - began, min(_ROOM, len(names))
    await log.shows(partial(_have_heard, number=len(names), granted=room), patience)
    has_all = log.times("owned")[:room][-1] - began
    told = [said.brought_at - began for said in _first(log.said).values()]
    what = f"{len(names):,} come to a team of {_CREW.size} within {sent:.0f} s"
    return [
        Figure("queues", f"{what}: the first {room} have their person", f"{has_all:.1f} s"),
        Figure("queues", "… half / all know their person or place", f"{percentile(told, 50):.1f} / {max(told):.1f} s"),
    ]


def _have_heard(log: TeamLog, number: int, granted: int) -> bool:
    return len(log.reached) == number and log.count("owned") >= granted


async def _drain(stage: Stage, log: TeamLog, more: int) -> list[Figure]:
    """Resolve `more` of the conversations that have a person."""
    if not more:
        return []
    state: dict[str, Any] = await stage.client.get_workflow_handle(team_id(BATON, _CREW)).query("state")
    line = [row["conversation"] for row in state["line"]]
    given, before, began = _grants(log), log.count("owned"), time.time()
    ended = random.Random(9).sample([grant.conversation for grant in given], more)
    await side_by_side(_resolve(stage, name) for name in ended)
    await log.shows(lambda log: log.count("owned") == before + more, 60 + _PATIENCE * more)
    last = log.times("owned")[-1]
    granted = [grant.conversation for grant in _grants(log)[len(given) :]]
    astray = sum(one != other for one, other in zip(granted, line[:more], strict=True))
    left = {each.conversation: each.at for each in log.heard if each.name == "left"}
    waits = _handed_on(log, [left[name] for name in ended], len(given))
    speed = f"{more / (last - began):.1f}/s"
    shown = f"{milliseconds(percentile(waits, 50))} / {milliseconds(percentile(waits, 99))}"
    over = _over_capacity(log)
    return [
        Figure("queues", f"… {more} are resolved, and the next {more} in line granted", speed),
        Figure("queues", "… nth resolved heard of → nth grant brought, p50 / p99", shown),
        Figure("queues", "… not in the order of their waits", f"{astray}", target="0", met=not astray),
        Figure("queues", "… given to somebody without room", f"{over}", target="0", met=not over),
    ]


async def _resolve(stage: Stage, name: str) -> None:
    body = {"event_id": f"{name}/resolved", "occurred_at": datetime.now(UTC).isoformat(), "status": "resolved"}
    await stage.client.get_workflow_handle(BATON.workflow_id(name)).signal("status_changed", body)


def _grants(log: TeamLog) -> list[Said]:
    """Return each conversation's grant, without those told again because the conversation was slow to confirm."""
    return list(_first(log.told("granted")).values())


def _first(said: Sequence[Said]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for each in said:
        found.setdefault(each.conversation, each)
    return found


def _handed_on(log: TeamLog, left: Sequence[float], before: int) -> list[float]:
    brought = [grant.brought_at for grant in _grants(log)[before:]]
    return [then - at for at, then in zip(sorted(left), brought, strict=True)]


def _over_capacity(log: TeamLog) -> int:
    """Return the grants to people who were at capacity, counted from the history alone."""
    happened: list[tuple[int, str, str]] = [(said.number, said.conversation, said.agent) for said in _grants(log)]
    happened += [(heard.number, heard.conversation, "") for heard in log.heard if heard.name == "left"]
    load: Counter[str] = Counter()
    whose: dict[str, str] = {}
    over = 0
    for _, conversation, agent in sorted(happened, key=lambda each: each[0]):
        load[whose.pop(conversation, "")] -= 1
        if agent:
            whose[conversation] = agent
            load[agent] += 1
            over += load[agent] > _CREW.capacity
    return over
