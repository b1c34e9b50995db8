"""Teams that pass customers on to each other: a waiting customer goes to a team that is open, if there is one."""

from datetime import date, timedelta

import pytest

from policies.deadlines import next_deadline
from policies.document.document import Document
from policies.loading.load import load_policy
from policies.running.policy import build
from tests.cases import case
from tests.policies.stories import START, Play

RING = case("policies/queues/ring")
B_BY_DAY, B_AT_NIGHT = (f"b: {{name: B, sla: s, queue: {{}}, hours: {hours}" for hours in ("day", "night"))
WEEK = timedelta(days=7)


def of(text: str, *, today: date = date(2026, 1, 1)) -> Document:
    """Return the policy in a text, loaded as a worker would on that day."""
    return load_policy(text, file="ring.yaml", today=today)


def days_of(play: Play) -> list[tuple[str, str]]:
    """Return when the conversation moves and to which team, in a week in which no agent takes it."""
    moves = [(f"{START:%a %H:%M}", play.now.responsible.team)]
    while (ahead := next_deadline(play.now, play.policy)) is not None and ahead.at < START + WEEK:
        play.wake((ahead.at - START) / timedelta(minutes=1))
        if play.now.responsible.team != moves[-1][1]:
            moves.append((f"{ahead.at:%a %H:%M}", play.now.responsible.team))
    return moves


def test_a_team_that_stands_in_for_another_keeps_the_customer_until_it_opens() -> None:
    """Team A passes on to B after half an hour and stands in for B at night: A has the customer by night, B by day."""
    moves = days_of(Play(build(of(RING))))
    assert moves[:4] == [("Mon 10:00", "a"), ("Mon 10:30", "b"), ("Mon 17:00", "a"), ("Tue 09:00", "b")]
    assert moves[4:6] == [("Tue 17:00", "a"), ("Wed 09:00", "b")]
    assert len(moves) == 16


def test_a_conversation_for_a_closed_team_goes_there_at_its_opening() -> None:
    """A passes on to B and stands in for B while B is closed: the customer stays with A until B opens."""
    moves = days_of(Play(build(of(RING.replace(B_BY_DAY, B_AT_NIGHT)))))
    assert moves[:3] == [("Mon 10:00", "a"), ("Mon 17:00", "b"), ("Tue 09:00", "a")]


def test_each_of_three_teams_in_a_ring_has_the_customer_once_a_night() -> None:
    """A passes on to B, C stands in for B, C passes on to A: each team has one turn, then A keeps it until B opens."""
    ring = RING.replace(f"{B_BY_DAY}, after_hours: a", f"{B_AT_NIGHT}, after_hours: c")
    moves = days_of(Play(build(of(ring))))
    assert moves[:4] == [("Mon 10:00", "a"), ("Mon 10:30", "c"), ("Mon 11:00", "a"), ("Mon 17:00", "b")]
    assert len(moves) < 4 * 7


def test_a_conversation_that_all_declined_does_not_go_round() -> None:
    """All agents of A declined and B is closed: the customer stays with A, people are told, and B gets it at five."""
    play = Play(build(of(RING.replace(B_BY_DAY, B_AT_NIGHT))))
    assert play.now.queue_entry is not None
    body = {"team": "a", "ticket": play.now.queue_entry.ticket, "position": 1, "because": "…", "is_refused": True}
    decision = play.tell("queued", 5, **body)
    assert [entry.kind for entry in decision.because] == ["queued", "refused"]
    assert play.now.responsible.team == "a"
    play.wake(7 * 60)
    assert play.now.responsible.team == "b"


@pytest.mark.parametrize("opening", ["2020-2025 Mo-Fr 09:00-17:00", "Jan 01 00:00-00:01"])
def test_hours_that_never_come_stop_no_promise(opening: str) -> None:
    """A team whose hours have ended, or last one minute a year, counts as open around the clock."""
    text = RING.replace('09:00-17:00"}', f'{opening}"}}', 1).replace(", after_hours: a", "")
    text = text.replace("queue: {overflow: {after: 30m, to: b}}", "hours: day, queue: {overflow: {after: 30m, to: b}}")
    if has_ended := opening.startswith("2020"):
        text = text.replace("next_response: 1h", "next_response: 1h, hours: day")
    play = Play(build(of(text, today=date(2022 if has_ended else 2026, 1, 1))))
    moves = days_of(play)
    assert moves[:2] == [("Mon 10:00", "a"), ("Mon 10:30", "b")]
    assert [(clock.name, clock.state) for clock in play.now.sla.clocks] == [("first_response", "breached")]
