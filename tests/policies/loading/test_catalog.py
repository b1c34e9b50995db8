"""The shipped policies: they load, promise the times they state, and start conversations with the right team."""

from datetime import date, timedelta

import pytest

from policies.document.document import Document
from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import build
from policies.running.texts.rendering import render
from policies.state.effects import SendReply
from tests.policies.stories import Play, told

CATALOG = load_catalog(SHIPPED, today=date(2026, 6, 1))
TIERED = CATALOG["tiered"]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def targets(document: Document, team: str) -> tuple[object, ...]:
    sla = document.sla[document.teams[team].sla or ""]
    return (sla.first_response, sla.next_response, sla.resolution, sla.at_risk, sla.hours, sla.pause_while)


def test_seven_policies_are_shipped() -> None:
    """Baton ships seven policies: tiers, one flat team, skills, VIPs, queues, an assistant, and all of it together."""
    assert {name: document.version for name, document in CATALOG.items()} == {
        "assisted": 7,
        "complete": 1,
        "flat": 3,
        "queued": 3,
        "skill_based": 3,
        "tiered": 3,
        "vip": 3,
    }


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_a_shipped_policy_is_ready_to_run(name: str) -> None:
    """A shipped policy has a description and an alert target, runs as it is, and reads back equal from JSON."""
    document = CATALOG[name]
    assert document.description
    assert document.alert
    assert "business" in build(document).business_hours
    assert Document.model_validate_json(document.model_dump_json(exclude_defaults=True)) == document


@pytest.mark.parametrize(
    ("channel", "inbox", "team"),
    [
        ("email", "", "tier-1"),
        ("email", "help@acme.example", "tier-1"),
        ("email", "invoices@acme.example", "billing"),
        ("voice", "", "tier-1"),
        ("web_chat", "", "tier-1"),
        ("sms", "", "tier-1"),
    ],
)
def test_tiered_conversations_begin_with_generalists(channel: str, inbox: str, team: str) -> None:
    """A conversation of any channel begins with Tier 1; mail to the invoices inbox goes straight to Billing."""
    assert build(TIERED).first_team(channel, inbox)[0] == team


@pytest.mark.parametrize(
    ("team", "first_response", "hours"),
    [
        ("tier-1", 15 * MINUTE, "business"),
        ("tier-1-on-call", 15 * MINUTE, "always"),
        ("tier-2", 30 * MINUTE, "business"),
        ("billing", HOUR, "business"),
        ("technical", HOUR, "business"),
        ("returns", HOUR, "business"),
    ],
)
def test_tiered_promises(team: str, first_response: timedelta, hours: str) -> None:
    """Tier 1 answers within 15 minutes, seniors within 30, specialists within the hour; on-call clocks always run."""
    rest = (30 * MINUTE, 8 * HOUR, (75,), hours, ("pending_customer",))
    assert targets(TIERED, team) == (first_response, *rest)


def test_tiered_teams() -> None:
    """The policy has three tiers, and an on-call team that takes over from all of them outside business hours."""
    assert {name: (team.name, team.tier, team.hours, team.after_hours) for name, team in TIERED.teams.items()} == {
        "tier-1": ("Tier 1 — General", 1, "business", "tier-1-on-call"),
        "tier-1-on-call": ("Tier 1 — On-Call", 1, None, None),
        "tier-2": ("Tier 2 — Senior", 2, "business", "tier-1-on-call"),
        "billing": ("Specialists — Billing", 3, "business", "tier-1-on-call"),
        "technical": ("Specialists — Technical", 3, "business", "tier-1-on-call"),
        "returns": ("Specialists — Returns", 3, "business", "tier-1-on-call"),
    }


def test_tiered_rules() -> None:
    """Each rule assigns, escalates or notifies the people who should hear of its event."""
    done = {
        rule.name: [(do.verb, getattr(do, do.verb or "")) for do in rule.do if do.verb != "note"]
        for rule in TIERED.rules
    }
    assert done == {
        "billing topic": [("assign", "billing"), ("notify", "slack:#support-billing")],
        "technical issue": [("assign", "technical"), ("notify", "slack:#support-technical")],
        "return request": [("assign", "returns"), ("notify", "slack:#support-returns")],
        "enterprise customer": [("set_priority", "high")],
        "agent asks for a senior": [("escalate", "tier-2")],
        "first response at risk": [("notify", "slack:#support-escalations")],
        "first response breached": [("escalate", "tier-2"), ("notify", "support-on-call")],
        "next response breached": [("notify", "slack:#support-escalations")],
        "resolution breached": [("notify", "slack:#support-escalations")],
        "customer waits outside business hours": [("notify", "slack:#support-on-call")],
        "something could not be done": [("notify", "slack:#support-escalations")],
    }


@pytest.mark.parametrize(
    ("tier", "told"), [(1, "Escalated to Tier 2, and on call has been told."), (3, "On call has been told.")]
)
def test_a_breach_note_says_only_what_happens(tier: int, told: str) -> None:
    """A breach of a specialist's conversation does not escalate to Tier 2, and its note does not say so."""
    rule = next(rule for rule in TIERED.rules if rule.name == "first response breached")
    facts = {"conversation": {"tier": tier, "team_name": "Billing"}, "customer": {"name": "Ada"}}
    assert render(rule.do[0].note or "", facts) == f"Ada has had no first answer from Billing in time. {told}"


def test_tiered_escalation() -> None:
    """The ladder calls a channel, then a person, then another person, in three rounds."""
    escalation = TIERED.escalations["support-on-call"]
    assert escalation.repeat == 3
    assert [(step.notify, step.wait) for step in escalation.steps] == [
        ("slack:#support-escalations", 5 * MINUTE),
        ("person:primary", 5 * MINUTE),
        ("person:secondary", 10 * MINUTE),
    ]


def test_tiered_is_closed_on_holidays() -> None:
    """Tier 1 is closed on Thanksgiving, this year and in the next three."""
    holidays = TIERED.hours["business"].holidays or ()
    assert {date(2026, 11, 26), date(2027, 11, 25), date(2028, 11, 23), date(2029, 11, 22)} <= {*holidays}


@pytest.mark.parametrize("name", ["", "Ada"])
def test_shipped_texts_read_well_with_and_without_a_name(name: str) -> None:
    """A shipped text reads well for a customer with and without a name."""
    facts = {
        "conversation": {"team_name": "Support", "tier": 1, "messages": 4},
        "customer": {"name": name, "tier": "vip"},
        "event": {"tag": "api", "by": name, "clock": "first_response", "position": 2, "wait": "", "opens_at": ""},
    }
    meant = {"risks": ("legal",), "failed": 2, "repeated": 1, "unresolved": 2}
    facts["event"] |= {"why": ("hacked",) if name else (), **meant}
    texts = [
        render(do.note or do.reply or "", facts)
        for document in CATALOG.values()
        for rule in document.rules
        for do in rule.do
        if do.note or do.reply
    ]
    assert not [text for text in texts if "[could not be filled in" in text or "  " in text or " ," in text]
    hello = "Hello Ada, thank you" if name else "Hello, thank you"
    assert [text for text in texts if text.startswith(hello)]


def test_a_flat_team_has_its_lead_to_turn_to() -> None:
    """A flat team without tiers has its lead to escalate to."""
    assert build(CATALOG["flat"]).team_above("support") == ("lead",)


def test_skills_decide_where_a_conversation_begins() -> None:
    """Each inbox starts with the team that can answer it, and the experts are the next tier."""
    policy = build(CATALOG["skill_based"])
    assert policy.first_team("email", "returns@acme.example")[0] == "returns"
    assert policy.first_team("web_chat", "developers")[0] == "technical"
    assert policy.first_team("voice", "")[0] == "triage"
    assert policy.team_above("billing") == ("experts",)


def test_vip_customers_are_answered_in_five_minutes() -> None:
    """A VIP customer is promised a first response within five minutes at any hour."""
    assert targets(CATALOG["vip"], "vip") == (
        5 * MINUTE,
        15 * MINUTE,
        4 * HOUR,
        (50, 75),
        "always",
        ("pending_customer",),
    )


@pytest.mark.parametrize(
    ("name", "facts", "first_response"),
    [
        ("flat", {}, HOUR),
        ("flat", {"priority": "urgent"}, 15 * MINUTE),
        ("flat", {"channel": "web_chat"}, 5 * MINUTE),
        ("flat", {"channel": "web_chat", "priority": "urgent"}, 2 * MINUTE),
        ("vip", {}, 30 * MINUTE),
        ("vip", {"priority": "high"}, 15 * MINUTE),
        ("vip", {"priority": "urgent", "customer_tier": "enterprise"}, 10 * MINUTE),
        ("vip", {"team": "vip", "priority": "high"}, 5 * MINUTE),
        ("vip", {"team": "vip", "priority": "urgent"}, 2 * MINUTE),
    ],
)
def test_special_promises(name: str, facts: dict[str, str], first_response: timedelta) -> None:
    """A customer who is urgent, valuable or in web chat is promised an earlier first response."""
    usual = {"team": "support", "channel": "email", "priority": "normal", "customer_tier": ""}
    assert build(CATALOG[name]).span("first_response", **{**usual, **facts}) == first_response


@pytest.mark.parametrize("name", ["flat", "vip"])
def test_a_silent_customer_is_reminded_and_let_go(name: str) -> None:
    """A customer who stays silent gets a reminder after three days, and after seven the conversation is resolved."""
    play, day = Play(build(CATALOG[name])), 24 * 60
    play.customer(60)
    play.answer(61)
    play.tell("status_changed", 62, status="pending_customer")
    play.wake(61 + 3 * day)
    (reminder,) = play.asked(SendReply)[-1:]
    assert told(play.decisions[-1].effects) == told([reminder])
    assert play.now.lifecycle.status == "pending_customer"
    play.wake(61 + 7 * day)
    assert play.now.lifecycle.status == "resolved"
    assert told(play.decisions[-1].effects)[0] == ("status", "resolved")


def test_a_silence_that_is_ours_closes_nothing() -> None:
    """A customer who waits for our answer gets no reminder, and the conversation stays open."""
    play = Play(build(CATALOG["flat"]))
    play.answer(61)
    play.wake(30 * 24 * 60)
    assert play.now.lifecycle.status == "open"
    assert not [reply for (reply,) in [told([effect])[0][1:] for effect in play.asked(SendReply)] if "did our" in reply]


def test_no_team_keeps_a_conversation_for_long() -> None:
    """Triage has one hour to pass a conversation on, specialists twelve; after that a note asks who could solve it."""
    policy = build(CATALOG["skill_based"])
    usual = {"channel": "email", "priority": "normal", "customer_tier": ""}
    owned = {team: policy.span("ownership", team=team, **usual) for team in ("triage", "billing")}
    assert owned == {"triage": HOUR, "billing": 12 * HOUR}
    play = Play(policy, began=4 * 60)
    play.answer(4 * 60 + 5)
    play.wake(5 * 60)
    assert ("note", "Triage has had this for longer than we agreed. Who could solve it?") in told(play.effects)
