"""Sentences of our own where the libraries for conditions, expressions and texts have theirs.

Each row is what a person writes and what they are told; the words of CEL, RE2, Jinja and Python reach no one.
"""

import re

import pytest

from policies.document.document import Trigger
from policies.running.conditions.evaluating import DidNotEvaluate, activation_for, check_condition, compile_condition
from policies.running.conditions.regular import problem
from policies.running.facts import ConversationFacts, CustomerFacts, Facts
from policies.running.texts.rendering import check_text
from policies.state.events import MessageReceived
from tests.policies.stories import START

ON_MESSAGE = Trigger(event="message")
FACTS = Facts(
    ConversationFacts(tier=1, tags=("billing", "vip")),
    CustomerFacts(tier="enterprise"),
    MessageReceived(event_id="m", occurred_at=START, author="customer", text="Refund!"),
)
OF_LIBRARIES = re.compile(
    r"mismatched|extraneous|no viable|recognition|expecting|<EOF>|overload|undeclared|baton\.|INVALID|UNKNOWN|_RANGE|"
    r"perl|repetition operator|print statement|block|token|named '|object|type\(|input",
    re.IGNORECASE,
)
CLOSE_ALL = "join two parts with `==`, `&&` or `||`, and close every bracket and quote"
CLOSE_BRACES = "close each `{{` with `}}` and each `{%` with `%}`, and every bracket and quote within"
NOT_OF_A_KIND = "two kinds of values in it don't go together: write it without `dyn`"
NOT_READ = "a text can't be read as the number or the time that it should be: compare the text itself"
TOO_LARGE = "a number or a time in it is too large: use smaller ones"


@pytest.mark.parametrize(
    ("written", "column", "sentence"),
    [
        ("customer.tier ==", 17, "the condition ends too early: a part is missing"),
        ('(customer.tier == "x"', 22, "the condition ends too early: close it with `)`"),
        ('customer.tier == "x")', 21, "`)` closes nothing: remove it, or open it with `(` before"),
        ('customer.tier == "x', 18, 'this text is never closed: end it with " on the same line'),
        (
            r'event.text.matches("\d")',
            20,
            'this text is never closed: end it with " on the same line; a backslash is written twice',
        ),
        ("customer.tier == #x", 18, "`#` is no sign of CEL: remove it"),
        ('customer.tier in ("a", "b")', 22, 'several texts stand in square brackets: write `["…", "…"]`'),
        ('customer.tier in ["a" "b"]', 23, f'`"b"` can\'t stand here: {CLOSE_ALL}'),
        ("true && || true", 9, f"`||` can't stand here: {CLOSE_ALL}"),
        ('{customer.tier} == "x"', 15, "`}` can't stand here: write the name of a fact without braces"),
        ('namespace == "x"', 1, '`namespace` is a word of CEL\'s own: a text stands in quotes, as "namespace"'),
        ("99999999999999999999 > 1", 1, "the number is too large: write a smaller one"),
        ("has(event)", 5, "`has` takes a field, such as `has(event.tag)`"),
        ("size() > 5", 5, "`size` is used otherwise: write it as in `size(event.text)`"),
        ("event.text.startsWith", 11, '`startsWith` is used otherwise: write it as in `event.text.startsWith("…")`'),
        (
            'conversation.tags.exists("t", true)',
            26,
            '`exists` is used otherwise: write it as in `conversation.tags.exists(tag, tag == "…")`',
        ),
        (
            "conversation.tags.exists(t, t)",
            25,
            "what `exists` or `all` asks must be true or false, but this is a text",
        ),
        ("customer.tier.name", 14, "a text has no fields: write nothing behind its name, or another fact"),
        (
            "customer{} == customer",
            1,
            "a condition can't write out a record: compare fields of `customer`, such as `customer.tier`",
        ),
        (
            'conversation.tags["a"] == "x"',
            18,
            "`[…]` can't be used between a list of texts and a text: write a number in the brackets, or `… in …` for "
            "a text in a list",
        ),
        (
            "5u > 1",
            4,
            "`>` can't be used between a whole number with `u` and a whole number: write the number without `u`",
        ),
        (
            'true ? true : "x"',
            6,
            "`… ? … : …` can't be used between true or false and true or false and a text: write two values of one "
            "kind around the `:`",
        ),
        ('event.?text == "x"', 1, "`.?` is not read here: write a field behind a dot, as `customer.tier`"),
        ("conversation.tags.map(t, t)", 1, "a condition must be true or false, but this is a list of texts"),
        ("{1: 2}", 1, "a condition must be true or false, but this is a map"),
        ("null", 1, "a condition must be true or false, but this is null"),
        ("type(1)", 1, "a condition must be true or false, but this is a type"),
        ("dyn(1)", 1, "a condition must be true or false, but this is a value of another kind"),
    ],
)
def test_a_condition_that_can_t_be_read(written: str, column: int, sentence: str) -> None:
    """A mistake in a condition is told in words for a support lead, with its place and what to write."""
    assert check_condition(written, ON_MESSAGE) == [(1, column, sentence)]
    assert not OF_LIBRARIES.search(sentence)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("1 % conversation.reopened > 0", "it divides by zero: ask before whether the number is 0"),
        (
            "conversation.tags[5] == 'x'",
            "it reads entry 5 of a list of 2, counted from 0: ask before for its `size(…)`",
        ),
        ("9223372036854775807 + conversation.tier > 0", TOO_LARGE),
        ("int(1e30) > 1", TOO_LARGE),
        ("duration('100000000000h') > duration('1m')", TOO_LARGE),
        ("int(customer.tier) > 5", NOT_READ),
        ("bool(customer.tier)", NOT_READ),
        ("timestamp(customer.tier) > timestamp('2026-01-01T00:00:00Z')", NOT_READ),
        (
            "timestamp('2026-01-01T00:00:00Z').getHours('nowhere') == 1",
            "a time zone in it is not known: write a name such as Europe/Berlin",
        ),
        (
            "{'a': 1}['b'] == 1",
            "it reads an entry or a field that is not there: read the facts by their names",
        ),
        ("dyn(customer.tier) > 5", NOT_OF_A_KIND),
        ("dyn(5).x == 1", NOT_OF_A_KIND),
        ("!dyn(5)", NOT_OF_A_KIND),
    ],
)
def test_a_condition_that_fails_on_the_facts(written: str, why: str) -> None:
    """A condition that fails while a conversation runs says on the timeline what its author can change."""
    assert compile_condition(written, ON_MESSAGE).judge(activation_for(FACTS)) == DidNotEvaluate(why)
    assert not OF_LIBRARIES.search(why)


@pytest.mark.parametrize(
    ("written", "column", "remedy"),
    [
        ("(", 1, " at `(`: close the bracket, or write \\( for the character"),
        ("a)", 1, " at `a)`: open the bracket, or write \\) for the character"),
        ("[a", 1, " at `[a`: close the bracket, or write \\[ for the character"),
        ("*", 1, " at `*`: write \\* or \\+ for the character"),
        ("a++", 2, " at `++`: write one of *, + and ? there"),
        ("a{2,1}", 2, " at `{2,1}`: repeat at most 1,000 times, with the smaller number first"),
        (
            "(?<=x)",
            1,
            " at `(?<=`: write it without looking ahead or behind; of groups with `(?`, there are (?:…) and (?i)",
        ),
        (r"\1", 1, r" at `\1`: there is no such escape, and no back-reference: \b, \d, \s and \w are there"),
        ("a\\", 1, r": write \\ for the character"),
        ("[z-a]", 2, r" at `z-a`: there is no such set: write the first character before the last, or \p{Greek}"),
        ("(?P<a", 1, " at `(?P<a`: name a group as in (?P<word>…)"),
    ],
)
def test_an_expression_that_can_t_be_read(written: str, column: int, remedy: str) -> None:
    """A mistake in a pattern is shown at its character, with what to write."""
    assert problem(written) == (column, f"the expression can't be read{remedy}")
    assert not OF_LIBRARIES.search(remedy)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("{{ customer.name", f"the text can't be read: {CLOSE_BRACES}"),
        ("{{ customer.name }", f"`}}` can't stand here: {CLOSE_BRACES}"),
        ("{{ customer name }}", f"`name` can't stand here: {CLOSE_BRACES}"),
        ("{{ customer.name | }}", "`{{ … }}` ends too early: write what is missing in it"),
        ("{% if %}", "`{% … %}` ends too early: write what is missing in it"),
        ("{% for a in conversation.tags %}", "`{% for … %}` is never closed: write `{% endfor %}` where it ends"),
        ("{% endif %}", "`{% endif %}` belongs to nothing before it: remove it, or begin with `{% if … %}`"),
        ("{% else %}", "`{% else %}` belongs to nothing before it: remove it, or begin with `{% if … %}`"),
        (
            "{% if true %}{% endfor %}",
            "`{% endfor %}` can't stand here: `{% if … %}` ends first, with `{% endif %}`",
        ),
        ("{% trans %}", "there is no `{% trans %}`: write `if`, `for` or `set`"),
        ("{# remark", "`{#` is never closed: write `#}` where the remark ends"),
        (
            "{{ 'x }}",
            "`'` can't stand here: the text that it begins is never closed: write the same quote where the text ends",
        ),
        ("{{ “x” }}", '`“` can\'t stand here: a text stands in straight quotes: write "…"'),
        ("{{ a && b }}", "`&` can't stand here: for “and”, write `and`"),
        ("{{ a || b }}", "`|` can't stand here: for “or”, write `or`"),
        ("{{ a ? b : c }}", "`?` can't stand here: for a choice, write `… if … else …`"),
        ("{{ 1 | uper }}", "there is no filter `uper`: did you mean `upper`?"),
        ("{{ 1 | xyz }}", "there is no filter `xyz`: there are those of Jinja, such as `default`, `join` or `upper`"),
        ("{{ 1 is foo }}", "there is no test `foo`: there are those of Jinja, such as `defined` or `none`"),
    ],
)
def test_a_text_that_can_t_be_read(written: str, sentence: str) -> None:
    """A mistake in a note or a reply is told in words for its author, with what to write."""
    assert check_text(written, ON_MESSAGE) == [sentence]
    assert not OF_LIBRARIES.search(sentence)
