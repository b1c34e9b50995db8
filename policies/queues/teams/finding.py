"""Checks of conversations that have not been heard from for long: the team finds out whether they still run.

Promises that no queue entry and no agent's capacity is kept for more than an hour or two for a conversation that is
over, however it ended, and that a team without silent conversations asks nothing. Must not know how they are found.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from policies.queues.teams import sharing
from policies.queues.teams.events import Ask
from policies.queues.teams.state import TeamQueueEntry
from policies.queues.teams.turn import TeamTurn

ASKED_EVERY = timedelta(hours=1)
"""The time for which a conversation may be silent, and the least time between two checks."""


def look(turn: TeamTurn) -> None:
    """Ask after all conversations that have been silent for an hour. Call this in every turn."""
    if not any(at <= turn.at for at, _ in changes_ahead(turn)):
        return
    silent = [entry for entry in turn.tickets.values() if _heard_at(entry) + ASKED_EVERY <= turn.at]
    turn.asked_after += [Ask(conversation=each.conversation, ticket=each.id, run=each.run) for each in silent]
    turn.team = replace(turn.team, looked_at=turn.at)
    sharing.renew(turn)


def changes_ahead(turn: TeamTurn) -> Iterator[tuple[datetime, str]]:
    """Yield when the next check is due."""
    silent_since = min((_heard_at(entry) for entry in turn.tickets.values()), default=None)
    if silent_since is not None:
        looked_at = turn.team.looked_at or silent_since
        yield max(silent_since, looked_at) + ASKED_EVERY, "conversations that keep silent are looked for"


def _heard_at(entry: TeamQueueEntry) -> datetime:
    return entry.heard_at or entry.arrived_at
