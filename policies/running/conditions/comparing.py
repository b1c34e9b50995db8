"""The one form in which conditions compare texts: the texts of facts, and those that a condition writes out.

Promises that a text which equals another one still does in this form, whatever program or keyboard it comes from. The
texts that people read stay as they were sent. Must not know the CEL library (`evaluating`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel

from policies.running.conditions.patterns import WORDS_MATCH, never_because, written_for_comparable
from policies.running.conditions.syntax import Collection as Listed
from policies.running.conditions.syntax import Field, FunctionCall, Literal, Name, Node, parts_of
from policies.running.facts import Attribute, Facts, FieldType, as_text, fields_of
from policies.text.comparable import as_typed, comparable
from policies.text.markup import shown

_EQUAL = ("_==_", "_!=_", "@in")
_ENDS: Mapping[str, Callable[[str], str]] = {
    "startsWith": str.lstrip,
    "endsWith": str.rstrip,
    **dict.fromkeys(_EQUAL, str.strip),
}
"""How a written text loses the spaces at its ends, by the function: a comparable text has none there."""
_SAYS = {"contains": "contains", "startsWith": "starts with", "endsWith": "ends with"}
_IN_NO_TEXT = "\x1f"
"""A control character, which no comparable text has: the form of a written text of which nothing is left."""
_TEXTS = ("string", "strings", "attributes")


@dataclass(frozen=True, slots=True)
class Changes:
    """The texts and functions that a condition has in place of the written ones, each by the id of its node."""

    texts: Mapping[int, str]
    functions: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Written:
    """A text that a condition writes out, with the call that compares it; None where it is used otherwise."""

    literal: Literal
    call: FunctionCall | None

    @property
    def text(self) -> str:
        return self.literal.text or ""

    @property
    def function(self) -> str:
        return self.call.function if self.call is not None else ""

    @property
    def comparable(self) -> str:
        """The text in the form of facts' texts: with one space where there are several, also at its ends."""
        typed = " ".join(f"x{as_typed(self.text)}x".split())[1:-1]
        ended = _ENDS[self.function](typed) if self.function in _ENDS else typed
        return ended if ended or not self.text or self.function in _EQUAL else _IN_NO_TEXT


def changes_of(node: Node) -> Changes:
    """Return what to change in a condition, so that it compares texts in their one form."""
    texts, functions = dict[int, str](), dict[int, str]()
    for written in _written_texts(node):
        text = written.comparable
        if written.function == "matches" and written.call is not None:
            text, has_edges = written_for_comparable(written.text)
            if has_edges:
                functions[written.call.id] = WORDS_MATCH
        if text != written.text:
            texts[written.literal.id] = text
    return Changes(texts, functions)


def patterns_in(node: Node) -> list[str]:
    """Return the expressions that are written out for `matches`."""
    return [written.text for written in _written_texts(node) if written.function == "matches"]


def problems_of_texts(node: Node, with_markup: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield each place where no text can be as it is written, in characters from the start, with the reason.

    `with_markup` are the facts of the event whose markup is removed.
    """
    for written in _written_texts(node):
        call = written.call
        if call is None or not written.text:
            continue
        is_shown = any(isinstance(part, Field) and _is_one_of(part, with_markup) for part in call.arguments)
        because = _never_because(written, shown if is_shown else str)
        if because and call.function == "matches":
            yield call.at, f"`{written.text}` can never match: {because}"
        elif because:
            yield call.at, f"no text {_SAYS.get(call.function, 'is')} `{_visible(written.text)}`: {because}"


def comparable_facts(facts: Facts) -> Facts:
    """Return the facts with all texts in the form in which they are compared."""
    return replace(
        facts,
        conversation=_comparable(facts.conversation),
        customer=_comparable(facts.customer),
        event=_comparable(facts.event),
    )


def _never_because(written: _Written, kept: Callable[[str], str]) -> str:
    if written.function == "matches":
        return never_because(written.text, kept)
    text = written.comparable
    if text in ("", _IN_NO_TEXT):
        return "nothing is left of it in the form in which texts are compared"
    is_kept = any(text in comparable(kept(f"{before}{text} ")) + " " for before in (" ", "x"))
    return "" if is_kept or not text.strip() else "messages are compared as they are shown, without markup"


def _written_texts(node: Node, call: FunctionCall | None = None) -> Iterator[_Written]:
    """Yield every text that is written out, with the call that compares it: also as an entry of a written list."""
    if isinstance(node, Literal):
        if node.text is not None:
            yield _Written(node, call)
        return
    for number, part in enumerate(parts_of(node)):
        yield from _written_texts(part, _comparing(node, number, call))


def _comparing(node: Node, number: int, outer: FunctionCall | None) -> FunctionCall | None:
    """Return the call that compares one of the parts of a node."""
    match node:
        case FunctionCall() if node.function in _EQUAL or (number and node.function in (*_SAYS, "matches")):
            return node
        case Listed() if outer is not None and outer.function in _EQUAL:
            return outer
        case _:
            return None


def _is_one_of(fact: Field, names: Collection[str]) -> bool:
    return fact.of == Name("event") and fact.name in names


def _visible(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _comparable(record: Any) -> Any:
    """Return a record of facts with its texts as they are compared."""
    changed: dict[str, Any] = {}
    record_type: type[Any] = type(record)
    with_markup: tuple[str, ...] = getattr(record, "with_markup", ())
    for name, kind in _texts_in(record_type):
        value = getattr(record, name)
        form = value and _form(value, kind, has_markup=name in with_markup)
        if form != value:
            changed[name] = form
    if not changed:
        return record
    return record.model_copy(update=changed) if isinstance(record, BaseModel) else replace(record, **changed)


@cache
def _texts_in(record: type[Any]) -> tuple[tuple[str, FieldType], ...]:
    fields = fields_of(record).items()
    return tuple((name, kind) for name, (kind, _) in fields if isinstance(kind, type) or kind in _TEXTS)


def _form(value: Any, kind: FieldType, *, has_markup: bool) -> Any:
    match kind:
        case "string":
            return _as_shown(value) if has_markup else _as_compared(as_text(value))
        case "strings":
            return tuple(map(_as_compared, value))
        case "attributes":
            return tuple(Attribute(_as_compared(each.name), _as_compared(each.value)) for each in value)
        case _:
            return _comparable(value)


_as_compared = lru_cache(maxsize=4096)(comparable)


@lru_cache(maxsize=256)
def _as_shown(text: str) -> str:
    return comparable(shown(text))
