"""Escalation ladders with people: whom a step calls, how long an acknowledgement counts, and late buttons."""

from typing import Any

import pytest

from policies.contract.commands import Refused
from policies.deadlines import deadlines
from policies.state.effects import AddInternalNote, Notify, UpdateNotification
from policies.state.events import StepDelivered
from tests.policies.on_call.ladders import PEOPLE, called, ladder
from tests.policies.stories import ACME, Play, at, policy_of, reasons, told


def updates(play: Play) -> list[tuple[str, str]]:
    """Return the outcome and text of each update of the calls' messages."""
    return [(effect.outcome, effect.text) for effect in play.effects if isinstance(effect, UpdateNotification)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{notify: 'slack:#a'}", ("slack:#a", ())),
        ("{notify: 'slack:!S0GROUP'}", ("slack:!S0GROUP", ())),
        ("{notify: 'person:anna'}", ("person:anna", ("anna",))),
        ("{notify: ['person:anna', 'person:ben']}", ("person:anna,ben", ("anna", "ben"))),
        ("{notify: 'team:tier-2'}", ("team:tier-2", ("anna", "ben"))),
        ("{notify: 'webhook:https://pager.example/x'}", ("webhook:https://pager.example/x", ())),
    ],
)
def test_a_step_reaches_channels_people_and_systems(step: str, expected: tuple[str, tuple[str, ...]]) -> None:
    """A step calls a channel, a group, one person, several people, a team or another system."""
    assert called(ladder(step)) == [expected]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{notify: 'person:carl'}", "nobody in person:carl has a Slack member ID"),
        ("{notify: 'slack:#a', when: 'conversation.priority == \"urgent\"'}", 'conversation.priority == "urgent"'),
        ("{notify: 'slack:#a', during: night}", "outside night hours"),
        ("{notify: 'slack:#a', local_time: '12:00-20:00'}", "it is outside 12:00-20:00"),
        ("{notify: 'person:ben', local_time: '08:00-18:00'}", "it is outside 08:00-18:00 for ben"),
    ],
)
def test_a_step_without_people_is_passed_over_at_once(step: str, why: str) -> None:
    """A step that does not apply now, or has nobody to reach, is passed over at once, and the timeline says why."""
    base = ACME.replace("hours:\n", "hours:\n  night: {open: '18:00-24:00'}\n", 1)
    text = f"escalations:\n  people: {{steps: [{step}, {{notify: 'slack:#next'}}]}}\n"
    play = Play(policy_of(PEOPLE, text, base=base), delivers=True)
    decision = play.tell("tag_added", 1, tag="help")
    assert called(play) == [("slack:#next", ())]
    assert any(line.startswith("people step 1 passed over: ") and why in line for line in reasons(decision))


def test_only_people_with_daytime_are_called() -> None:
    """In a team around the world only people for whom it is daytime are called."""
    assert called(ladder("{notify: 'team:tier-2', local_time: '08:00-18:00'}")) == [("team:tier-2", ("anna",))]


def test_when_every_step_is_passed_over_the_lead_hears_of_it() -> None:
    """When no step can call anybody, a note says so, and the lead is told."""
    play = ladder("{notify: 'person:carl'}, {notify: 'slack:#a', when: 'false'}", more=", repeat: 5")
    text = "Nobody could be called by people, every step was passed over: Help — c"
    assert called(play) == []
    assert told(play.decisions[-1].effects) == [
        ("note", text),
        ("update", "people.1", "exhausted"),
        ("notify", "slack:#leads", text),
    ]


def test_a_step_may_look_at_the_round() -> None:
    """A step can be limited to the second round."""
    play = ladder("{notify: 'slack:#a'}, {notify: 'person:anna', when: 'event.round > 1'}", more=", repeat: 2")
    for when in (6, 11):
        play.wake(when)
    assert [target for target, _ in called(play)] == ["slack:#a", "slack:#a", "person:anna"]


@pytest.mark.parametrize(
    ("alert", "people"), [("person:ben", ("ben",)), ("team:tier-2", ("anna", "ben")), ("slack:#ops", ())]
)
def test_without_a_lead_the_people_under_alert_hear_of_the_end(alert: str, people: tuple[str, ...]) -> None:
    """A ladder without a lead ends without an answer: the people whom the policy's alert stands for are told."""
    ends = "escalations:\n  people: {steps: [{notify: 'slack:#a', wait: 5m}]}\n"
    play = Play(policy_of(PEOPLE, f"alert: {alert}\n", ends), delivers=True)
    play.tell("tag_added", 1, tag="help")
    decision = play.wake(6)
    (notice,) = (effect for effect in decision.effects if isinstance(effect, Notify))
    assert (notice.target, tuple(person.person for person in notice.people)) == (alert, people)


def test_when_a_step_fails_the_lead_is_told_and_the_next_is_called() -> None:
    """When a channel is gone, the next step is called at once, and the lead, who can mend it, is told."""
    play = ladder("{notify: 'slack:#gone'}, {notify: 'person:anna'}")
    call = next(effect for effect in play.effects if isinstance(effect, Notify) and effect.page)
    play = ladder("{notify: 'slack:#gone'}, {notify: 'person:anna'}")
    decision = play.failed(call, 2, "is_archived")
    assert told(decision.effects) == [
        ("notify", "slack:#leads", "Step 1 of people could not be reached"),
        ("call", "people.1/1.2", "person:anna"),
    ]


def test_everyone_has_to_acknowledge() -> None:
    """With `everyone`, two people have to acknowledge: one of them alone does not stop the calling."""
    play = ladder("{notify: ['person:anna', 'person:ben'], everyone: true}, {notify: 'slack:#all'}")
    assert reasons(play.tell("acknowledged", 2, by="anna")) == ["anna acknowledged people at step 1; ben still has to"]
    assert reasons(play.tell("acknowledged", 3, by="ben")) == [
        "ben acknowledged people at step 1, to answer by Mon 5 Jan 10:20 UTC"
    ]
    assert called(play) == [("person:anna,ben", ("anna", "ben"))]


@pytest.mark.parametrize(
    "step",
    [
        "{notify: ['person:anna', 'person:ben'], everyone: true, local_time: '08:00-18:00'}",
        "{notify: ['person:anna', 'person:carl'], everyone: true}",
    ],
)
def test_people_who_were_not_called_need_not_acknowledge(step: str) -> None:
    """With `everyone`, people whom the step did not call do not have to acknowledge."""
    play = ladder(step)
    play.tell("acknowledged", 2, by="anna")
    assert play.on_call_run("people.1").ended == "acknowledged by anna"


@pytest.mark.parametrize("acknowledged_at", [2, 4])
def test_people_refused_by_slack_need_not_acknowledge(acknowledged_at: float) -> None:
    """Ben has left the workspace: Anna's acknowledgement is enough, before or after Slack reports it."""
    play = ladder("{notify: ['person:anna', 'person:ben'], everyone: true}")
    play.delivers = False
    play.wake(6)  # the first call has ended without an answer, and help is needed once more
    play.tell("tag_removed", 7, tag="help")
    play.tell("tag_added", 8, tag="help", event_id="again")
    reached = StepDelivered(event_id="d", occurred_at=at(11), source="baton", page="people.2/1.1", reached=("anna",))
    play.tell("acknowledged", 8 + acknowledged_at, by="anna")
    play.feed(reached, 13)
    assert play.on_call_run("people.2").ended == "acknowledged by anna"


def test_when_one_of_everyone_is_missing_it_goes_on() -> None:
    """With `everyone` and one acknowledgement missing, the next step is called after the wait."""
    play = ladder("{notify: ['person:anna', 'person:ben'], everyone: true}, {notify: 'slack:#all'}")
    play.tell("acknowledged", 2, by="anna")
    play.wake(6)
    assert [target for target, _ in called(play)] == ["person:anna,ben", "slack:#all"]


def test_an_agent_who_acknowledges_and_forgets_is_called_again() -> None:
    """An agent who acknowledges and does not answer in time is called again, in a step with its own number."""
    play = ladder("{notify: 'person:anna'}, {notify: 'slack:#all'}")
    play.tell("acknowledged", 2, by="anna")
    assert play.wake(19.9).effects == ()
    decision = play.wake(20)
    assert "anna acknowledged, but the customer still waits: people goes on" in reasons(decision)
    assert [effect.page for effect in play.effects if isinstance(effect, Notify) and effect.page] == [
        "people.1/1.1",
        "people.1/1.1~1",
    ]
    assert updates(play) == [
        ("acknowledged", "acknowledged by Anna, to answer by Mon 5 Jan 10:20 UTC"),
        ("resumed", "anna acknowledged, but the customer still waits: people goes on"),
    ]


def again_and_worse(*, lease: str = "30m") -> Play:
    """Return a call that Anna acknowledged at minute 2; the first response is due at minute 20."""
    rules = (
        "  - {name: late, on: {clock: first_response, at: breach}, do: [{notify: people}]}\n"
        "  - {name: angry, on: tag_added, when: 'event.tag == \"angry\"', do: [{notify: people}]}\n"
    )
    steps = "{notify: 'person:anna'}, {notify: 'slack:#all'}"
    policy = policy_of(PEOPLE, rules, f"escalations:\n  people: {{steps: [{steps}], lease: {lease}}}\n", base=ACME)
    play = Play(policy, delivers=True)
    play.tell("tag_added", 1, tag="help")
    play.command("acknowledge", 2)
    return play


def test_a_promise_that_breaks_calls_people_once() -> None:
    """Anna's time ends at the same instant as the promise, and both call the same people: they are called once."""
    play = again_and_worse()
    decision = play.wake(20)
    assert told(decision.effects) == [("call", "people.2/1.1", "person:anna"), ("update", "people.1", "stood_down")]
    assert reasons(decision)[-1] == "anna acknowledged, but the customer still waits: people.2 calls by now"
    play.wake(25)
    assert [target for target, _ in called(play)] == ["person:anna", "person:anna", "slack:#all"]
    assert [run.id for run in play.now.on_call.running] == ["people.2"]


def test_an_acknowledged_later_call_outlives_the_earlier_one() -> None:
    """Ben acknowledged a later call of the same people: when Anna's time ends, nobody is called."""
    play = again_and_worse(lease="10m")
    play.tell("tag_added", 5, tag="angry")
    play.command("acknowledge", 6, actor="ben")
    decision = play.wake(12)
    assert told(decision.effects) == [("update", "people.1", "stood_down")]
    assert reasons(decision)[-1] == "anna acknowledged, but the customer still waits: ben has it by people.2"
    assert told(play.wake(16).effects) == [("update", "people.2", "resumed"), ("call", "people.2/1.1~1", "person:anna")]


def test_the_buttons_of_a_call_that_goes_on_are_good_again() -> None:
    """The later call has ended and Anna's time is over: the buttons of the first call work again."""
    play = again_and_worse(lease="16m")
    play.tell("tag_added", 3, tag="angry")
    for when in (8, 13, 18):
        play.wake(when)
    assert [run.step_id for run in play.now.on_call.running] == ["people.1/1.1~1"]
    play.command("acknowledge", 19, actor="ben", step="people.1/1.1~1")
    assert play.on_call_run("people.1").acknowledged_by == "ben"


def test_a_call_for_others_goes_on_with_the_later_run() -> None:
    """With two calls of the same people, one acknowledged, `call` goes on with the later one."""
    play = again_and_worse()
    play.tell("tag_added", 5, tag="angry")
    play.command("call", 6)
    assert [call for call, _ in called(play)] == ["person:anna", "person:anna", "slack:#all"]
    assert [run.id for run in play.now.on_call.running] == ["people.2"]


def test_a_call_for_an_acknowledged_escalation_is_only_recorded() -> None:
    """A rule that asks for the same call while Anna has it is recorded and calls nobody."""
    play = again_and_worse()
    play.tell("tag_removed", 3, tag="help")
    decision = play.tell("tag_added", 4, tag="help", event_id="again")
    assert decision.effects == ()
    assert reasons(decision)[-1] == "people was called for this, and already acknowledged by anna: Help — c"


def test_an_expired_acknowledgement_lets_the_rule_call_again() -> None:
    """Anna's time is over and nobody came: the same rule may call people again."""
    play = again_and_worse(lease="5m")
    for when in (7, 12, 17):
        play.wake(when)
    play.tell("tag_removed", 18, tag="help")
    decision = play.tell("tag_added", 19, tag="help", event_id="again")
    assert told(decision.effects) == [("call", "people.2/1.1", "person:anna")]


@pytest.mark.parametrize("event", [{"author": "agent"}, None])
def test_an_acknowledged_and_answered_conversation_calls_no_person_again(event: dict[str, Any] | None) -> None:
    """A conversation that is answered or resolved in time calls nobody again."""
    play = ladder("{notify: 'person:anna'}")
    play.tell("acknowledged", 2, by="anna")
    if event:
        play.tell("message", 5, **event)
    else:
        play.tell("status_changed", 5, status="resolved")
    play.wake(300)
    assert len(called(play)) == 1
    assert updates(play)[-1][0] == "stood_down"


def test_a_lease_is_no_longer_than_the_policy_says() -> None:
    """The policy's lease of fifteen minutes counts where the answer is due later than that."""
    play = ladder("{notify: 'person:anna'}", more=", lease: 15m")
    assert reasons(play.tell("acknowledged", 2, by="anna"))[0].endswith("to answer by Mon 5 Jan 10:17 UTC")


def test_an_acknowledgement_has_no_limit_while_the_customer_is_awaited() -> None:
    """An acknowledgement while the customer is awaited has no time limit."""
    play = ladder("{notify: 'person:anna'}")
    play.tell("status_changed", 2, status="pending_customer")
    play.tell("acknowledged", 3, by="anna")
    assert play.on_call_run("people.1").lease_until is None


@pytest.mark.parametrize(
    ("to", "expected"),
    [("", ["slack:#b"]), ("3", ["slack:#c"]), ("boss", ["slack:#c"]), ("other", ["slack:#other"])],
)
def test_others_can_be_called_at_once(to: str, expected: list[str]) -> None:
    """The next step, a step by number or name, or another escalation can be called without waiting."""
    steps = "{notify: 'slack:#a'}, {notify: 'slack:#b'}, {notify: 'slack:#c', name: boss}"
    policy = policy_of(
        PEOPLE, f"escalations:\n  people: {{steps: [{steps}]}}\n  other: {{steps: [{{notify: 'slack:#other'}}]}}\n"
    )
    play = Play(policy, delivers=True)
    play.tell("tag_added", 1, tag="help")
    play.command("call", 2, to=to)
    assert [target for target, _ in called(play)] == ["slack:#a", *expected]


def test_an_agent_who_acknowledged_can_call_for_help() -> None:
    """An agent who acknowledged and needs help can call the next step."""
    play = ladder("{notify: 'person:anna'}, {notify: 'person:ben'}")
    play.command("acknowledge", 2, actor="anna", step="people.1/1.1")
    play.command("call", 3, actor="anna", step="people.1/1.1")
    assert [target for target, _ in called(play)] == ["person:anna", "person:ben"]
    assert not play.on_call_run("people.1").ended


@pytest.mark.parametrize("name", ["acknowledge", "take", "call", "resolve"])
def test_a_button_of_an_earlier_call_changes_nothing(name: str) -> None:
    """A button of an earlier call is refused, and the answer names the latest call."""
    play = ladder("{notify: 'person:anna'}")
    play.answer(2)
    play.tell("tag_removed", 3, tag="help")
    play.customer(4)
    play.tell("tag_added", 5, tag="help", event_id="again")
    with pytest.raises(Refused) as refused:
        play.command(name, 6, step="people.1/1.1")
    assert str(refused.value) == (
        "that was for an earlier call, people.1; the latest is people.2: still calling people"
    )


def test_a_second_acknowledgement_hears_who_has_it() -> None:
    """When two people acknowledge, the second is told that the first has it."""
    play = ladder("{notify: 'slack:#all'}")
    play.command("acknowledge", 2, actor="ben", step="people.1/1.1")
    with pytest.raises(Refused, match="nobody is being called for this conversation any more: acknowledged by ben"):
        play.command("acknowledge", 3, actor="anna", step="people.1/1.1")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"to": "9"}, "there is no step 9: the steps are 1, boss"),
        ({"to": "people"}, "people is being called already"),
    ],
)
def test_calling_an_unknown_step_is_refused(body: dict[str, str], why: str) -> None:
    """Calling a step that does not exist is refused with the names of those that do."""
    play = ladder("{notify: 'slack:#a'}, {notify: 'slack:#b', name: boss}")
    with pytest.raises(Refused) as refused:
        play.command("call", 2, **body)
    assert str(refused.value) == why


def test_a_note_for_the_next_person() -> None:
    """A note with attempts, opinion and need becomes one internal note."""
    play = ladder("{notify: 'slack:#a'}")
    play.command("add_note", 2, actor="anna", tried="reset", think="a bug", need="a look at the logs")
    notes = [effect.body for effect in play.asked(AddInternalNote) if isinstance(effect, AddInternalNote)]
    assert notes == ["Note by anna\nTried: reset\nThink: a bug\nNeed: a look at the logs"]


def test_values_that_the_policy_hides_stay_hidden() -> None:
    """An e-mail address or card number in the customer's words does not reach Slack."""
    play = ladder("{notify: 'slack:#a'}, {notify: 'slack:#b'}")
    play.tell("message", 2, author="customer", text="I am ada@example.com, card 4111 1111 1111 1111")
    play.wake(6)
    call = [effect for effect in play.effects if isinstance(effect, Notify)][-1]
    assert dict(call.facts)["Last words"] == "I am [email], card [card]"


def test_a_call_that_goes_on_is_heard_of_though_clocks_differ() -> None:
    """A worker's clock is half a second behind: its report of the repeated step still moves the ladder on."""
    play = ladder("{notify: 'person:anna'}, {notify: 'slack:#all'}")
    play.delivers = False
    play.tell("acknowledged", 2, by="anna")
    (again,) = [effect for effect in play.wake(20).effects if isinstance(effect, Notify)]
    heard = StepDelivered(event_id="again", occurred_at=at(19.99), source="baton", page=again.page)
    play.feed(heard, 20.01)
    assert play.on_call_run("people.1").next_at == at(25)
    play.wake(25)
    assert [target for target, _ in called(play)] == ["person:anna", "person:anna", "slack:#all"]


def test_a_delivery_after_the_acknowledgement_changes_nothing() -> None:
    """A delivery reported after an agent acknowledged changes nothing."""
    play = ladder("{notify: 'person:anna'}")
    play.command("acknowledge", 2)
    before = play.now.on_call.early
    play.feed(StepDelivered(event_id="twice", occurred_at=at(3), source="baton", page="people.1/1.1"), 3)
    assert play.now.on_call.early == before


@pytest.mark.parametrize("name", ["help", "support/late", "tier.1", "eu/tier.1", "a.1/2"])
def test_an_escalation_may_have_any_name(name: str) -> None:
    """An escalation's name may have a slash or a dot: its calls and steps can still be acknowledged."""
    text = f"escalations:\n  {name}: {{steps: [{{notify: 'slack:#a'}}]}}\n"
    policy = policy_of(PEOPLE.replace("notify: people", f"notify: {name}"), text, base=ACME)
    for step in (name, f"{name}.1", f"{name}.1/1.1"):
        play = Play(policy, delivers=True)
        play.tell("tag_added", 1, tag="help")
        play.command("acknowledge", 2, step=step)
        assert play.on_call_run(f"{name}.1").acknowledged_by == "anna"


def test_a_button_stops_only_its_own_call() -> None:
    """One escalation is named like a run of another: a button stops only the call that it was made for."""
    play = ladder("{notify: 'slack:#a'}")
    assert play.on_call_run("people.1").is_meant_by("people.1/1.1~2")
    assert not play.on_call_run("people.1").is_meant_by("people.1/night.1/1.1")


PAUSES: list[tuple[tuple[str, dict[str, str]], tuple[str, dict[str, str]]]] = [
    (("hold", {"note": "the bank answers on Thursday"}), ("release", {})),
    (("status_changed", {"status": "pending_customer"}), ("message", {"author": "customer", "text": "Well?"})),
    (("status_changed", {"status": "on_hold"}), ("status_changed", {"status": "open"})),
]


def do(play: Play, what: tuple[str, dict[str, str]], when: float) -> None:
    """Send a command, or news from the helpdesk."""
    name, body = what
    if name in ("hold", "release"):
        play.command(name, when, **body)
    else:
        play.tell(name, when, event_id=f"{name}-{when:g}", **body)


@pytest.mark.parametrize(("begins", "ends"), PAUSES)
def test_the_next_step_waits_while_there_is_nothing_to_do(
    begins: tuple[str, dict[str, str]], ends: tuple[str, dict[str, str]]
) -> None:
    """On hold or while the customer is awaited, the next step waits; it is called when the pause is over."""
    play = ladder("{notify: 'slack:#a'}, {notify: 'slack:#b'}, {notify: 'slack:#c'}")
    do(play, begins, 2)
    assert [deadline for deadline in deadlines(play.now, play.policy) if deadline.kind == "page"] == []
    play.wake(200)
    assert [target for target, _ in called(play)] == ["slack:#a"]
    do(play, ends, 201)
    assert "people goes on: neither on hold nor with the customer any more" in reasons(play.decisions[-2])
    play.wake(206)
    assert [target for target, _ in called(play)] == ["slack:#a", "slack:#b", "slack:#c"]


def test_a_short_hold_changes_no_step() -> None:
    """When a hold ends before the next step is due, that step is called at its usual time."""
    play = ladder("{notify: 'slack:#a'}, {notify: 'slack:#b'}")
    play.command("hold", 2, note="a moment")
    play.command("release", 3)
    play.wake(5.9)
    assert [target for target, _ in called(play)] == ["slack:#a"]
    play.wake(6)
    assert [target for target, _ in called(play)] == ["slack:#a", "slack:#b"]


def test_a_step_that_fails_on_hold_waits_for_the_release() -> None:
    """A step fails during a hold: the lead is told, but the next step is called only after the release."""
    play = ladder("{notify: 'slack:#gone'}, {notify: 'slack:#b'}")
    play.command("hold", 2, note="later")
    call = next(effect for effect in play.effects if isinstance(effect, Notify) and effect.page)
    assert told(play.failed(call, 3).effects) == [("notify", "slack:#leads", "Step 1 of people could not be reached")]
    assert told(play.command("release", 60).effects) == [("call", "people.1/1.2", "slack:#b")]


def test_a_rule_that_calls_in_a_pause_calls_the_next_steps_too() -> None:
    """A rule calls people while the customer is awaited: the next steps are called, too, if nobody comes."""
    policy = policy_of(PEOPLE, "escalations:\n  people: {steps: [{notify: 'slack:#a'}, {notify: 'slack:#b'}]}\n")
    play = Play(policy, delivers=True)
    play.tell("status_changed", 1, status="pending_customer")
    play.tell("tag_added", 2, tag="help")
    play.wake(7)
    assert [target for target, _ in called(play)] == ["slack:#a", "slack:#b"]


def test_a_person_who_calls_others_in_a_pause_calls_the_next_steps_too() -> None:
    """A person calls the next step during a hold: the steps after it are called, too, until an agent acknowledges."""
    play = ladder("{notify: 'slack:#a'}, {notify: 'slack:#b'}, {notify: 'slack:#c'}")
    play.command("hold", 2, note="the bank answers on Thursday")
    play.command("call", 3)
    play.wake(8)
    assert [target for target, _ in called(play)] == ["slack:#a", "slack:#b", "slack:#c"]


@pytest.mark.parametrize(("begins", "ends"), PAUSES)
def test_an_acknowledgement_keeps_the_time_that_was_left(
    begins: tuple[str, dict[str, str]], ends: tuple[str, dict[str, str]]
) -> None:
    """Seven of ten minutes were left at the hold: the agent has seven minutes when the customer waits again."""
    play = ladder("{notify: 'person:anna'}", more=", lease: 10m")
    play.command("acknowledge", 2)
    do(play, begins, 5)
    assert [deadline for deadline in deadlines(play.now, play.policy) if deadline.kind == "page"] == []
    play.wake(100)
    assert play.on_call_run("people.1").ended == "acknowledged by anna"
    do(play, ends, 101)
    until = "Mon 5 Jan 11:48 UTC"
    assert f"anna has to answer by {until}: the customer waits again" in reasons(play.decisions[-1])
    assert updates(play)[-1] == ("acknowledged", f"acknowledged by Anna, to answer by {until}")
    play.wake(107.9)
    assert len(called(play)) == 1
    play.wake(108)
    assert updates(play)[-1] == ("resumed", "anna acknowledged, but the customer still waits: people goes on")
    assert len(called(play)) == 2


def test_an_answer_during_a_hold_ends_the_calls() -> None:
    """A conversation that is answered during a hold calls nobody again, and the message says that it is over."""
    play = ladder("{notify: 'person:anna'}")
    play.command("acknowledge", 2)
    play.command("hold", 5, note="later")
    assert play.answer(60).effects[-1].kind == "update_notification"
    play.command("release", 70)
    play.wake(300)
    assert len(called(play)) == 1
    assert updates(play)[-1] == ("stood_down", "answered by anna")


def test_others_can_be_called_while_it_is_on_hold() -> None:
    """Anna acknowledged and put the conversation on hold; she can still call the next step."""
    play = ladder("{notify: 'person:anna'}, {notify: 'person:ben'}")
    play.command("acknowledge", 2, step="people.1/1.1")
    play.command("hold", 3, note="later")
    play.command("call", 4, step="people.1/1.1")
    assert [target for target, _ in called(play)] == ["person:anna", "person:ben"]
