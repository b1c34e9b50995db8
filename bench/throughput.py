"""Conversations a second and CPU time of each, Baton and bare in turn on the same server."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from activities.database.tables import engine
from activities.desk.sql import SqlDesk
from activities.ledger.lines import Ledger
from bench.canonical import BARE, BATON, Pace, Side, SideName, play_many
from bench.report import Figure, median, say
from bench.stage import Stage, WorkerProcess

IN_FLIGHT = 20
CONVERSATIONS = 120
TARGET = 0.85
_EFFECTS = {"assign", "add_internal_note", "notify"}
"""The effects that the ledger must have for each conversation."""


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one side in one round."""

    per_second: float
    cpu_ms: float


async def measure(stage: Stage, rounds: int) -> list[Figure]:
    """Measure alternating rounds after a warm-up on each side: medians, and the median of the rounds' ratios."""
    figures: list[Figure] = []
    async with stage.worker("baton") as baton, stage.worker("bare") as bare:
        workers: dict[SideName, WorkerProcess] = {"baton": baton, "bare": bare}
        for side in (BATON, BARE):
            await _round(stage, side, workers[side.name], "warm", "burst", 20)
        for pace in ("settled", "burst"):
            done: dict[SideName, list[Round]] = {"baton": [], "bare": []}
            for number in range(rounds):
                for side in (BATON, BARE) if number % 2 else (BARE, BATON):
                    result = await _round(stage, side, workers[side.name], f"{pace}-{number}", pace, CONVERSATIONS)
                    done[side.name].append(result)
                    where = f"{pace}, round {number + 1} of {rounds}, {side.name}"
                    say("throughput", f"{where}: {result.per_second:.1f}/s, {result.cpu_ms:.0f} ms of worker CPU each")
            figures += _figures(pace, done["baton"], done["bare"])
    return figures


async def _round(stage: Stage, side: Side, worker: WorkerProcess, name: str, pace: Pace, conversations: int) -> Round:
    names = [f"{name}-{number}" for number in range(conversations)]
    stage.slack.messages.clear()
    cpu, began = worker.cpu_seconds(), time.perf_counter()
    await play_many(stage.client, side, names, pace, IN_FLIGHT)
    took, used = time.perf_counter() - began, worker.cpu_seconds() - cpu
    await _check(stage, side, worker, names)
    return Round(conversations / took, used * 1000 / conversations)


async def _check(stage: Stage, side: Side, worker: WorkerProcess, names: Sequence[str]) -> None:
    """Check that the effects happened: a conversation without one would be quick for the wrong reason."""
    store = engine(worker.database)
    desk, ledger = SqlDesk(store), Ledger(store)
    if len(stage.slack.messages) != len(names):
        raise RuntimeError(f"{side.name}: {len(stage.slack.messages)} Slack messages for {len(names)} conversations")
    for name in (names[0], names[-1]):
        standing = await desk.conversation(name)
        if standing is None or standing.team != "billing" or len(await desk.notes(name)) != 1:
            raise RuntimeError(f"{side.name}: the desk lacks the assignment or the note of {name}")
        lines = await ledger.entries(name)
        # Facts that come together are judged together: the first assignment may be overtaken by the second.
        accepted = {entry.body["effect"] for entry in lines if entry.kind == "effect_accepted"}
        if side is BATON and accepted != _EFFECTS:
            raise RuntimeError(f"the ledger has only {', '.join(sorted(accepted)) or 'no effects'} of {name}")
    await store.dispose()


def _figures(pace: Pace, baton: list[Round], bare: list[Round]) -> list[Figure]:
    how = "each message once the last has settled" if pace == "settled" else "messages as fast as acknowledged"
    ratio = median([ours.per_second / theirs.per_second for ours, theirs in zip(baton, bare, strict=True)])
    speeds = [f"{median([done.per_second for done in rounds]):.1f}/s" for rounds in (baton, bare)]
    cpu = [median([done.cpu_ms for done in rounds]) for rounds in (baton, bare)]
    return [
        Figure("throughput", how, *speeds, ratio, f"at least {TARGET}", ratio >= TARGET),
        Figure("throughput", "… worker CPU a conversation", *(f"{ms:.1f} ms" for ms in cpu), cpu[0] / cpu[1]),
    ]
