"""Texts in conditions: they match in whatever form a program or a keyboard gives them."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.document.document import Trigger
from policies.running.conditions.evaluating import DidNotEvaluate, activation_for, compile_condition
from policies.running.facts import Attribute, ConversationFacts, CustomerFacts, Facts
from policies.state.effects import AddInternalNote
from policies.state.events import MessageReceived
from policies.text.comparable import comparable
from tests.policies.stories import START, Play, policy_of

ON_MESSAGE = Trigger(event="message")


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def facts(text: str = "", subject: str = "", tags: tuple[str, ...] = (), plan: str = "") -> Facts:
    return Facts(
        ConversationFacts(subject=subject, tags=tags, attributes=(Attribute("plan", plan),)),
        CustomerFacts(plan=plan),
        MessageReceived(event_id="m", occurred_at=START, author="customer", text=text),
    )


def judge(source: str, known: Facts, *, as_sent: bool = False) -> Any:
    return compile_condition(source, ON_MESSAGE).judge(activation_for(known, as_sent=as_sent))


@pytest.mark.parametrize(
    "sent", ["I don't know", "I don’t know", "I donʼt\u00a0know", "<p>I don&rsquo;t&nbsp;know</p>"]
)
@pytest.mark.parametrize("written", ["don't know", "don’t know", "don't\u00a0know", "don't  know"])
@pytest.mark.parametrize(
    "source",
    [
        'event.text.contains("WRITTEN")',
        'event.text.matches("WRITTEN")',
        'event.text.matches("\\\\bWRITTEN\\\\b")',
        'event.text.endsWith("WRITTEN")',
        'event.text.startsWith("I WRITTEN")',
        'event.text == "I WRITTEN"',
        'event.text in ["something else", "I WRITTEN"]',
        '!(event.text != "I WRITTEN")',
        '["x", "WRITTEN"].exists(said, event.text.contains(said))',
        'event.text == "I " + "WRITTEN"',
    ],
)
def test_quotes_and_spaces_match_in_every_form(source: str, written: str, sent: str) -> None:
    """A text matches with any quotation marks, spaces and markup that the customer or the author of the policy uses."""
    assert judge(source.replace("WRITTEN", written), facts(sent)) is True


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ('"Rückgabe" in conversation.tags', facts(tags=("x", decomposed("Rückgabe")))),
        (decomposed('conversation.tags.exists(t, t == "Rückgabe")'), facts(tags=("Rückgabe",))),
        ('conversation.tags == ["Rückgabe"]', facts(tags=(decomposed("Rückgabe"),))),
        ('conversation.subject.matches("R[üu]ck")', facts(subject=decomposed("Rückgabe"))),
        ('customer.plan == "Größer"', facts(plan=decomposed("Größer "))),
        ('conversation.attributes.exists(a, a.value == "Größer")', facts(plan=decomposed("Größer"))),
        ('conversation.subject == "AT&amp;T"', facts(subject="AT&amp;T")),
        (r'conversation.subject.matches(r"\bétat\b")', facts(subject=decomposed("L’état, c’est"))),
        (r'conversation.tags.exists(t, t.matches(r"^карта\b"))', facts(tags=("моя карта", "карта!"))),
        ('event.text.matches("a.b")', facts("a\r\nb")),
        (r'event.text.contains("a\nb")', facts("a b")),
    ],
)
def test_letters_match_in_every_form(source: str, known: Facts) -> None:
    """A letter with its mark matches in one piece or in two, in every text, list and attribute that conditions see."""
    assert judge(source, known) is True


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('event.text.contains("Don\'t")', "don’t"),
        (r'event.text.matches(r"\bÉtat\b")', "l’état"),
        (r'event.text.matches(r"\bétat\b")', "étatique"),
        (r'event.text.matches(r"\bfé\b")', "café"),
        (r'event.text.contains("\u200b")', "anything"),
        (r'event.text.startsWith("\u200b")', "anything"),
        (r'event.text.matches("\\x{200b}")', "anything"),
        (r'["\u200b"].exists(said, event.text.contains(said))', "anything"),
        ('event.text != ""', " \u00a0\n"),
        ('event.text.contains(" ")', " a\n"),
    ],
)
def test_nothing_else_matches(source: str, text: str) -> None:
    """Capitals count, a word is whole or not, and a text of which nothing is left is in no text."""
    assert judge(source, facts(text)) is False


def test_an_expression_about_words_knows_its_work() -> None:
    """A pattern with edges of words is refused on texts for which it would take too long, like every other one."""
    pattern = r"\b(" + "|".join(f"w{n}.{{0,40}}x{n}" for n in range(5)) + r")\b"
    verdict = judge(f'event.text.matches(r"{pattern}")', facts("ab " * 1_300))
    assert isinstance(verdict, DidNotEvaluate)
    assert verdict.why.startswith("it may take")
    assert judge(f'event.text.matches(r"{pattern}")', facts("ab " * 100)) is False


_TEXTS = st.text(alphabet=st.sampled_from("aéüßж '’\"“-–\u00a0\u0301\u200b\n."), max_size=8)


@given(_TEXTS, _TEXTS, _TEXTS)
def test_texts_that_were_equal_stay_equal(before: str, text: str, after: str) -> None:
    """A text equals itself in every form, and contains what is typed within it."""
    written = "".join(f"\\u{ord(each):04x}" for each in text)
    for form in ("NFC", "NFD"):
        same = facts(unicodedata.normalize(form, text))
        assert judge(f'event.text == "{written}"', same) is True
        assert judge(f'event.text in ["{written}", "x"]', same) is True
        within = facts(f"{before} x {unicodedata.normalize(form, text)} x {after}")
        assert judge(f'event.text.contains("{written}")', within) is (not text or bool(comparable(f"x{text}x")[1:-1]))


RULE = """rules: [{name: r, on: message, when: 'event.text.contains("don''t")', do: [{note: "{{ event.text }}"}]}]"""


@pytest.mark.parametrize(("edition", "notes"), [(2, []), (3, ["I don’t know"])])
def test_the_note_keeps_the_text_as_it_was_sent(edition: int, notes: list[str]) -> None:
    """A rule fires on the customer's curly quote, and the note that people read has it as the customer wrote it."""
    play = Play(policy_of(RULE), edition=edition)
    play.tell("message", 1, author="customer", text="I don’t know")
    assert [effect.body for effect in play.effects if isinstance(effect, AddInternalNote)] == notes


def test_facts_without_odd_characters_are_not_copied() -> None:
    """The facts of a plain message are the ones that the condition is judged on, so judging stays cheap."""
    known = facts("Where is my order?", "Order", ("a", "b"))
    assert activation_for(known).facts.event is known.event
    assert activation_for(replace(known, event=known.event)).facts.conversation is known.conversation
