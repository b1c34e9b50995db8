"""Storms: many conversations call for the same reason, and one incident calls for all of them."""

from datetime import timedelta
from itertools import permutations

import pytest

from policies.contract.commands import Refused
from policies.decide import decide
from policies.state.conversation import opened
from policies.state.effects import AskIncident, Notify, StormTerms, UpdateNotification
from policies.state.events import Fact, Folded, IncidentAnswered, StepDelivered
from policies.state.situation import Situation
from tests.cases import case
from tests.policies.stories import Play, at, fact, minutes, policy_of, reasons, started, told, wake_up

STORMS = case("policies/storms")
STORMY = policy_of(STORMS)
X = "incident-people-1"


def folded(run: str, when: float, incident: str = X) -> Folded:
    """Return the fact that `incident` calls in place of a step of the on-call run `run`."""
    return Folded(event_id=f"{run}/folded", occurred_at=at(when), source="baton", page=run, incident=incident)


def late(*, is_folded: bool = True) -> Play:
    """Play a late conversation, whose call an incident makes for it unless `is_folded` is false."""
    play = Play(STORMY, delivers=not is_folded)
    play.wake(20)
    if is_folded:
        play.feed(folded("people.1/1.1", 20.1), 20.1)
    return play


def incident(total: int = 3) -> Play:
    """Play the conversation of an incident with `total` members, its calls delivered at once."""
    first = [{"conversation_id": f"c{number}", "headline": "Late", "who": "Ada"} for number in range(total)]
    of = {"escalation": "people", "cause": "late", "total": total, "first": first}
    return Play(STORMY, delivers=True, channel="incident", incident=of)


def test_a_call_says_when_it_is_a_storm() -> None:
    """A call carries its cause and the number of such calls, and their span, that make an incident."""
    call = late().asked(Notify)[0]
    assert isinstance(call, Notify)
    assert call.storm == StormTerms(
        policy="acme", escalation="people", cause="late", conversations=3, within=minutes(2)
    )


def test_a_call_that_a_person_asks_for_is_never_folded() -> None:
    """A call that a person asks for is always made, even while an incident calls for others."""
    play = late(is_folded=False)
    play.command("call", 21)
    play.command("call", 22, to="1")
    calls = [effect.storm for effect in play.asked(Notify) if isinstance(effect, Notify)]
    assert [storm is not None for storm in calls] == [True, False, False]


def test_a_suppressed_call_is_only_on_record() -> None:
    """While an incident calls, the ladder calls nobody, and its timeline says that it waits for the incident."""
    play = late()
    assert reasons(play.decisions[-1]) == ["people suppressed: part of incident incident-people-1, which calls for all"]
    assert play.decisions[-1].effects == ()
    for when in (25, 29, 30):
        assert play.wake(when).effects == ()
    run = play.on_call_run("people.1")
    assert (run.incident, run.next_at, run.ended, run.is_silent) == (X, None, "", True)


def test_the_clocks_run_on() -> None:
    """An incident changes no promise: the resolution clock is breached in its own time."""
    play = late()
    play.wake(7 * 60)
    assert [clock.state for clock in play.now.sla.clocks] == ["breached", "breached"]


def test_messages_that_were_out_already_show_it() -> None:
    """A call that an incident takes over has its earlier messages updated to say so."""
    play = late(is_folded=False)
    decision = play.tell("folded", 21, page="people.1", incident=X)
    assert told(decision.effects) == [("ask", X, "people.1"), ("update", "people.1", "folded")]
    assert play.on_call_run("people.1").next_at is None


def answers(play: Play, when: float, incident: str = X) -> None:
    """Report that the incident is running and knows of the call."""
    news = {"event_id": f"answer-{when:g}", "occurred_at": at(when), "source": "baton"}
    play.feed(IncidentAnswered(page="people.1", incident=incident, **news), when)


def test_an_incident_that_calls_is_asked_again_and_again() -> None:
    """Every ten minutes the ladder asks its incident whether it still calls, and waits while it says so."""
    play = late()
    asked = []
    for when in (30.1, 40.2, 50.3):
        asked += told(play.wake(when).effects)
        answers(play, when + 0.1)
    assert asked == [("ask", X, "people.1")] * 3
    assert play.on_call_run("people.1").incident == X


def test_an_incident_that_does_not_exist_silences_no_call() -> None:
    """An incident that was reported but does not exist is asked for at once, not found, and the ladder goes on."""
    play = late(is_folded=False)
    play.tell("folded", 21, page="people.1", incident="incident-invented")
    asked = play.effects[-2]
    assert isinstance(asked, AskIncident)
    decision = play.failed(asked, 21.1, "There is no incident incident-invented.")
    assert told(decision.effects) == [
        ("leave", "incident-invented", "people.1", "it was not heard from"),
        ("update", "people.1", "resumed"),
        ("call", "people.1/1.1~1", "slack:#first"),
    ]
    assert reasons(decision)[:3] == [
        "Could not ask incident incident-invented: There is no incident incident-invented.",
        "people waits for incident incident-invented no more: There is no incident incident-invented.",
        "people goes on: incident incident-invented does not call",
    ]


def test_an_incident_that_does_not_answer_silences_no_call() -> None:
    """A ladder whose incident has not answered for ten minutes goes on, and that incident can't take it over again."""
    play = late()
    assert told(play.wake(30.1).effects) == [("ask", X, "people.1")]
    assert play.wake(40).effects == ()
    decision = play.wake(40.1)
    assert told(decision.effects) == [
        ("leave", X, "people.1", "it was not heard from"),
        ("call", "people.1/1.1~1", "slack:#first"),
    ]
    assert play.tell("folded", 41, page="people.1", incident=X).effects[0].kind == "leave_incident"


def test_news_of_an_incident_that_was_let_go_change_nothing() -> None:
    """An incident's answer that comes after the ladder went on changes nothing: people stay called."""
    play = late()
    play.wake(40.1)
    answers(play, 41)
    assert (play.on_call_run("people.1").incident, play.on_call_run("people.1").next_at) == ("", at(45.1))


def test_an_answered_conversation_leaves_the_incident() -> None:
    """A conversation that was answered leaves its incident."""
    decision = (play := late()).answer(25)
    assert told(decision.effects) == [("leave", X, "people.1", "answered by anna")]
    assert play.on_call_run("people.1").incident == ""


def test_an_acknowledged_conversation_leaves_the_incident() -> None:
    """A conversation that a person acknowledges leaves its incident; when the lease ends, the same step is called."""
    play = late()
    decision = play.command("acknowledge", 25, actor="ben")
    assert told(decision.effects) == [("leave", X, "people.1", "acknowledged by ben")]
    assert told(play.wake(55).effects) == [("call", "people.1/1.1~1", "slack:#first")]


def test_calling_others_in_an_incident_calls_the_suppressed_step() -> None:
    """An agent asks for others to be called: the ladder leaves the incident and calls the suppressed step."""
    decision = late().command("call", 25)
    assert told(decision.effects) == [
        ("call", "people.1/1.1~1", "slack:#first"),
        ("leave", X, "people.1", "others were called"),
    ]


def test_when_the_incident_is_over_the_ladder_goes_on() -> None:
    """The incident is over: a conversation that still waits calls its step, which no other incident takes over."""
    play = late()
    decision = play.tell("unfolded", 30, incident=X, by="kim")
    assert reasons(decision)[:2] == [
        "Incident incident-people-1 is over by kim",
        "people goes on: incident incident-people-1 is over",
    ]
    call = decision.effects[0]
    assert isinstance(call, Notify)
    assert (call.page, call.storm) == ("people.1/1.1~1", None)
    play.delivered(call, 30)
    assert told(play.wake(35).effects) == [("call", "people.1/1.2~1", "slack:#second")]


def test_a_conversation_awaiting_the_customer_is_not_called_for() -> None:
    """The incident ends while we wait for the customer: the ladder ends and calls nobody."""
    play = late()
    play.tell("status_changed", 30, status="pending_customer")
    decision = play.tell("unfolded", 40, incident=X)
    assert decision.effects == ()
    assert play.on_call_run("people.1").ended == "incident incident-people-1 is over, and nobody waits"


def test_news_of_an_incident_may_come_in_any_order() -> None:
    """An incident takes over a call and ends: in whatever order Baton hears of it, people are called again."""
    call = StepDelivered(event_id="d", occurred_at=at(20.1), source="baton", page="people.1/1.1")
    news = (
        fact("folded", 20.2, page="people.1", incident=X),
        fact("unfolded", 20.3, incident=X),
        fact("tag_added", 20.4, tag="vip"),
        call,
    )
    ends = [ending(order) for order in permutations(news)]
    assert all(end == ends[0] for end in ends)
    (run,) = ends[0].on_call.runs
    assert (run.incident, run.ended, run.resumed) == ("", "", 1)


def ending(order: tuple[Fact, ...]) -> Situation:
    conversation = opened("c", at(0))
    for event, seen in ((started(), 0), (wake_up(20), 20), *((event, 21) for event in order)):
        conversation = decide(conversation, event, at(seen), policy=STORMY).conversation
    return conversation.situation


def test_news_of_an_incident_that_is_over_calls_people() -> None:
    """The incident's end is heard before the news that it took over: the suppressed call is made at once."""
    play = Play(STORMY)
    play.wake(20)
    play.tell("unfolded", 20.1, incident=X)
    decision = play.feed(folded("people.1/1.1", 20.2), 20.2)
    assert told(decision.effects) == [("call", "people.1/1.1~1", "slack:#first")]


@pytest.mark.parametrize("name", ["support/late", "support.1/late"])
def test_an_escalation_of_any_name_is_called_by_itself_again(name: str) -> None:
    """A ladder with a slash in its name is found again when the storm is over and when people stand down."""
    play = Play(policy_of(STORMS.replace("people", name)), delivers=False)
    play.wake(20)
    run = f"{name}.1"
    assert told(play.feed(folded(f"{run}/1.1", 20.1), 20.1).effects) == []
    assert play.on_call_run(run).incident == X
    assert told(play.tell("unfolded", 30, incident=X).effects) == [("call", f"{run}/1.1~1", "slack:#first")]
    assert ("update", run, "stood_down") in told(play.answer(15, seen=40).effects)


def test_a_call_that_was_taken_back_leaves_without_a_word() -> None:
    """A reply in time is reported late: the call leaves its incident, and nobody has to be told to stand down."""
    play = late()
    decision = play.answer(15, seen=30)
    assert ("leave", X, "people.1", "its call was taken back") in told(decision.effects)
    assert [effect for effect in decision.effects if isinstance(effect, Notify)] == []


def test_a_call_that_moves_behind_its_folding_is_made() -> None:
    """A late fact moves a call to a later time than its folding: it leaves the incident, and the call is made."""
    play = late()
    play.tell("customer_updated", 1, seen=21, customer={"name": "Ada"})
    assert play.on_call_run("people.1").incident == X
    play.tell("status_changed", 5, seen=22, status="pending_customer")
    play.tell("status_changed", 6, seen=23, status="open")
    assert play.on_call_run("people.1").incident == ""
    assert play.on_call_run("people.1").step_id == "people.1/1.1~1"


def test_an_incident_calls_people_once_for_all() -> None:
    """An incident sends one message with the number of conversations and the first of them, and nothing to any desk."""
    play = incident()
    assert told(play.effects) == [("call", "people.1/1.1", "slack:#first"), ("list", "people.1", "3")]
    call = play.effects[0]
    assert isinstance(call, Notify)
    assert (call.headline, call.because) == ("Incident: late", "3 conversations call for the same reason")
    assert call.members is not None
    assert (call.members.total, [member.conversation_id for member in call.members.first]) == (3, ["c0", "c1", "c2"])
    assert (play.now.sla.clocks, play.now.responsible.team, play.now.responsible.reason, call.storm) == (
        (),
        "",
        "incident",
        None,
    )


def test_an_incident_has_steps_a_lead_and_a_lease() -> None:
    """An incident's ladder calls again after an acknowledgement without an answer, and tells the lead at its end."""
    play = incident()
    assert ("call", "people.1/1.2", "slack:#second") in told(play.wake(5).effects)
    assert told(play.command("acknowledge", 6, actor="ben").effects) == [("update", "people.1", "acknowledged")]
    play.delivers = False
    again = play.wake(36).effects[-1]
    assert isinstance(again, Notify)
    assert again.page == "people.1/1.2~1"
    play.delivered(again, 36.1)
    assert told(play.wake(46.1).effects) == [
        ("update", "people.1", "exhausted"),
        ("notify", "slack:#leads", "Nobody acknowledged people in one round: Incident: late"),
    ]


def test_an_incident_that_grew_by_a_quarter_says_so_at_once() -> None:
    """An incident that grows from three to twelve shows so on its message and in its thread at once."""
    decision = incident().tell("incident_grew", 1, total=12, first=[{"conversation_id": "c0"}])
    assert told(decision.effects) == [("update", "people.1", "grew"), ("list", "people.1", "12")]
    update = decision.effects[0]
    assert isinstance(update, UpdateNotification)
    assert update.members is not None
    assert (update.text, update.members.total, len(update.members.first)) == ("12 conversations", 12, 3)


def test_an_incident_that_trickles_says_so_within_half_a_minute() -> None:
    """An incident that grows one by one shows the sum of the changes at most once in half a minute."""
    play = incident(100)
    for number in range(1, 20):
        assert play.tell("incident_grew", 1 + number / 60, total=100 + number, left=number // 2).effects == ()
    decision = play.wake(1 + 1 / 60 + 0.5)
    assert told(decision.effects) == [("update", "people.1", "grew"), ("list", "people.1", "119")]
    assert reasons(decision) == ["119 conversations, 9 of them looked after: late"]


def test_news_that_overtake_each_other_count_once() -> None:
    """News of an incident's size may arrive in any order: the greatest numbers count."""
    play = incident(100)
    for total, left in ((110, 3), (104, 1)):
        play.tell("incident_grew", total / 60, total=total, left=left)
    of = play.now.on_call.incident
    assert of is not None
    assert (of.total, of.left) == (110, 3)


def test_a_growing_unacknowledged_incident_calls_people_again() -> None:
    """An incident whose ladder ended without an acknowledgement starts at its first step again when it grows."""
    play = incident()
    for when in (5, 15):
        play.wake(when)
    assert play.on_call_run("people.1").ended == "nobody acknowledged"
    decision = play.tell("incident_grew", 60, total=12)
    assert told(decision.effects) == [
        ("update", "people.1", "resumed"),
        ("call", "people.1/1.1~1", "slack:#first"),
        ("list", "people.1", "12"),
    ]


def test_a_growing_incident_with_two_runs_resumes_only_the_first() -> None:
    """An incident with two runs that nobody acknowledged resumes only the first of them when it grows."""
    play = incident()
    for when in (5, 15):
        play.wake(when)
    play.command("call", 16, to="people")
    for when in (21, 31):
        play.wake(when)
    assert [run.ended for run in play.now.on_call.runs] == ["nobody acknowledged"] * 2
    play.tell("incident_grew", 60, total=12)
    assert [run.id for run in play.now.on_call.running] == ["people.1"]


def test_an_incident_ends_when_all_have_left() -> None:
    """An incident ends when all its members have left: its message says so, and it calls no more people."""
    play = incident()
    decision = play.tell("incident_grew", 3, total=3, left=3)
    assert told(decision.effects) == [
        ("update", "people.1", "stood_down"),
        ("list", "people.1", "3"),
        ("end", ""),
    ]
    assert play.now.lifecycle.status == "resolved"
    assert play.tell("incident_grew", 4, total=4, left=3).effects == ()


def test_to_release_an_incident_is_to_end_it() -> None:
    """A person who releases an incident ends it, and each conversation calls by itself again."""
    play = incident()
    decision = play.command("release", 3, actor="kim")
    assert told(decision.effects) == [
        ("update", "people.1", "stood_down"),
        ("list", "people.1", "3"),
        ("end", "kim"),
    ]
    assert play.on_call_run("people.1").ended == "released by kim"


def test_to_resolve_an_incident_is_to_end_it() -> None:
    """A person who resolves an incident ends it as a release does."""
    decision = incident().command("resolve", 3, actor="kim")
    assert told(decision.effects)[-1] == ("end", "kim")


def test_an_incident_has_no_clocks_to_hold() -> None:
    """An incident can't be put on hold, and the refusal says what can be done instead."""
    with pytest.raises(Refused, match=r"^an incident can't be held: acknowledge it, or release it$"):
        incident().command("hold", 3, note="later")


_UNCHANGED = "changes nothing for an incident: acknowledge, resolve or release it"


@pytest.mark.parametrize(
    ("name", "body", "sentences"),
    [
        (
            "status_changed",
            {"status": "pending_customer", "by": "kim"},
            [f"Status pending_customer by kim {_UNCHANGED}"],
        ),
        ("status_changed", {"status": "on_hold"}, [f"Status on_hold {_UNCHANGED}"]),
        (
            "message",
            {"author": "agent", "author_id": "kim", "text": "We are on it"},
            ["Agent (kim): “We are on it”", f"A message {_UNCHANGED}"],
        ),
        ("message", {"author": "customer", "text": "Hello?"}, ["Customer: “Hello?”", f"A message {_UNCHANGED}"]),
    ],
)
def test_a_message_to_an_incident_silences_no_call(name: str, body: dict[str, str], sentences: list[str]) -> None:
    """A status or an answer that would pause an ordinary conversation is noted, and the next step is called in time."""
    play = incident()
    before = play.now
    decision = play.tell(name, 3, **body)
    assert (reasons(decision), decision.effects) == (sentences, ())
    now = play.now
    assert (now.lifecycle.status, now.waiting.since, now.sla.clocks, now.on_call.runs) == (
        "open",
        before.waiting.since,
        (),
        before.on_call.runs,
    )
    assert told(play.wake(5).effects) == [("call", "people.1/1.2", "slack:#second")]


def test_an_incident_that_is_over_is_not_opened_again() -> None:
    """An incident that is over stays over: a later status or customer message to it changes nothing."""
    play = incident()
    play.tell("status_changed", 3, status="resolved", by="kim")
    assert play.now.lifecycle.status == "resolved"
    assert play.tell("status_changed", 4, status="open").effects == ()
    assert play.tell("message", 5, author="customer", text="Hello?").effects == ()
    assert (play.now.lifecycle.status, play.now.waiting.since, play.now.sla.clocks) == ("resolved", None, ())


def test_an_incident_without_an_escalation_ends_at_once() -> None:
    """An incident whose escalation is no longer in the policy ends at once, and each conversation calls by itself."""
    of = {"escalation": "peopel", "cause": "late", "total": 3}
    play = Play(STORMY, channel="incident", incident=of)
    assert told(play.effects) == [("end", "")]
    assert play.now.lifecycle.closes_at == at(0) + timedelta(hours=24)
