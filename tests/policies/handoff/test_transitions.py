"""The handoff's transitions: docs/handoff.md shows the table, and nothing else changes a handoff's state."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from policies import rules
from policies.handoff.transitions import TRANSITIONS, HandoffEvent, HandoffState, take
from policies.running.turn import Turn
from policies.state.records.handoffs import Handoffs
from policies.state.records.responsible import Responsible
from policies.state.records.waiting import CustomerWait
from policies.state.situation import Situation
from tests.policies.handoff.worlds import asks, chat, helped

PAGE = (Path(__file__).parents[3] / "docs" / "handoff.md").read_text()
POLICY = helped()
PAIRS = [*product(get_args(HandoffState), get_args(HandoffEvent))]


def table() -> str:
    """Return the transitions as a table of the page, in the words of their functions."""
    rows = ["| The handoff is | When | If | It is then | Baton will |", "|---|---|---|---|---|"]
    for row in TRANSITIONS:
        guard = (row.guard.__doc__ or "").removeprefix("True where ").rstrip(".") if row.guard else ""
        done = (row.do.__doc__ or "").rstrip(".")
        rows.append(f"| {', '.join(row.within)} | {row.event} | {guard} | {row.to} | {done[:1].lower()}{done[1:]} |")
    return "\n".join(rows)


def test_the_page_shows_every_transition() -> None:
    """The table in docs/handoff.md is the one by which Baton goes."""
    assert table() in PAGE


def worlds(state: HandoffState) -> list[Situation]:
    """Return situations in which the handoff has this state: with and without an assignee, an answer and a wait."""
    play = chat(POLICY)
    asks(play, 1)
    s, found = play.now, list[Situation]()
    assert s.handoffs.latest is not None
    accepted_by = "ben" if state in ("accepted", "committed") else ""
    handoff = replace(s.handoffs.latest, state=state, accepted_by=accepted_by) if state != "none" else None
    for assignee, given_by, key in product(("", "anna"), ("person", "queue", ""), ("", "assigned")):
        for answered_at, waiting_since in product((None, s.at), (None, s.at)):
            given = {"assignee": assignee, "given_by": given_by if assignee else "", "assigned_by": key}
            world = s.changed(Handoffs, latest=handoff, confirmed=()).changed(Responsible, **given)
            found.append(world.changed(CustomerWait, answered_at=answered_at, since=waiting_since))
    return found


def reachable(state: HandoffState, event: HandoffEvent) -> set[HandoffState]:
    """Return the states to which the rows of the event lead from this one, one after another."""
    states = {state}
    for row in TRANSITIONS:
        if row.event == event and not states.isdisjoint(row.within):
            states.add(row.to)
    return states


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_the_table_is_all_that_changes_a_handoff(state: HandoffState, event: HandoffEvent) -> None:
    """In each state each event leads where the table says; where the table has no row, nothing changes."""
    direct = {row.to for row in TRANSITIONS if row.event == event and state in row.within}
    seen = set[HandoffState]()
    for world in worlds(state):
        turn = Turn(world, POLICY, world.at, "cause", listen=rules.fire)
        take(turn, event)
        after = turn.situation.handoffs.latest
        seen.add(after.state if after is not None else "none")
        if not direct:
            assert (turn.situation, turn.effects) == (world, [])
    assert direct <= seen <= reachable(state, event)
