"""The shipped policies on a Sunday night: a customer who waits is with people who work, or knows when we are back."""

from datetime import date

import pytest

from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import Policy, build
from policies.state.effects import SendReply
from tests.policies.stories import ACME, Play, at, policy_of, told

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
