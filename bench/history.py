"""The canonical conversation's history on the server, and its cost on Temporal Cloud."""

from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.history.v1 import HistoryEvent

from bench.canonical import BARE, BATON, Side, play
from bench.counting import billable_actions, linger_of, relevant, size
from bench.report import Figure, median, say
from bench.stage import Stage, open_skipping_stage

SAMPLE = 11
TARGET = 1.5
Histories = Sequence[Sequence[HistoryEvent]]


async def measure(_stage: Stage, _rounds: int) -> list[Figure]:
    """Measure on a server of its own, whose clock skips the day in which a resolved conversation lingers."""
    async with open_skipping_stage() as (stage, clockwork), stage.worker("baton"), stage.worker("bare"):
        resolved = [await _resolved(stage, BATON, number) for number in range(SAMPLE)]
        bare = [await _resolved(stage, BARE, number) for number in range(SAMPLE)]
        say("history", f"{SAMPLE} of each played, now their day after")
        closed: list[Sequence[HistoryEvent]] = []
        for number, events in enumerate(resolved):
            handle = stage.client.get_workflow_handle(BATON.workflow_id(f"history-{number}"))
            await clockwork.forward(handle, linger_of(events) + timedelta(minutes=1))
            await handle.result()
            closed.append((await handle.fetch_history()).events)
    return [*_figures("until resolved", resolved, bare), *_figures("until closed, a day later", closed, bare)]


async def _resolved(stage: Stage, side: Side, number: int) -> Sequence[HistoryEvent]:
    return (await play(stage.client, side, f"history-{number}", "settled")).events


def _figures(until: str, baton: Histories, bare: Histories) -> list[Figure]:
    """Return the figures as medians: chance decides how many activities end together and so share a workflow task."""
    events = [median([len(relevant(one)) for one in many]) for many in (baton, bare)]
    sizes = [median([size(one) for one in many]) for many in (baton, bare)]
    actions = [median([sum(billable_actions(one).values()) for one in many]) for many in (baton, bare)]
    ratio = events[0] / events[1]
    return [
        Figure(
            "history", f"events {until}", *(f"{n:.0f}" for n in events), ratio, f"at most {TARGET}", ratio <= TARGET
        ),
        Figure("history", f"bytes {until}", *(f"{n:.0f}" for n in sizes), sizes[0] / sizes[1]),
        Figure("history", f"billable actions {until}", *(f"{n:.0f}" for n in actions), actions[0] / actions[1]),
    ]
