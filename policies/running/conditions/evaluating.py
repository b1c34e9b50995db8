"""Conditions: CEL over typed facts, checked at load. The one place that uses the CEL library.

Promises that a `Condition` is boolean, knows its facts' types, never raises and does a bounded amount of work. Where it
can't be judged the answer is `DidNotEvaluate`, which is not "no match". Must not know what a rule does with the answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from policies.document.document import Trigger
from policies.running.conditions.cost import ONE, Extent, Grades, Read, WorkBound, extent_of, grade_of, is_simple, work
from policies.running.conditions.moments import problems_of_times
from policies.running.conditions.regular import problem
from policies.running.conditions.syntax import Literal, Node, calls_in, syntax_of
from policies.running.conditions.wording import ROOTS, place, sentences, word
from policies.running.facts import Attribute, Facts, NowFacts, as_text, event_type, fields_of
from policies.running.own_fields import USUAL, FactTypes
from policies.running.workload import JUDGED

_PROTO = descriptor_pb2.FieldDescriptorProto
_WIRE = {
    "string": _PROTO.TYPE_STRING,
    "strings": _PROTO.TYPE_STRING,
    "int": _PROTO.TYPE_INT64,
    "double": _PROTO.TYPE_DOUBLE,
    "bool": _PROTO.TYPE_BOOL,
}
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
    """Facts in the form that `Condition.judge` takes."""

    facts: Facts
    activation: Any
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
class Condition:
    """A compiled condition. Equal facts give equal answers.

    `syntax` is set where the work must be counted before it is done, `bound` wherever the condition can be judged.
    `trouble` says why it can't be judged at all: a policy that was pinned before a check was made stricter goes on.
    """

    source: str
    expression: Any
    syntax: Node | None = None
    bound: WorkBound | None = field(default=None, compare=False)
    trouble: str = ""

    def steps(self, prepared: PreparedFacts) -> int:
        """Return the steps (see `workload`) of judging it once on facts of about this size: a bound, cheap to get."""
        return JUDGED + (self.bound.of(prepared.grades) // _UNITS if self.bound is not None else 0)

    def judge(self, prepared: PreparedFacts) -> bool | DidNotEvaluate:
        """Return whether the condition holds for facts from `activation_for`, or why that can't be told; 2 µs."""
        if self.trouble:
            return DidNotEvaluate(self.trouble)
        try:
            if self.syntax is not None and self.bound is not None and self.bound.of(prepared.grades) > WORK_LIMIT:
                needed = work(self.syntax, prepared.size)
                if needed > WORK_LIMIT:
                    return DidNotEvaluate(_too_much(needed))
            value = self.expression.eval(prepared.activation)
            result = value.value()
        except Exception as error:  # the library raises RuntimeError, also where its own count of loop turns is used up
            return DidNotEvaluate(_why(str(error)))
        return result if isinstance(result, bool) else DidNotEvaluate(_why(str(result)))


def compile_condition(source: str, trigger: Trigger | None, types: FactTypes = USUAL) -> Condition:
    """Compile for one trigger, which decides the fields of `event`. An invalid condition is returned with `trouble`."""
    if problems := check_condition(source, trigger, types):
        return Condition(source, None, trouble=problems[0][2])
    expression = _vocabulary(types).environment(event_type(trigger)).compile(source)
    syntax = syntax_of(expression.serialize())
    return Condition(source, expression, None if is_simple(syntax) else syntax, WorkBound(syntax))


def activation_for(facts: Facts) -> PreparedFacts:
    """Return the facts in the form `Condition.judge` takes; build it once per event, judge many conditions with it."""
    roots: dict[str, object] = {name: getattr(facts, name) for name in ROOTS}
    vocabulary = _vocabulary(FactTypes(type(facts.conversation), type(facts.customer)))
    filled = {
        name: vocabulary.message_class(type(known))(**_filled(type(known), known)) for name, known in roots.items()
    }
    return PreparedFacts(facts, vocabulary.environment(type(facts.event)).Activation(filled))


def check_condition(source: str, trigger: Trigger | None, types: FactTypes = USUAL) -> list[tuple[int, int, str]]:
    """Return every problem as (line, column, sentence), counted from 1 within the source."""
    if len(source) > LENGTH_LIMIT:
        sentence = f"the condition has {len(source):,} characters: write at most {LENGTH_LIMIT:,}, or several rules"
        return [(1, 1, sentence)]
    record = event_type(trigger)
    try:
        expression = _vocabulary(types).environment(record).compile(source)
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


def _why(said: str) -> str:
    if "Iteration budget exceeded" in said:
        return "its loops take more turns than CEL allows (10,000): loop over fewer lists inside each other"
    return said


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


class _Vocabulary:
    """The protobuf types of one policy's facts, from which CEL gets its type checking."""

    def __init__(self, types: FactTypes) -> None:
        self._roots: Mapping[str, type[Any]] = {
            "conversation": types.conversation,
            "customer": types.customer,
            "now": NowFacts,
        }
        self._pool = descriptor_pool.DescriptorPool()
        self._messages: dict[type[Any], Any] = {}
        self._environments: dict[type[Any], cel.Env] = {}

    def environment(self, event: type[Any]) -> cel.Env:
        """Return the types of one trigger's facts. No variable is a map: their order is random per process."""
        if event not in self._environments:
            roots = {**self._roots, "event": event}
            for record in roots.values():
                self.message_class(record)
            variables = {name: cel.Type(f"baton.{kind.__name__}") for name, kind in roots.items()}
            self._environments[event] = cel.NewEnv(descriptor_pool=self._pool, variables=variables)
        return self._environments[event]

    def message_class(self, record: type[Any]) -> Any:
        """Return a protobuf message type with the record's fields."""
        if record not in self._messages:
            name = record.__name__
            file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", package="baton", syntax="proto3")
            _describe(file.message_type.add(name=name), record, f".baton.{name}")
            self._pool.Add(file)
            self._messages[record] = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"baton.{name}"))
        return self._messages[record]


_vocabulary = lru_cache(maxsize=64)(_Vocabulary)


def _describe(message: Any, record: type[Any], full_name: str) -> None:
    """Fill in a message type with the record's fields; a record within it is a message type within this one."""
    message.options.deprecated_legacy_json_field_conflicts = True  # `order_value` and `orderValue` are two facts
    for number, (name, (kind, may_miss)) in enumerate(fields_of(record).items(), 1):
        many = kind in ("strings", "attributes")
        label = _PROTO.LABEL_REPEATED if many else _PROTO.LABEL_OPTIONAL
        field = message.field.add(name=name, number=number, label=label)
        inner = Attribute if kind == "attributes" else kind
        if isinstance(inner, type):  # `__`, because a policy may declare a field of its name
            field.type, field.type_name = _PROTO.TYPE_MESSAGE, f"{full_name}.__{inner.__name__}"
            _describe(message.nested_type.add(name=f"__{inner.__name__}"), inner, field.type_name)
        else:
            field.type = _WIRE[inner]
        if may_miss:
            message.oneof_decl.add(name=f"_{name}")
            field.proto3_optional, field.oneof_index = True, len(message.oneof_decl) - 1


def _filled(record: type[Any], values: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for name, (kind, may_miss) in fields_of(record).items():
        value = getattr(values, name)
        if isinstance(kind, type):
            filled[name] = _filled(kind, value)
        elif kind == "attributes":
            filled[name] = [{"name": pair.name, "value": pair.value} for pair in value]
        elif kind == "string" and not (may_miss and value is None):
            filled[name] = value if isinstance(value, str) else as_text(value)
        elif value is not None:
            filled[name] = value
    return filled
