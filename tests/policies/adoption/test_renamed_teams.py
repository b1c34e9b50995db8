"""A team that a new version has under another identifier: its customers wait on, and nothing else changes."""

from datetime import timedelta

import pytest

from policies.contract.commands import Refused
from policies.state.effects import AskTeam, LeaveTeam, TellOwner, UpdateNotification
from tests.policies.queues.queueing_stories import DESK, QUEUED, RULES, Queueing, heard
from tests.policies.stories import ACME, Play, at, change_over, policy_of, reasons, told

RENAMED = policy_of(
    RULES,
    base=DESK.replace("version: 3", "version: 4")
    .replace("  care:\n", "  guests:\n    formerly: care\n")
    .replace("team: care", "team: guests")
    .replace("email: care", "email: guests"),
)


def test_a_customer_in_line_waits_on_as_long_as_before() -> None:
    """Care is called Guests now: its customer waits there since the beginning, and overflows when they would have."""
    play = Queueing(QUEUED)
    over = change_over(play, RENAMED, "carry", 10)
    assert reasons(over)[1] == "Stays with Care: desk v4 calls the team care guests"
    assert heard(over) == [
        ("assign", "guests"),
        ("leave", "care", "with guests now"),
        ("ask", "guests", play.entry.ticket),
    ]
    [asked] = [effect for effect in over.effects if isinstance(effect, AskTeam)]
    assert (asked.since, asked.entered_at) == (at(0), at(0))
    assert (play.entry.team, play.entry.entered_at) == ("guests", at(0))
    play.wake(60)
    assert play.now.responsible.team == "seniors"


def test_an_agent_keeps_what_they_have() -> None:
    """Ann has the conversation, and her team has another identifier now: she keeps it, with the time left to answer."""
    play = Queueing(QUEUED)
    play.granted(2, "ann")
    change_over(play, RENAMED, "carry", 20)
    assert (play.now.responsible.assignee, play.entry.team, play.entry.state) == ("ann", "guests", "owned")
    assert [type(effect) for effect in play.decisions[-1].effects if isinstance(effect, TellOwner | LeaveTeam)] == [
        LeaveTeam,
        TellOwner,
    ]
    assert play.entry.lease is not None
    assert play.entry.lease.spent == timedelta(minutes=18)


def test_an_open_offer_is_withdrawn() -> None:
    """Ann was asked by the old queue: the offer is withdrawn, and the new one chooses again."""
    play = Queueing(QUEUED)
    play.offered(1, "ann")
    change_over(play, RENAMED, "carry", 2)
    assert (play.entry.state, play.entry.agent, play.entry.offer) == ("waiting", "", "")
    [shown] = [effect for effect in play.decisions[-1].effects if isinstance(effect, UpdateNotification)]
    assert (shown.page, shown.outcome) == ("offer:care/1", "stood_down")


def test_an_agent_who_let_the_customer_wait_is_not_asked_again() -> None:
    """Ann let the customer wait too long, and her team is renamed: she is still passed over in this wait."""
    play = Queueing(QUEUED)
    play.granted(1, "ann")
    play.wake(32)
    assert play.entry.failed == ("ann",)
    change_over(play, RENAMED, "carry", 33)
    assert play.entry.failed == ("ann",)


HEARD = "rules: [{name: moved, on: reassigned, do: [{tag: moved}]}]\n"
SENIORS = ACME.replace("  tier-2: {name: Tier 2,", "  seniors: {formerly: [tier-2], name: Seniors,").replace(
    "chat: tier-2", "chat: seniors"
)


def test_a_new_name_is_no_change_of_hands() -> None:
    """Tier 2 is called Seniors now: no rule hears of it, no note is written, and the promises run on."""
    play = Play(policy_of(HEARD), channel="chat")
    before = [(clock.id, clock.due_at) for clock in play.now.sla.open_clocks]
    over = change_over(play, policy_of(HEARD, base=SENIORS), "carry", 5)
    assert told(over.effects) == [("assign", "seniors")]
    assert [(clock.id, clock.due_at) for clock in play.now.sla.open_clocks] == before
    assert [stint.team for stint in play.now.responsible.path] == ["seniors"]


def test_late_words_about_the_old_name_mean_the_team() -> None:
    """The helpdesk and people go on to name Tier 2 by its old key: that is Seniors, with its promises."""
    play = Play()
    change_over(play, policy_of(base=SENIORS), "carry", 1)
    play.tell("reassigned", 2, team="tier-2", by="anna")
    assert play.now.responsible.team == "seniors"
    play.command("reassign", 3, actor="anna", team="tier-1")
    play.command("escalate", 4, actor="anna", team="tier-2", note={"tried": "a", "think": "b", "need": "c"})
    assert play.now.responsible.team == "seniors"
    with pytest.raises(Refused, match="already with Seniors"):
        play.command("reassign", 5, actor="anna", team="tier-2")


def test_at_night_the_way_back_leads_to_the_new_name() -> None:
    """Tier 1 sleeps and on-call has the conversation when Tier 1 is renamed: in the morning it goes back to it."""
    renamed = (
        ACME.replace("  tier-1: {name: Tier 1,", "  front: {formerly: tier-1, name: Front,")
        .replace("tier-1", "front")
        .replace("formerly: front", "formerly: tier-1")
    )
    play = Play(policy_of(), began=10 * 60)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("on-call", "tier-1")
    change_over(play, policy_of(base=renamed), "carry", 11 * 60)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("on-call", "front")
