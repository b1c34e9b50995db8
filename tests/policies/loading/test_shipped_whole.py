"""The shipped policies are whole: a broken promise, a late night and the tag “escalate” reach people under each."""

from datetime import date, datetime, timedelta

import pytest

from policies.deadlines import next_deadline
from policies.document.clocks import ClockName
from policies.document.document import Document
from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import build
from policies.state.effects import Notify
from tests.policies.stories import START, Play

CATALOG = load_catalog(SHIPPED, today=date(2026, 1, 1))
MONDAY_10_AM = 5 * 60
"""Monday at 10 in New York, in minutes after Monday 10:00 UTC."""
PROMISES: tuple[ClockName, ...] = ("first_response", "next_response", "resolution", "ownership")


def beginning_with(document: Document, team: str) -> Document:
    """Return the policy, under which calls begin with this team."""
    return document.model_copy(update={"channels": {"voice": team}})


PROMISED = [
    (name, team, clock)
    for name, document in sorted(CATALOG.items())
    for team in document.teams
    for clock in PROMISES
    if (targets := build(document).targets(team)) and targets.target(clock)
]


def heard_within(play: Play, until: datetime) -> list[Notify]:
    """Return what people are told while the time goes on and no person does anything."""
    heard: list[Notify] = []
    while (deadline := next_deadline(play.now, play.policy)) is not None and deadline.at <= until:
        effects = play.wake((deadline.at - START) / timedelta(minutes=1)).effects
        heard += [effect for effect in effects if isinstance(effect, Notify) and not effect.offer]
    return heard


@pytest.mark.parametrize(("name", "team", "clock"), PROMISED)
def test_a_person_hears_of_each_broken_promise(name: str, team: str, clock: ClockName) -> None:
    """Under each shipped policy, a broken promise of any team is told to a person at the moment of its breach."""
    play = Play(build(beginning_with(CATALOG[name], team)), began=MONDAY_10_AM, channel="voice", customer={"id": "ada"})
    if clock != "first_response":
        play.answer(MONDAY_10_AM + 1)
    if clock == "next_response":
        play.customer(MONDAY_10_AM + 2)
    due_at = next(each for each in play.now.sla.clocks if each.name == clock).due_at
    assert due_at is not None
    heard_within(play, due_at - timedelta(microseconds=1))
    assert heard_within(play, due_at + timedelta(minutes=10))


PEOPLE = [
    (name, team)
    for name, document in sorted(CATALOG.items())
    for team, terms in document.teams.items()
    if document.teams[team].staffed_by == "people" and terms.tier == 1
]


@pytest.mark.parametrize(("name", "team"), PEOPLE)
def test_the_tag_escalate_brings_in_a_higher_tier(name: str, team: str) -> None:
    """Under each shipped policy, an agent of tier 1 who adds the tag “escalate” gets help from a higher tier."""
    play = Play(build(beginning_with(CATALOG[name], team)), began=MONDAY_10_AM, channel="voice", customer={"id": "ada"})
    play.tell("tag_added", MONDAY_10_AM + 1, tag="escalate", by="anna")
    assert play.policy.tier(play.now.responsible.team) > 1
