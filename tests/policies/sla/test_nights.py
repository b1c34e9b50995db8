"""The shipped policies on a Sunday night: a customer who waits is with people who work, or knows when we are back."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import Policy, build
from policies.state.effects import SendReply
from tests.policies.stories import ACME, Play, at, policy_of, reasons, told

SUNDAY_3_AM, MONDAY_9_AM = -26 * 60, 4 * 60
"""Sunday at 3 and Monday at 9 in New York, in minutes after Monday 10:00 UTC."""
CATALOG = load_catalog(SHIPPED, today=date(2026, 1, 1))
TEAMS = [
    (name, team)
    for name, document in sorted(CATALOG.items())
    for team, terms in document.teams.items()
    if terms.staffed_by == "people"
]
ADA = {"name": "Ada", "tier": "enterprise", "locale": "de_DE.UTF-8", "timezone": "Europe/Berlin"}


def first_with(name: str, team: str) -> Policy:
    """Return a shipped policy under which calls begin with this team."""
    return build(CATALOG[name].model_copy(update={"channels": {"voice": team}}))


@pytest.mark.parametrize(("name", "team"), TEAMS)
def test_the_night_is_covered_for_every_team(name: str, team: str) -> None:
    """An enterprise customer on a Sunday is promised an answer that night, or reads in German when the team is back."""
    play = Play(first_with(name, team), began=SUNDAY_3_AM, channel="voice", customer=ADA)
    is_promised = any(clock.due_at and clock.due_at < at(SUNDAY_3_AM + 3 * 60) for clock in play.now.sla.clocks)
    if is_promised:
        assert not play.policy.is_closed(play.now.responsible.team, at(SUNDAY_3_AM))
        return
    said = " ".join(effect.body for effect in play.effects if isinstance(effect, SendReply))
    opens = play.policy.hours_of_team(team).opens_at(at(SUNDAY_3_AM))
    assert opens is not None
    assert f"Mo., 5. Jan., {opens.hour + 1}:00 MEZ" in said


@pytest.mark.parametrize("tag", ["billing", "technical-issue", "return-request", "escalate"])
def test_a_topic_takes_no_customer_off_on_call(tag: str) -> None:
    """Under `tiered`, a topic noticed on a Sunday leaves the customer with On-Call, on clocks that run that night."""
    play = Play(build(CATALOG["tiered"]), began=SUNDAY_3_AM, customer=ADA)
    play.tell("tag_added", SUNDAY_3_AM + 1, tag=tag)
    assert play.now.responsible.team == "tier-1-on-call"
    assert play.clock("first_response.1").due_at == at(SUNDAY_3_AM + 15)
    play.wake(MONDAY_9_AM)
    assert play.now.responsible.team != "tier-1-on-call"


MOVES = ("billing", "technical-issue", "escalate", "-billing", "-escalate", "breach", "answer", "customer")
"""Tags put on, tags taken off, half an hour without an answer, and messages."""


def moved(play: Play, move: str, minute: float) -> None:
    """Play a move at a minute of Sunday."""
    if move == "breach":
        play.wake(minute)
    elif move == "answer":
        play.answer(minute)
    elif move == "customer":
        play.customer(minute)
    else:
        play.tell("tag_removed" if move.startswith("-") else "tag_added", minute, tag=move.removeprefix("-"))


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(st.sampled_from(MOVES), max_size=12))
@example(["escalate", "breach"])
@example(["breach", "escalate"])
@example(["billing", "-billing", "billing"])
@example(["breach", "answer", "customer", "escalate"])
def test_no_rule_leaves_a_waiting_customer_with_a_closed_team(moves: list[str]) -> None:
    """Under `tiered`, whatever its rules do on a Sunday and how often, a customer who waits is with On-Call."""
    play = Play(build(CATALOG["tiered"]), began=SUNDAY_3_AM, customer=ADA)
    for number, move in enumerate(moves, 1):
        moved(play, move, SUNDAY_3_AM + 30 * number)
        assert not play.now.is_waiting or play.now.responsible.team == "tier-1-on-call", moves[:number]


def test_each_hand_over_by_a_rule_is_told() -> None:
    """The customer writes again on Sunday and is escalated once more: on call is told that Senior is closed."""
    play = Play(build(CATALOG["tiered"]), began=SUNDAY_3_AM, customer=ADA)
    for number, move in enumerate(("breach", "answer", "customer", "escalate"), 1):
        moved(play, move, SUNDAY_3_AM + 30 * number)
    last = play.decisions[-1]
    assert [words[1] for words in told(last.effects) if words[0] == "assign"] == ["tier-1-on-call"]
    assert ("notify", "slack:#support-on-call") in [words[:2] for words in told(last.effects)]
    assert "Tier 2 — Senior is closed until Mon 5 Jan 09:00 EST" in reasons(last)
    due_at = play.clock("next_response.1").due_at
    assert due_at is not None
    assert due_at < at(SUNDAY_3_AM + 180)


def test_before_edition_3_a_team_hands_over_once_a_night() -> None:
    """A conversation of an earlier edition that is escalated twice in one night stays with the closed team."""
    play = Play(build(CATALOG["tiered"]), began=SUNDAY_3_AM, customer=ADA, edition=2)
    moved(play, "escalate", SUNDAY_3_AM + 1)
    moved(play, "breach", SUNDAY_3_AM + 60)
    assert play.now.responsible.team == "tier-2"


def test_a_rule_that_hears_of_the_hand_over_is_not_led_round() -> None:
    """A rule gives each hand-over back to the closed team: it has its way once, and messages change nothing."""
    back = "rules: [{name: back, on: outside_hours, do: [{assign: tier-1}]}]"
    play = Play(policy_of(back), began=HOLIDAY)
    for minute in (5, 10, 15):
        assert [words for words in told(play.customer(HOLIDAY + minute).effects) if words[0] == "assign"] == []
    assert play.now.responsible.team == "tier-1"


REPLY = """
rules:
  - name: night
    on: outside_hours
    do: [{reply: "Back {{ event.opens_at }}"}, {note: "Until {{ event.opens_at }}"}]
"""
TELL = """
rules: [{name: night, on: outside_hours, do: [{tell: night}]}]
customer_texts:
  night:
    en: "{{ handoff.team_name }}: {{ handoff.opens_at }}"
    de: "{{ handoff.team_name }}: ab {{ handoff.opens_at }}"
"""
HOLIDAY = 24 * 60
"""Tuesday 10:00 UTC, a holiday; Tier 1 opens on Wednesday at 9:00 UTC."""


@pytest.mark.parametrize(
    ("text", "customer", "said"),
    [
        (REPLY, {}, "Back Wed 7 Jan 09:00 UTC"),
        (REPLY, {"locale": "de", "timezone": "Europe/Berlin"}, "Back Mi., 7. Jan., 10:00 MEZ"),
        (REPLY, {"locale": "ja", "timezone": "Asia/Tokyo"}, "Back Wed 7 Jan 18:00 JST"),
        (TELL, {"timezone": "America/New_York"}, "Tier 1: Wed 7 Jan 04:00 EST"),
        (TELL, {"locale": "en", "preferences": {"language": "de_DE"}}, "Tier 1: ab Mi., 7. Jan., 09:00 UTC"),
    ],
)
@pytest.mark.parametrize("stand_in", [True, False])
def test_the_customer_reads_when_the_team_is_back(
    text: str, customer: dict[str, str], said: str, stand_in: bool
) -> None:
    """`tell` and `reply` name the closed team's opening in the customer's language and zone, with a stand-in or not."""
    base = ACME if stand_in else ACME.replace("after_hours: on-call", "skills: []")
    play = Play(policy_of(text, base=base), began=HOLIDAY, customer=customer)
    assert [effect.body for effect in play.effects if isinstance(effect, SendReply)] == [said]
    notes = [words for verb, *words in told(play.effects) if verb == "note"]
    assert text == TELL or ["Until Wed 7 Jan 09:00 UTC"] in notes


def test_before_edition_3_it_stays_as_it_was() -> None:
    """A conversation of an earlier edition goes on with the texts that it began with."""
    play = Play(policy_of(REPLY), began=HOLIDAY, edition=2)
    assert ("reply", "Back 2026-01-07T09:00:00+00:00") in told(play.effects)


NIGHT_SHIFT = """
rules: [{name: night, on: outside_hours, do: [ACTION]}]
"""
NO_STAND_IN = ACME.replace("after_hours: on-call, ", "")
WEDNESDAY_9_AM = 47 * 60


@pytest.mark.parametrize("base", [ACME, NO_STAND_IN])
def test_a_conversation_that_a_rule_assigns_at_night_comes_back(base: str) -> None:
    """A rule on `outside_hours` assigns a team: the customer who still waits comes back, as from `after_hours`."""
    play = Play(policy_of(NIGHT_SHIFT.replace("ACTION", "{assign: billing}"), base=base), began=HOLIDAY)
    assert (play.now.responsible.team, play.now.responsible.returns_to) == ("billing", "tier-1")
    play.wake(WEDNESDAY_9_AM)
    assert play.now.responsible.team == "tier-1"


def test_an_answered_conversation_stays_with_the_night_team() -> None:
    """A conversation that the night's team has answered stays with it in the morning."""
    policy = policy_of(NIGHT_SHIFT.replace("ACTION", "{assign: billing}"), base=NO_STAND_IN)
    play = Play(policy, began=HOLIDAY)
    play.answer(HOLIDAY + 30)
    play.wake(WEDNESDAY_9_AM)
    assert play.now.responsible.team == "billing"


@pytest.mark.parametrize(("action", "edition"), [("{escalate: billing}", 4), ("{assign: billing}", 3)])
def test_an_escalation_at_night_stays(action: str, edition: int) -> None:
    """A rule that escalates at night leaves it with the higher tier; before edition 4, so did one that assigns."""
    policy = policy_of(NIGHT_SHIFT.replace("ACTION", action), base=NO_STAND_IN)
    play = Play(policy, began=HOLIDAY, edition=edition)
    play.wake(WEDNESDAY_9_AM)
    assert play.now.responsible.team == "billing"
