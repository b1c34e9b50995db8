"""On-call ladders: one after another, from delivery on, until somebody has it."""

import pytest

from policies.effects import AddInternalNote, AnyEffect, Notify, Promise
from tests.policies.stories import FULL, RULES, Play, at, policy_of, reasons, told


def last_page(play: Play) -> Notify:
    """The latest call."""
    return [effect for effect in play.effects if isinstance(effect, Notify) and effect.page][-1]


def calls(play: Play) -> list[str]:
    """Everybody who was called, step by step."""
    return [f"{effect.page} {effect.target}" for effect in play.effects if isinstance(effect, Notify) and effect.page]


def test_the_whole_ladder() -> None:
    """First, second, first, second, each with its own wait; then a note that nobody came."""
    play = Play(FULL, delivers=True)
    heard: dict[float, list[tuple[str, ...]]] = {}
    for when in (20, 24.9, 25, 34.9, 35, 40, 50, 90):
        heard[when] = [line for line in told(play.wake(when).effects) if line[0] in ("page", "note")]
    assert heard == {
        20: [("page", "people.1/1.1", "slack:#first")],
        24.9: [],
        25: [("page", "people.1/1.2", "slack:#second")],
        34.9: [],
        35: [("page", "people.1/2.1", "slack:#first")],
        40: [("page", "people.1/2.2", "slack:#second")],
        50: [("note", "Nobody acknowledged people in 2 rounds: Late — c")],
        90: [],
    }
    assert play.page("people.1").ended == "nobody acknowledged"


def test_the_wait_begins_when_it_has_been_delivered() -> None:
    """While Slack is slow, nobody's five minutes run."""
    play = Play(FULL)
    play.wake(20)
    assert play.page("people.1").next_at is None
    assert play.wake(60).effects == ()
    decision = play.delivered(last_page(play), 61)
    assert reasons(decision) == ["people step 1 delivered, next Mon 5 Jan 11:06 UTC"]
    assert play.page("people.1").next_at == at(66)


def test_a_step_that_cannot_be_reached_is_passed_at_once() -> None:
    """A channel that is gone costs no minutes: the next person is called immediately."""
    play = Play(FULL)
    play.wake(20)
    decision = play.failed(last_page(play), 21, "channel_not_found")
    assert told(decision.effects) == [("page", "people.1/1.2", "slack:#second")]
    assert reasons(decision) == [
        "Could not notify slack:#first: channel_not_found",
        "people step 1 could not be reached: channel_not_found",
        "people round 1, step 2: slack:#second",
    ]


def test_a_ladder_that_reaches_nobody_says_so() -> None:
    """Every step refused: all are tried, then the note says that nobody came."""
    play = Play(FULL)
    play.wake(20)
    for _ in range(4):
        play.failed(last_page(play), 21)
    assert calls(play) == [
        "people.1/1.1 slack:#first",
        "people.1/1.2 slack:#second",
        "people.1/2.1 slack:#first",
        "people.1/2.2 slack:#second",
    ]
    assert [effect.body for effect in play.asked(AddInternalNote) if isinstance(effect, AddInternalNote)] == [
        "Nobody acknowledged people in 2 rounds: Late — c"
    ]


def test_a_step_that_fails_after_it_was_passed_changes_nothing() -> None:
    """Old news of an old step calls nobody."""
    play = Play(FULL)
    play.wake(20)
    first = last_page(play)
    play.delivered(first, 21)
    play.wake(26)
    before = calls(play)
    play.failed(first, 27)
    assert calls(play) == before


@pytest.mark.parametrize("step", ["", "people", "people.1", "people.1/1.1"])
def test_somebody_has_it(step: str) -> None:
    """Said with or without naming what: the ladder stops, and nobody else is called."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    decision = play.tell("acknowledged", 22, by="ben", step=step)
    assert reasons(decision) == ["ben acknowledged people at step 1, to answer by Mon 5 Jan 10:52 UTC"]
    assert told(decision.effects) == [("update", "people.1", "acknowledged")]
    play.answer(30)
    assert (play.page("people.1").acknowledged_by, play.wake(200).effects) == ("ben", ())


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("", "ben acknowledged, but nobody was being called"),
        ("managers", "ben acknowledged, but nobody was being called for managers"),
    ],
)
def test_having_what_nobody_was_called_for_is_on_the_record(step: str, why: str) -> None:
    """A button pressed too late, or for something else, stops nothing and is remembered."""
    play = Play(FULL, delivers=True)
    if step:
        play.wake(20)
    assert reasons(play.tell("acknowledged", 22 if step else 2, by="ben", step=step)) == [why]
    assert len(play.now.running_pages) == bool(step)


@pytest.mark.parametrize(
    ("event", "body", "because"),
    [
        ("message", {"author": "agent", "author_id": "anna"}, "answered by anna"),
        ("status_changed", {"status": "resolved"}, "resolved"),
        ("merged", {"into": "C-2"}, "merged into C-2"),
    ],
)
def test_nobody_needs_to_come_any_more(event: str, body: dict[str, str], because: str) -> None:
    """An answer, a resolution or a merge ends the calling."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    play.tell(event, 22, **body)
    assert (play.page("people.1").ended, play.wake(200).effects) == (because, ())


def test_one_ladder_at_a_time() -> None:
    """Who is being called already is not called twice for the same conversation."""
    again = RULES.replace("on: {clock: first_response, at: breach}", "on: tag_added\n    when: event.tag != 'late'")
    play = Play(policy_of(again), delivers=True)
    play.tell("tag_added", 1, tag="one")
    decision = play.tell("tag_added", 2, tag="two")
    assert told(decision.effects) == []
    assert reasons(decision)[-1] == "people is already being called: Late — c"
    play.answer(3)
    play.tell("tag_added", 4, tag="three")
    assert calls(play) == ["people.1/1.1 slack:#first", "people.2/1.1 slack:#first"]


def test_a_ladder_that_ran_often_never_repeats_a_number() -> None:
    """However many others were called in between, the next call is a new one to everybody outside."""
    many = "rules:\n" + "".join(
        f"  - {{name: call {name}, on: tag_added, when: 'event.tag == \"{name}\"', do: [{{notify: {name}}}]}}\n"
        for name in ("one", "two")
    )
    steps = '{steps: [{notify: "slack:#x"}]}'
    play = Play(policy_of(many, f"escalations:\n  one: {steps}\n  two: {steps}\n"), delivers=True)
    play.tell("tag_added", 1, tag="one")
    for round_ in range(15):
        for kind, when in (("tag_added", 3), ("message", 4), ("tag_removed", 5)):
            body = {"author": "agent"} if kind == "message" else {"tag": "two"}
            play.tell(kind, when + 5 * round_, event_id=f"{kind}{round_}", **body)
    play.tell("tag_removed", 90, tag="one")
    play.tell("tag_added", 91, tag="one", event_id="again")
    assert [call for call in calls(play) if call.startswith("one")] == ["one.1/1.1 slack:#x", "one.2/1.1 slack:#x"]


def test_who_is_called_knows_what_it_is_about() -> None:
    """Customer, team, subject, urgency, the next promise and the last words, at a glance."""
    play = Play(FULL, subject="Invoice 7", customer={"name": "Ada", "tier": "gold"}, priority="high")
    play.customer(2)
    play.wake(20)
    call: AnyEffect = last_page(play)
    assert isinstance(call, Notify)
    assert (call.headline, call.because) == ("Late — Invoice 7", "late")
    assert call.facts == (
        ("Customer", "Ada · gold"),
        ("Team", "Tier 2"),
        ("Subject", "Invoice 7"),
        ("Priority", "high"),
        ("Last words", "Hello?"),
    )
    assert call.promises == (
        Promise(title="First response", state="breached", due_at=at(20)),
        Promise(title="Resolution", state="running", due_at=at(420)),
    )
