"""The assistant's own answers: unsure, or of no help, several times in a row; and an assistant that never answers."""

from dataclasses import replace

import pytest

from policies.state.limits import COUNT_LIMIT
from policies.state.records.understood import Understood
from policies.text.at_a_loss import is_at_a_loss, says_the_same
from tests.policies.stories import Play, policy_of, told
from tests.policies.understanding.readings import reading

HEAD = """
policy: front
version: 1
timezone: UTC
hours: {day: {open: "Mo-Fr 09:00-18:00"}}
teams:
  bot: {name: Bot, tier: 0, staffed_by: assistant}
  people: {name: People, tier: 1, hours: day}
channels: {email: bot}
"""
SILENT = policy_of("rules: [{name: silent, on: {assistant_silent: 5m}, do: [{tag: silent}]}]", base=HEAD)
UNRESOLVED = policy_of(
    "rules: [{name: late, on: {unresolved: {after: 10m, in: business}}, do: [{escalate: people}]}]", base=HEAD
)
READS = policy_of("rules: [{name: reads, on: understood, do: [{tag: read}]}]", base=HEAD)


def answers(play: Play, *confidences: float | None) -> int:
    """Let the assistant answer with each confidence, and return how many answers in a row were unsure."""
    for number, confidence in enumerate(confidences, start=1):
        said = {"author": "assistant", "text": "Yes.", "event_id": f"a-{number}"}
        play.tell("message", number, **said, **({} if confidence is None else {"confidence": confidence}))
    return play.now.understanding.unsure


@pytest.mark.parametrize(
    ("confidences", "unsure"),
    [((0.1, 0.1, 0.05, 0.05), 4), ((0.1, 0.9, 0.1), 1), ((0.1, None, 0.1), 2), ((0.4,), 0), ((0.39,), 1)],
)
def test_unsure_answers_are_counted_in_a_row(confidences: tuple[float | None, ...], unsure: int) -> None:
    """A sure answer begins the count anew; one without a confidence changes nothing."""
    assert answers(Play(), *confidences) == unsure


def test_an_answer_of_a_person_ends_the_count() -> None:
    """A person's answer ends the count of unsure answers."""
    play = Play()
    answers(play, 0.1, 0.1)
    play.answer(5)
    assert play.now.understanding.unsure == 0


def test_the_count_has_an_end() -> None:
    """The count stops at its limit, so that the state stays small."""
    play = Play()
    full = play.now.changed(Understood, unsure=COUNT_LIMIT)
    play.conversation = replace(play.conversation, situation=full)
    assert answers(play, 0.1) == COUNT_LIMIT


def test_before_edition_4_nothing_is_counted() -> None:
    """A conversation of an earlier edition counts no answers and waits for none."""
    play = Play(edition=3)
    assert answers(play, 0.1, 0.1) == 0
    assert play.now.waiting.unanswered_since is None


def test_an_assistant_that_does_not_answer_is_heard_of() -> None:
    """Rules hear of an assistant that has not answered for five minutes, and not where it has."""
    silent, answered = Play(SILENT), Play(SILENT)
    assert told(silent.wake(5).effects) == [("tag", "silent")]
    answered.tell("message", 3, author="assistant", text="Yes.")
    assert told(answered.wake(30).effects) == []


def test_unresolved_waits_for_the_people_who_take_over() -> None:
    """At night, when the people of the next tier are closed, the rule waits until they open."""
    night = Play(UNRESOLVED, began=12 * 60)
    assert told(night.wake(12 * 60 + 10).effects) == []
    assert told(night.wake(23 * 60).effects) == [("assign", "people")]
    assert told(Play(UNRESOLVED).wake(10).effects) == [("assign", "people")]


def test_an_answer_of_no_help_closes_no_question() -> None:
    """A question stays open after an answer that says the assistant does not know; before edition 4 it was closed."""
    for edition, unresolved in ((4, 1), (3, 0)):
        play = Play(READS, edition=edition)
        play.customer(1)
        play.feed(reading(1, "customer-1", unresolved=1), 1)
        play.tell("message", 2, author="assistant", text="I'm sorry, I don't have any information about that.")
        meaning = play.now.understanding.meaning
        assert meaning is not None
        assert meaning.unresolved == unresolved


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("I don\u2019t know the answer.", True),
        ("Das kann ich leider nicht beantworten.", True),
        ("Je n'ai pas compris votre question.", True),
        ("No sé la respuesta a su pregunta.", True),
        ("You can't return opened goods.", False),
        ("Diesen Artikel kann ich nicht empfehlen, nehmen Sie den blauen.", False),
        ("Vous ne pouvez pas changer l'adresse après l'envoi.", False),
        ("No se puede cambiar el pedido.", False),
    ],
)
def test_an_assistant_at_a_loss_is_recognised(text: str, is_so: bool) -> None:
    """An answer that says the assistant does not know is told from a plain no."""
    assert is_at_a_loss(text) is is_so


def test_only_long_answers_are_the_same() -> None:
    """The same sentence with other marks is the same answer; a greeting may come twice."""
    assert says_the_same("Please open the settings and choose export!", "Please open the settings, and choose export.")
    assert not says_the_same("You are welcome!", "You are welcome!")
    assert not says_the_same("Please open the settings and choose export.", "Please open the menu and choose a plan.")
