"""Was it right? What people answer, and which rule it is about."""

from dataclasses import replace
from typing import Any

import pytest

from policies.effects import UpdateNotification
from policies.events import FACT, FeedbackGiven, Rated
from policies.feedback import news
from policies.hindsight import Given, Move
from tests.policies.stories import FULL, PLAIN, Play, at, fact, policy_of, reasons

PEOPLE = """
people:
  kim: {name: Kim Lee, slack: U0KIM}
  lee: {slack: U0LEE}
"""
ASKED = policy_of(
    PEOPLE,
    """
rules:
  - name: late
    on: {clock: first_response, at: breach}
    do: [{escalate: tier-2}, {notify: people}]
  - name: urgent
    on: tag_added
    when: event.tag == "urgent"
    do: [{notify: people}]
  - name: billing topic
    on: tag_added
    when: event.tag == "billing"
    reason: value
    do: [{assign: billing}]
escalations:
  people: {steps: [{notify: "slack:#first", wait: 5m}]}
""",
)
LATE = Move(at(20), "tier-2", 2, "sla", "late", "tier-1", call="people.1", policy="acme", version=1)


def about(play: Play) -> list[tuple[str, float | None, Move | None]]:
    """Every answer that counts, and what it is about."""
    return [(given.question, given.answer, given.about) for given in play.now.feedback]


def late() -> Play:
    """The first response was breached, Tier 2 has it, somebody was called and answered."""
    play = Play(ASKED, delivers=True)
    play.wake(20)
    play.answer(22, by="kim")
    return play


def test_an_answer_is_about_the_rule_that_moved_the_conversation() -> None:
    """Whoever says that an escalation was not needed tells the rule's author, by reason, rule, teams and version."""
    play = late()
    decision = play.tell("feedback", 30, by="kim", needed=False, right_team=True, note="It was a test", event_id="f")
    given = Given(
        *(at(30), "f", "needed", 0.0, "kim", "It was a test"),
        call="people.1",
        team="tier-2",
        answered_by="kim",
        policy="acme",
        version=1,
        about=LATE,
    )
    assert play.now.feedback == (given, replace(given, question="right_team", answer=1.0))
    assert reasons(decision) == ["Feedback by kim: “needed: no, right team: yes, note: It was a test”"]
    assert decision.effects == ()


def test_the_customers_score_is_about_the_same() -> None:
    """What customers say can be laid beside what agents say of the same rule."""
    play = late()
    play.tell("rated", 40, score=2)
    assert about(play) == [("rating", 2.0, LATE)]
    assert (play.now.rating, play.now.feedback[0].by) == (2.0, "customer")


def test_without_any_move_an_answer_is_about_the_team() -> None:
    """Conversations that the first team solved are counted, too, and no rule is blamed."""
    play = Play(PLAIN)
    play.answer(5)
    play.tell("feedback", 6, by="anna", solved=True)
    (given,) = play.now.feedback
    assert (given.question, given.answer, given.team, given.about) == ("solved", 1.0, "tier-1", None)
    assert (given.policy, given.version, given.answered_by) == ("acme", 1, "anna")


@pytest.mark.parametrize(
    ("name", "body", "move"),
    [
        ("escalate", {"note": {"tried": "x", "think": "y", "need": "z"}}, ("tier-2", 2, "agent_judgement")),
        ("reassign", {"team": "billing"}, ("billing", 3, "agent_judgement")),
    ],
)
def test_a_person_moved_it(name: str, body: dict[str, Any], move: tuple[str, int, str]) -> None:
    """What a person thought right is judged like what a rule did, without a rule."""
    play = Play(PLAIN)
    play.command(name, 3, **body)
    (moved,) = play.now.moves
    assert ((moved.team, moved.tier, moved.reason), moved.rule, moved.from_team) == (move, "", "tier-1")


def test_only_moves_upwards_are_judged() -> None:
    """What goes down or sideways, or moves because a team has closed, was nobody's escalation."""
    play = Play(PLAIN)
    play.command("reassign", 3, team="billing")
    play.command("deescalate", 4, team="tier-1", note="Theirs after all")
    play.customer(5)
    play.wake(7 * 60 + 1)
    assert play.now.team == "on-call"
    assert [move.team for move in play.now.moves] == ["billing"]


def test_a_rule_that_only_calls_people_is_judged_too() -> None:
    """People who were got out of bed say whether that was needed, even where the conversation stayed where it was."""
    play = Play(ASKED, delivers=True)
    play.tell("tag_added", 1, tag="urgent")
    play.answer(2)
    play.tell("feedback", 3, by="lee", needed=False)
    called = Move(at(1), "tier-1", 1, "policy", "urgent", call="people.1", policy="acme", version=1)
    assert about(play) == [("needed", 0.0, called)]


def test_an_answer_on_a_message_is_about_its_call() -> None:
    """A conversation that went on to another team since does not change what a press on an old message means."""
    play = late()
    play.tell("tag_added", 25, tag="billing")
    play.tell("feedback", 30, by="kim", needed=True, step="people.1/1.1")
    play.tell("feedback", 31, by="kim", right_team=False)
    to_billing = Move(at(25), "billing", 3, "value", "billing topic", "tier-2", policy="acme", version=1)
    assert about(play) == [("needed", 1.0, LATE), ("right_team", 0.0, to_billing)]


def test_a_later_answer_of_the_same_person_replaces_the_earlier_one() -> None:
    """Whoever pressed the wrong button presses the right one, and others' answers stand beside it."""
    play = late()
    for minute, who, needed in (
        (30, "kim", True),
        (31, "lee", True),
        (32, "kim", False),
        (33, "", True),
        (34, "", True),
    ):
        play.tell("feedback", minute, by=who, needed=needed)
    assert [(given.by, given.answer) for given in play.now.feedback] == [
        ("lee", 1.0),
        ("kim", 0.0),
        ("", 1.0),
        ("", 1.0),
    ]


def test_the_message_of_the_call_shows_what_was_answered() -> None:
    """Everybody who was called sees what the others think; what came of the call stays above it."""
    play = late()
    (asks,) = [effect for effect in play.asked(UpdateNotification) if isinstance(effect, UpdateNotification)]
    assert (asks.outcome, asks.text, asks.asks, asks.answers) == ("stood_down", "answered by kim", True, ())
    play.tell("feedback", 30, by="kim", needed=False, step="people.1/1.1")
    play.tell("feedback", 31, by="lee", right_team=True, step="people.1/1.1")
    shown = play.asked(UpdateNotification)[-1]
    assert isinstance(shown, UpdateNotification)
    assert (shown.page, shown.outcome, shown.text) == ("people.1", "stood_down", "answered by kim")
    assert shown.answers == (("needed", False, "Kim Lee"), ("right_team", True, "lee"))


def test_after_an_acknowledgement_the_question_comes_with_the_answer() -> None:
    """Who has said “I've got it” is asked once the customer has been answered, not before."""
    play = Play(ASKED, delivers=True)
    play.wake(20)
    play.command("acknowledge", 21, actor="kim")
    play.answer(22, by="kim")
    play.tell("feedback", 23, by="kim", needed=True, step="people.1")
    shown = [(e.outcome, e.text, e.asks) for e in play.asked(UpdateNotification) if isinstance(e, UpdateNotification)]
    assert shown == [
        ("acknowledged", "acknowledged by Kim Lee, to answer by Mon 5 Jan 10:51 UTC", False),
        ("stood_down", "answered by kim", True),
        ("stood_down", "answered by kim", True),
    ]


def test_a_late_fact_changes_what_an_answer_is_about() -> None:
    """An answer that overtook the escalation it is about is put right once that is known."""
    play = Play(ASKED, delivers=True)
    before = play.now
    play.tell("feedback", 6, by="kim", right_team=False, event_id="f")
    (first,) = news(before, play.now)
    between = play.now
    play.tell("tag_added", 5, tag="billing", seen=7)
    (second,) = news(between, play.now)
    assert (first.about, second.event_id) == (None, "f")
    assert second.about == Move(at(5), "billing", 3, "value", "billing topic", "tier-1", policy="acme", version=1)
    assert news(play.now, play.now) == ()


def test_drills_are_not_judged() -> None:
    """What was rehearsed says nothing about a rule, and nobody is asked."""
    play = Play(ASKED, delivers=True, drill="people")
    play.command("acknowledge", 1, actor="kim")
    play.tell("feedback", 2, by="kim", needed=False)
    assert (play.now.moves, play.now.feedback) == ((), ())
    assert not any(e.asks for e in play.asked(UpdateNotification) if isinstance(e, UpdateNotification))


@pytest.mark.parametrize(
    ("body", "read", "kept"),
    [
        ({"needed": True, "useful": 3}, {"needed": True}, {"useful": 3}),
        ({"needed": "no", "right_team": 1}, {"needed": False, "right_team": True}, {}),
        ({"needed": "perhaps", "solved": False}, {"solved": False}, {"needed": "perhaps"}),
        ({"by": ["kim"], "note": {"a": 1}, "repeated": True}, {"repeated": True}, {"by": ["kim"], "note": {"a": 1}}),
        ({"by": 17, "note": 5}, {"by": "17", "note": "5"}, {}),
        ({"about": {"needed": True, "x": 1}, "solved": []}, {"needed": True}, {"x": 1, "solved": []}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_beside_what_can(body: Any, read: Any, kept: Any) -> None:
    """A field of a wrong type costs nobody the rest of their feedback, and nothing that was sent is lost."""
    event = fact("feedback", 1, **body)
    assert isinstance(event, FeedbackGiven)
    assert event.model_dump(exclude={"event_id", "occurred_at", "source", "kind"}, exclude_defaults=True) == {
        **read,
        **({"about": kept} if kept else {}),
    }


@pytest.mark.parametrize(
    ("score", "why"),
    [
        ("NaN", "score: Input should be a finite number"),
        ("Infinity", "score: Input should be a finite number"),
        (1e30, "score: a score is from 0 to 100"),
        (100.5, "score: a score is from 0 to 100"),
        (-1, "score: a score is from 0 to 100"),
    ],
)
def test_a_score_beyond_any_scale_is_rejected(score: float | str, why: str) -> None:
    """A score that would spoil every average counts nowhere, and operators see what was sent."""
    play = Play(PLAIN)
    decision = play.tell("rated", 1, score=score)
    assert reasons(decision) == [f"Rejected rated: {why}"]
    assert (play.now.rating, play.now.feedback) == (None, ())


@pytest.mark.parametrize("score", [0, 100, "4.5"])
def test_every_scale_within_a_hundred_is_taken(score: float | str) -> None:
    """Stars, points and percent are all scores."""
    play = Play(PLAIN)
    play.tell("rated", 1, score=score)
    assert (play.now.rating, play.now.feedback[0].answer) == (float(score), float(score))


def test_a_score_taken_in_before_there_were_bounds_is_still_known() -> None:
    """A conversation that was rated beyond the scale by an earlier version goes on."""
    kept = {"kind": "rated", "event_id": "r", "occurred_at": at(1).isoformat(), "score": 1e30}
    assert FACT.validate_python(kept) == Rated(event_id="r", occurred_at=at(1), score=1e30)


def test_words_alone_are_kept() -> None:
    """Somebody who only writes a sentence is read as well."""
    play = Play(FULL)
    play.tell("feedback", 1, by="kim", note="Great")
    assert [(given.question, given.answer, given.note) for given in play.now.feedback] == [("note", None, "Great")]
