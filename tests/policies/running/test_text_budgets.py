"""Budgets of texts: filling in any template ends, and a note that failed says why."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.document.document import Trigger
from policies.running.texts.budget import STEPS, Budget
from policies.running.texts.growth import size_of
from policies.running.texts.rendering import LIMIT, check_text, render

TOO_LONG = f"the text takes more than {STEPS:,} steps to fill in: use shorter loops, repeat less, or write less"
POWER = "a power has at most 4,096 bits in a text: use a smaller one"
MESSAGE = Trigger(event="message")
FACTS: dict[str, Any] = {
    "conversation": {"subject": "a-" * 16_000, "tags": ("billing", "vip")},
    "customer": {"name": "Zeynep"},
    "event": {"text": "-" * 32_000},
}
EXPLOSIVE = [
    "{{ 'a' * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ ['a'] * 10**9 }}",
    "{{ ('a', 'b') * 10**9 }}",
    "{{ 'a' | center(10**9) }}",
    "{{ 'a'.center(10**9) }}",
    "{{ 'a'.ljust(10**9) }}",
    "{{ 'a'.rjust(width=10**9) }}",
    "{{ 'a'.zfill(10**9) }}",
    "{{ '\\t'.expandtabs(10**9) }}",
    "{{ 'a' | indent(10**9) }}",
    "{{ 'a\\nb' | indent(width=10**9, first=true) }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ '%.999999999f' | format(1) }}",
    "{{ '%*d' | format(999999999, 1) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '%(a)999999999s' % {'a': 1} }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ '{:>{w}}'.format(1, w=999999999) }}",
    "{{ '{a:>999999999}'.format_map({'a': 1}) }}",
    "{{ [1] | batch(10**9, 'x') | list }}",
    "{{ [1] | slice(10**9) | list }}",
    "{{ 1.5 | round(10**9) }}",
    "{{ 1.5 | round(precision=10**9, method='ceil') }}",
    "{{ [1, [2, [3]]] | tojson(10**9) }}",
    "{{ ['a'] | map('center', 10**9) | list }}",
    "{{ ['a'] | map('indent', 10**9, true) | join }}",
    "{{ (5).to_bytes(10**9, 'big') }}",
    "{% filter center(10**9) %}x{% endfilter %}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
    "{% for a in range(200) %}{% for b in range(200) %}{% if a == b %}{% endif %}{% endfor %}{% endfor %}",
    "{% for a in range(9999) | list + range(9999) | list + range(9999) | list %}{% endfor %}",
    "{% set n = namespace(x='aaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x='aaaa') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x='a' * 999) %}{% for i in range(9) %}{% set n.x = n.x | replace('', n.x) %}{% endfor %}",
    "{% set n = namespace(x='a' * 999) %}{% for i in range(9) %}{% set n.x = n.x.join(n.x) %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x={'a': 1}) %}{% for i in range(60) %}{% set n.x = {'a': n.x, 'b': n.x} %}{% endfor %}",
    "{% set x %}{% for i in range(9999) %}" + "word " * 60 + "{% endfor %}{% endset %}{{ x | length }}",
    "{% if customer.name == 'x' %}{{ 'a' * 10**9 }}{% endif %}",
    "{% for tag in conversation.tags if tag == 'x' %}{{ 'a' * 10**9 }}{% endfor %}",
]


@pytest.mark.parametrize("template", EXPLOSIVE)
def test_a_text_that_would_grow_without_end_is_refused_at_load(template: str) -> None:
    """A note that repeats, pads, loops or doubles too much is refused when the policy is checked."""
    assert check_text(template, MESSAGE) == [TOO_LONG]


@pytest.mark.parametrize("template", [one for one in EXPLOSIVE if "'x' %}" not in one])
def test_a_text_that_would_grow_without_end_says_so(template: str) -> None:
    """The same text in a policy that is already running is shown as written, with the reason for it."""
    why = f" [could not be filled in: {TOO_LONG}]"
    assert render(template, FACTS) == template[: LIMIT - len(why)] + why


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ 7 ** 9999999 }}", POWER),
        (
            "{% for a in [1] %}" * 22 + "{% endfor %}" * 22,
            "the text has too many parts inside each other: write a simpler one",
        ),
        ("{{ 2 ** -99999 }}", POWER),
        ("{% if false %}{{ 7 ** 9999999 }}{% endif %}", POWER),
        (
            "{% set n = namespace(x=2) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
            "a whole number has at most 4,096 bits in a text: use smaller powers",
        ),
        ("{{ ('f' * 60000) | int(0, 16) }}", "a whole number has at most 4,096 bits in a text: use smaller powers"),
        ("{% for a in range(99999) %}{% endfor %}", "a range has at most 10,000 numbers in a text: loop over fewer"),
        ("{{ range(10**12) | length }}", "a range has at most 10,000 numbers in a text: loop over fewer"),
        ("{{ 'x'.encode().center(10**9) }}", "bytes are not read here: leave `encode` out"),
        ("{% include 'x' %}", "there are no other texts to include or import: write it out"),
        ("{% from 'x' import y %}", "there are no other texts to include or import: write it out"),
        ("{% extends 'x' %}", "there are no other texts to include or import: write it out"),
        (
            "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "a loop can't call itself here: write one loop in another",
        ),
        ("{{ " + "(" * 21 + "1" + ")" * 21 + " }}", "more than 20 brackets are inside each other: use fewer"),
        ("{{ " + "(" * 4_000 + "1" + ")" * 4_000 + " }}", "more than 20 brackets are inside each other: use fewer"),
        ("{{ " + "not " * 50 + "1 }}", "more than 40 parts are inside each other: write a simpler text"),
        ("{{ 1" + "+1" * 3_000 + " }}", "more than 40 parts are inside each other: write a simpler text"),
        ("{{ 1" + "|abs" * 2_000 + " }}", "more than 40 parts are inside each other: write a simpler text"),
        ("{% if 1 %}" * 400 + "{% endif %}" * 400, "more than 40 parts are inside each other: write a simpler text"),
        ("x" * 10_001, "the text has 10,001 characters: write at most 10,000"),
    ],
)
def test_a_text_that_no_facts_make_possible_is_refused_at_load(template: str, why: str) -> None:
    """A huge power, a loop of millions or a text nested too deeply is a sentence of `policy check`, never a hang."""
    assert check_text(template, MESSAGE) == [why]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ event.text | replace('-', event.text) }}", TOO_LONG),
        ("{{ event.text.replace('-', event.text) }}", TOO_LONG),
        ("{{ event.text.join(event.text) }}", TOO_LONG),
        ("{{ event.text | join(event.text) }}", TOO_LONG),
        ("{{ event.text | wordwrap(1, true, event.text) }}", TOO_LONG),
        ("{{ (event.text + 'a').translate({45: event.text}) }}", TOO_LONG),
        ("{% for letter in event.text %}{{ letter }}{% endfor %}", TOO_LONG),
        ("{{ event.text | list }}", TOO_LONG),
        (
            "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
            "more than 20 calls are inside each other: let no macro call itself",
        ),
        ("{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(18) }}", TOO_LONG),
        ("{{ 7 ** 9999999 }}", POWER),
    ],
)
def test_a_text_that_these_facts_make_too_long_says_so(template: str, why: str) -> None:
    """A text that grows too long only with a long message reaches the agent as written, with the reason."""
    assert render(template, FACTS) == f"{template} [could not be filled in: {why}]"


@pytest.mark.parametrize(
    "template",
    [
        "{{ conversation.tags | map('upper') }}",
        "{{ [customer.name.upper] }}",
        "{{ [customer.name.upper] | string }}",
        "{{ 'a' ~ [customer.name.upper] }}",
        "{{ [range] }}",
        "{{ self }}",
        "{{ namespace() }}",
    ],
)
def test_no_text_shows_a_memory_address(template: str) -> None:
    """A text shows no memory addresses, so the same facts give the same note in every process and every replay."""
    assert " is not a text" in render(template, FACTS)
    assert "0x" not in render(template, FACTS)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ conversation.tags | map('upper') | join(', ') }}", "BILLING, VIP"),
        ("{{ conversation.tags | map('upper') | list }}", "['BILLING', 'VIP']"),
        ("{% for tag in conversation.tags %}{{ loop.index }}{{ tag }}{% endfor %}", "1billing2vip"),
        ("{% for n in range(10) %}{% for m in range(10) %}{{ '.' if n == m }}{% endfor %}{% endfor %}", "." * 10),
        ("{% set x %}{{ customer.name }}!{% endset %}{{ x | upper }}", "ZEYNEP!"),
        ("{% macro hi(name) %}Hi {{ name }}{% endmacro %}{{ hi(customer.name) }}", "Hi Zeynep"),
        ("{{ '%.2f' | format(3.14159) }} {{ '%05d' % 42 }} {{ '{}'.format(customer.name) }}", "3.14 00042 Zeynep"),
        ("{{ customer.name ~ '!' ~ 3 }} {{ 2 ** 10 }} {{ 7 // 2 }} {{ -7 % 3 }}", "Zeynep!3 1024 3 2"),
        ("{{ event.text | truncate(20) }}", "-" * 17 + "..."),
        ("{{ 'a b c' | wordwrap(3) | indent(2) }}", "a b\n  c"),
        ("{{ range(5) | sum }} {{ [3, 1] | sort | first }} {{ {'a': 1} | tojson }}", '10 1 {"a": 1}'),
        ("{{ [1, 2, 3] | batch(2, 0) | list }} {{ [1, 2, 3] | slice(2) | list }}", "[[1, 2], [3, 0]] [[1, 2], [3]]"),
        ("{% filter upper %}a{% endfilter %}{{ customer.name.split('e')[0] }}", "AZ"),
        ("{% for k, v in {'a': customer.name}.items() %}{{ k }}={{ v }}{% else %}none{% endfor %}", "a=Zeynep"),
        ("{% if 'vip' in conversation.tags and customer.name in ['Zeynep', 'Ada'] %}yes{% endif %}", "yes"),
        ("{{ 1.234 | round(1) }} {{ 'a,b'.replace(',', '-') }} {{ 'x' | center(5) }}|", "1.2 a-b   x  |"),
    ],
)  # fmt: skip
def test_ordinary_texts_are_filled_in(template: str, text: str) -> None:
    """Loops, sums, formats and filters of ordinary texts are filled in as Jinja does."""
    assert check_text(template, MESSAGE) == []
    assert render(template, FACTS) == text


_VALUES = ("event.text", "customer.name", "conversation.tags", "'ab'", "7", "2.5", "[1, 2]", "n.x", "range(50)", "none")
_OPERATIONS = (
    "{0} + {1}", "{0} * {1}", "{0} ** {1}", "{0} ~ {1}", "{0} % {1}", "[{0}, {1}]", "{0} | join({1})",
    "{0} | center({1})",
    "{0} | replace({1}, {1})", "{0} | indent({1})", "{0} | batch({1}, {0}) | list", "{0} | string", "{0} | list",
    "{0}.format({1}, a={1})", "{0} | round({1})", "{0} | tojson({1})", "{0} | int", "{0} | length", "{0} == {1}",
    "{0} | sum",
    "{0} | wordwrap({1})", "{0} | urlize", "{0} | title", "{0}.upper()", "{0} | slice({1}) | list", "{0} | pprint",
    "{0} | groupby({1})", "{0} | unique | list", "{0} | xmlattr", "{0} | select | list", "{0} | default({1})",
)  # fmt: skip


_STEPS = st.lists(
    st.tuples(st.sampled_from(_OPERATIONS), st.sampled_from(_VALUES), st.sampled_from(_VALUES), st.integers(0, 400)),
    max_size=6,
)


@settings(max_examples=20)
@given(_STEPS)
def test_no_text_raises_or_runs_on(steps: list[tuple[str, str, str, int]]) -> None:
    """A text of any operations and loops ends, is short enough, and is the same each time."""
    check_ending(steps)


@pytest.mark.soak
@settings(max_examples=3_000)
@given(_STEPS)
def test_no_text_of_thousands_raises_or_runs_on(steps: list[tuple[str, str, str, int]]) -> None:
    """Thousands of other texts end in the same way."""
    check_ending(steps)


def check_ending(steps: list[tuple[str, str, str, int]]) -> None:
    body = "".join(
        f"{{% for i in range({times}) %}}{{% set n.x = {form.format(left, right)} %}}{{% endfor %}}"
        for form, left, right, times in steps
    )
    template = "{% set n = namespace(x='ab') %}" + body + "{{ n.x }}"
    text = render(template, FACTS)
    assert len(text) <= LIMIT
    assert render(template, FACTS) == text
    check_text(template, MESSAGE)


def test_counting_a_value_ends_early() -> None:
    """Counting the size of a list that holds itself many times over stops at the limit."""
    doubled: Any = ["a"]
    for _ in range(200):
        doubled = [doubled, doubled]
    assert size_of(doubled, 100) == 101
    assert size_of({"a": "b" * 250, "c": (1, 2)}) == 9


def test_each_filling_in_has_a_budget_of_its_own() -> None:
    """Each text has a budget of its own: a long note takes no steps away from the next one."""
    template = "{% for n in range(9000) %}{% endfor %}" * 2 + "done"
    assert [render(template, FACTS) for _ in range(3)] == ["done"] * 3
    assert Budget().left == STEPS
