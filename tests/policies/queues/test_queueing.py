"""A conversation and its team's queue: asking for an agent, getting one, and giving the conversation back."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from policies.deadlines import deadlines
from policies.state.effects import AddInternalNote, AskTeam, Notify, ReportBug, TellOwner
from policies.state.records.queue_entry import Lease, QueueEntry
from tests.policies.queues.queueing_stories import DESK, START_TICKET, Queueing, heard
from tests.policies.stories import START, Play, at, minutes, policy_of, reasons, told
from tests.policies.understanding.readings import reading

HOUR, DAY = 60, 24 * 60


def queued_at(play: Play) -> tuple[str, str, str]:
    entry = play.now.queue_entry
    return (entry.team, entry.state, entry.agent) if entry else ("", "", "")


# Asking the team


def test_a_waiting_customer_enters_the_queue() -> None:
    """From the first message on, the team knows that the customer waits, since when, and which skills are needed."""
    play = Queueing(subject="Charged twice", tags=["refund"], customer={"locale": "de"}, priority="high")
    [asked] = play.asked(AskTeam)
    assert isinstance(asked, AskTeam)
    assert asked == AskTeam(
        key="c/c/start/ask_team/0",
        conversation_id="c",
        due_at=START,
        because="waits for an agent of Care",
        team="care",
        ticket=START_TICKET,
        since=START,
        policy="desk",
        version=3,
        channel="email",
        subject="Charged twice",
        priority="high",
        language="de",
        needs=(("refunds", True, ((0.0, 3), (300.0, 1))), ("patience", False, ((0.0, 1),))),
        entered_at=START,
    )


def test_a_team_without_a_queue_asks_no_agent() -> None:
    """A team without a queue is not asked for an agent, and its conversations have no queue entry."""
    play = Queueing(channel="letter")
    assert (play.now.queue_entry, play.asked(AskTeam)) == (None, [])


def test_the_customer_is_told_where_they_stand() -> None:
    """Rules hear of the position once, with the expected wait if there is one; the latest position is kept."""
    play = Queueing()
    first = play.queued(1, position=3, told=1, wait="4 to 9 minutes", present=2)
    again = play.queued(11, position=2, told=2)
    assert reasons(first) == ["Number 3 in line at Care, about 4 to 9 minutes: …", "Rule “place”"]
    assert reasons(again) == ["Number 2 in line at Care: …"]
    assert heard(first, again) == [("reply", "Number 3")]
    assert (play.entry.position, play.entry.present, play.entry.estimate) == (2, 0, "")


def test_an_urgent_conversation_keeps_its_queue_entry() -> None:
    """A new priority is told to the team under the same queue entry, so answers that are under way stay valid."""
    play = Queueing()
    told = play.tell("tag_added", 3, tag="outage")
    assert heard(told) == [("priority", "urgent"), ("ask", "care", START_TICKET)]
    assert [effect.priority for effect in told.effects if isinstance(effect, AskTeam)] == ["urgent"]
    assert heard(play.granted(4, "ann")) == [("assign", "care", "ann"), ("own", "care", "ann")]


def test_the_needed_skills_follow_the_conversation() -> None:
    """A tag that comes during the wait adds the skill that it calls for, and removing the tag removes the skill."""
    play = Queueing()
    more = play.tell("tag_added", 3, tag="refund")
    less = play.tell("tag_removed", 4, tag="refund")
    german = play.tell("customer_updated", 5, locale="de")
    needs = [[need[0] for need in effect.needs] for effect in play.effects if isinstance(effect, AskTeam)]
    assert needs == [["patience"], ["refunds", "patience"], ["patience"], ["patience"]]
    assert heard(more, less, german) == [("ask", "care", START_TICKET)] * 3
    assert [effect.language for effect in german.effects if isinstance(effect, AskTeam)] == ["de"]
    assert heard(play.tell("tag_added", 6, tag="praise")) == []


def test_another_message_changes_no_position() -> None:
    """A customer who writes again while waiting keeps the position of the first message."""
    play = Queueing()
    assert heard(play.customer(10)) == []
    assert (play.entry.wait, play.entry.entered_at) == (START, START)


@pytest.mark.parametrize(
    ("edition", "answered"),
    [(2, ("leave", "care", "nobody waits for an answer")), (3, ("ask", "care", "answer-5"))],
)
def test_an_answered_conversation_goes_to_the_end_of_the_line(edition: int, answered: tuple[str, ...]) -> None:
    """An agent answers without taking the conversation: it waits for an assignee, and the next question counts anew."""
    play = Queueing(edition=edition)
    first = play.answer(5)
    assert heard(first) == [answered]
    assert [(e.since, e.last_agent) for e in first.effects if isinstance(e, AskTeam)] in ([], [(at(5), "anna")])
    again = play.customer(20)
    assert heard(again) == [("ask", "care", "customer-20")]
    assert [(e.since, e.last_agent) for e in again.effects if isinstance(e, AskTeam)] == [(at(20), "anna")]


def test_a_customer_who_was_answered_is_told_no_position() -> None:
    """A conversation that was answered and waits for an assignee tells its customer of no line, and does not go on."""
    play = Queueing()
    play.answer(5)
    told_of_it = play.queued(6, ticket="answer-5", position=4)
    assert (heard(told_of_it), reasons(told_of_it)) == ([], ["Number 4 in line at Care: …"])
    assert [each.what for each in deadlines(play.now, play.policy) if each.kind == "queue"] == []


# Offers


def test_an_offer_is_brought_to_who_can_be_reached() -> None:
    """An agent with a Slack member ID is asked in Slack; an agent without one sees the offer in their own program."""
    play = Queueing(subject="Charged twice")
    first = play.offered(2, "ann", offer="7")
    [asked] = first.effects
    assert isinstance(asked, Notify)
    assert (asked.target, asked.headline, asked.offer) == ("person:ann", "For you? Charged twice", "care/7")
    assert reasons(first) == ["Offered to ann until Mon 5 Jan 10:30:00 UTC: ann has 0 of 5"]
    assert queued_at(play) == ("care", "offered", "ann")


def test_an_offer_that_ended_is_closed_in_slack() -> None:
    """When an offer ends, its Slack message is closed, so that no agent presses a button in vain."""
    play = Queueing()
    play.offered(2, "ann", offer="7")
    assert heard(play.queued(4, told=2)) == [("update", "offer:care/7", "stood_down")]
    play.offered(5, "ann", offer="8")
    assert heard(play.offered(7, "bob", offer="9")) == [("update", "offer:care/8", "stood_down")]
    assert heard(play.granted(8, "bob")) == [
        ("assign", "care", "bob"),
        ("update", "offer:care/9", "accepted"),
        ("own", "care", "bob"),
    ]


def test_an_offer_ends_when_a_colleague_takes_the_conversation() -> None:
    """A colleague takes the conversation in the helpdesk: the offer ends, and the team learns who has it."""
    play = Queueing()
    play.offered(2, "ann", offer="7")
    assert heard(play.tell("reassigned", 3, assignee="bob", by="lead")) == [
        ("update", "offer:care/7", "stood_down"),
        ("own", "care", "bob"),
    ]
    assert queued_at(play) == ("care", "owned", "bob")


# Grants


def test_the_agent_chosen_by_the_team_gets_it() -> None:
    """The agent whom the team chose becomes the assignee, in the helpdesk too, with the reason."""
    play = Queueing()
    granted = play.granted(3, "bob")
    assert reasons(granted) == ["Assigned to bob: chosen by Care: bob accepted"]
    assert heard(granted) == [("assign", "care", "bob"), ("own", "care", "bob")]
    assert [e.is_waiting for e in granted.effects if isinstance(e, TellOwner)] == [True]


def test_a_grant_that_is_told_again_is_confirmed_again() -> None:
    """A team that got no confirmation asks again and gets it; nothing else happens."""
    play = Queueing()
    play.granted(3, "bob")
    again = play.granted(5, "bob")
    assert (heard(again), reasons(again)) == ([("own", "care", "bob")], [])


def test_a_grant_for_an_earlier_asking_changes_nothing() -> None:
    """The customer was answered and asked something new: the agent chosen for the first question does not get it."""
    play = Queueing()
    play.answer(5)
    play.customer(20)
    late = play.granted(21, "bob")
    assert (heard(late), reasons(late)) == ([], ["bob was chosen for an earlier asking: nothing changed"])
    assert play.now.responsible.assignee == ""


def test_an_agent_who_has_it_already_keeps_it() -> None:
    """An agent took the conversation before the team's choice arrived: the team is told who has it."""
    play = Queueing()
    play.tell("reassigned", 3, assignee="ann", by="lead")
    assert heard(play.granted(4, "bob")) == [("own", "care", "ann")]
    assert play.now.responsible.assignee == "ann"


def test_a_waiting_customer_is_told_to_the_team_of_who_has_it() -> None:
    """When the customer writes again, the team hears that they wait, in case the assignee has left."""
    play = Queueing()
    play.granted(3, "bob")
    play.answer(10, by="bob")
    assert heard(play.customer(20)) == [("own", "care", "bob")]
    assert heard(play.customer(21)) == []


# Giving a conversation back


def test_no_answer_within_the_lease_gives_it_to_another_agent() -> None:
    """After half an hour without an answer the conversation returns to its position, but not to the same agent."""
    play = Queueing()
    play.granted(3, "bob")
    assert heard(play.wake(32.9)) == []
    assert heard(play.wake(33)) == [
        ("assign", "care"),
        ("note", "Taken back from bob: no answer by bob within 30m. It keeps its place in line."),
        ("ask", "care", f"queue:care:owned@{at(33).isoformat()}"),
    ]
    asked = play.asked(AskTeam)[-1]
    assert isinstance(asked, AskTeam)
    assert (asked.since, asked.failed, asked.returned_by) == (START, ("bob",), "bob")


def test_an_answer_keeps_the_lease() -> None:
    """An agent who answers in time keeps the conversation; the lease begins anew with the customer's next question."""
    play = Queueing()
    play.granted(3, "bob")
    play.answer(32, by="bob")
    play.customer(100)
    assert heard(play.wake(129)) == []
    assert heard(play.wake(130))[0] == ("assign", "care")
    assert play.entry.failed == ("bob",)


@pytest.mark.parametrize("how", ["hold", "pending"])
def test_the_lease_stands_still_while_no_customer_waits(how: str) -> None:
    """The lease stands still on hold or while the customer is awaited; afterwards the assignee has the rest of it."""
    play = Queueing()
    play.granted(3, "bob")
    if how == "hold":
        play.command("hold", 13, note="the bank answers tomorrow")
        back = play.command("release", DAY)
    else:
        play.tell("status_changed", 13, status="pending_customer", by="bob")
        back = play.customer(DAY)
    assert (reasons(play.wake(DAY - 1)), queued_at(play)) == ([], ("care", "owned", "bob"))
    assert "given_back" not in [entry.kind for entry in back.because]
    assert heard(play.wake(DAY + 19.9)) == []
    assert reasons(play.wake(DAY + 20))[0] == "Taken back from bob: no answer by bob within 30m"


def test_the_lease_counts_from_a_promised_callback() -> None:
    """Until a promised callback is due, the conversation stays with its agent; from then on the lease counts."""
    play = Queueing()
    play.granted(3, "bob")
    play.tell("callback_promised", 13, at=at(120).isoformat(), by="bob")
    assert reasons(play.wake(139.9)) == ["The customer was promised to be called back now", "Rule “call”"]
    assert reasons(play.wake(140))[0] == "Taken back from bob: no answer by bob within 30m"


def test_a_lease_of_a_hold_reported_late_is_the_same() -> None:
    """The helpdesk reports late that the customer was not waiting: bob, who lost the conversation, has it again."""
    play = Queueing()
    play.granted(3, "bob")
    play.wake(33)
    play.tell("status_changed", 13, seen=40, status="pending_customer", by="bob")
    assert queued_at(play) == ("care", "owned", "bob")
    assert (play.entry.lease, play.entry.failed) == (Lease(START, spent=minutes(10)), ())


def test_a_lease_of_an_earlier_version_goes_on() -> None:
    """A conversation stored before leases were kept is taken back when the earlier version would have done so."""
    play = Queueing()
    play.granted(3, "bob")
    before = replace(play.now, queue_entry=replace(play.entry, lease=None))
    play.conversation = replace(play.conversation, base=before, situation=before, tail=())
    play.tell("tag_added", 20, tag="praise")
    assert [(each.at, each.what) for each in deadlines(play.now, play.policy)] == [(at(33), "taken back from bob")]


def test_an_absent_assignee_hands_over_waiting_customers() -> None:
    """The assignee is gone: a waiting customer returns to the queue, and the same agent may be chosen again."""
    play = Queueing()
    play.granted(3, "bob")
    assert heard(play.reclaimed(9, "bob")) == [
        ("assign", "care"),
        ("note", "Taken back from bob: bob is gone. It keeps its place in line."),
        ("ask", "care", "reclaimed-9"),
    ]
    assert (play.entry.wait, play.entry.entered_at, play.entry.failed) == (START, START, ())


def test_an_answered_conversation_stays_with_who_is_gone() -> None:
    """The assignee is gone but the customer does not wait, so the conversation stays with them."""
    play = Queueing()
    play.granted(3, "bob")
    play.answer(5, by="bob")
    kept = play.reclaimed(9, "bob")
    assert (heard(kept), reasons(kept)) == ([], ["Stays with bob though bob is gone: the customer does not wait"])


def test_an_assignee_gone_at_the_end_of_a_hold_is_noticed() -> None:
    """An assignee who left during a hold is noticed: on release, the team hears that the customer waits."""
    given = Queueing()
    given.command("hold", 2, note="a bank holiday")
    told = given.tell("reassigned", 3, assignee="bob", by="lead")
    assert [effect.is_waiting for effect in told.effects if isinstance(effect, TellOwner)] == [False]
    kept = Queueing()
    kept.granted(1, "bob")
    kept.command("hold", 2, note="a bank holiday")
    assert heard(kept.reclaimed(3, "bob")) == []
    for play in (given, kept):
        released = play.command("release", 10)
        assert [effect.is_waiting for effect in released.effects if isinstance(effect, TellOwner)] == [True]


def test_a_team_takes_back_only_what_it_knows() -> None:
    """Another agent has the conversation by now: the news that its first assignee is gone changes nothing."""
    play = Queueing()
    play.granted(3, "bob")
    play.tell("reassigned", 5, assignee="ann", by="lead")
    assert heard(play.reclaimed(9, "bob")) == []
    assert play.now.responsible.assignee == "ann"


# Overflow to another team


def test_an_untaken_conversation_goes_on_to_the_other_team() -> None:
    """After an hour in the queue the seniors get the conversation, at the position that its whole wait gives it."""
    play = Queueing()
    assert heard(play.wake(59.9)) == [("look", "care", START_TICKET)]
    assert heard(play.wake(60)) == [
        ("assign", "seniors"),
        ("leave", "care", "with seniors now"),
        ("ask", "seniors", f"queue:care:waiting@{at(60).isoformat()}"),
    ]
    asked = play.asked(AskTeam)[-1]
    assert isinstance(asked, AskTeam)
    assert (asked.since, play.entry.entered_at) == (START, at(60))


def test_an_offer_does_not_stop_the_overflow() -> None:
    """An offer that is not accepted yet does not stop the overflow to the other team."""
    play = Queueing()
    play.offered(58, "ann", offer="7")
    assert heard(play.wake(60))[:2] == [("assign", "seniors"), ("update", "offer:care/7", "stood_down")]


def test_the_time_in_the_queue_is_that_of_this_wait() -> None:
    """A conversation given back on the second day has another full hour in the queue before it overflows."""
    play = Queueing()
    play.granted(3, "bob")
    play.answer(10, by="bob")
    play.customer(DAY)
    assert heard(play.reclaimed(DAY + 1, "bob"))[-1] == ("ask", "care", f"reclaimed-{DAY + 1}")
    assert queued_at(play) == ("care", "waiting", "")
    assert heard(play.wake(DAY + HOUR - 1)) == [("look", "care", f"reclaimed-{DAY + 1}")]
    assert heard(play.wake(DAY + HOUR))[0] == ("assign", "seniors")


def test_two_times_that_end_together_are_two_things() -> None:
    """The lease and the time in the queue end together: each effect has its own key, and the overflow wins."""
    play = Queueing(policy_of(base=DESK.replace("after: 1h", "after: 30m")))
    play.tell("reassigned", 0, assignee="bob", by="lead")
    both = play.wake(30)
    assert len({effect.key for effect in both.effects}) == len(both.effects)
    assert heard(both) == [
        ("note", "Taken back from bob: no answer by bob within 30m. It keeps its place in line."),
        ("assign", "seniors"),
        ("leave", "care", "with seniors now"),
        ("ask", "seniors", f"queue:care:waiting@{at(30).isoformat()}"),
    ]


def test_a_conversation_that_all_declined_goes_on_at_once() -> None:
    """When no agent of Care is left to ask, the seniors get the conversation at once, not only after the hour."""
    play = Queueing()
    refused = play.queued(5, told=2, is_refused=True)
    assert heard(refused) == [
        ("assign", "seniors"),
        ("leave", "care", "with seniors now"),
        ("ask", "seniors", "queued-5"),
    ]
    assert reasons(refused)[1] == "Assigned to Seniors: nobody of Care is left who could take it"


def test_people_hear_once_of_a_conversation_that_all_declined() -> None:
    """When the conversation can't go to another team, the target of `alert` is told, once."""
    play = Queueing(
        policy_of('alert: "slack:#leads"', base=DESK.replace("      overflow: {after: 1h, to: seniors}\n", ""))
    )
    first = play.queued(5, told=2, is_refused=True)
    assert told(first.effects) == [("notify", "slack:#leads", "Nobody of Care is left who could take it: c")]
    assert told(play.queued(15, told=3, is_refused=True).effects) == []


NO_SPEAKER = "ann does not speak pl, bob does not speak pl"


def test_a_language_that_no_agent_speaks_goes_on_at_once() -> None:
    """A customer whose language no agent of Care speaks is with the seniors at once, and the timeline says why."""
    stuck = Queueing().queued(0.1, no_agent_because=NO_SPEAKER)
    assert heard(stuck)[0] == ("assign", "seniors")
    assert reasons(stuck)[1] == f"Assigned to Seniors: nobody of Care could take it at any time: {NO_SPEAKER}"
    before = Queueing(edition=2)
    assert heard(before.queued(0.1, no_agent_because=NO_SPEAKER)) == [("reply", "Number 1")]


def test_people_hear_at_once_of_a_language_that_no_agent_speaks() -> None:
    """Without a team that could help, the target of `alert` is told once; and again for another language."""
    play = Queueing(
        policy_of('alert: "slack:#leads"', base=DESK.replace("      overflow: {after: 1h, to: seniors}\n", ""))
    )
    first = play.queued(0.1, no_agent_because=NO_SPEAKER)
    said = f"Nobody of Care could take it at any time: {NO_SPEAKER}: c"
    assert told(first.effects) == [("notify", "slack:#leads", said)]
    assert told(play.queued(10, told=2, no_agent_because=NO_SPEAKER).effects) == []
    play.tell("customer_updated", 11, preferences={"language": "cs"})
    again = play.queued(11.1, told=3, no_agent_because="ann does not speak cs, bob does not speak cs")
    assert [effect[0] for effect in told(again.effects)] == ["notify"]


@pytest.mark.parametrize(
    ("customer", "language"),
    [
        ({"locale": "de_DE.UTF-8"}, "de-DE"),
        ({"locale": "pt_BR", "preferences": {"language": " pl"}}, "pl"),
        ({"locale": "pt_BR", "preferences": {"language": "unknown"}}, "pt-BR"),
        ({"locale": "fr, de;q=0.5"}, "fr, de"),
        ({"locale": "fr, de;q=0.5", "preferences": {"language": "German"}}, "de"),
        ({"locale": "C"}, ""),
    ],
)
def test_the_queue_asks_for_the_preferred_language(customer: dict[str, Any], language: str) -> None:
    """The queue looks for an agent by the customer's preferred language, then by their locale, as texts do."""
    asked = [effect.language for effect in Queueing(customer=customer).effects if isinstance(effect, AskTeam)]
    assert asked == [language]


def test_the_queue_asks_for_the_language_that_a_customer_writes() -> None:
    """A customer whose language is not known is asked for by the language of their messages, once it is recognised."""
    listens = "rules: [{name: asks, on: understood, when: event.asks_for_human, do: [{tag: asks}]}]"
    play = Queueing(policy_of(listens, base=DESK))
    play.customer(1)
    play.feed(reading(1, "customer-1", language="pl"), 2)
    assert play.entry.language == "pl"


# Commands and changes in the helpdesk


def test_hold_leaves_the_queue_and_release_comes_back() -> None:
    """A conversation on hold leaves the queue; on release, the customer's wait counts from their message."""
    play = Queueing()
    assert heard(play.command("hold", 5, note="a bank holiday")) == [("leave", "care", "nobody waits for an answer")]
    assert heard(play.command("release", 15)) == [("ask", "care", "release-15")]
    asked = play.asked(AskTeam)[-1]
    assert isinstance(asked, AskTeam)
    assert asked.since == START


def test_resolved_leaves_the_queue_and_reopening_asks_anew() -> None:
    """A resolved conversation frees its agent's room; when the customer writes again, it is with the same agent."""
    play = Queueing()
    play.granted(3, "bob")
    play.answer(5, by="bob")
    assert heard(play.command("resolve", 6)) == [("status", "resolved"), ("leave", "care", "resolved")]
    assert heard(play.customer(60)) == [("status", "open"), ("own", "care", "bob")]


def test_a_merged_conversation_leaves_the_queue() -> None:
    """A conversation that was merged into another leaves the queue."""
    play = Queueing()
    assert heard(play.tell("merged", 5, into="d")) == [("tell", "d"), ("leave", "care", "resolved")]


def test_a_merge_brings_the_earlier_wait_along() -> None:
    """The customer of the merged conversation has waited longer: the conversation takes over their wait."""
    play = Queueing()
    told = play.tell("absorbed", 5, other="b", waiting_since=at(-20).isoformat())
    assert heard(told) == [("ask", "care", "absorbed-5")]
    assert [effect.since for effect in told.effects if isinstance(effect, AskTeam)] == [at(-20)]


def test_moved_to_another_team_it_changes_queues() -> None:
    """Reassigned to the seniors, a conversation changes queues; to a team without a queue, it only leaves."""
    play = Queueing()
    assert heard(play.tell("reassigned", 5, team="seniors", by="lead")) == [
        ("leave", "care", "with seniors now"),
        ("ask", "seniors", "reassigned-5"),
    ]
    assert heard(play.tell("reassigned", 6, team="archive", by="lead")) == [("leave", "seniors", "with archive now")]


def test_the_helpdesk_takes_an_agent_off() -> None:
    """A conversation that the helpdesk takes from its agent while the customer waits returns to the queue."""
    play = Queueing()
    play.granted(3, "bob")
    assert heard(play.tell("reassigned", 5, team="care", by="lead")) == [("ask", "care", "reassigned-5")]


def test_the_team_is_told_of_an_agent_who_took_it() -> None:
    """An agent who takes a conversation unasked is reported to the team, as if the team had chosen them."""
    play = Queueing()
    assert heard(play.command("take", 4, actor="ann")) == [("assign", "care", "ann"), ("own", "care", "ann")]


# Late events


def test_a_late_tag_takes_no_conversation_from_its_agent() -> None:
    """A tag from before the grant arrives after it: the priority changes, and bob keeps the conversation."""
    play = Queueing()
    play.granted(5, "bob")
    late = play.tell("tag_added", 3, seen=6, tag="outage")
    assert heard(late) == [("priority", "urgent")]
    assert queued_at(play) == ("care", "owned", "bob")


def test_a_late_answer_shows_that_the_customer_did_not_wait() -> None:
    """The customer had been answered before bob was chosen: the choice of bob is retracted, and the team learns it."""
    play = Queueing()
    play.granted(5, "bob")
    late = play.answer(4, seen=6, by="ann")
    assert heard(late) == [
        ("ask", "care", "answer-4"),
        ("assign", "care"),
        ("note", "Retracted: chosen by Care: bob accepted. Why: a message of Mon 5 Jan 10:04:00 UTC arrived late"),
    ]
    assert (queued_at(play), play.now.responsible.assignee) == (("care", "waiting", ""), "")


def test_a_late_echo_does_not_rename_what_was_asked() -> None:
    """The helpdesk confirms an assignment late, after a merge gave it a new queue entry: the team keeps that one."""
    play = Queueing()
    play.command("take", 2, actor="ann")
    play.command("resolve", 3)
    play.tell("absorbed", 4, other="b", waiting_since=at(0).isoformat())
    assert heard(play.decisions[-1])[-1] == ("own", "care", "ann")
    late = play.tell("reassigned", 1, seen=5, assignee="ann", by="lead")
    assert [effect.ticket for effect in late.effects if isinstance(effect, TellOwner)] == ["absorbed-4"]
    assert play.entry.ticket == "absorbed-4"


# Promised callbacks and bugs


def test_a_promised_callback_comes_when_it_is_due() -> None:
    """When a promised callback is due, the assignee is reminded and rules run, once."""
    play = Queueing()
    play.granted(3, "bob")
    promised = play.tell("callback_promised", 5, at=at(20).isoformat(), by="bob", note="after lunch")
    assert reasons(promised) == ["Callback promised for Mon 5 Jan 10:20 UTC by bob — after lunch"]
    assert told(promised.effects) == [
        ("note", "The customer was promised a callback at Mon 5 Jan 10:20 UTC by bob — after lunch")
    ]
    due = play.wake(20)
    assert told(due.effects) == [
        ("note", "Now: call the customer back, bob."),
        ("notify", "slack:#callbacks", "Call — c"),
    ]
    assert told(play.wake(25).effects) == []


def test_a_callback_promised_for_a_time_that_has_passed_is_due_at_once() -> None:
    """A second promise for a time that has passed already is due at once, with a reminder of its own."""
    play = Queueing()
    for when in (5, 30):
        play.tell("callback_promised", when, at=at(20).isoformat())
        play.wake(when + 20)
    reminders = [effect.body for effect in play.effects if isinstance(effect, AddInternalNote)]
    assert reminders.count("Now: call the customer back.") == 2
    assert len({effect.key for effect in play.effects}) == len(play.effects)


@pytest.mark.parametrize("how", ["answer", "resolve"])
def test_a_callback_is_kept_by_an_answer_or_an_end(how: str) -> None:
    """A customer who was answered, or whose conversation is resolved, is not called back."""
    play = Queueing()
    play.tell("callback_promised", 5, at=at(20).isoformat())
    play.answer(10) if how == "answer" else play.command("resolve", 10)
    assert told(play.wake(20).effects) == []


def test_a_bug_goes_to_engineering_as_it_is_needed_there() -> None:
    """A bug report has the rule's texts filled in: the title, the steps, the customers affected, and the links."""
    play = Queueing(subject="Card is refused", customer={"name": "Ada", "tier": "gold"})
    filed = play.tell("tag_added", 4, tag="bug")
    [report] = [effect for effect in filed.effects if isinstance(effect, ReportBug)]
    assert (report.title, report.steps, report.impact, report.links) == (
        "Card is refused",
        "Ask Ada",
        "gold customers can't pay",
        ("https://desk.example/c",),
    )
    assert reasons(filed)[-1] == "Bug report for engineering: “Card is refused”"


def test_the_next_deadlines_of_the_queue_are_told() -> None:
    """Operators read when the conversation goes to another team, and by when its agent must have answered."""
    play = Queueing()

    def ahead() -> list[tuple[datetime, str, str]]:
        return [(each.at, each.what, each.unless) for each in deadlines(play.now, play.policy)]

    assert ahead() == [
        (at(15), "the queue of Care is asked whether it knows of this place", "a word from the team"),
        (at(60), "goes on to Seniors", "an agent taking it"),
    ]
    play.granted(3, "bob")
    assert ahead() == [(at(33), "taken back from bob", "a public reply")]
    play.answer(5, by="bob")
    assert ahead() == []


def test_a_queue_entry_of_an_earlier_version_is_read() -> None:
    """A queue entry that an earlier version stored, without the request itself, can still be read."""
    adapter = TypeAdapter(QueueEntry)
    stored = {"team": "care", "ticket": "t", "state": "waiting", "entered_at": START.isoformat()}
    assert adapter.validate_python(stored) == QueueEntry("care", "t", "waiting", START)
