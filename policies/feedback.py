"""Was it right? Answers to that, joined with what they are about: the latest move upwards, or the call they name.

Promises that every answer is kept with the rule and the reason it judges, and that somebody's later answer replaces
their earlier one. Must not know where answers are stored or what reports make of them.
"""

from dataclasses import replace

from policies.calls import name_of, update
from policies.events import FeedbackGiven, Rated
from policies.facts import as_text
from policies.hindsight import NOTE, QUESTIONS, RATING, Given, Move
from policies.situation import Page, Situation
from policies.turn import Turn, by, excerpt

_KEPT = 40
_CUSTOMER = "customer"
_SHOWN = ("needed", "right_team")
"""What a call's message asks."""


def called(turn: Turn, page: Page, reason: str) -> None:
    """A ladder began: part of the move that the same rule made at the same instant, or people were only called."""
    s = turn.situation
    if s.drill or s.incident is not None:
        return
    latest = s.moves[-1] if s.moves else None
    if latest is not None and not latest.call and (latest.at, latest.rule) == (turn.at, page.rule):
        turn.change(moves=(*s.moves[:-1], replace(latest, call=page.id)))
        return
    turn.brought_in(s.team, reason, rule=page.rule, call=page.id)


def given(turn: Turn, event: FeedbackGiven) -> None:
    """Somebody said how it went, perhaps on the message of a call, which shows it then."""
    answers = {name: answer for name in QUESTIONS if (answer := getattr(event, name)) is not None}
    words = {"note": event.note} if event.note else {}
    said = {name.replace("_", " "): "yes" if answer else "no" for name, answer in answers.items()}
    told = ", ".join(
        f"{name}: {value if isinstance(value, str) else as_text(value)}"
        for name, value in (*said.items(), *words.items(), *sorted(event.about.items()))
    )
    turn.record("feedback", f"Feedback{by(event.by)}: {excerpt(told)}")
    meant = (page for page in reversed(turn.situation.pages) if event.step and page.is_meant_by(event.step))
    page = next(meant, None)
    for question, answer in answers.items():
        _keep(turn, question, float(answer), event.by, event.note, page)
    if words and not answers:
        _keep(turn, NOTE, None, event.by, event.note, page)
    if page is not None and page.stood_down and not set(answers).isdisjoint(_SHOWN):
        update(turn, page, "stood_down", page.stood_down, answers=_shown(turn, page))


def rated(turn: Turn, event: Rated) -> None:
    """The customer's score, about the same."""
    turn.change(rating=event.score)
    turn.record("rated", f"Customer rated {event.score:g}")
    _keep(turn, RATING, event.score, _CUSTOMER, "", None)


def news(before: Situation, after: Situation) -> tuple[Given, ...]:
    """Answers that are new, or are about something else than was known before."""
    if after.feedback == before.feedback:
        return ()
    return tuple(answer for answer in after.feedback if answer not in before.feedback)


def _keep(turn: Turn, question: str, answer: float | None, who: str, note: str, page: Page | None) -> None:
    s = turn.situation
    if s.drill or s.incident is not None:
        return
    about, document = _about(s, page), turn.policy.document
    kept = Given(
        turn.at,
        turn.cause,
        question,
        answer,
        by=who,
        note=note,
        call=page.id if page else about.call if about else "",
        team=about.team if about else s.team,
        answered_by=s.answered_by,
        policy=about.policy if about else document.policy,
        version=about.version if about else document.version,
        life=s.life,
        about=about,
    )
    others = tuple(other for other in s.feedback if other.topic != kept.topic)
    turn.change(feedback=(*others[1 - _KEPT :], kept))


def _about(s: Situation, page: Page | None) -> Move | None:
    """What the call belonged to, where one is named and still known; else the latest move."""
    named = (move for move in reversed(s.moves) if page is not None and move.call == page.id)
    return next(named, s.moves[-1] if s.moves else None)


def _shown(turn: Turn, page: Page) -> tuple[tuple[str, bool, str], ...]:
    return tuple(
        (answer.question, bool(answer.answer), name_of(turn, answer.by))
        for question in _SHOWN
        for answer in turn.situation.feedback
        if answer.question == question and answer.call == page.id and answer.by
    )
