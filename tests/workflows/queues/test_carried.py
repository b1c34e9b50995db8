"""The state that a team hands to its next run: it always fits, however many conversations wait."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.catalog import pin
from policies.queues.teams.events import Heartbeat, Message, OfferAnswered
from policies.queues.teams.state import Grant, Refusal, Team, TeamMember, TeamQueueEntry
from policies.state.records.told import Entry
from tests.policies.stories import FULL, at
from tests.workflows.inflating import Path, Shape, inflated, parts, text
from workflows.carrying.fitting import DROPPED
from workflows.carrying.packing import size_of, unpacked
from workflows.limits.server import CARRIED_LIMIT
from workflows.queues.carried import team_carried_on
from workflows.team import CarriedTeam

NOW = at(1_000)


def entry(name: str, noise: random.Random, size: int) -> TeamQueueEntry:
    """Return one queue entry."""
    return TeamQueueEntry(
        conversation=name,
        id=f"{name}/1",
        state="waiting",
        rank_at=NOW,
        since=NOW,
        arrived_at=NOW,
        skew=timedelta(0),
        subject=text(noise, 80),
        not_to=(text(noise, size),),
    )


def team_of(count: int, size: int, seed: int = 1) -> CarriedTeam:
    """Return a team whose parts have that many entries, each with a text of that many bytes."""
    noise = random.Random(seed)
    team = Team(
        "care",
        NOW,
        members={name: TeamMember(name, granted_at=(NOW,) * 200) for name in ("ann", "bob")},
        tickets={f"c{n:05}": entry(f"c{n:05}", noise, size) for n in range(count)},
        grants=tuple(Grant(NOW, f"c{n}", "ann", timedelta(1), text(noise, size)) for n in range(min(count, 50))),
        strangers=tuple(text(noise, size) for _ in range(20)),
        refusals=tuple(Refusal(f"c{n}", "w", (text(noise, size),)) for n in range(min(count, 200))),
        timeline=tuple(Entry(NOW, "x", text(noise, size)) for _ in range(100)),
    )
    told: dict[str, Any] = {"name": "granted", "at": NOW, "body": {"because": text(noise, size)}}
    inbox = (
        *(Heartbeat(event_id="", occurred_at=NOW, agent=text(noise, size)) for _ in range(count)),
        OfferAnswered(event_id="a", occurred_at=NOW, conversation="c00000", agent="ann", is_accepted=True),
    )
    return CarriedTeam(
        team=team,
        pinned=pin(FULL.document),
        inbox=inbox,
        waiting=tuple(Message(conversation=f"c{n}", key=f"k{n}", **told) for n in range(count)),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "size", "is_whole"),
    [(0, 0, True), (100, 1_000, True), (100, 30_000, False), (3_000, 400, False), (5_000, 60, False)],
)
def test_a_team_is_handed_on_whatever_it_holds(count: int, size: int, is_whole: bool) -> None:
    """A team with thousands of conversations and messages fits; its queue, its people and their answers are kept."""
    carried = team_of(count, size)
    form, dropped = team_carried_on(carried.model_dump(mode="json"), NOW)
    assert size_of(form) <= CARRIED_LIMIT
    again = CarriedTeam.model_validate(unpacked(form))
    assert list(again.team.tickets) == list(carried.team.tickets)
    assert (list(again.team.members), again.inbox[-1].kind) == (["ann", "bob"], "offer_answered")
    assert (again.team.timeline[-1].kind == DROPPED) == bool(dropped)
    assert (not dropped) == is_whole


def test_a_team_that_fits_is_handed_on_whole() -> None:
    """An ordinary team is handed on as it was."""
    carried = team_of(3, 10)
    form, dropped = team_carried_on(carried.model_dump(mode="json"), NOW)
    assert (CarriedTeam.model_validate(unpacked(form)) == carried, dropped) == (True, "")


def test_a_team_of_an_earlier_version_can_be_read() -> None:
    """A team that earlier code handed on with a version that never existed is read, and the version is forgotten."""
    carried = team_of(3, 10)
    before = carried.model_dump(mode="json", exclude={"sought"}) | {"looked_for": 10**9}
    assert CarriedTeam.model_validate(before) == carried


PARTS = parts(CarriedTeam)
_SHAPES = ((3, 700_000), (170, 30_000), (900, 3_000), (3_000, 400), (10_000, 60))


def check(paths: list[Path], shape: Shape, seed: int) -> None:
    """Inflate those parts of a team, and check that its people and its queue are handed on."""
    before = carried = team_of(3, 10)
    noise = random.Random(seed)
    for path in paths:
        carried = inflated(carried, path, shape, noise)
    form, dropped = team_carried_on(carried.model_dump(mode="json"), NOW)
    assert size_of(form) <= CARRIED_LIMIT
    again = CarriedTeam.model_validate(unpacked(form))
    assert (again.team.timeline[-1].kind == DROPPED) == bool(dropped)
    for name in ("members", "tickets"):
        if ("team", name) not in paths:
            assert list(getattr(again.team, name)) == list(getattr(before.team, name))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(170, 30_000), (3_000, 400)], ids=["long", "many"])
def test_each_part_of_a_team_may_be_too_large(shape: Shape) -> None:
    """A text of 30 kB in each of 170 entries of any part leaves a team's people and queue as they were."""
    for path in PARTS:
        check([path], shape, 3)


@pytest.mark.soak
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PARTS), max_size=5, unique=True), st.sampled_from(_SHAPES), st.integers(0, 99))
def test_a_team_always_fits(paths: list[Path], shape: Shape, seed: int) -> None:
    """The next run gets the people and the queue, whatever parts are too large and however many at once."""
    check(paths, shape, seed)
