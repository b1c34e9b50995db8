"""Waiting conversations and agents with room: first come, first served, as far as needs and fairness allow."""

from typing import Any

import pytest

from policies.queues.teams.decide import next_deadline
from policies.queues.teams.state import NeedLeft
from policies.running.policy import build
from policies.text.cutting import clipped
from tests.policies.queues.teams.crews import Crew, crew_policy, reasons, told
from tests.policies.stories import START, at, minutes

HOUR = 60
SKILLED = "  ann: {team: care, skills: {refunds: 1}}\n  zoe: {team: care, skills: {refunds: 3}}\n"


# The queue


def test_the_first_in_the_queue_is_served_first() -> None:
    """The longest wait comes first, even if the team heard of it late; equal waits go by name."""
    crew = Crew("{capacity: 1}")
    for name, when, since in (("a", 1, 1), ("b", 2, 2), ("d", 3, 0), ("c", 4, 2)):
        crew.asks(when, name, since=since)
    assert crew.line == ["d", "a", "b", "c"]
    assert told(crew.comes(5, "ann")) == [("d", "granted", "ann")]
    crew.owned(6, "d", "ann")
    assert told(crew.leaves(7, "d")) == [("a", "granted", "ann")]


def test_each_conversation_hears_its_position_once() -> None:
    """A conversation hears its position on entering the queue, after the policy's time, and when it is back."""
    crew = Crew("{tell_every: 10m}")
    assert told(crew.asks(0, "a")) == [("a", "queued", 1)]
    assert told(crew.asks(1, "b")) == [("b", "queued", 2)]
    assert crew.ahead() == (10, "a hears of its place")
    assert told(crew.wakes(10)) == [("a", "queued", 1)]
    assert told(crew.leaves(10.5, "a")) == []
    assert told(crew.wakes(11)) == [("b", "queued", 1)]
    assert [message.body["told"] for decision in crew.decisions for message in decision.messages] == [1, 1, 2, 2]


def test_a_closed_team_tells_no_position() -> None:
    """After hours a conversation is told its position once, and again when the team opens, but not during the night."""
    crew = Crew("{tell_every: 10m}", hours="early")
    assert told(crew.asks(3.9 * HOUR, "a")) == [("a", "queued", 1)]
    assert crew.ahead() == (20 * HOUR, "a hears of its place")
    assert told(crew.asks(5 * HOUR, "b")) == [("b", "queued", 2)]
    assert told(crew.wakes(12 * HOUR)) == []
    assert told(crew.wakes(20 * HOUR)) == [("a", "queued", 1), ("b", "queued", 2)]
    assert crew.ahead() == (20 * HOUR + 10, "a hears of its place")
    late = Crew("{tell_every: 10m}", hours="early")
    late.asks(3.8 * HOUR, "a")
    late.wakes(4 * HOUR + 1)  # due while the team was open, noticed after it had closed
    assert late.ahead() == (20 * HOUR, "a hears of its place")


def test_time_alone_changes_nothing_in_a_queue_without_agents() -> None:
    """A queue without agents changes nothing until an agent comes; a team without conversations never wakes."""
    crew = Crew()
    assert crew.next_deadline() is None
    crew.asks(0, "a")
    assert crew.ahead() is None


@pytest.mark.parametrize(("edition", "due"), [(3, 30), (2, 60)])
def test_a_repeated_message_hides_no_instant_that_passed(edition: int, due: float) -> None:
    """A message comes twice just after the needs relaxed: the team looks at once, not at its next occasion."""
    relaxed = [{"skill": "law", "steps": [[0, 1], [1800, 0]]}]
    crew = Crew(there=("ann",), edition=edition)
    crew.asks(0, "c", needs=relaxed, event_id="once")
    assert crew.asks(31, "c", needs=relaxed, event_id="once").is_duplicate
    ahead = next_deadline(crew.team, at(31), crew.policy)
    assert ahead is not None
    assert ahead.at == at(due)


def test_urgent_ones_have_a_head_start() -> None:
    """An urgent conversation counts as if it had waited half an hour longer, and no more, so that no other starves."""
    crew = Crew("{head_start: {urgent: 30m, high: 10m}}")
    crew.asks(0, "plain")
    crew.asks(20, "urgent", priority="urgent")
    crew.asks(20, "high", priority="high")
    crew.asks(40, "late", priority="urgent")
    assert crew.line == ["urgent", "plain", "high", "late"]


def test_an_urgent_conversation_moves_up_and_hears_it() -> None:
    """A new priority under the same queue entry moves the conversation in the queue, and changes nothing else."""
    crew = Crew("{head_start: {urgent: 30m}}")
    crew.asks(0, "a")
    crew.asks(1, "b")
    assert told(crew.asks(5, "b", since=1, priority="urgent")) == [("b", "queued", 1)]
    assert crew.line == ["b", "a"]
    assert (crew.entry("b").arrived_at, crew.entry("b").told) == (at(1), 2)


def test_an_offer_outlives_other_terms() -> None:
    """A changed tag takes no offer away; if the agent declines, the new needs count for the next choice."""
    crew = Crew("{offer: 2m}", SKILLED, there=("ann", "zoe"))
    crew.asks(0, "c")
    assert told(crew.asks(1, "c", since=0, needs=[{"skill": "refunds", "steps": [[0, 3]]}])) == []
    assert crew.given == {"c": ("offered", "ann")}
    assert told(crew.answers(1.5, "ann", "c", yes=False)) == [("c", "offered", "zoe")]


def test_another_ticket_takes_the_offer_back() -> None:
    """The customer was answered and asks anew: the old offer ends, and a new one is made."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    crew.asks(1, "c", ticket="c.2")
    assert (crew.entry("c").id, crew.entry("c").offer) == ("c.2", "2")


# Offers


def test_an_offer_takes_room_at_once() -> None:
    """An agent who thinks about an offer gets no second conversation beyond their capacity."""
    crew = Crew("{offer: 2m, capacity: 1}", there=("ann",))
    assert told(crew.asks(0, "a")) == [("a", "offered", "ann")]
    assert told(crew.asks(1, "b")) == [("b", "queued", 1)]


def test_a_yes_makes_it_theirs() -> None:
    """The grant names the agent and the reason, and the team waits for the conversation to confirm it."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    [offered] = crew.decisions[-1].messages
    assert (offered.body["until"], offered.body["offer"]) == (at(2).isoformat(), "1")
    said_yes = crew.answers(1, "ann", "c")
    assert told(said_yes) == [("c", "granted", "ann")]
    assert reasons(said_yes) == ["Granted c: ann has 0 of 5; not bob is offline; accepted"]
    assert reasons(crew.owned(1.1, "c", "ann")) == []
    assert crew.given == {"c": ("owned", "ann")}


def test_a_no_goes_to_the_next() -> None:
    """A decline is counted, and that agent is not asked again in this wait; with no agent left, the customer waits."""
    crew = Crew("{offer: 2m}", there=("ann", "bob"))
    crew.asks(0, "c")
    first = crew.answers(1, "ann", "c", yes=False, note="at lunch")
    assert told(first) == [("c", "offered", "bob")]
    assert reasons(first)[0] == "c: ann declined — at lunch"
    assert told(crew.answers(2, "bob", "c", yes=False)) == [("c", "queued", 1)]
    assert (crew.entry("c").not_to, crew.member("ann").declined, crew.member("bob").declined) == (("ann", "bob"), 1, 1)
    assert told(crew.wakes(HOUR)) == []


def test_a_new_wait_forgives_a_no() -> None:
    """When the customer writes again another day, an agent who declined before may be asked again."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    crew.answers(1, "ann", "c", yes=False)
    assert told(crew.asks(HOUR, "c", ticket="c.2")) == [("c", "offered", "ann")]


def test_the_same_wait_forgives_nothing() -> None:
    """Back in the same wait under another entry: an agent who declined or let the customer wait is not asked again."""
    crew = Crew("{offer: 2m}", "  ann: {team: care}\n  bob: {team: care}\n  cid: {team: care}\n", there=("ann", "bob"))
    crew.asks(0, "c")
    crew.answers(1, "ann", "c", yes=False)
    again = crew.asks(2, "c", since=0, ticket="c.2", failed=["bob"], returned_by="bob")
    assert told(again) == [("c", "queued", 1)]
    assert (crew.entry("c").not_to, crew.member("bob").reclaimed) == (("ann", "bob"), 1)
    assert reasons(again) == ["c is back from bob, to its place in line"]
    assert told(crew.comes(3, "cid")) == [("c", "offered", "cid")]


def test_no_answer_is_a_miss() -> None:
    """After two minutes, and not before, the next agent is asked; the missed offer is counted."""
    crew = Crew("{offer: 2m}", there=("ann", "bob"))
    crew.asks(0, "c")
    assert crew.ahead() == (2, "c: the offer ends")
    assert told(crew.wakes(1.9)) == []
    missed = crew.wakes(2)
    assert (told(missed), reasons(missed)[0]) == ([("c", "offered", "bob")], "c: ann did not answer in time")
    assert (crew.member("ann").missed, crew.member("bob").missed) == (1, 0)


def test_a_miss_is_forgotten_after_a_while() -> None:
    """An agent who missed an offer gets it again after ten minutes, then after twice as long, up to four hours."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    offers: list[float] = []
    while (ahead := crew.ahead()) and ahead[0] < 40 * HOUR:
        if ("c", "offered", "ann") in told(crew.wakes(ahead[0])):
            offers.append(ahead[0])
    assert offers[:6] == [12, 34, 76, 158, 320, 562]
    assert (len(offers), offers[-1] - offers[-2]) == (13, 4 * HOUR + 2)
    crew.wakes(44 * HOUR)
    assert told(crew.answers(44 * HOUR + 1, "ann", "c")) == [("c", "granted", "ann")]


def test_an_agent_who_comes_back_is_asked_again_at_once() -> None:
    """An agent who was away when the offer ended, for longer than the grace, is asked again on coming back."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    crew.comes(1.5, "ann", "away")
    crew.wakes(2)
    assert told(crew.comes(3, "ann")) == []
    crew.comes(4, "ann", "away")
    assert told(crew.comes(9.1, "ann")) == [("c", "offered", "ann")]


def test_a_closed_team_asks_no_agent_twice() -> None:
    """An agent who forgot to go offline after work is asked once, and then again in the morning."""
    crew = Crew("{offer: 2m}", hours="early", there=("ann",))
    crew.asks(4 * HOUR + 1, "c")
    crew.wakes(4 * HOUR + 3)
    assert crew.ahead() == (20 * HOUR, "c may be offered to ann again")
    assert told(crew.wakes(20 * HOUR)) == [("c", "offered", "ann")]


def test_a_no_outlives_a_hold() -> None:
    """After a hold in the same wait an agent who declined is not asked again; in the next wait they are."""
    crew = Crew("{offer: 2m}", there=("ann", "bob"))
    crew.asks(0, "c")
    crew.answers(1, "ann", "c", yes=False)
    crew.leaves(2, "c")
    assert told(crew.asks(30, "c", since=0, ticket="c.2")) == [("c", "offered", "bob")]
    crew.leaves(31, "c")
    assert told(crew.asks(40, "c", ticket="c.3")) == [("c", "offered", "ann")]
    assert crew.team.refusals == ()


def test_the_team_says_that_all_agents_declined() -> None:
    """Agents at lunch, full, or skilled enough later may still take it; only when none is left, the team says so."""
    people = SKILLED + "  bob: {team: care}\n"
    crew = Crew("{offer: 2m}", people, there=("ann", "zoe"))
    crew.asks(0, "c", needs=refund((0, 3), (600, 1)))
    first = crew.answers(1, "zoe", "c", yes=False)
    assert [message.body.get("is_refused") for message in first.messages] == [None]
    assert told(crew.wakes(10)) == [("c", "offered", "ann")]
    last = crew.answers(11, "ann", "c", yes=False)
    assert [message.body.get("is_refused") for message in last.messages] == [True]


def test_a_grant_is_told_again_for_days() -> None:
    """A grant is told again for days to a conversation that can't be reached, such as over a weekend."""
    crew = Crew(there=("ann",))
    crew.asks(0, "c")
    for hour in range(1, 4 * 24):
        assert told(crew.wakes(hour * HOUR + 3)) == [("c", "granted", "ann")]


@pytest.mark.parametrize("agent", ["ann", "zoe"])
def test_a_late_or_strange_answer_changes_nothing(agent: str) -> None:
    """An answer to an offer that has ended, or that went to another agent, is recorded and changes nothing."""
    crew = Crew("{offer: 2m}", there=("ann", "bob"))
    crew.asks(0, "c")
    crew.wakes(2)
    late = crew.answers(2.1, agent, "c")
    assert (told(late), reasons(late)) == ([], [f"{agent} answered for c, which is not offered to them"])


# Grants


def test_without_offers_the_choice_is_made_at_once() -> None:
    """Where the policy makes no offers, the chosen agent has the conversation at once."""
    crew = Crew(there=("ann",))
    given = crew.asks(0, "c")
    assert told(given) == [("c", "granted", "ann")]
    assert reasons(given) == ["Granted c: ann has 0 of 5; not bob is offline"]


def test_a_grant_is_told_until_it_is_confirmed() -> None:
    """A grant is repeated after 1, 2, 4 … minutes up to an hour, until the conversation confirms it."""
    crew = Crew(there=("ann",))
    crew.asks(0, "c")
    rings: list[float] = []
    for _ in range(9):
        ahead = crew.ahead()
        assert ahead is not None
        assert ahead[1] == "c: the grant is told again"
        rings.append(ahead[0])
        assert told(crew.wakes(ahead[0])) == [("c", "granted", "ann")]
    assert rings == [1, 3, 7, 15, 31, 63, 123, 183, 243]
    crew.owned(244, "c", "ann")
    assert crew.ahead() is None


def test_an_ended_conversation_leaves_the_queue() -> None:
    """A conversation that has ended leaves the queue and takes no agent's room."""
    crew = Crew("{capacity: 1}", there=("ann",))
    crew.asks(0, "a")
    crew.asks(1, "b")
    over = crew.is_over(2, "a")
    assert (told(over), reasons(over)[0]) == ([("b", "granted", "ann")], "a (ann): it is over")
    assert reasons(crew.is_over(2.5, "x")) == []


def test_the_same_news_twice_is_one() -> None:
    """A message that arrives twice counts once."""
    crew = Crew(there=("ann",))
    crew.asks(0, "c", event_id="k")
    assert crew.asks(1, "c", event_id="k").is_duplicate
    assert crew.decisions[-1].messages == ()


def test_a_team_remembers_what_it_was_told_for_two_weeks() -> None:
    """A message is recognised when it comes again after a thousand others; a heartbeat without an id is not kept."""
    crew = Crew()
    for number in range(1005):
        crew.tell("heartbeat", number / 100, event_id=f"b{number}", agent="ann")
    assert (crew.tell("heartbeat", 11, event_id="b0", agent="ann").is_duplicate, len(crew.team.seen)) == (True, 1005)
    crew.tell("heartbeat", 12, agent="ann")
    assert len(crew.team.seen) == 1005


# Capacity


def test_an_agent_gets_no_more_than_they_can_have() -> None:
    """Channels have weights: an agent with four of five gets no phone call that weighs two."""
    crew = Crew("{capacity: 5, weights: {voice: 2}}", there=("ann",))
    for name in ("a", "b"):
        crew.asks(0, name, channel="voice")
    assert told(crew.asks(0.2, "c", channel="voice")) == [("c", "queued", 1)]
    assert told(crew.leaves(0.4, "a")) == [("c", "granted", "ann")]


def test_people_have_room_of_their_own() -> None:
    """Each person can have a capacity of their own: a trainee takes one, a veteran three."""
    people = "  ann: {team: care, capacity: 1}\n  bob: {team: care, capacity: 3}\n"
    crew = Crew("{}", people, there=("ann", "bob"))
    for number in range(5):
        crew.asks(number, f"c{number}")
    assert [agent for _, agent in crew.given.values()].count("bob") == 3
    assert crew.line == ["c4"]


def test_assignments_of_the_helpdesk_count_and_are_said() -> None:
    """The helpdesk may give an agent too much: it is on the record, and Baton gives that agent nothing more."""
    crew = Crew("{capacity: 1}", there=("ann",))
    assert reasons(crew.owned(0, "a", "ann")) == ["a is with ann, who has 1 now"]
    assert reasons(crew.owned(1, "b", "ann")) == ["b is with ann, who has 2 now, more than the 1 they can have"]
    assert told(crew.asks(2, "c")) == [("c", "queued", 1)]
    crew.leaves(3, "a")
    assert crew.line == ["c"]
    assert told(crew.leaves(4, "b")) == [("c", "granted", "ann")]


def test_an_agent_passed_over_has_their_room_back() -> None:
    """A conversation offered to ann is taken by bob: ann has room for the next one at once."""
    crew = Crew("{offer: 2m, capacity: 1}", there=("ann",))
    crew.asks(0, "a")
    crew.asks(1, "b")
    assert told(crew.owned(1.5, "a", "bob")) == [("b", "offered", "ann")]


def test_heavy_ones_are_not_passed_by_for_ever() -> None:
    """A phone call that needs an agent's whole capacity is first: room is kept for it, and lighter ones wait behind."""
    crew = Crew("{capacity: 2, weights: {voice: 2}}", there=("ann",))
    crew.asks(0, "mail-1")
    crew.asks(1, "call", channel="voice")
    assert told(crew.asks(2, "mail-2")) == [("mail-2", "queued", 2)]
    crew.owned(2, "mail-1", "ann")
    assert told(crew.leaves(3, "mail-1")) == [("call", "granted", "ann")]


def test_room_is_kept_with_one_person_only() -> None:
    """While room is kept with one agent for the call, the other agents go on with lighter conversations."""
    crew = Crew("{capacity: 2, weights: {voice: 2}}", there=("ann", "bob"))
    crew.asks(0, "mail-1")
    crew.asks(0, "mail-2")
    crew.asks(1, "call", channel="voice")
    given = crew.asks(2, "mail-3")
    assert told(given) == [("mail-3", "granted", "ann")]
    assert (crew.line, crew.given["mail-2"]) == (["call"], ("granted", "bob"))


def test_room_is_not_kept_where_it_would_not_help() -> None:
    """No agent can ever take the call, so the mails do not wait for it."""
    people = "  ann: {team: care, capacity: 1, skills: {refunds: 3}}\n  bob: {team: care, capacity: 2}\n"
    crew = Crew("{weights: {voice: 2}}", people, there=("ann", "bob"))
    crew.asks(0, "call", channel="voice", needs=refund((0, 3)))
    assert told(crew.asks(0.2, "mail")) == [("mail", "granted", "ann")]
    assert told(crew.asks(0.4, "mail-2")) == [("mail-2", "granted", "bob")]


# Needs


def refund(*steps: tuple[float, int], required: bool = True) -> list[dict[str, object]]:
    return [{"skill": "refunds", "required": required, "steps": steps}]


def test_a_need_gets_smaller_with_time() -> None:
    """At first an expert is needed, after five minutes an agent who knows a little, after ten minutes any agent."""
    people = SKILLED + "  bob: {team: care}\n"
    crew = Crew("{}", people, there=("ann", "bob"))
    assert told(crew.asks(0, "c", needs=refund((0, 3), (300, 1), (600, 0)))) == [("c", "queued", 1)]
    assert crew.ahead() == (5, "c needs less")
    assert told(crew.wakes(4.9)) == []
    assert told(crew.wakes(5)) == [("c", "granted", "ann")]
    alone = Crew("{}", people, there=("bob",))
    alone.asks(0, "c", needs=refund((0, 3), (300, 1), (600, 0)))
    assert told(alone.wakes(5)) == []
    assert alone.ahead() == (10, "c needs less")
    assert told(alone.wakes(10)) == [("c", "granted", "bob")]


def test_a_need_is_counted_from_the_time_in_this_queue() -> None:
    """A conversation that comes from another team after an hour is still offered to an expert first."""
    crew = Crew("{}", SKILLED, there=("ann",))
    assert told(crew.asks(HOUR, "c", since=0, needs=refund((0, 3), (300, 1)))) == [("c", "queued", 1)]
    assert told(crew.wakes(HOUR + 5)) == [("c", "granted", "ann")]


def test_a_wish_chooses_and_does_not_hinder() -> None:
    """A preferred skill decides between two agents, and keeps no customer waiting."""
    crew = Crew("{}", SKILLED, there=("ann", "zoe"))
    assert told(crew.asks(0, "a", needs=refund((0, 3), required=False))) == [("a", "granted", "zoe")]
    crew.goes(1, "zoe")
    assert told(crew.asks(2, "b", needs=refund((0, 3), required=False))) == [("b", "granted", "ann")]


def test_a_conversation_that_can_be_helped_overtakes_one_that_cannot() -> None:
    """The first in the queue needs an expert who is absent: the second does not wait for that."""
    crew = Crew("{}", SKILLED, there=("ann",))
    crew.asks(0, "hard", needs=refund((0, 3)))
    crew.asks(0.2, "hard-too", needs=refund((0, 3)))
    assert told(crew.asks(0.4, "easy")) == [("easy", "granted", "ann")]
    assert told(crew.comes(0.6, "zoe")) == [("hard", "granted", "zoe"), ("hard-too", "granted", "zoe")]


def test_a_need_without_a_first_step_counts_at_once() -> None:
    """A need without a first step is not taken for none: the skill is needed at its lowest level."""
    crew = Crew()
    crew.asks(0, "c", needs=[{"skill": "refunds", "steps": [[600, 0]]}, {"skill": "law", "steps": []}])
    assert crew.entry("c").needs == (
        NeedLeft("refunds", True, ((minutes(0), 1), (minutes(10), 0))),
        NeedLeft("law", True, ((minutes(0), 1),)),
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [("required", ("c", "queued", 1)), ("preferred", ("c", "granted", "ann")), ("ignored", ("c", "granted", "ann"))],
)
def test_a_language_is_what_the_policy_makes_of_it(language: str, expected: tuple[object, ...]) -> None:
    """A required language makes the customer wait, a preferred one chooses the agent, an ignored one does nothing."""
    people = "  ann: {team: care, languages: [en]}\n  zoe: {team: care, languages: [de]}\n"
    crew = Crew(f"{{language: {language}}}", people, there=("ann",))
    assert told(crew.asks(0, "c", language="de")) == [expected]
    both = Crew(f"{{language: {language}}}", people, there=("ann", "zoe"))
    assert told(both.asks(0, "c", language="de"))[0][2] == ("ann" if language == "ignored" else "zoe")


@pytest.mark.parametrize("written", ["de_DE", "de_DE.UTF-8", " de", "de;q=0.9", "DEU", "de-AT, en;q=0.5"])
def test_a_required_language_is_known_in_every_form(written: str) -> None:
    """Where the language is required, an agent who speaks `de_CH` gets a customer whatever form the helpdesk sends."""
    crew = Crew("{language: required}", "  ann: {team: care, languages: [de_CH]}\n", there=("ann",))
    assert told(crew.asks(0, "c", language=written)) == [("c", "granted", "ann")]
    before = Crew("{language: required}", "  ann: {team: care, languages: [de_CH]}\n", there=("ann",), edition=2)
    assert told(before.asks(0, "c", language=written)) == [("c", "queued", 1)]


@pytest.mark.parametrize(
    ("written", "agent"),
    [
        ("pl, en;q=0.8", "ann"),
        ("fr;q=0.1, de", "zoe"),
        ("en;q=0.1, de", "zoe"),
        ("de;q=0.1, English", "ann"),
        ("nn-NO", "kim"),
        ("nb, nn", "kim"),
    ],
)
def test_a_list_of_languages_finds_who_speaks_the_best_of_them(written: str, agent: str) -> None:
    """A customer with several languages gets an agent for the best one that an agent there speaks."""
    people = (
        "  ann: {team: care, languages: [en]}\n"
        '  kim: {team: care, languages: ["no"]}\n'
        "  zoe: {team: care, languages: [German]}\n"
    )
    crew = Crew("{language: required}", people, there=("ann", "kim", "zoe"))
    assert told(crew.asks(0, "c", language=written)) == [("c", "granted", agent)]


SPEAKERS = (
    "  ann: {team: care, languages: [en], skills: {refunds: 1}}\n"
    "  zoe: {team: care, languages: [de], skills: {law: 1}}\n"
)


@pytest.mark.parametrize(
    ("wanted", "because"),
    [
        ({"language": "pl-PL"}, "ann does not speak pl, zoe does not speak pl"),
        ({"language": "pl, cs"}, "ann does not speak pl or cs, zoe does not speak pl or cs"),
        ({"language": "pl, en;q=0.8"}, None),
        ({"language": "de", "needs": [{"skill": "refunds"}]}, "ann does not speak de, zoe lacks refunds"),
        ({"needs": [{"skill": "refunds"}, {"skill": "law"}]}, "ann lacks law, zoe lacks refunds"),
        ({"language": "en", "needs": [{"skill": "refunds", "steps": [[0, 5], [600, 1]]}]}, None),
        ({"language": "de"}, None),
        ({"language": "C"}, None),
    ],
)
def test_an_entry_that_no_agent_can_ever_take_is_said_at_once(wanted: dict[str, Any], because: str | None) -> None:
    """A language that no agent speaks, or skills that no agent has together, are found at once, also at night."""
    crew = Crew("{language: required}", SPEAKERS, hours="early")
    [message] = crew.asks(9 * HOUR, "c", **wanted).messages
    assert message.body.get("no_agent_because") == because
    before = Crew("{language: required}", SPEAKERS, edition=2)
    assert [each.body.get("no_agent_because") for each in before.asks(0, "c", **wanted).messages] == [None]


# Fairness


def test_work_is_spread_over_the_window() -> None:
    """The agent with fewer grants in the last hour is next, though both have room; earlier grants do not count."""
    crew = Crew("{fair_over: 1h}", there=("ann", "bob"))
    for minute, expected in ((0, "ann"), (1, "bob"), (2, "ann"), (3, "bob")):
        assert told(crew.asks(minute, f"c{minute}")) == [(f"c{minute}", "granted", expected)]
        crew.owned(minute, f"c{minute}", expected)
        crew.leaves(minute + 0.5, f"c{minute}")
    crew.comes(4, "bob", "away")
    assert told(crew.asks(5, "c5")) == [("c5", "granted", "ann")]
    crew.leaves(6, "c5")
    crew.comes(7, "bob")
    assert told(crew.asks(8, "c8")) == [("c8", "granted", "bob")]


def test_the_agent_who_knows_the_customer_comes_first() -> None:
    """The agent who answered last gets the conversation again, if they are present and have room."""
    crew = Crew("{capacity: 1}", there=("ann", "bob"))
    assert told(crew.asks(0, "a", last_agent="bob")) == [("a", "granted", "bob")]
    assert told(crew.asks(0.5, "b", last_agent="bob")) == [("b", "granted", "ann")]


# Clocks and records


def test_a_conversation_reads_its_own_clock() -> None:
    """A conversation whose clock is an hour fast keeps its position by its wait, and is told times by its own clock."""
    crew = Crew("{offer: 2m}")
    crew.asks(5, "plain", since=2)
    crew.asks(5, "ahead", occurred_at=at(65).isoformat(), since=61)
    assert crew.line == ["ahead", "plain"]
    offered = crew.comes(6, "ann").messages[0]
    assert offered.body["until"] == at(68).isoformat()
    assert offered.body["occurred_at"] == (at(66) + minutes(1) / 60_000).isoformat()


def test_answers_keep_their_order_when_mail_slows_down() -> None:
    """The team's second answer is dated after the first, even where the message between them was slow."""
    crew = Crew("{offer: 2m}", there=("ann",))
    first = crew.asks(4, "c").messages[0]
    slow = {"occurred_at": at(1).isoformat(), "since": 4}
    crew.asks(5, "c", priority="high", **slow)
    second = crew.wakes(6).messages[0]
    assert (first.name, second.name) == ("offered", "queued")
    assert first.body["occurred_at"] < second.body["occurred_at"]


def test_where_the_helpdesk_leads_nothing_is_given() -> None:
    """Where the helpdesk leads the queue, Baton keeps the order and the counts, and the helpdesk chooses."""
    crew = Crew("{led_by: desk}", there=("ann",))
    assert told(crew.asks(0, "c", needs=refund((0, 3), (300, 0)))) == [("c", "queued", 1)]
    assert crew.ahead() is None
    crew.owned(1, "c", "ann")
    assert crew.given == {"c": ("owned", "ann")}


def test_a_team_without_a_queue_only_follows() -> None:
    """The policy has removed the queue: the team takes in what it is told, and gives nothing to agents."""
    crew = Crew(there=("ann",))
    plain = crew_policy()
    document = plain.document.model_copy(
        update={"teams": {"care": plain.document.teams["care"].model_copy(update={"queue": None})}}
    )
    crew.adopts(1, build(document))
    assert told(crew.asks(2, "c")) == [("c", "queued", 1)]


def test_every_choice_is_remembered_with_its_reason() -> None:
    """Operators read which agent got which conversation lately, after how long, and the reason."""
    crew = Crew(there=("ann",))
    crew.goes(0, "ann")
    crew.asks(0, "c")
    crew.comes(7, "ann")
    [grant] = crew.team.grants
    assert (grant.at, grant.conversation, grant.agent, grant.waited) == (at(7), "c", "ann", minutes(7))
    assert grant.because == "ann has 0 of 5; not bob is offline"
    assert [entry.kind for entry in crew.team.timeline][-2:] == ["presence", "granted"]


def test_a_subject_fits_its_line() -> None:
    """A long subject is cut to one short line, so that lists stay readable."""
    assert clipped("Charged\n  twice ", 80) == "Charged twice"
    assert len(clipped("x" * 200, 80)) == 80
    crew = Crew()
    crew.asks(0, "c", subject="y" * 200)
    assert crew.entry("c").subject == "y" * 79 + "…"
    assert crew.entry("c").since == START
