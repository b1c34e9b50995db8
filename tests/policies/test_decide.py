"""Decisions about single events: where conversations start, which team gets them, and the reasons that are recorded."""

from datetime import UTC, datetime, timedelta

import pytest

from policies.decide import decide, order
from policies.state.conversation import Decision, opened
from policies.state.effects import Assign, Notify, TellConversation
from policies.state.events import StatusChanged, TagAdded
from tests.policies.stories import FULL, PLAIN, START, Play, at, fact, policy_of, reasons, remarks, started, told


@pytest.mark.parametrize(
    ("channel", "inbox", "team", "why"),
    [
        ("email", "", "tier-1", "Assigned to Tier 1: email conversations start with this team"),
        ("email", "help", "tier-1", "Assigned to Tier 1: email conversations start with this team"),
        ("email", "invoices", "billing", "Assigned to Billing: email conversations to invoices start with this team"),
        ("chat", "invoices", "tier-2", "Assigned to Tier 2: chat conversations start with this team"),
        ("pigeon", "", "tier-1", "Assigned to Tier 1: no team for channel “pigeon”: the first one"),
        ("", "", "tier-1", "Assigned to Tier 1: no channel was named: the first one"),
    ],
)
def test_it_lands_with_the_team_of_its_channel(channel: str, inbox: str, team: str, why: str) -> None:
    """A conversation starts with its inbox's team, else its channel's, else the first team: each one has a team."""
    play = Play(channel=channel, inbox=inbox)
    assert told(play.effects) == [("assign", team)]
    assert reasons(play.decisions[0]) == [f"Conversation started by {channel or 'an unnamed channel'}", why]


def test_a_whole_decision() -> None:
    """A tag routes the conversation: each field of the effects and of the reasons is as expected."""
    play = Play(FULL)
    decision = play.tell("tag_added", 3, tag="billing", by="bot", event_id="t")
    asked = {"conversation_id": "c", "life": "", "due_at": at(3), "because": "billing topic"}
    assert [effect.model_dump() for effect in decision.effects] == [
        {
            "kind": "assign",
            "key": "c/t/billing-topic/assign/0",
            "team": "billing",
            "team_name": "Billing",
            "assignee": "",
        }
        | asked,
        {"kind": "add_internal_note", "key": "c/t/billing-topic/add_internal_note/0", "body": "Routed: billing"}
        | asked,
        {"kind": "add_tag", "key": "c/t/billing-topic/add_tag/0", "tag": "routed"} | asked,
    ]
    assert [(entry.at, entry.kind, entry.text, entry.rule, entry.clock) for entry in decision.because] == [
        (at(3), "tag_added", "Tag billing added by bot", "", ""),
        (at(3), "rule_fired", "Rule “billing topic”", "billing topic", ""),
        (at(3), "assigned", "Assigned to Billing: billing topic", "", ""),
        (at(3), "clock_retargeted", "First response is now due within 10m (Billing)", "", "first_response.1"),
        (at(3), "clock_retargeted", "Resolution is now due within 7h (Billing)", "", "resolution.1"),
    ]
    assert not decision.is_duplicate


def test_a_tag_routes_once() -> None:
    """The same tag again, from another webhook, does not route the conversation again."""
    play = Play(FULL)
    play.tell("tag_added", 3, tag="billing", event_id="first")
    again = play.tell("tag_added", 4, tag="billing", event_id="second")
    assert (told(again.effects), reasons(again)) == ([], ["Tag billing was already there"])
    play.tell("tag_removed", 5, tag="billing")
    assert told(play.tell("tag_added", 6, tag="billing", event_id="third").effects) == [("note", "Routed: billing")]


def test_an_event_counts_once() -> None:
    """A webhook that is delivered three times is one event."""
    play = Play()
    event = fact("message", 2, author="customer", text="Hello?", event_id="m")
    play.feed(event, 2)
    before = play.conversation
    assert play.feed(event, 3) == Decision(before, is_duplicate=True)
    assert play.feed(event, 9) == Decision(before, is_duplicate=True)
    assert play.now.told.messages == 1


def test_the_beginning_counts_once() -> None:
    """A start that is repeated does not begin the conversation again."""
    play = Play(FULL)
    play.tell("tag_added", 3, tag="billing")
    assert play.feed(started(), 5).is_duplicate
    assert play.now.responsible.team == "billing"


def test_trouble_with_the_policy_is_loud() -> None:
    """A conversation whose policy is unknown runs under another one, and the people named under `alert` hear of it."""
    policy = policy_of("alert: slack:#ops\n")
    event = started().model_copy(update={"trouble": "There is no policy acme-2: acme is used"})
    decision = decide(opened("c", START), event, START, policy=policy)
    assert told(decision.effects) == [
        ("note", "There is no policy acme-2: acme is used"),
        ("notify", "slack:#ops", "There is no policy acme-2: acme is used"),
        ("assign", "tier-1"),
    ]


@pytest.mark.parametrize(
    ("said", "seen", "taken", "remark"),
    [
        (
            60,
            5,
            5,
            "tag_added said 2026-01-05T11:00:00+00:00, which is in the future: taken as 2026-01-05T10:05:00+00:00",
        ),
        (
            -60,
            5,
            0,
            "tag_added said 2026-01-05T09:00:00+00:00, which is before the conversation's remembered past: "
            "taken as 2026-01-05T10:00:00+00:00",
        ),
        (5.02, 5, 5, None),
        (4, 5, 4, None),
    ],
)
def test_a_time_that_cannot_be_is_moved_on_the_record(said: float, seen: float, taken: float, remark: str) -> None:
    """A sender with a wrong clock neither gains nor loses time; a difference of a second or so is not mentioned."""
    play = Play()
    play.tell("tag_added", said, tag="vip", seen=seen)
    assert play.now.at == at(taken)
    assert remarks(play) == ([remark] if remark else [])


def test_times_in_impossible_years_are_moved_too() -> None:
    """Times in the year 1 and the year 9999 are taken as typing errors and moved."""
    play = Play()
    for number, year in enumerate(("0001", "9999")):
        play.feed(fact("rated", 5, score=3, occurred_at=f"{year}-06-01T00:00:00", event_id=str(number)), 5)
    assert play.now.at == at(5)
    assert len(remarks(play)) == 2


def test_a_reassignment_to_an_unknown_team_is_followed() -> None:
    """The helpdesk assigns a team that is not in the policy: Baton follows, and the promises stay as they were."""
    play = Play()
    decision = play.tell("reassigned", 5, team="partners", assignee="zoe", by="anna")
    assert (play.now.responsible.team, play.now.responsible.assignee, told(decision.effects)) == ("partners", "zoe", [])
    assert reasons(decision) == [
        "Assigned to partners / zoe: reassigned by anna",
        "Team “partners” is not in the policy: its promises stay as they were",
    ]
    assert play.clock("first_response.1").due_at == at(20)
    play.tell("status_changed", 6, status="pending_customer")
    assert play.clock("first_response.1").state == "paused"


def test_a_reassignment_by_a_person_is_told_to_the_helpdesk() -> None:
    """A reassignment asked of Baton is passed on to the helpdesk, with the agent's note."""
    play = Play()
    asked = play.command("reassign", 5, team="billing", assignee="zoe", note="Knows the customer")
    assert told(asked.effects) == [
        ("assign", "billing", "zoe"),
        ("note", "Handed over to Billing / zoe by anna — Knows the customer"),
    ]


def test_an_escalation_carries_its_note() -> None:
    """The receiving team reads what was tried, what the agent thinks and what is needed, before the assignment."""
    play = Play()
    note = {"tried": "Reset the router", "think": "Line fault", "need": "A technician"}
    decision = play.command("escalate", 5, team="tier-2", note=note)
    body = "Escalated to Tier 2 by anna\nTried: Reset the router\nThink: Line fault\nNeed: A technician"
    assert told(decision.effects) == [("note", body), ("assign", "tier-2")]
    assert (play.now.responsible.escalations, play.now.responsible.reason) == (1, "agent_judgement")
    back = play.command("deescalate", 9, team="tier-1", note="Only a question")
    assert told(back.effects) == [("note", "Deescalated to Tier 1 by anna\nOnly a question"), ("assign", "tier-1")]


def test_taking_it_makes_it_theirs() -> None:
    """An agent who takes a conversation becomes its assignee, and the people called for it can go back to sleep."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    decision = play.command("take", 22, actor="ben")
    assert told(decision.effects) == [("assign", "tier-2", "ben"), ("update", "people.1", "acknowledged")]
    assert play.on_call_run("people.1").ended == "acknowledged by ben"
    assert play.command("take", 23, actor="ben").effects == ()


def test_facts_about_the_customer_are_added() -> None:
    """An update of the customer changes only the fields that were sent, and unknown fields are kept."""
    play = Play(customer={"id": "7", "name": "Ada", "tier": "gold"})
    play.tell("customer_updated", 3, tier="enterprise", seats=12)
    customer = play.now.contact.customer.model_dump(exclude_unset=True)
    assert customer == {"id": "7", "name": "Ada", "tier": "enterprise", "seats": 12}


def test_attributes_are_text() -> None:
    """Rules compare attributes as text, whatever type the sender used."""
    play = Play(attributes={"seats": 3, "trial": True})
    play.tell("attribute_changed", 3, name="plan", value=None)
    play.tell("attribute_changed", 4, name="seats", value=4.5)
    assert play.now.contact.attributes == (("plan", ""), ("seats", "4.5"), ("trial", "true"))


def test_scores_feedback_and_rejections_are_on_the_record() -> None:
    """Scores, feedback and rejected events stand on the timeline even where they change nothing else."""
    play = Play()
    lines = [
        reasons(play.tell("rated", 1, score=4)),
        reasons(play.tell("feedback", 2, by="anna", useful=True)),
        reasons(play.tell("rated", 3, score="many", event_id="r")),
    ]
    assert lines == [
        ["Customer rated 4"],
        ["Feedback by anna: “useful: true”"],
        [
            "Rejected rated: score: write a number, not “many”",
        ],
    ]
    assert play.now.feedback.rating == 4


def test_merging_ends_what_was_promised_here() -> None:
    """A merged conversation goes on in the other one: here no clock runs, no call goes on, and it closes in a day."""
    play = Play(FULL, delivers=True)
    play.wake(20)
    decision = play.tell("merged", 25, into="C-2")
    assert [
        (effect.to, effect.waiting_since) for effect in decision.effects if isinstance(effect, TellConversation)
    ] == [("C-2", START)]
    assert told(decision.effects) == [("tell", "C-2"), ("update", "people.1", "stood_down")]
    assert reasons(decision) == [
        "Merged into C-2",
        "Resolution ended: merged into C-2",
        "First response ended: merged into C-2",
        "people stood down: merged into C-2",
    ]
    assert (play.now.lifecycle.status, play.now.lifecycle.merged_into, play.now.sla.open_clocks) == (
        "resolved",
        "C-2",
        (),
    )
    assert play.now.lifecycle.closes_at == at(25) + timedelta(hours=24)


def test_a_merged_conversation_whose_customer_writes_again_is_promised_again() -> None:
    """A customer who writes to a merged conversation is promised an answer again."""
    play = Play()
    play.tell("merged", 25, into="C-2")
    decision = play.customer(30)
    assert told(decision.effects) == [("status", "open")]
    assert [(clock.id, clock.state, clock.due_at) for clock in play.now.sla.open_clocks] == [
        ("resolution.1", "running", at(47 * 60 + 5)),  # five minutes of it on Wednesday; Tuesday is a holiday
        ("next_response.1", "running", at(70)),
    ]


def test_two_days_without_a_worker_call_one_person() -> None:
    """After an outage of two days the first person is called, not the whole ladder; the call is due at its breach."""
    play = Play(FULL)
    decision = play.wake(2 * 24 * 60)
    assert [told([effect]) for effect in decision.effects if isinstance(effect, Notify)] == [
        [("call", "people.1/1.1", "slack:#first")]
    ]
    assert [effect.team for effect in decision.effects if isinstance(effect, Assign)] == ["tier-2"]
    assert {effect.due_at for effect in decision.effects} == {at(20)}


def test_waking_up_early_or_twice_changes_nothing() -> None:
    """A timer that rings too early or twice changes nothing."""
    play = Play(FULL)
    before = play.conversation
    assert play.wake(9.9) == Decision(before)
    play.wake(20)
    before = play.conversation
    assert play.wake(20) == Decision(before)


def test_keys_are_unique_and_stay() -> None:
    """Every effect has its own key, and a late fact that replays the story requests none of them again."""
    play = Play(FULL, delivers=True)
    for when in (20, 25, 35, 40, 50):
        play.wake(when)
    keys = [effect.key for effect in play.effects]
    assert len(keys) == len(set(keys)) == 9
    decision = play.tell("rated", 1, score=5, seen=51)
    assert (decision.effects, reasons(decision)) == ((), ["Customer rated 5"])


def test_the_desk_hears_of_resolving_only_from_us() -> None:
    """Resolving through Baton resolves it in the helpdesk too; a status that came from there is not sent back."""
    ours, theirs = Play(), Play()
    assert told(ours.command("resolve", 5, note="Refunded").effects) == [("status", "resolved"), ("note", "Refunded")]
    assert theirs.tell("status_changed", 5, status="resolved").effects == ()
    echo = ours.feed(StatusChanged(event_id="echo", occurred_at=at(6), status="resolved"), 6)
    assert (echo.effects, reasons(echo)) == ((), ["Status was resolved already"])
    assert PLAIN.document.linger == timedelta(hours=24)


def test_numbers_in_ids_count() -> None:
    """Two events of the same second are ordered by the number in their ids: 9 comes before 10."""
    at = datetime(2026, 1, 5, 10, tzinfo=UTC)
    ten, nine = (TagAdded(event_id=f"evt-{number}", occurred_at=at, tag="x") for number in (10, 9))
    assert sorted([ten, nine], key=order(opened("c", at))) == [nine, ten]
