"""Feedback: answers to "was the handoff or escalation right?", and the rule each answer is about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from policies.document.hindsight import QUESTIONS, Given, Move
from policies.feedback import news
from policies.loading.load import PolicyError
from policies.running.policy import Policy
from policies.state.effects import Addressee, Asking, Notify, UpdateNotification
from policies.state.events import FACT, FeedbackGiven, Rated
from tests.cases import case
from tests.policies.stories import FULL, PLAIN, RULES, Play, at, fact, policy_of, reasons

PEOPLE = case("policies/feedback_people")
ASKED = policy_of(
    PEOPLE,
    case("policies/feedback_asked"),
)
LATE = Move(at(20), "tier-2", 2, "sla", "late", "tier-1", call="people.1", policy="acme", version=1)


def about(play: Play) -> list[tuple[str, float | None, Move | None]]:
    """Return every answer that counts, and the move it is about."""
    return [(given.question, given.answer, given.about) for given in play.now.feedback.given]


def late() -> Play:
    """Play a conversation whose first response was breached: Tier 2 has it, people were called, and Kim answered."""
    play = Play(ASKED, delivers=True)
    play.wake(20)
    play.answer(22, by="kim")
    return play


def test_an_answer_is_about_the_rule_that_moved_the_conversation() -> None:
    """An agent's answer that an escalation was not needed is kept with its reason, rule, teams and policy version."""
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
    assert play.now.feedback.given == (given, replace(given, question="right_team", answer=1.0))
    assert reasons(decision) == ["Feedback by kim: “needed: no, right team: yes, note: It was a test”"]
    assert decision.effects == ()


def test_the_customers_score_is_about_the_same() -> None:
    """A customer's score is kept with the same move as the agents' answers, so that reports can compare them."""
    play = late()
    play.tell("rated", 40, score=2)
    assert about(play) == [("rating", 2.0, LATE)]
    assert (play.now.feedback.rating, play.now.feedback.given[0].by) == (2.0, "customer")


def test_without_any_move_an_answer_is_about_the_team() -> None:
    """An answer about a conversation that never moved counts for its team and is attributed to no rule."""
    play = Play(PLAIN)
    play.answer(5)
    play.tell("feedback", 6, by="anna", solved=True)
    (given,) = play.now.feedback.given
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
    """A move by a person is judged like a move by a rule, but names no rule."""
    play = Play(PLAIN)
    play.command(name, 3, **body)
    (moved,) = play.now.responsible.moves
    assert ((moved.team, moved.tier, moved.reason), moved.rule, moved.from_team) == (move, "", "tier-1")


def test_only_moves_upwards_are_judged() -> None:
    """Only moves to a higher tier are judged, not those down or sideways, nor those because a team has closed."""
    play = Play(PLAIN)
    play.command("reassign", 3, team="billing")
    play.command("deescalate", 4, team="tier-1", note="Theirs after all")
    play.customer(5)
    play.wake(7 * 60 + 1)
    assert play.now.responsible.team == "on-call"
    assert [move.team for move in play.now.responsible.moves] == ["billing"]


def test_a_rule_that_only_calls_people_is_judged_too() -> None:
    """People whom a rule called judge whether the call was needed, even where the conversation stayed with its team."""
    play = Play(ASKED, delivers=True)
    play.tell("tag_added", 1, tag="urgent")
    play.answer(2)
    play.tell("feedback", 3, by="lee", needed=False)
    called = Move(at(1), "tier-1", 1, "policy", "urgent", call="people.1", policy="acme", version=1)
    assert about(play) == [("needed", 0.0, called)]


def test_an_answer_on_a_message_is_about_its_call() -> None:
    """A press on an older message is about that message's call, although the conversation has moved on since."""
    play = late()
    play.tell("tag_added", 25, tag="billing")
    play.tell("feedback", 30, by="kim", needed=True, step="people.1/1.1")
    play.tell("feedback", 31, by="kim", right_team=False)
    to_billing = Move(at(25), "billing", 3, "value", "billing topic", "tier-2", policy="acme", version=1)
    assert about(play) == [("needed", 1.0, LATE), ("right_team", 0.0, to_billing)]


def test_a_later_answer_of_the_same_person_replaces_the_earlier_one() -> None:
    """A later answer of the same person replaces the earlier one; answers of others and unnamed ones all count."""
    play = late()
    for minute, who, needed in (
        (30, "kim", True),
        (31, "lee", True),
        (32, "kim", False),
        (33, "", True),
        (34, "", True),
    ):
        play.tell("feedback", minute, by=who, needed=needed)
    assert [(given.by, given.answer) for given in play.now.feedback.given] == [
        ("lee", 1.0),
        ("kim", 0.0),
        ("", 1.0),
        ("", 1.0),
    ]


def test_the_message_of_the_call_shows_what_was_answered() -> None:
    """The message of a call shows everybody's answers below the call's outcome."""
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
    """An agent who acknowledged a call is asked how it went only after the customer has been answered."""
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
    """A tag is reported after the answer that judges its escalation: the answer then counts for that escalation."""
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
    """A drill is not judged: it counts for no rule, and no questions are asked."""
    play = Play(ASKED, delivers=True, drill="people")
    play.command("acknowledge", 1, actor="kim")
    play.tell("feedback", 2, by="kim", needed=False)
    assert (play.now.responsible.moves, play.now.feedback.given) == ((), ())
    assert not any(e.asks for e in play.asked(UpdateNotification) if isinstance(e, UpdateNotification))


ASKING = policy_of(
    PEOPLE,
    case("policies/feedback_asking"),
)
AN_HOUR = 60


def questions(play: Play) -> list[tuple[str, tuple[str, ...]]]:
    """Return each person who was asked how it went, and the questions."""
    told = (e for e in play.asked(Notify) if isinstance(e, Notify) and e.hindsight)
    return [(e.target, e.hindsight.questions) for e in told if e.hindsight]


def resolved(
    policy: Policy = ASKING, *, tag: str = "hard", by: str = "kim", answered_at: float = 3, **body: Any
) -> Play:
    """Play a conversation that a rule escalated, `by` answered, and the desk resolved after an hour."""
    play = Play(policy, delivers=True, **body)
    play.tell("tag_added", 2, tag=tag)
    play.answer(answered_at, by=by)
    play.tell("status_changed", AN_HOUR, status="resolved", event_id="end")
    return play


def test_the_agent_who_answered_is_asked_how_it_went() -> None:
    """Once an escalated conversation is resolved, the agent who answered gets one short message with questions."""
    play = resolved(subject="Export")
    (asked,) = [effect for effect in play.effects if isinstance(effect, Notify)]
    assert asked == Notify(
        key="c/end/notify/0",
        conversation_id="c",
        due_at=at(AN_HOUR),
        because="From Tier 1 to Tier 2: hard",
        target="person:kim",
        headline="How did it go? — Export",
        people=(Addressee(person="kim", slack="U0KIM"),),
        hindsight=Asking(about="asked:2026-01-05T10:02:00+00:00", questions=QUESTIONS),
    )
    assert reasons(play.decisions[-1])[-1] == "Kim Lee is asked how it went"


def test_an_answer_that_is_reported_after_the_end_counts() -> None:
    """A helpdesk may report “resolved” before the answer of the same second: the agent is still asked."""
    play = resolved(by="anna", answered_at=1)
    assert questions(play) == []
    play.answer(AN_HOUR, by="kim")
    assert questions(play) == [("person:kim", QUESTIONS)]


def test_a_question_of_the_call_is_not_asked_twice() -> None:
    """The message of a call asks two of the questions already, so the agent who answered is asked only the others."""
    assert questions(resolved(tag="harder")) == [("person:kim", ("repeated", "solved"))]


def test_answers_are_kept_with_the_move_and_shown_on_the_message() -> None:
    """An answer counts for the move it was asked about, also after later moves; the message shows all answers."""
    play = resolved()
    step = play.now.feedback.asked[0].id
    play.customer(70)
    play.tell("tag_added", 71, tag="harder")
    play.tell("feedback", 72, by="kim", solved=True, step=step)
    play.tell("feedback", 73, by="kim", repeated=False, step=step)
    hard = Move(at(2), "tier-2", 2, "policy", "hard", "tier-1", policy="acme", version=1)
    assert about(play) == [("solved", 1.0, hard), ("repeated", 0.0, hard)]
    shown = play.asked(UpdateNotification)[-1]
    assert isinstance(shown, UpdateNotification)
    assert (shown.page, shown.outcome, shown.text) == (step, "judged", "answered by Kim Lee")
    assert shown.answers == (("repeated", False, "Kim Lee"), ("solved", True, "Kim Lee"))


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(lambda: resolved(policy_of(PEOPLE, RULES)), id="the policy does not ask"),
        pytest.param(lambda: resolved(tag="nothing"), id="nothing was handed over or escalated"),
        pytest.param(lambda: resolved(tag="urgent"), id="people were only called"),
        pytest.param(lambda: resolved(by="anna"), id="who answered is none of the policy's people"),
        pytest.param(lambda: resolved(by="max"), id="who answered is not on Slack"),
        pytest.param(lambda: resolved(answered_at=1), id="who answered did so before"),
        pytest.param(lambda: resolved(drill="people"), id="a drill"),
    ],
)
def test_only_people_who_can_judge_are_asked(play: Callable[[], Play]) -> None:
    """Only people who can judge a handoff or an escalation are asked, and only where the policy asks for feedback."""
    assert questions(play()) == []


def test_a_merged_conversation_is_judged_where_it_goes_on() -> None:
    """The agent who answered before a merge is not asked: the conversation goes on elsewhere."""
    play = Play(ASKING)
    play.tell("tag_added", 1, tag="hard")
    play.answer(2, by="kim")
    play.tell("merged", 3, into="d")
    assert (play.now.lifecycle.status, questions(play)) == ("resolved", [])


def test_a_move_is_asked_about_once() -> None:
    """A conversation that is opened and resolved again causes no new question unless it was escalated again."""
    play = resolved()
    for hour, tag in ((2, "nothing"), (3, "harder")):
        play.customer(hour * AN_HOUR)
        play.tell("tag_added", hour * AN_HOUR + 1, tag=tag)
        play.answer(hour * AN_HOUR + 2, by="lee")
        play.tell("status_changed", hour * AN_HOUR + 3, status="resolved")
    assert questions(play) == [("person:kim", QUESTIONS), ("person:lee", ("repeated", "solved"))]


def test_a_late_fact_repeats_no_question_and_takes_none_back() -> None:
    """A move that is reported late causes no second question, and a question that went out is not taken back."""
    play = resolved()
    decision = play.tell("tag_added", 1, tag="nothing", seen=70)
    assert decision.effects == ()
    decision = play.tell("reassigned", 2.5, team="tier-1", by="baton", seen=71, event_id="back")
    assert not any(isinstance(effect, Notify) for effect in decision.effects)
    decision = play.tell("message", 50, author="agent", author_id="anna", text="Done", seen=72)
    assert questions(play) == [("person:kim", QUESTIONS)]
    assert not any(isinstance(effect, Notify) for effect in decision.effects)


def test_a_feedback_policy_without_people_is_refused() -> None:
    """A policy that asks for feedback but has no person with a Slack member ID is refused."""
    with pytest.raises(PolicyError) as error:
        policy_of("feedback: {ask: true}\npeople: {kim: {name: Kim}}\n")
    assert "nobody under `people` has a Slack member ID, so nobody can be asked: add `slack: U024BE7LH`" in str(
        error.value
    )


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
def test_unreadable_fields_are_kept_beside_readable_ones(body: Any, read: Any, kept: Any) -> None:
    """A field of a wrong type is kept as it was sent, and the other fields of the feedback still count."""
    event = fact("feedback", 1, **body)
    assert isinstance(event, FeedbackGiven)
    assert event.model_dump(exclude={"event_id", "occurred_at", "source", "kind"}, exclude_defaults=True) == {
        **read,
        **({"about": kept} if kept else {}),
    }


@pytest.mark.parametrize(
    ("score", "why"),
    [
        ("NaN", "score: NaN and Infinity are no numbers: leave the field out; score is missing"),
        ("Infinity", "score: NaN and Infinity are no numbers: leave the field out; score is missing"),
        (1e30, "score: a score is from 0 to 100"),
        (100.5, "score: a score is from 0 to 100"),
        (-1, "score: a score is from 0 to 100"),
    ],
)
def test_a_score_beyond_any_scale_is_rejected(score: float | str, why: str) -> None:
    """A score outside 0 to 100 would spoil every average: it counts nowhere, and the timeline shows why."""
    play = Play(PLAIN)
    decision = play.tell("rated", 1, score=score)
    assert reasons(decision) == [f"Rejected rated: {why}"]
    assert (play.now.feedback.rating, play.now.feedback.given) == (None, ())


@pytest.mark.parametrize("score", [0, 100, "4.5"])
def test_every_scale_within_a_hundred_is_taken(score: float | str) -> None:
    """Stars, points and percent are all taken as scores."""
    play = Play(PLAIN)
    play.tell("rated", 1, score=score)
    assert (play.now.feedback.rating, play.now.feedback.given[0].answer) == (float(score), float(score))


def test_a_score_taken_in_before_there_were_bounds_is_still_known() -> None:
    """A conversation whose kept score is beyond the scale, from before there were bounds, can still be read."""
    kept = {"kind": "rated", "event_id": "r", "occurred_at": at(1).isoformat(), "score": 1e30}
    assert FACT.validate_python(kept) == Rated(event_id="r", occurred_at=at(1), score=1e30)


def test_words_alone_are_kept() -> None:
    """Feedback that consists of a note alone is kept."""
    play = Play(FULL)
    play.tell("feedback", 1, by="kim", note="Great")
    assert [(given.question, given.answer, given.note) for given in play.now.feedback.given] == [
        ("note", None, "Great")
    ]
