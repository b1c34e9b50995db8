"""Drills: rehearsals that show whether the people on call would answer."""

from policies.state.effects import Notify
from tests.policies.stories import Play, policy_of, reasons, told

LADDER = """
escalations:
  people: {steps: [{notify: "slack:#first"}, {notify: "slack:#second"}], lead: "slack:#leads"}
rules:
  - {name: greet, on: conversation_started, do: [{note: Hello}]}
"""


ALERT = 'alert: "slack:#baton"\n'


def drill(name: str = "people", **body: str) -> Play:
    """Start a drill of the ladder `name`, its calls delivered at once."""
    return Play(policy_of(ALERT, LADDER), delivers=True, drill=name, **body)


def test_a_drill_calls_people_and_nothing_else() -> None:
    """A drill makes the call, which says that it is a drill: no assignment, no rule, no promise."""
    play = drill()
    assert told(play.effects) == [("call", "people.1/1.1", "slack:#first")]
    call = play.effects[0]
    assert isinstance(call, Notify)
    assert call.headline == "DRILL: people, please acknowledge"
    assert (play.now.sla.clocks, play.now.responsible.team, play.now.responsible.reason) == ((), "", "drill")


def test_the_lead_hears_how_it_went() -> None:
    """The lead hears which steps were called, when, and who acknowledged; then the drill is over."""
    play = drill()
    play.wake(5)
    decision = play.command("acknowledge", 6, actor="ben")
    assert told(decision.effects) == [
        ("update", "people.1", "acknowledged"),
        ("notify", "slack:#leads", "Drill of people: acknowledged by ben after 6m"),
    ]
    report = decision.effects[-1]
    assert isinstance(report, Notify)
    assert report.facts == (
        ("Mon 5 Jan 10:00:00 UTC", "people round 1, step 1: slack:#first"),
        ("Mon 5 Jan 10:00:00 UTC", "people step 1 delivered, next Mon 5 Jan 10:05 UTC"),
        ("Mon 5 Jan 10:05:00 UTC", "people round 1, step 2: slack:#second"),
        ("Mon 5 Jan 10:05:00 UTC", "people step 2 delivered, next Mon 5 Jan 10:10 UTC"),
        ("Mon 5 Jan 10:06:00 UTC", "ben acknowledged people at step 2"),
    )
    assert play.now.lifecycle.status == "resolved"


def test_an_unanswered_drill_is_a_finding() -> None:
    """When all steps of a drill go unanswered, the lead hears so once."""
    play = drill()
    for when in (5, 10):
        play.wake(when)
    assert told(play.decisions[-1].effects) == [
        ("update", "people.1", "exhausted"),
        ("notify", "slack:#leads", "Nobody acknowledged people in one round: DRILL: people, please acknowledge"),
        ("notify", "slack:#leads", "Drill of people: nobody acknowledged after 10m"),
    ]


def test_a_drill_of_nothing_ends_at_once() -> None:
    """A drill of an escalation that does not exist calls nobody and says so."""
    play = drill("peopel")
    assert "peopel is no escalation of this policy" in reasons(play.decisions[0])
    ended = "Drill of peopel: nobody was called, for there is no such escalation"
    assert told(play.effects) == [("notify", "slack:#baton", ended)]
    assert play.now.lifecycle.status == "resolved"


def test_a_drill_under_an_unknown_policy_calls_no_person() -> None:
    """A drill that names an unknown policy ends without calling anybody, and the alert channel hears why."""
    unknown = "Unknown policy acmee (did you mean acme?): running under acme v1"
    play = drill(trouble=unknown)
    assert unknown in reasons(play.decisions[0])
    ended = "Drill of people: nobody was called, for its policy is unknown"
    assert told(play.effects) == [("notify", "slack:#baton", ended)]
    assert (play.now.lifecycle.status, play.now.on_call.runs) == ("resolved", ())
    again = play.tell("status_changed", 1, status="open", by="kim")
    assert "Drill of people: nobody was called" in reasons(again)
    assert play.now.lifecycle.status == "resolved"
