"""Nights and holidays: the stand-in team has a waiting customer while the team is closed, and gives them back."""

import pytest

from policies.state.effects import Assign
from tests.policies.stories import ACME, Play, at, policy_of, reasons, told

HOUR = 60
CLOSING, TUESDAY_NOON, WEDNESDAY = 7 * HOUR, 26 * HOUR, 47 * HOUR
"""Monday 17:00, Tuesday 12:00 (a holiday) and Wednesday 9:00, when Tier 1 opens, in minutes after Monday 10:00 UTC."""

RULE = """
rules:
  - name: nobody here
    on: outside_hours
    do: [{reply: "We are back {{ event.opens_at }}"}]
"""


def teams(play: Play) -> list[str]:
    """Return the teams that the helpdesk was told to assign, in order."""
    return [effect.team for effect in play.asked(Assign) if isinstance(effect, Assign)]


def test_a_waiting_customer_is_handed_over_at_closing_time() -> None:
    """At five, on call gets a customer who still waits; the note says until when."""
    play = Play()
    play.answer(5)
    play.customer(6.75 * HOUR)
    decision = play.wake(CLOSING)
    assert told(decision.effects) == [
        ("assign", "on-call"),
        ("note", "Tier 1 is closed until Wed 7 Jan 09:00 UTC; on call takes over."),
    ]
    assert reasons(decision) == [
        "Resolution breached: 7h passed without it",
        "Tier 1 is closed until Wed 7 Jan 09:00 UTC",
        "Assigned to On-Call: outside business hours of Tier 1",
        "Next response is now due within 40m (On-Call)",
    ]
    assert play.now.responsible.returns_to == "tier-1"
    assert play.clock("next_response.1").due_at == at(6.75 * HOUR + 40)


def test_an_answered_customer_is_not_handed_to_on_call() -> None:
    """On call does not get a customer who was answered."""
    play = Play()
    play.answer(5)
    assert (play.wake(CLOSING).effects, play.now.responsible.team) == ((), "tier-1")


def test_a_customer_who_writes_at_night_is_handed_over_at_once() -> None:
    """A customer who writes at night or on a holiday is with on call at once."""
    play = Play()
    play.answer(5)
    play.customer(TUESDAY_NOON)
    assert teams(play) == ["tier-1", "on-call"]


def test_a_conversation_that_begins_on_a_holiday() -> None:
    """A conversation that begins on a holiday is with on call at once, and its clocks run in their hours."""
    night = Play(began=24 * HOUR)
    assert (night.now.responsible.team, night.clock("first_response.1").due_at) == ("on-call", at(24 * HOUR + 20))


def test_in_the_morning_it_goes_back_if_still_unanswered() -> None:
    """On Wednesday at nine the unanswered conversation goes back to Tier 1."""
    play = Play()
    play.answer(5)
    play.customer(TUESDAY_NOON)
    decision = play.wake(WEDNESDAY)
    assert told(decision.effects)[-2:] == [
        ("assign", "tier-1"),
        ("note", "Back from on call: Tier 1 is open again and the customer still waits."),
    ]
    assert (play.now.responsible.returns_to, play.now.responsible.team) == ("", "tier-1")


def test_answered_at_night_it_stays_with_on_call() -> None:
    """After an answer at night the conversation stays; the customer's next message in opening hours brings it back."""
    play = Play()
    play.answer(5)
    play.customer(TUESDAY_NOON)
    play.answer(TUESDAY_NOON + 10, by="owl")
    assert play.wake(WEDNESDAY).effects == ()
    assert play.now.responsible.team == "on-call"
    play.customer(WEDNESDAY + 30)
    assert teams(play) == ["tier-1", "on-call", "tier-1"]


@pytest.mark.parametrize("how", ["taken", "assigned by the helpdesk", "granted by their queue"])
def test_a_stand_in_who_has_not_answered_leaves_the_way_back_open(how: str) -> None:
    """An on-call agent has the conversation but has not answered by the morning: it goes back to Tier 1."""
    queued = ACME.replace("on-call: {name: On-Call, tier: 1, sla: night}", "on-call: {name: On-Call, queue: {}}")
    play = Play(policy_of("people: {kim: {team: on-call}}", base=queued))
    play.customer(CLOSING + 1)
    if how == "taken":
        play.command("take", CLOSING + 10, actor="kim")
    elif how == "assigned by the helpdesk":
        play.tell("reassigned", CLOSING + 10, team="on-call", assignee="kim", by="round-robin")
    else:
        entry_id = play.now.queue_entry.ticket if play.now.queue_entry else ""
        chosen = {"team": "on-call", "ticket": entry_id, "agent": "kim", "because": "kim is there"}
        play.tell("granted", CLOSING + 10, **chosen)
    assert (play.now.responsible.team, play.now.responsible.assignee, play.now.responsible.returns_to) == (
        "on-call",
        "kim",
        "tier-1",
    )
    play.wake(WEDNESDAY)
    assert (play.now.responsible.team, play.now.responsible.assignee, play.now.responsible.returns_to) == (
        "tier-1",
        "",
        "",
    )


def test_given_up_by_a_stand_in_it_still_goes_back() -> None:
    """Taken back at night from an agent who did not answer, the conversation still goes to Tier 1 on Wednesday."""
    leased = ACME.replace(
        "on-call: {name: On-Call, tier: 1, sla: night}", "on-call: {name: On-Call, queue: {lease: 30m}}"
    )
    play = Play(policy_of("people: {kim: {team: on-call}}", base=leased))
    play.wake(CLOSING)
    play.command("take", CLOSING + 10, actor="kim")
    play.wake(CLOSING + 40)
    assert (play.now.responsible.team, play.now.responsible.assignee, play.now.responsible.returns_to) == (
        "on-call",
        "",
        "tier-1",
    )
    play.wake(WEDNESDAY)
    assert play.now.responsible.team == "tier-1"


def test_an_agent_who_takes_it_by_day_keeps_it() -> None:
    """An agent takes the conversation in the morning: the customer's next message leaves it with that agent."""
    play = Play()
    play.customer(CLOSING + 1)
    play.answer(CLOSING + 10, by="owl")
    play.command("take", WEDNESDAY + 10, actor="anna")
    play.customer(WEDNESDAY + 30)
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("on-call", "anna")


def test_it_is_handed_over_once_a_night() -> None:
    """A second message in the same night does not move the conversation again."""
    play = Play()
    play.answer(5)
    play.customer(TUESDAY_NOON)
    play.customer(TUESDAY_NOON + 30)
    play.tell("tag_added", TUESDAY_NOON + 40, tag="vip")
    assert teams(play) == ["tier-1", "on-call"]


def test_a_person_who_gives_it_back_at_night_is_not_overruled() -> None:
    """An agent gave the conversation back to Tier 1 at night: it stays there, though the customer writes again."""
    play = Play()
    play.answer(5)
    play.customer(TUESDAY_NOON)
    play.tell("reassigned", TUESDAY_NOON + 5, team="tier-1", by="owl")
    play.customer(TUESDAY_NOON + 30)
    play.tell("tag_added", TUESDAY_NOON + 40, tag="vip")
    play.wake(WEDNESDAY)
    assert (teams(play), play.now.responsible.team) == (["tier-1", "on-call"], "tier-1")


def test_an_agent_who_answers_at_night_keeps_the_conversation() -> None:
    """An agent of Tier 1 answers after closing time: when the customer writes again that night, the agent keeps it."""
    play = Play()
    play.answer(5)
    play.customer(CLOSING + 60)
    play.command("reassign", CLOSING + 70, team="tier-1", assignee="anna")
    play.answer(CLOSING + 75)
    assert told(play.customer(CLOSING + 80).effects) == []
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("tier-1", "anna")
    play.wake(WEDNESDAY + 8 * HOUR)
    assert play.now.responsible.team == "on-call"


def test_the_customer_hears_once_a_night_that_we_are_closed() -> None:
    """The customer is told once a night that the team is closed, and not again while an agent answers them."""
    flat = ACME.replace("hours: business, after_hours: on-call", "hours: business")
    play = Play(policy_of(RULE, base=flat), began=CLOSING + 60)
    for minute in (65, 75):
        play.answer(CLOSING + minute)
        play.customer(CLOSING + minute + 5)
    assert [effect[1] for effect in told(play.effects) if effect[0] == "reply"] == ["We are back Wed 7 Jan 09:00 UTC"]
    play.answer(WEDNESDAY + 30)
    play.customer(WEDNESDAY + 9 * HOUR)
    assert told(play.decisions[-1].effects) == [("reply", "We are back Thu 8 Jan 09:00 UTC")]


def test_a_person_may_name_a_team_that_is_away() -> None:
    """A person may assign to a closed team: it keeps the conversation until its next closing time."""
    play = Play(channel="chat")
    decision = play.command("deescalate", TUESDAY_NOON, team="tier-1", note="Not urgent")
    assert [effect for effect in told(decision.effects) if effect[0] == "assign"] == [("assign", "tier-1")]
    assert "Tier 1 is closed until Wed 7 Jan 09:00 UTC" in reasons(decision)
    play.wake(WEDNESDAY + 8 * HOUR - 1)
    assert play.now.responsible.team == "tier-1"
    play.wake(WEDNESDAY + 8 * HOUR)
    assert play.now.responsible.team == "on-call"


def test_a_rule_that_names_a_closed_team_is_followed_by_the_hand_over() -> None:
    """A rule escalates at night to a closed team: the conversation goes to that team's stand-in."""
    closed = ACME.replace(
        "billing: {name: Billing, tier: 3, sla: quick}",
        "billing: {name: Billing, tier: 3, sla: quick, hours: business, after_hours: on-call}",
    )
    play = Play(
        policy_of(
            """
rules:
  - name: late
    on: {clock: next_response, at: breach}
    do: [{escalate: billing}]
""",
            base=closed,
        ),
        channel="chat",
    )
    play.answer(5)
    play.customer(TUESDAY_NOON)
    play.wake(TUESDAY_NOON + 40)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("on-call", "billing")
    assert teams(play) == ["tier-2", "on-call"]


def test_an_evening_shift_hands_over_to_the_night() -> None:
    """When the stand-in team closes, its own stand-in takes over, and in the morning Tier 1 has it again."""
    shifts = ACME.replace(
        "timezone: UTC\nhours:", 'timezone: UTC\nhours:\n  evening: {open: "Mo-Su 17:00-22:00"}'
    ).replace(
        "on-call: {name: On-Call, tier: 1, sla: night}",
        "on-call: {name: On-Call, tier: 1, sla: night, hours: evening, after_hours: tier-2}",
    )
    play = Play(policy_of(base=shifts))
    play.wake(CLOSING)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("on-call", "tier-1")
    play.wake(12 * HOUR)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("tier-2", "tier-1")
    play.wake(WEDNESDAY)
    assert (play.now.responsible.team, teams(play)) == ("tier-1", ["tier-1", "on-call", "tier-2", "tier-1"])


def test_rules_hear_of_closing_time() -> None:
    """A rule can tell a waiting customer at closing time when the team is back; an answered one is not told."""
    play = Play(policy_of(RULE))
    decision = play.wake(CLOSING)
    assert told(decision.effects)[-1] == ("reply", "We are back Wed 7 Jan 09:00 UTC")
    answered = Play(policy_of(RULE))
    answered.answer(5)
    assert answered.wake(CLOSING).effects == ()


def test_a_conversation_on_hold_is_not_moved_at_closing_time() -> None:
    """A conversation on hold is not moved at closing time; when it is released at night, it is."""
    play = Play()
    play.command("hold", 5, note="Waiting for the supplier")
    assert play.wake(CLOSING).effects == ()
    play.command("release", TUESDAY_NOON)
    assert teams(play) == ["tier-1", "on-call"]


def test_a_timer_a_week_late_moves_the_conversation_at_each_opening() -> None:
    """A timer that rings a week late moves the conversation at each closing and opening, at the right instants."""
    play = Play()
    play.wake(7 * 24 * HOUR)
    assert [(stint.team, stint.since) for stint in play.now.responsible.path] == [
        ("tier-1", at(0)),
        ("on-call", at(CLOSING)),
        ("tier-1", at(WEDNESDAY)),
        ("on-call", at(WEDNESDAY + 8 * HOUR)),
        ("tier-1", at(WEDNESDAY + 24 * HOUR)),
        ("on-call", at(WEDNESDAY + 32 * HOUR)),
        ("tier-1", at(WEDNESDAY + 48 * HOUR)),
        ("on-call", at(WEDNESDAY + 56 * HOUR)),
        ("tier-1", at(7 * 24 * HOUR - HOUR)),
    ]
    assert teams(play) == ["tier-1", "tier-1"]


def test_a_lease_that_runs_on_ends_with_the_stand_ins_promise() -> None:
    """Anna's lease stood still during a hold. After closing time it runs on to the end of on call's promise."""
    calls = "escalations:\n  people: {steps: [{notify: 'person:anna'}], lead: 'slack:#leads', lease: 3h}\n"
    rule = "rules:\n  - {name: help, on: tag_added, do: [{notify: people}]}\n"
    play = Play(policy_of("people:\n  anna: {name: Anna, slack: U024BE7LH}\n", calls + rule, base=ACME), delivers=True)
    play.answer(5)
    play.customer(CLOSING - 15)
    play.tell("tag_added", CLOSING - 14, tag="help")
    play.command("acknowledge", CLOSING - 13, actor="anna")
    play.command("hold", CLOSING - 5, note="asks the bank")
    decision = play.command("release", CLOSING + 30)
    assert reasons(decision)[-1] == "anna has to answer by Mon 5 Jan 18:00 UTC: the customer waits again"
    assert play.on_call_run("people.1").lease_until == play.clock("next_response.1").due_at == at(CLOSING + 60)
