"""Rules that assign to a person: with a queue, without one, and where the person is away."""

import pytest

from policies.state.effects import AskTeam
from tests.policies.loading.mistakes import told as mistakes_of
from tests.policies.queues.queueing_stories import Queueing, heard
from tests.policies.stories import Play, policy_of, reasons

POLICY = """\
policy: acme
version: 1
hours: {day: {open: "Mo-Fr 09:00-17:00"}}
teams:
  desk: {name: Desk, tier: 1}
  care: {name: Care, tier: 2, queue: {}}
  seniors: {name: Seniors, tier: 3}
channels: {email: desk}
people:
  kim: {team: [desk, care], shift: day}
  lee: {team: [seniors, care]}
  max: {team: desk, shift: day}
"""
EVENING = 8 * 60
"""18:00, after the hours of kim and max."""


def rule(action: str, on: str = "tag_added") -> str:
    """Return the section with a rule of this action, and one that gives max, and so his hours, something to do."""
    other = "{name: other, on: rated, do: [{assign: {team: desk, person: max}}]}"
    return f"rules: [{{name: named, on: {on}, do: [{action}]}}, {other}]\n"


def tagged(action: str, minute: float = 1, *, edition: int = 4) -> Queueing:
    """Return a conversation at the desk, in which a tag has set off a rule with this action at that minute."""
    play = Queueing(policy_of(rule(action), base=POLICY), edition=edition)
    play.tell("tag_added", minute, tag="x", by="anna")
    return play


def test_a_queue_is_told_the_person_to_ask_first() -> None:
    """In a team with a queue the person is asked first: the conversation gets in line and names them."""
    play = tagged("{assign: {team: care, person: kim}}")
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("care", "")
    assert [(ask.team, ask.person) for ask in play.asked(AskTeam)] == [("care", "kim")]
    play.granted(2, "lee", ticket=play.entry.ticket)
    assert (play.now.responsible.assignee, play.now.responsible.wanted_person) == ("lee", "")


def test_a_wish_for_a_conversation_in_line_is_told_to_the_queue() -> None:
    """A rule that names a person while the conversation is in line tells the queue, under the same request."""
    play = tagged("{assign: care}")
    ticket = play.entry.ticket
    wish = policy_of(rule("{assign: {person: lee, team: care}}", on="tag_removed"), base=POLICY)
    play.policy = wish
    assert heard(play.tell("tag_removed", 2, tag="x", by="anna")) == [("ask", "care", ticket)]
    play.tell("tag_added", 3, tag="x", by="anna")
    again = play.tell("tag_removed", 4, tag="x", by="anna")
    assert (heard(again), reasons(again)[-1]) == ([], "Already with Care, lee is asked first: named")
    assert play.asked(AskTeam)[-1].person == "lee"


def test_without_a_queue_the_person_is_the_assignee_in_their_hours() -> None:
    """In a team without a queue the person becomes the assignee while they work; else the team has it."""
    assert tagged("{assign: {team: desk, person: max}}").now.responsible.assignee == "max"
    play = tagged("{assign: {team: seniors, person: lee}}", EVENING)
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("seniors", "lee")
    play = tagged("{assign: {team: desk, person: max}}", EVENING)
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("desk", "")
    assert "max does not work until Tue 6 Jan 09:00 UTC: given to the team" in reasons(play.decisions[-1])


def test_the_customer_does_not_wait_for_a_person_whose_hours_have_ended() -> None:
    """An assignee by rule who has not answered gives it back to the team when their hours end."""
    play = tagged("{assign: {team: desk, person: max}}", EVENING - 90)
    play.wake(EVENING)
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("desk", "")
    answered = tagged("{assign: {team: desk, person: max}}", EVENING - 90)
    answered.answer(EVENING - 80, by="max")
    answered.wake(EVENING)
    answered.customer(EVENING + 5)
    assert answered.now.responsible.assignee == "max"


def test_a_customer_who_writes_at_night_does_not_wait_for_a_person_who_never_answered() -> None:
    """A customer who writes after the hours of an assignee by rule, who has not answered, is with the team at once."""
    play = tagged("{assign: {team: desk, person: max}}")
    play.answer(2, by="anna")
    play.wake(EVENING)
    assert play.now.responsible.assignee == "max"
    play.customer(EVENING + 5)
    play.wake(EVENING + 5)
    assert play.now.responsible.assignee == ""


@pytest.mark.parametrize(
    ("action", "team", "assignee", "wanted"),
    [
        ("{escalate: {person: lee}}", "care", "", "lee"),
        ("{escalate: {person: lee, team: seniors}}", "seniors", "lee", ""),
        ("{escalate: {person: max}}", "desk", "max", ""),
        ("{assign: {person: lee}}", "seniors", "lee", ""),
    ],
)
def test_a_person_is_escalated_to_in_the_lowest_tier_above(action: str, team: str, assignee: str, wanted: str) -> None:
    """An escalation to a person goes to their lowest team above; to one of the same team within that team."""
    here = tagged(action).now.responsible
    assert (here.team, here.assignee, here.wanted_person) == (team, assignee, wanted)


def test_a_person_who_is_no_longer_in_the_policy_is_not_waited_for() -> None:
    """A conversation whose policy was judged before, and names a person who has left, goes to the team alone."""
    policy = policy_of(rule("{assign: {team: desk, person: max}}"), base=POLICY)
    document = policy.document.model_copy(update={"people": {}})
    play = Play(policy)
    play.policy = type(policy)(**{field: getattr(policy, field) for field in policy.__slots__} | {"document": document})
    play.tell("tag_added", 1, tag="x", by="anna")
    assert play.now.responsible.assignee == ""
    assert "max is not in Desk: given to the team" in reasons(play.decisions[-1])


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("{assign: {team: care, person: bob}}", "there is no person `bob`: the people are `kim`, `lee`, `max`"),
        ("{assign: {team: care, person: max}}", "`max` is in `desk`, not in `care`: add it to their `team`"),
        ("{assign: {team: core, person: kim}}", "there is no team `core`: did you mean `care`?"),
        ("{assign: {team: care}}", "`assign` needs `person`: add `person: …`"),
        (
            "{assign: {team: care, person: kim, agent: x}}",
            "`agent` is not a key of `assign`: `assign` has `person`, `team`",
        ),
        ("{assign: [care]}", "`assign` must be one text, not a list: write `assign: …`"),
    ],
)
def test_a_mistake_in_a_named_person_is_told(action: str, said: str) -> None:
    """A person who is not there, or not in the team, is told with a remedy."""
    assert [line.partition(": ")[2] for line in mistakes_of(POLICY + rule(action))] == [said]
