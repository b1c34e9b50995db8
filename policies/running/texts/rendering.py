"""Notes and replies: Jinja2 over the facts, in a sandbox, checked at load.

Promises that `render` never raises, does a bounded amount of work and gives the same text for the same facts: a text
that fails says so where people read it. Must not know what the text is for.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, cast

from jinja2 import Template, TemplateError, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError

from policies.document.document import Trigger
from policies.running.facts import event_type, fields_of
from policies.running.own_fields import USUAL, FactTypes, how_to_declare
from policies.running.texts.budget import BudgetError
from policies.running.texts.sandbox import BoundedEnvironment, NoTextError, UnusableTextError
from policies.running.texts.syntax_errors import syntax_error
from policies.running.texts.trial import beyond_budget
from policies.text.cutting import cut
from policies.text.spelling import did_you_mean

LIMIT = 4_000
"""The most characters of a text: what a Slack message and every helpdesk we know take whole."""
CUT = "… (cut)"
_UNDEFINED = re.compile(r"'(\w+)'(?: is undefined)?$")
_cut = partial(cut, unit=len, mark=CUT)


def render(template: str, facts: Mapping[str, Any]) -> str:
    """Return the text with the facts filled in; where that fails, the template as it was written, and why."""
    try:
        return _cut(_filled(template, facts), LIMIT)
    except Exception as error:  # an expression can fail in as many ways as Python; a note must not stop a conversation
        why = f" [could not be filled in: {_why(error)}]"
        return _cut(template, LIMIT - len(why)) + why


def _filled(template: str, facts: Mapping[str, Any]) -> str:
    """Return the text, cut soon after the characters that are kept."""
    text = ""
    for piece in _compile(template).generate(facts):
        text += piece
        if len(text) > LIMIT:
            break
    return text


def _why(error: Exception) -> str:
    match error:
        case BudgetError() | NoTextError():
            return str(error)
        case ZeroDivisionError():
            return "it divides by zero"
        case UndefinedError():
            name = _UNDEFINED.search(str(error))
            return f"there is no `{name[1]}`" if name else "it reads an entry that is not there"
        case SecurityError():
            return "it uses a part of Python that texts may not use"
        case TemplateError():
            return _unreadable(error)
        case _:
            return "a filter, a function or an operator in it does not take this value"


def check_text(template: str, trigger: Trigger, types: FactTypes = USUAL, **others: type[Any]) -> list[str]:
    """Return why the text could not be filled in for this trigger, one sentence each; empty where it can."""
    return check_template(template, names_of(types, event=event_type(trigger), **others))


def names_of(types: FactTypes, **others: type[Any]) -> dict[str, list[str]]:
    """Return the names of the facts in each record that a text may speak of, also of the records within them."""
    known: dict[str, list[str]] = {}
    for root, record in {"conversation": types.conversation, "customer": types.customer, **others}.items():
        known[root] = [*fields_of(record)]
        for name, (kind, _) in fields_of(record).items():
            if isinstance(kind, type):
                known[f"{root}.{name}"] = [*fields_of(kind)]
            elif kind == "attributes":  # a list, as long as the policy declares none
                known[f"{root}.{name}"] = []
    return known


def check_template(template: str, known: Mapping[str, list[str]]) -> list[str]:
    """Return why it could not be filled in with these names and their fields, one sentence each; empty where it can."""
    try:
        _compile(template)
    except Exception as error:  # Python, which compiles it, has errors and limits of its own
        return [_unreadable(error)]
    tree = _environment().parse(template)
    built_in = cast("Mapping[str, Any]", _environment().globals)
    unknown = meta.find_undeclared_variables(tree).difference(known, built_in)
    too_much = beyond_budget(template, known, LIMIT)
    return [
        *(_unknown_root(name, known) for name in sorted(unknown)),
        *_unknown_fields(tree, known),
        *([too_much] if too_much else []),
    ]


def read_text(template: str) -> nodes.Template | None:
    """Return a text's parts; None where it can't be read."""
    try:
        return _environment().parse(template)
    except Exception:  # as in `check_template`, which says why
        return None


def _unreadable(error: Exception) -> str:
    if isinstance(error, UnusableTextError):
        return str(error.message)
    if isinstance(error, SyntaxError | MemoryError | RecursionError):
        return "the text has too many parts inside each other: write a simpler one"  # Python says so, not Jinja
    said = (error.message if isinstance(error, TemplateError) else None) or str(error)
    return syntax_error(said, _environment().filters, _environment().tests)


def _unknown_root(name: str, known: Mapping[str, list[str]]) -> str:
    homes = [f"{root}.{name}" for root, fields in known.items() if name in fields]
    remedy = f"did you mean `{homes[0]}`?" if homes else did_you_mean(name, (root for root in known if "." not in root))
    return f"`{name}` is not known here: {remedy}"


def _unknown_fields(tree: nodes.Template, known: Mapping[str, list[str]]) -> Iterator[str]:
    for use in tree.find_all(nodes.Getattr):
        root = _written_out(use.node)
        if root in known and use.attr not in known[root]:
            remedy = did_you_mean(use.attr, known[root], there_is="it has")
            remedy = remedy.replace("did you mean `", f"did you mean `{root}.")
            with_this = " with this trigger" if "event" in known else ""
            declare = "" if "did you mean" in remedy else how_to_declare(root)
            yield f"`{root}` has no `{use.attr}`{with_this}: {remedy}{declare}"


def _written_out(node: nodes.Node) -> str:
    """Return the name of a record as the text writes it, such as `customer.preferences`; empty for anything else."""
    if isinstance(node, nodes.Getattr) and (of := _written_out(node.node)):
        return f"{of}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


@lru_cache(maxsize=1024)
def _compile(template: str) -> Template:
    return _environment().from_string(template)


@lru_cache(maxsize=1)
def _environment() -> BoundedEnvironment:
    return BoundedEnvironment()
