"""Feedback: answers to "was it right?", joined with the latest move upwards, or with the call they name.

Promises that every answer is kept with the rule and the reason it judges, and that a person's later answer replaces
their earlier one. Must not know where answers are stored or what reports make of them.
"""

from policies.document.hindsight import NOTE, QUESTIONS, RATING, Asked, Given, Move, Question
from policies.document.targets import Target
from policies.on_call.calls import name_of, subject_of, update
from policies.running.facts import as_text
from policies.running.turn import MOVES, Turn, by, excerpt
from policies.state.effects import Addressee, Asking, Notify, UpdateNotification
from policies.state.events import FeedbackGiven, Rated
from policies.state.records.hindsight import Hindsight
from policies.state.records.on_call import OnCallRun
from policies.state.situation import Situation

_KEPT = 40
_CUSTOMER = "customer"
_SHOWN = ("needed", "right_team")
"""The questions on the message of a call."""


def follow(turn: Turn) -> None:
    """Ask the agent who answered how the latest handoff or escalation went, once the conversation is resolved.

    To be called after every change: many helpdesks report the answer and the end in the same second, in either order.
    Whether a call was needed, and of the right team, is asked on the message of the call already.
    """
    s, who = turn.situation, _to_be_asked(turn)
    move = _latest_move(s)
    if not who or move is None or any(asked.moved_at == move.at for asked in s.feedback.asked):
        return
    asked = Asked(who, move.at)
    questions: tuple[Question, ...] = tuple(each for each in QUESTIONS if not (move.call and each in _SHOWN))
    turn.change(Hindsight, asked=(*s.feedback.asked[1 - MOVES :], asked))
    turn.record("feedback_asked", f"{name_of(turn, who)} is asked how it went")
    between = f"From {turn.policy.team_name(move.from_team)} to {turn.policy.team_name(move.team)}"
    turn.ask(
        Notify,
        f"{between}: {move.rule}" if move.rule else between,
        target=str(Target("person", who)),
        headline=f"How did it go? — {subject_of(turn)}",
        people=(Addressee(person=who, slack=turn.policy.document.people[who].slack),),
        hindsight=Asking(about=asked.id, questions=questions),
    )


def _to_be_asked(turn: Turn) -> str:
    """Return the agent who answered after the latest move, where the policy asks and Slack can reach them; else ""."""
    s, terms = turn.situation, turn.policy.document.feedback
    if (
        terms is None
        or not terms.ask
        or not s.lifecycle.is_resolved
        or s.lifecycle.merged_into
        or s.on_call.drill
        or s.on_call.incident is not None
    ):
        return ""
    move, person = _latest_move(s), turn.policy.document.people.get(s.waiting.answered_by)
    has_answered = move is not None and s.waiting.answered_at is not None and s.waiting.answered_at >= move.at
    return s.waiting.answered_by if has_answered and person is not None and person.slack else ""


def _latest_move(s: Situation) -> Move | None:
    """Return the latest handoff or escalation, leaving out moves in which people were only called."""
    return next((move for move in reversed(s.responsible.moves) if move.from_team), None)


def given(turn: Turn, event: FeedbackGiven) -> None:
    """Keep a person's answers. A message that asked them, or had called them, then shows the answers."""
    answers = {name: answer for name in QUESTIONS if (answer := getattr(event, name)) is not None}
    words = {"note": event.note} if event.note else {}
    said = {name.replace("_", " "): "yes" if answer else "no" for name, answer in answers.items()}
    told = ", ".join(
        f"{name}: {value if isinstance(value, str) else as_text(value)}"
        for name, value in (*said.items(), *words.items(), *sorted(event.about.items()))
    )
    turn.record("feedback", f"Feedback{by(event.by)}: {excerpt(told)}")
    meant = (run for run in reversed(turn.situation.on_call.runs) if event.step and run.is_meant_by(event.step))
    run = next(meant, None)
    asked = next((asked for asked in turn.situation.feedback.asked if asked.id == event.step), None)
    about = _about(turn.situation, run, asked)
    for question, answer in answers.items():
        _keep(turn, question, float(answer), event.by, event.note, run, about)
    if words and not answers:
        _keep(turn, NOTE, None, event.by, event.note, run, about)
    if run is not None and run.stood_down and not set(answers).isdisjoint(_SHOWN):
        update(turn, run, "stood_down", run.stood_down, answers=_shown(turn, run))
    if asked is not None and answers:
        text = f"answered{by(name_of(turn, event.by))}"
        turn.ask(UpdateNotification, text, page=asked.id, outcome="judged", text=text, answers=_said(turn, asked))


def rated(turn: Turn, event: Rated) -> None:
    """Keep the customer's score, about the latest move; the same one is news again only after another answer."""
    if turn.situation.edition >= 3 and _is_known(turn.situation, event.score):
        turn.record("rated", f"Customer had rated {event.score:g} already")
        return
    turn.change(Hindsight, rating=event.score)
    turn.record("rated", f"Customer rated {event.score:g}")
    _keep(turn, RATING, event.score, _CUSTOMER, "", None, _about(turn.situation))
    if not turn.situation.on_call.drill and turn.situation.on_call.incident is None:
        turn.announce(event)


def _is_known(s: Situation, score: float) -> bool:
    """Return whether the customer's latest score is this one, and no answer has been sent since."""
    latest = next((kept for kept in reversed(s.feedback.given) if kept.question == RATING), None)
    answered_at = s.waiting.answered_at
    return latest is not None and latest.answer == score and (answered_at is None or answered_at <= latest.at)


def news(before: Situation, after: Situation) -> tuple[Given, ...]:
    """Return the answers that are new, or are about something else than was known before."""
    if after.feedback.given == before.feedback.given:
        return ()
    return tuple(answer for answer in after.feedback.given if answer not in before.feedback.given)


def _keep(
    turn: Turn, question: str, answer: float | None, who: str, note: str, run: OnCallRun | None, about: Move | None
) -> None:
    s, document = turn.situation, turn.policy.document
    if s.on_call.drill or s.on_call.incident is not None:
        return
    kept = Given(
        turn.at,
        turn.cause,
        question,
        answer,
        by=who,
        note=note,
        call=run.id if run else about.call if about else "",
        team=about.team if about else s.responsible.team,
        answered_by=s.waiting.answered_by,
        policy=about.policy if about else document.policy,
        version=about.version if about else document.version,
        life=s.life,
        about=about,
    )
    others = tuple(other for other in s.feedback.given if other.topic != kept.topic)
    turn.change(Hindsight, given=(*others[1 - _KEPT :], kept))


def _about(s: Situation, run: OnCallRun | None = None, asked: Asked | None = None) -> Move | None:
    """Return the move that the named call or question belongs to, where it is still known; else the latest move."""
    moves = (
        s.responsible.moves
        if asked is None
        else tuple(move for move in s.responsible.moves if move.from_team and move.at == asked.moved_at)
    )
    named = (move for move in reversed(moves) if run is None or move.call == run.id)
    return next(named, s.responsible.moves[-1] if s.responsible.moves else None)


def _shown(turn: Turn, run: OnCallRun) -> tuple[tuple[str, bool, str], ...]:
    return tuple(
        (answer.question, bool(answer.answer), name_of(turn, answer.by))
        for question in _SHOWN
        for answer in turn.situation.feedback.given
        if answer.question == question and answer.call == run.id and answer.by
    )


def _said(turn: Turn, asked: Asked) -> tuple[tuple[str, bool, str], ...]:
    return tuple(
        (answer.question, bool(answer.answer), name_of(turn, answer.by))
        for question in QUESTIONS
        for answer in turn.situation.feedback.given
        if answer.question == question and answer.by and answer.about and answer.about.at == asked.moved_at
    )
