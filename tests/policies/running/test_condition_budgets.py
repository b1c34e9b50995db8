"""Budgets of conditions: judging any condition on any facts ends, or says why it was not possible."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.document.document import Trigger
from policies.running.conditions.cost import work
from policies.running.conditions.evaluating import (
    LENGTH_LIMIT,
    WORK_LIMIT,
    DidNotEvaluate,
    activation_for,
    check_condition,
    compile_condition,
)
from policies.running.conditions.syntax import Literal, syntax_of
from policies.running.facts import Attribute, ConversationFacts, CustomerFacts, Facts
from policies.state.events import MessageReceived
from tests.policies.stories import START

ON_MESSAGE = Trigger(event="message")
NESTED = "conversation.tags.exists(a, conversation.tags.exists(b, a == b + 'x'))"
THREE_DEEP = "conversation.tags.exists(a, conversation.tags.exists(b, conversation.tags.exists(c, a + b + c == 'q')))"
REMEDY = "loop over fewer lists inside each other, or look for words in shorter texts"


def facts(tags: int = 0, length: int = 5, text: str = "") -> Facts:
    return Facts(
        ConversationFacts(
            tags=tuple(f"t{number}".ljust(length, "x") for number in range(tags)),
            attributes=tuple(Attribute(f"a{number}", "v" * length) for number in range(tags)),
        ),
        CustomerFacts(),
        MessageReceived(event_id="m", occurred_at=START, author="customer", text=text),
    )


def judge(source: str, known: Facts) -> Any:
    return compile_condition(source, ON_MESSAGE).judge(activation_for(known))


@pytest.mark.parametrize(
    ("source", "known", "verdict"),
    [
        (NESTED, facts(tags=60), False),
        (NESTED, facts(tags=99), False),
        (NESTED, facts(tags=200), DidNotEvaluate(f"it may take 3,674,020 steps, and 2,000,000 are allowed: {REMEDY}")),
        (
            "conversation.tags.exists(a, a == 'x')",
            facts(tags=12_000),
            DidNotEvaluate(
                "its loops take more turns than CEL allows (10,000): loop over fewer lists inside each other"
            ),
        ),
        (THREE_DEEP, facts(tags=8), False),
        ("event.text.matches('refund(ed)?')", facts(text="no " * 10_000), False),
        (r"event.text.matches('\\p{L}+!')", facts(text="no " * 10_000 + "!"), False),
        ("conversation.attributes.exists(a, a.name == 'a99' && a.value != '')", facts(tags=100, length=300), True),
        (" || ".join(f"event.text.contains('word{n}')" for n in range(60)), facts(text="no " * 10_000), False),
    ],
)
def test_judging_ends_whatever_the_facts_are(source: str, known: Facts, verdict: bool | DidNotEvaluate) -> None:
    """A rule over many tags or a long message is judged, or the timeline says why not."""
    assert judge(source, known) == verdict


@pytest.mark.parametrize(
    ("source", "known"),
    [
        (THREE_DEEP, facts(tags=20, length=30_000)),
        ("conversation.tags.map(a, conversation.tags.map(b, a + b)).size() > 1", facts(tags=90, length=1_000)),
        ("event.text.matches('(a+){1,350}b')", facts(text="a" * 32_000)),
        ("conversation.tags.all(a, !a.matches('(x+){1,300}y'))", facts(tags=99, length=300)),
        (f"({' + '.join(['event.text'] * 28)}).size() > 3", facts(text="ab" * 32_000)),
        ("1 / conversation.reopened > 0", facts()),
        ("9223372036854775807 + conversation.messages + 1 > 0", facts()),
        ("conversation.tags[3] == 'x'", facts()),
        ("int(event.text) > 3", facts(text="many")),
        ("duration(event.text) > duration('1s')", facts(text="soon")),
        ("timestamp(event.text) > timestamp('2026-01-01T00:00:00Z')", facts(text="soon")),
        ("{'a': 1}[event.text] > 0", facts(text="b")),
        ("conversation.messages % conversation.reopened == 0", facts()),
    ],
)
def test_a_failing_condition_is_no_match(source: str, known: Facts) -> None:
    """A condition that is too much work, or that fails on these facts, counts as no match and does not crash."""
    assert check_condition(source, ON_MESSAGE) == []
    assert isinstance(judge(source, known), DidNotEvaluate)


@pytest.mark.parametrize(
    ("source", "place", "sentence"),
    [
        (
            "event.text.matches(conversation.subject)",
            (1, 19),
            "`matches` takes an expression that is written out: write it in quotes, or use `contains`",
        ),
        (
            "event.text != ''\n  && event.text.matches('(a')",
            (2, 24),
            "`matches`: the expression can't be read at `(a`: close the bracket, or write \\( for the character",
        ),
        (
            "event.text.matches('(x+){1,900}(y+){1,900}')",
            (1, 19),
            "`matches`: the expression takes 9,002 steps for each character, and 2,000 are allowed: repeat less often, "
            "such as {1,20}, and use \\w for letters",
        ),
        (
            f"{'(' * 40}true{')' * 40}",
            (1, 1),
            "the condition is nested too deeply: use fewer brackets and operators, or write several rules",
        ),
        (
            " && ".join(["conversation.is_waiting"] * 200),
            (1, 1),
            f"the condition has 5,396 characters: write at most {LENGTH_LIMIT:,}, or several rules",
        ),
        (
            "[1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, "
            "[1,2,3,4,5,6,7,8,9,10].map(d, [1,2,3,4,5,6,7,8,9,10].map(e, a+b+c+d+e))))).size() > 1",
            (1, 1),
            f"it may take 13,077,400 steps, and {WORK_LIMIT:,} are allowed: {REMEDY}",
        ),
    ],
)
def test_an_impossible_condition_is_refused_at_load(source: str, place: tuple[int, int], sentence: str) -> None:
    """A condition that no facts could make possible is refused at load, with its line and column."""
    assert check_condition(source, ON_MESSAGE) == [(*place, sentence)]


def test_a_condition_that_was_pinned_before_it_was_refused_can_not_be_judged() -> None:
    """A conversation pins a policy that today's check refuses: it goes on, and the timeline says what isn't judged."""
    condition = compile_condition("event.text.matches(conversation.subject)", ON_MESSAGE)
    assert condition.judge(activation_for(facts())) == DidNotEvaluate(
        "`matches` takes an expression that is written out: write it in quotes, or use `contains`"
    )


_TEXTS = (
    "event.text",
    "conversation.subject",
    "'refund'",
    "conversation.tags[0]",
    "(event.text + conversation.subject)",
)
_PARTS = (
    *(f"{text}.contains({word})" for text, word in product(_TEXTS, ("'a'", "event.text"))),
    *(f"{text}.matches('{pattern}')" for text, pattern in product(_TEXTS, ("a+b", "(a|b){1,100}c", "(.*a){30}"))),
    *(f"{text} == {other}" for text, other in product(_TEXTS, _TEXTS)),
    "size(event.text) / conversation.reopened > 1",
    "'vip' in conversation.tags",
)


@given(
    parts=st.lists(st.sampled_from(_PARTS), min_size=1, max_size=5),
    loops=st.lists(
        st.sampled_from(["tags.exists", "tags.all", "attributes.exists", "attributes.exists_one"]), max_size=3
    ),
    tags=st.integers(0, 300),
    length=st.integers(0, 3_000),
)
def test_no_condition_raises(parts: list[str], loops: list[str], tags: int, length: int) -> None:
    """A condition of any composition answers yes, no, or why it could not be judged."""
    source = " || ".join(parts)
    for number, loop in enumerate(loops):
        source = f"conversation.{loop}(v{number}, {source})"
    assert check_condition(source, ON_MESSAGE) == []
    assert isinstance(judge(source, facts(tags, length, "ab" * length)), bool | DidNotEvaluate)


_LISTS = (
    r"event.text.matches(r'\bab\b')",
    "conversation.tags.map(t, t + event.text).size() > 1",
    "conversation.tags.filter(event, event.contains('a')).size() > 1",
    "conversation.attributes.exists(event, event.name == 'a')",
    "conversation == conversation",
)


@given(
    part=st.sampled_from((*_PARTS, *_LISTS)),
    loops=st.lists(st.sampled_from(["tags.exists", "attributes.all", "attributes.exists_one"]), max_size=2),
    tags=st.integers(0, 300),
    length=st.integers(0, 3_000),
)
def test_rough_sizes_lead_to_the_same_refusals(part: str, loops: list[str], tags: int, length: int) -> None:
    """Work is estimated from rough sizes and counted exactly only near the limit, with the same refusals."""
    source = part
    for number, loop in enumerate(loops):
        source = f"conversation.{loop}(v{number}, {source})"
    condition, prepared = compile_condition(source, ON_MESSAGE), activation_for(facts(tags, length, "ab" * length))
    assert condition.comparable is not None
    program = condition.comparable
    needed = work(program.syntax, prepared.size) if program.syntax is not None else 0
    assert needed <= program.bound.of(prepared.grades)
    verdict = condition.judge(prepared)
    is_refused = isinstance(verdict, DidNotEvaluate) and verdict.why.startswith("it may take")
    assert is_refused == (needed > WORK_LIMIT)


def test_equal_sizes_are_equal_work() -> None:
    """Work is counted from sizes alone, so that a replay on another machine decides alike."""
    program = compile_condition(NESTED, ON_MESSAGE).comparable
    assert program is not None
    assert program.syntax is not None
    assert work(program.syntax, activation_for(facts(tags=50)).size) == 232_270
    assert work(program.syntax, activation_for(facts(tags=100)).size) == 922_020


def test_the_library_hands_out_what_was_written() -> None:
    """The syntax tree in which work is counted comes from the CEL library itself."""
    program = compile_condition("'ab' == 'c'", None).comparable
    assert program is not None
    syntax: Any = syntax_of(program.expression.serialize())
    assert (syntax.function, syntax.arguments) == ("_==_", (Literal("ab", 2), Literal("c", 1)))
