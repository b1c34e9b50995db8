"""Sentences for what the CEL library says about a condition: what is wrong, and what to write.

Promises a remedy where the condition is written as in another language, such as `=`, `and` or a list compared with a
text. Must not compile anything.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from policies.running.conditions import syntax_errors
from policies.running.facts import fields_of
from policies.running.own_fields import how_to_declare

ROOTS = ("conversation", "customer", "event", "now")
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_UNKNOWN_FIELD = re.compile(r"undefined field '([^']+)' not found in struct 'baton\.([\w.]+)'")
_NOT_DECLARED = re.compile(r"'list\(baton\.ConversationFacts\.__Attribute\)' cannot be the operand of a select")
_NO_FIELDS = re.compile(r"expression of type '([^']+)' cannot be the operand of a select")
_NO_VARIABLE = re.compile(r"(\w+)\(\) variable name must be")
_NO_LIST = re.compile(r"'baton\.ConversationFacts\.__Attributes' cannot be the range")
_OVERLOAD = re.compile(r"found no matching overload for '([^']+)' applied to '\((.*)\)'")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_FOREIGN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\$\{|\{\{|\}\}"), "write the name of a fact without braces"),
    (re.compile(r"[“”„‘’]"), 'a text stands in straight quotes: write "…"'),
    (re.compile(r"={3}|=~|(?<![=!<>])=(?![=~])"), "to compare, write `==`"),
    (re.compile(r"<>"), "for “is not”, write `!=`"),
    (re.compile(r"\bnot\s+in\b"), "write `!(… in …)`"),
    (re.compile(r"\bis\s+not\b"), "for “is not”, write `!=`"),
    (re.compile(r"\bis\b|\bequals\b"), "to compare, write `==`"),
    (re.compile(r"\bAND\b|\band\b|(?<!&)&(?!&)"), "for “and”, write `&&`"),
    (re.compile(r"\bOR\b|\bor\b|(?<!\|)\|(?!\|)"), "for “or”, write `||`"),
    (re.compile(r"\bNOT\b|\bnot\b"), "for “not”, write `!`"),
    (
        re.compile(r"\s(contains|startsWith|endsWith|matches)\s"),
        'a function stands behind a dot, with brackets: write `event.text.contains("…")`',
    ),
    (re.compile(r"\blike\b|\bLIKE\b"), 'to look into a text, write `contains`: `event.text.contains("…")`'),
    (re.compile(r"\bif\b"), "a condition has no `if`: write only what has to hold"),
)
"""How other languages write what CEL writes otherwise."""
_NAMES_ELSEWHERE = {
    "True": "true",
    "False": "false",
    "None": "null",
    "len": "size",
    "length": "size",
    "includes": "contains",
    "include": "contains",
    "indexOf": "contains",
}
_WORDS = {
    "string": "a text",
    "int": "a whole number",
    "double": "a decimal number",
    "bool": "true or false",
    "null_type": "null",
    "null": "null",
    "list(string)": "a list of texts",
    "list(dyn)": "a list",
    "uint": "a whole number with `u`",
    "bytes": "bytes",
    "google.protobuf.timestamp": "an instant",
    "timestamp": "an instant",
    "google.protobuf.duration": "a span of time",
    "duration": "a span of time",
}
_SHOWN = {"[_]": "[…]", "?_:": "… ? … : …"}
"""Operators that the library writes with places for their parts."""
_UNKNOWN_TYPE = "*error*"
"""The library's type of a part that has a problem of its own."""
_HOW_TO_USE = {
    "contains": 'event.text.contains("…")',
    "startsWith": 'event.text.startsWith("…")',
    "endsWith": 'event.text.endsWith("…")',
    "matches": 'event.text.matches("…")',
    "size": "size(event.text)",
    "has": "has(event.tag)",
    **{name: f'conversation.tags.{name}(tag, tag == "…")' for name in ("exists", "all", "filter", "map")},
}


def sentences(
    problems: list[tuple[int, int, str]], source: str, records: Mapping[str, type[Any]]
) -> list[tuple[int, int, str]]:
    """Return a sentence for each problem; where another language's words are the cause, for each of these words.

    `records` are the types of the facts by the name under which conditions have them.
    """
    is_foreign = any("Syntax error" in text or "undeclared" in text or "reserved" in text for _, _, text in problems)
    if is_foreign and (found := [*_foreign(source)]):
        return found
    plain = [problem for problem in syntax_errors.first_only(problems) if _UNKNOWN_TYPE not in problem[2]] or problems[
        :1
    ]
    return [(line, column, _sentence(text, source, (line, column), records)) for line, column, text in plain]


def word(cel_type: str) -> str:
    """Return a type's name in plain words."""
    name = cel_type.lower().replace("<", "(").replace(">", ")")
    kinds = {"baton.": "a record", "list(": "a list", "map(": "a map", "type": "a type"}
    other = next((kind for start, kind in kinds.items() if name.startswith(start)), "a value of another kind")
    return _WORDS.get(name, other)


def place(source: str, at: int) -> tuple[int, int]:
    """Return the line and the column of a character, counted from 1."""
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


def _foreign(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield a remedy for each place that is written as in another language, outside of quoted texts."""
    plain, taken = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), source), set[int]()
    for pattern, remedy in _FOREIGN:
        for found in pattern.finditer(plain):
            if taken.isdisjoint(range(*found.span())):
                taken.update(range(*found.span()))
                yield *place(source, found.start()), f"`{found[0].strip()}` is not CEL: {remedy}"


def _sentence(text: str, source: str, at: tuple[int, int], records: Mapping[str, type[Any]]) -> str:
    if match := _UNDECLARED.search(text):
        return _unknown_name(match[1], source)
    if match := _UNKNOWN_FIELD.search(text):
        inner = match[2].rpartition(".")[2].removeprefix("__")
        root, kind = next((root, kind) for root, kind in records.items() if kind.__name__ == inner)
        names = sorted(fields_of(kind))
        close = get_close_matches(match[1], names, 1)
        remedy = f"did you mean `{root}.{close[0]}`?" if close else f"it has {', '.join(names)}"
        return f"`{root}` has no `{match[1]}` with this trigger: {remedy}{'' if close else how_to_declare(root)}"
    if _NOT_DECLARED.search(text):
        return "the policy declares no attributes: add them, such as `attributes: {order_value: number}`"
    if _NO_LIST.search(text):
        return "declared attributes are read by name, such as `conversation.attributes.order_value`: write each of them"
    if match := _NO_VARIABLE.search(text):
        return _used_otherwise(match[1])
    if match := _NO_FIELDS.search(text):
        name = re.match(r"\.?\s*(\w+)", source.split("\n")[at[0] - 1][at[1] - 1 :])
        if name is not None and name[1] in _HOW_TO_USE:
            return _used_otherwise(name[1])
        return f"{word(match[1])} has no fields: write nothing behind its name, or another fact"
    if match := _OVERLOAD.search(text):
        return _not_together(match[1].strip("_@"), match[2].split(", "), source)
    return syntax_errors.sentence(text) or "this part of the condition can't be judged: write it in a simpler way"


def _used_otherwise(function: str) -> str:
    return f"`{function}` is used otherwise: write it as in `{_HOW_TO_USE[function]}`"


def _not_together(operator: str, kinds: list[str], source: str) -> str:
    if operator in ("&&", "||") and operator not in source:  # how the library writes a loop
        return f"what `exists` or `all` asks must be true or false, but this is {word(kinds[-1])}"
    between = f"{'between' if len(kinds) > 1 else 'with'} {' and '.join(map(word, kinds))}"
    return f"`{_SHOWN.get(operator, operator)}` can't be used {between}{_instead(operator, kinds, source)}"


def _unknown_name(name: str, source: str) -> str:
    root, _, rest = name.partition(".")
    if meant := _NAMES_ELSEWHERE.get(root):
        return f"`{name}` is not known here: did you mean `{meant}`?"
    if name in ROOTS:
        return f"a condition can't write out a record: compare fields of `{name}`, such as `customer.tier`"
    if name in _HOW_TO_USE:
        return _used_otherwise(name)
    if f".{name}(" in source or f"{name}(" in source:
        close = get_close_matches(name.lower(), [known.lower() for known in _HOW_TO_USE], 1)
        found = next((known for known in _HOW_TO_USE if close and known.lower() == close[0]), "")
        remedy = f"did you mean `{found}`?" if found else f"there is {', '.join(_HOW_TO_USE)}"
        return f"`{name}` is no function: {remedy}"
    if close := get_close_matches(root, ROOTS, 1):
        return f"`{name}` is not known here: did you mean `{close[0]}{'.' + rest if rest else ''}`?"
    return f'`{name}` is not known here: there is {", ".join(ROOTS)}; a text stands in quotes, as "{name}"'


def _instead(operator: str, kinds: list[str], source: str) -> str:
    """Return what to write where these kinds of values don't go together; empty where nothing is known."""
    match (operator, kinds):
        case ("==" | "!=", ["list(string)", "string"] | ["string", "list(string)"]):
            sign, (one, other) = ("!" if operator == "!=" else ""), _sides(operator, source)
            many, text = (one, other) if kinds[0] != "string" else (other, one)
            within = f"{text} in {many}"
            return f": write `{f'!({within})' if sign else within}`"
        case ("in", ["list(string)", "string"]):
            one, other = _sides("in", source)
            return f": write `{other} in {one}`"
        case ("in", ["string", "string"]):
            return ": write `==`, or a list of texts in brackets, or `contains` for a part of a text"
        case ("contains" | "startsWith" | "endsWith" | "matches", ["list(string)", *_]):
            found = re.search(rf"([\w.]+)\.{operator}\(([^()]*)\)", source)
            within = f"{found[2]} in {found[1]}" if found and operator == "contains" else "… in …"
            return f": write `{within}`" if operator == "contains" else f': write `exists(text, text.{operator}("…"))`'
        case ("[_]", ["list(string)", "string"]):
            return ": write a number in the brackets, or `… in …` for a text in a list"
        case ("?_:", _):
            return ": write two values of one kind around the `:`"
        case ("[_]", _):
            return ": write a field behind a dot, as `customer.tier`"
        case (_, ["double" | "int", "string"] | ["string", "double" | "int"]):
            is_quoted = any(side[0] in "\"'" for side in _sides(operator, source))
            return f": write {'a number without' if is_quoted else 'the text in'} quotes"
        case (_, [*_, "uint"] | ["uint", *_]):
            return ": write the number without `u`"
        case (_, ["double", "int"]):
            return " (write 100.0 to compare with a decimal number)"
        case (_, ["int", "double"]):
            return ": write a number without a point"
        case (_, ["string", "null_type"] | ["null_type", "string"]):
            return ': a text is never null, so compare with `""`'
        case (_, [*_, "null_type"] | ["null_type", *_]):
            return ": write `has(…)` to see whether it is there"
        case ("!" | "&&" | "||", _) if any(kind.startswith("list") for kind in kinds):
            return ": write `size(…) > 0` for a list that is not empty"
        case ("!" | "&&" | "||", _) if "string" in kinds:
            return ': write `… != ""` for a text that is not empty'
        case _:
            return ""


def _sides(operator: str, source: str) -> tuple[str, str]:
    """Return what stands on both sides of the operator, where these are names and written texts; else dots."""
    side = r"([\w.]+|\"[^\"]*\"|'[^']*'|\[[^\]]*\])"
    found = re.search(
        rf"{side}\s*\b{operator}\b\s*{side}" if operator == "in" else rf"{side}\s*{re.escape(operator)}\s*{side}",
        source,
    )
    return (found[1], found[2]) if found else ("…", "…")
