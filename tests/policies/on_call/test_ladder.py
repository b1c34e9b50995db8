"""Escalation ladders: one step after another, even when messages fail, until an agent acknowledges."""

import pytest
from hypothesis import given, settings

from policies.decide import decide
from policies.on_call.deliveries import is_wanted
from policies.state.conversation import opened
from policies.state.effects import AddInternalNote, AnyEffect, Notify, Promise
from policies.state.events import Fact, StepWithdrawn
from tests.policies.order.calls import CALLING, STORIES
from tests.policies.stories import FULL, RULES, Play, at, policy_of, reasons, told, wake_up


def last_call(play: Play) -> Notify:
    """Return the latest call."""
    return [effect for effect in play.effects if isinstance(effect, Notify) and effect.page][-1]


def calls(play: Play) -> list[str]:
    """Return all calls so far, as step and target."""
    return [f"{effect.page} {effect.target}" for effect in play.effects if isinstance(effect, Notify) and effect.page]


def test_the_whole_ladder() -> None:
    """Two steps in two rounds, each with its own wait; then a note says that nobody acknowledged."""
    play = Play(FULL, delivers=True)
    heard: dict[float, list[tuple[str, ...]]] = {}
    for when in (20, 24.9, 25, 34.9, 35, 40, 50, 90):
        heard[when] = [line for line in told(play.wake(when).effects) if line[0] in ("call", "note")]
    assert heard == {
        20: [("call", "people.1/1.1", "slack:#first")],
        24.9: [],
        25: [("call", "people.1/1.2", "slack:#second")],
        34.9: [],
        35: [("call", "people.1/2.1", "slack:#first")],
        40: [("call", "people.1/2.2", "slack:#second")],
        50: [("note", "Nobody acknowledged people in 2 rounds: Late — c")],
        90: [],
    }
    assert play.on_call_run("people.1").ended == "nobody acknowledged"


def test_the_wait_begins_when_a_step_is_tried() -> None:
    """A step's wait begins when the step is tried: a message that takes three minutes leaves two of the five."""
    play = Play(FULL)
    play.wake(20)
    assert play.on_call_run("people.1").next_at == at(25)
    decision = play.delivered(last_call(play), 23)
    assert reasons(decision) == ["people step 1 delivered, next Mon 5 Jan 10:25 UTC"]
    assert play.on_call_run("people.1").next_at == at(25)


def test_a_step_that_is_not_delivered_in_time_is_passed() -> None:
    """Slack takes no message for five minutes: the next step is called, and the timeline gives the reason."""
    play = Play(FULL)
    play.wake(20)
    decision = play.wake(25)
    assert told(decision.effects) == [("call", "people.1/1.2", "slack:#second")]
    assert reasons(decision) == [
        "people step 1 was not delivered within its wait: the ladder goes on",
        "people round 1, step 2: slack:#second",
    ]


def unheard() -> tuple[Play, list[Notify]]:
    """Return a ladder of which no message was delivered, when half an hour has passed, and its calls."""
    play = Play(FULL)
    for when in (20, 25, 35, 40, 50):
        play.wake(when)
    return play, [effect for effect in play.effects if isinstance(effect, Notify) and effect.page]


def test_a_ladder_that_reached_no_person_begins_again() -> None:
    """All outside systems are down: one note says so, and the ladder begins again after 15, 30, then 60 minutes."""
    play, _ = unheard()
    text = "Nobody could be reached by people in 2 rounds: Late — c"
    assert reasons(play.decisions[-1])[-1] == f"{text}; it begins again Mon 5 Jan 11:05 UTC"
    assert told(play.decisions[-1].effects) == [("note", text)]
    heard = {when: told(play.wake(when).effects) for when in (64.9, 65, 70, 80, 85, 95, 124.9, 125)}
    assert heard == {
        64.9: [],
        65: [("call", "people.1/1.1~1", "slack:#first")],
        70: [("call", "people.1/1.2~1", "slack:#second")],
        80: [("call", "people.1/2.1~1", "slack:#first")],
        85: [("call", "people.1/2.2~1", "slack:#second")],
        95: [],
        124.9: [],
        125: [("call", "people.1/1.1~2", "slack:#first")],
    }


def test_a_message_that_arrives_after_all_goes_on_from_there() -> None:
    """A message of a waiting ladder arrives at last: its step's wait begins, and then the next step is called."""
    play, sent = unheard()
    decision = play.delivered(sent[2], 52)
    assert reasons(decision) == ["people step 1 delivered after all, next Mon 5 Jan 10:57 UTC"]
    assert told(play.wake(57).effects) == [("call", "people.1/2.2~1", "slack:#second")]


def test_a_message_that_arrives_after_its_call_has_ended_shows_how_it_ended() -> None:
    """A message that arrives after Ben acknowledged shows that nobody need come."""
    play = Play(FULL)
    play.wake(20)
    first = last_call(play)
    play.wake(25)
    play.delivered(last_call(play), 25)
    play.tell("acknowledged", 27, by="ben")
    assert told(play.delivered(first, 28).effects) == [("update", "people.1", "acknowledged")]
    play.answer(30)
    assert told(play.delivered(first.model_copy(update={"key": "late"}), 31).effects) == [
        ("update", "people.1", "stood_down")
    ]


def is_still_wanted(play: Play) -> list[str]:
    """Return the calls that Baton would still deliver if they have not arrived yet."""
    sent = (effect for effect in play.effects if isinstance(effect, Notify) and effect.page)
    return [effect.page for effect in sent if is_wanted(effect, play.now)]


def test_a_call_that_is_not_needed_any_more_is_taken_back() -> None:
    """An earlier call is still delivered, but not once its channel is called again or the customer was answered."""
    play = Play(FULL)
    wanted: dict[float, list[str]] = {}
    for when in (20, 25, 35, 40, 50):
        play.wake(when)
        wanted[when] = is_still_wanted(play)
    play.wake(65)
    wanted[65] = is_still_wanted(play)
    play.answer(66)
    wanted[66] = is_still_wanted(play)
    assert wanted == {
        20: ["people.1/1.1"],
        25: ["people.1/1.1", "people.1/1.2"],
        35: ["people.1/1.2", "people.1/2.1"],
        40: ["people.1/2.1", "people.1/2.2"],
        50: ["people.1/2.1", "people.1/2.2"],
        65: ["people.1/2.2", "people.1/1.1~1"],
        66: [],
    }


def test_a_call_that_was_taken_back_and_is_needed_after_all_is_made_anew() -> None:
    """A late fact shows that a call goes on whose message was already withdrawn: the step is called again."""
    play = Play(FULL)
    play.wake(20)
    gone = StepWithdrawn(event_id="w", occurred_at=at(21), source="baton", page="people.1/1.1", may_be_folded=False)
    assert told(play.feed(gone, 21).effects) == [("call", "people.1/1.1~1", "slack:#first")]
    assert play.on_call_run("people.1").next_at == at(26)


def test_a_step_that_cannot_be_reached_is_passed_at_once() -> None:
    """A channel that does not exist costs no waiting time: the next step is called at once."""
    play = Play(FULL)
    play.wake(20)
    decision = play.failed(last_call(play), 21, "channel_not_found")
    assert told(decision.effects) == [("call", "people.1/1.2", "slack:#second")]
    assert reasons(decision) == [
        "Could not notify slack:#first: channel_not_found",
        "people step 1 could not be reached: channel_not_found",
        "people round 1, step 2: slack:#second",
    ]


def test_a_ladder_that_reaches_no_person_says_so() -> None:
    """When every step is refused, a note says that nobody could be reached, and all steps are tried again later."""
    play = Play(FULL)
    play.wake(20)
    for _ in range(4):
        play.failed(last_call(play), 21)
    assert calls(play) == [
        "people.1/1.1 slack:#first",
        "people.1/1.2 slack:#second",
        "people.1/2.1 slack:#first",
        "people.1/2.2 slack:#second",
    ]
    assert [effect.body for effect in play.asked(AddInternalNote) if isinstance(effect, AddInternalNote)] == [
        "Nobody could be reached by people in 2 rounds: Late — c"
    ]
    assert told(play.wake(36).effects) == [("call", "people.1/1.1~1", "slack:#first")]


def test_a_step_that_fails_after_it_was_passed_changes_nothing() -> None:
    """A failure that is reported after the ladder has moved on calls nobody."""
    play = Play(FULL)
    play.wake(20)
    first = last_call(play)
    play.delivered(first, 21)
    play.wake(26)
    before = calls(play)
    play.failed(first, 27)
    assert calls(play) == before


@pytest.mark.parametrize("step", ["", "people", "people.1", "people.1/1.1"])
def test_an_acknowledgement_stops_the_ladder(step: str) -> None:
    """An acknowledgement stops the ladder, whether it names the escalation, the run, the step or nothing."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    decision = play.tell("acknowledged", 22, by="ben", step=step)
    assert reasons(decision) == ["ben acknowledged people at step 1, to answer by Mon 5 Jan 10:52 UTC"]
    assert told(decision.effects) == [("update", "people.1", "acknowledged")]
    play.answer(30)
    assert (play.on_call_run("people.1").acknowledged_by, play.wake(200).effects) == ("ben", ())


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("", "ben acknowledged, but nobody was being called"),
        ("managers", "ben acknowledged, but nobody was being called for managers"),
    ],
)
def test_an_acknowledgement_of_no_running_call_is_on_the_record(step: str, why: str) -> None:
    """A button that is pressed too late, or for another escalation, stops nothing and is recorded."""
    play = Play(FULL, delivers=True)
    if step:
        play.wake(20)
    assert reasons(play.tell("acknowledged", 22 if step else 2, by="ben", step=step)) == [why]
    assert len(play.now.on_call.running) == bool(step)


@pytest.mark.parametrize(
    ("event", "body", "because"),
    [
        ("message", {"author": "agent", "author_id": "anna"}, "answered by anna"),
        ("status_changed", {"status": "resolved"}, "resolved"),
        ("merged", {"into": "C-2"}, "merged into C-2"),
    ],
)
def test_an_answer_or_an_end_ends_the_run(event: str, body: dict[str, str], because: str) -> None:
    """An answer, a resolution or a merge ends the on-call run."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    play.tell(event, 22, **body)
    assert (play.on_call_run("people.1").ended, play.wake(200).effects) == (because, ())


def test_one_ladder_at_a_time() -> None:
    """An escalation that is already calling people for a conversation does not call them a second time."""
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
    """A new run of an escalation gets a new number, though many other runs came in between."""
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


def test_a_call_says_what_it_is_about() -> None:
    """The call shows customer, team, subject, priority, promises and last words."""
    play = Play(FULL, subject="Invoice 7", customer={"name": "Ada", "tier": "gold"}, priority="high")
    play.customer(2)
    play.wake(20)
    call: AnyEffect = last_call(play)
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


@settings(max_examples=8, deadline=None)
@given(STORIES.drawn)
def test_one_customer_never_has_the_same_people_called_by_two_ladders(story: list[Fact]) -> None:
    """At most one run of an escalation calls people for a conversation at a time."""
    conversation = opened("c", at(0))
    for event in sorted(story, key=lambda event: event.occurred_at):
        conversation = decide(conversation, event, event.occurred_at, policy=CALLING).conversation
        assert len(conversation.situation.on_call.running) <= 1
    for minute in range(121, 600):
        conversation = decide(conversation, wake_up(minute), at(minute), policy=CALLING).conversation
        assert len(conversation.situation.on_call.running) <= 1
