"""Conditions: CEL over typed facts, checked at load. With `vocabulary` the one place that uses the CEL library.

Promises that a `Condition` is boolean, knows its facts' types, never raises and does a bounded amount of work. Where it
can't be judged the answer is `DidNotEvaluate`, which is not "no match". Must not know what a rule does with the answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cel_expr_python import cel

from policies.document.document import Trigger
from policies.running.conditions.comparing import changes_of, comparable_facts, patterns_in, problems_of_texts
from policies.running.conditions.cost import ONE, Extent, Grades, Read, WorkBound, extent_of, grade_of, is_simple, work
from policies.running.conditions.failures import failure
from policies.running.conditions.moments import problems_of_times
from policies.running.conditions.regular import problem
from policies.running.conditions.syntax import Literal, Node, calls_in, changed, syntax_of
from policies.running.conditions.vocabulary import filled, vocabulary_of
from policies.running.conditions.wording import ROOTS, place, sentences, word
from policies.running.facts import Facts, NowFacts, event_type, fields_of
from policies.running.own_fields import USUAL, FactTypes
from policies.running.workload import JUDGED

_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


LENGTH_LIMIT = 4_000
"""The most characters of a condition."""
WORK_LIMIT = 2_000_000
"""The most work of judging one condition once, as `cost` counts it; some 20 ms, at worst a quarter of a second."""

_UNITS = 600
"""The units of a condition's measured work that are one step of judging (see `workload`)."""


@dataclass(frozen=True, slots=True)
class DidNotEvaluate:
    """The answer where the condition could not be judged on these facts; `why` is a sentence for operators."""

    why: str


@dataclass(frozen=True, slots=True)
class PreparedFacts:
    """Facts in the form that `Condition.judge` takes; `as_sent` with their texts as they were sent, until edition 3."""

    facts: Facts
    activation: Any
    as_sent: bool
    _grades: dict[frozenset[Read], Grades] = field(default_factory=dict[frozenset[Read], Grades], compare=False)

    def grades(self, reads: frozenset[Read]) -> Grades:
        """Return the facts' sizes in powers of two; measured once for all conditions that read the same facts."""
        found = self._grades.get(reads)
        if found is None:
            sizes = (self.size(*read) if read[0] in ROOTS else ONE for read in sorted(reads))
            found = self._grades[reads] = tuple(map(grade_of, sizes))
        return found

    def size(self, root: str, name: str) -> Extent:
        """Return the size of a fact; of all of `conversation`, `customer`, `event` or `now` where no name is given."""
        record: Any = getattr(self.facts, root)
        kind: type[Any] = type(record)
        names = [name] if name else [*fields_of(kind)]
        extents = [extent_of(getattr(record, field)) for field in names]
        return extents[0] if name else Extent(sum(extent.total for extent in extents))


@dataclass(frozen=True, slots=True)
class Program:
    """A condition as the library runs it. `syntax` is set where the work must be counted before it is done."""

    expression: Any
    syntax: Node | None
    bound: WorkBound = field(compare=False)

    def judge(self, prepared: PreparedFacts) -> bool | DidNotEvaluate:
        """Return whether it holds for these facts, or why that can't be told."""
        try:
            if self.syntax is not None and self.bound.of(prepared.grades) > WORK_LIMIT:
                needed = work(self.syntax, prepared.size)
                if needed > WORK_LIMIT:
                    return DidNotEvaluate(_too_much(needed))
            value = self.expression.eval(prepared.activation)
            result = value.value()
        except Exception as error:  # the library raises RuntimeError, also where its own count of loop turns is used up
            return DidNotEvaluate(failure(str(error)))
        return result if isinstance(result, bool) else DidNotEvaluate(failure(str(result)))


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. Equal facts give equal answers.

    There is one program for comparable facts, and one for facts as they were sent; neither where the condition can't be
    judged. `trouble` says why: a policy that was pinned before a check was made stricter goes on.
    """

    source: str
    comparable: Program | None = None
    as_sent: Program | None = None
    trouble: str = ""

    def steps(self, prepared: PreparedFacts) -> int:
        """Return the steps (see `workload`) of judging it once on facts of about this size: a bound, cheap to get."""
        program = self._program(prepared)
        return JUDGED + (program.bound.of(prepared.grades) // _UNITS if program is not None else 0)

    def judge(self, prepared: PreparedFacts) -> bool | DidNotEvaluate:
        """Return whether the condition holds for facts from `activation_for`, or why that can't be told; 2 µs."""
        program = self._program(prepared)
        return DidNotEvaluate(self.trouble) if program is None else program.judge(prepared)

    def _program(self, prepared: PreparedFacts) -> Program | None:
        return self.as_sent if prepared.as_sent else self.comparable


def compile_condition(source: str, trigger: Trigger | None, types: FactTypes = USUAL) -> Condition:
    """Compile for one trigger, which decides the fields of `event`. An invalid condition is returned with `trouble`."""
    if problems := check_condition(source, trigger, types):
        return Condition(source, trouble=problems[0][2])
    environment = vocabulary_of(types).environment(event_type(trigger))
    as_sent = _program(environment.compile(source))
    compiled = as_sent.expression.serialize()
    changes = changes_of(syntax_of(compiled))
    if not (changes.texts or changes.functions):
        return Condition(source, as_sent, as_sent)
    comparable = environment.deserialize(changed(compiled, changes.texts, changes.functions))
    return Condition(source, _program(comparable), as_sent)


def _program(expression: Any) -> Program:
    syntax = syntax_of(expression.serialize())
    return Program(expression, None if is_simple(syntax) else syntax, WorkBound(syntax))


def activation_for(facts: Facts, *, as_sent: bool = False) -> PreparedFacts:
    """Return the facts in the form `Condition.judge` takes; build it once per event, judge many conditions with it."""
    facts = facts if as_sent else comparable_facts(facts)
    roots: dict[str, object] = {name: getattr(facts, name) for name in ROOTS}
    vocabulary = vocabulary_of(FactTypes(type(facts.conversation), type(facts.customer)))
    messages = {
        name: vocabulary.message_class(type(known))(**filled(type(known), known)) for name, known in roots.items()
    }
    return PreparedFacts(facts, vocabulary.environment(type(facts.event)).Activation(messages), as_sent)


def check_condition(source: str, trigger: Trigger | None, types: FactTypes = USUAL) -> list[tuple[int, int, str]]:
    """Return every problem as (line, column, sentence), counted from 1 within the source."""
    if len(source) > LENGTH_LIMIT:
        sentence = f"the condition has {len(source):,} characters: write at most {LENGTH_LIMIT:,}, or several rules"
        return [(1, 1, sentence)]
    record = event_type(trigger)
    try:
        expression = vocabulary_of(types).environment(record).compile(source)
    except Exception as error:
        found = [(int(line), int(column), text) for line, column, text in _ERROR.findall(str(error))]
        return sentences(found, source, _records(types, record)) or [(1, 1, _unread(error))]
    if expression.return_type() != cel.Type.BOOL:
        return [(1, 1, f"a condition must be true or false, but this is {word(expression.return_type().name())}")]
    try:
        syntax = syntax_of(expression.serialize())
    except ValueError as error:
        return [(1, 1, str(error))]
    return [*_unguarded(source, _records(types, record)), *_expensive(source, syntax)]


def check_texts(source: str, trigger: Trigger | None, types: FactTypes = USUAL) -> list[tuple[int, int, str]]:
    """Return each place that compares with a text that no fact can have; nothing for a condition that can't be used."""
    record = event_type(trigger)
    syntax = _syntax(source, record, types)
    with_markup: tuple[str, ...] = getattr(record, "with_markup", ())
    found = problems_of_texts(syntax, with_markup) if syntax is not None else ()
    return [(*place(source, at), sentence) for at, sentence in found]


def patterns_of(source: str, trigger: Trigger | None, types: FactTypes = USUAL) -> list[str]:
    """Return the expressions that a condition writes out for `matches`; none where it can't be used."""
    syntax = _syntax(source, event_type(trigger), types)
    return patterns_in(syntax) if syntax is not None else []


def _syntax(source: str, event: type[Any], types: FactTypes) -> Node | None:
    try:
        return syntax_of(vocabulary_of(types).environment(event).compile(source).serialize())
    except Exception:  # `check_condition` says why
        return None


def _unread(error: Exception) -> str:
    if "recursion" in str(error):
        return "the condition is nested too deeply: use fewer brackets and operators, or write several rules"
    return "the condition can't be read: check its brackets, quotes and operators"


def _expensive(source: str, syntax: Node) -> Iterator[tuple[int, int, str]]:
    """Yield problems that no facts could avoid: an expression that the facts supply, and work beyond the limit."""
    for call in calls_in(syntax):
        if call.function != "matches":
            continue
        pattern = call.arguments[-1]
        if isinstance(pattern, Literal) and pattern.text is not None:
            if wrong := problem(pattern.text):
                yield *place(source, call.at), f"`matches`: {wrong[1]}"
        else:
            sentence = "`matches` takes an expression that is written out: write it in quotes, or use `contains`"
            yield *place(source, call.at), sentence
    yield from ((*place(source, at), sentence) for at, sentence in problems_of_times(syntax))
    if (needed := work(syntax, lambda root, name: ONE)) > WORK_LIMIT:
        yield 1, 1, _too_much(needed)


def _too_much(needed: int) -> str:
    remedy = "loop over fewer lists inside each other, or look for words in shorter texts"
    return f"it may take {needed:,} steps, and {WORK_LIMIT:,} are allowed: {remedy}"


def _records(types: FactTypes, event: type[Any]) -> dict[str, type[Any]]:
    """Return each record of facts by the name under which conditions know it, with those inside others."""
    roots = {"conversation": types.conversation, "customer": types.customer, "event": event, "now": NowFacts}
    inner = {
        f"{root}.{name}": kind
        for root, record in roots.items()
        for name, (kind, _) in fields_of(record).items()
        if isinstance(kind, type)
    }
    return {**roots, **inner}


def _unguarded(source: str, records: Mapping[str, type[Any]]) -> list[tuple[int, int, str]]:
    """Return a problem for each optional fact that is read without a `has(…)` guard.

    A missing number reads as 0 in CEL, so `confidence < 0.5` would hold where it was never measured.
    """
    problems: list[tuple[int, int, str]] = []
    for root, kind in records.items():
        for name in (name for name, (_, may_miss) in fields_of(kind).items() if may_miss):
            use = re.search(rf"(?<![\w.])(?<!has\(){root}\.{name}\b", source)
            if use and not re.search(rf"has\(\s*{root}\.{name}\s*\)", source):
                sentence = f"`{root}.{name}` may be missing: write `has({root}.{name}) && …` before using it"
                problems.append((*place(source, use.start()), sentence))
    return problems
