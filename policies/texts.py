"""Notes and replies: Jinja2 over the facts, in a sandbox, checked at load.

Promises that `render` never raises and gives the same text for the same facts: a text that fails says so where people
read it. Must not know what the text is for.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policies.document import Trigger
from policies.facts import ConversationFacts, CustomerFacts, event_type, fields_of
from policies.spelling import did_you_mean

LIMIT = 4_000
"""Characters: what a Slack message and every helpdesk we know take whole."""
CUT = "… (cut)"
_WHY_LIMIT = 200


def render(template: str, facts: Mapping[str, Any]) -> str:
    """The text with the facts filled in; where that fails, the template as it was written, and why."""
    try:
        return _cut(_compile(template).render(facts), LIMIT)
    except Exception as error:  # an expression can fail in as many ways as Python; a note must not stop a conversation
        why = f" [could not be filled in: {_cut(str(error) or type(error).__name__, _WHY_LIMIT)}]"
        return _cut(template, LIMIT - len(why)) + why


def check_text(template: str, trigger: Trigger) -> list[str]:
    """Why the text could not be filled in for this trigger, one sentence each; empty where it can."""
    known = {
        "conversation": [*fields_of(ConversationFacts)],
        "customer": [*fields_of(CustomerFacts)],
        "event": [*fields_of(event_type(trigger))],
    }
    return check_template(template, known)


def check_template(template: str, known: Mapping[str, list[str]]) -> list[str]:
    """Why it could not be filled in with these names and their fields, one sentence each; empty where it can."""
    try:
        _compile(template)
    except TemplateError as error:
        return [f"the text can't be read: {str(error.message or error).rstrip('.')}; check its braces and filters"]
    tree = _environment().parse(template)
    unknown = meta.find_undeclared_variables(tree) - known.keys() - _environment().globals.keys()
    return [*(_unknown_root(name, known) for name in sorted(unknown)), *_unknown_fields(tree, known)]


def _unknown_root(name: str, known: Mapping[str, list[str]]) -> str:
    homes = [f"{root}.{name}" for root, fields in known.items() if name in fields]
    remedy = f"did you mean `{homes[0]}`?" if homes else did_you_mean(name, known)
    return f"`{name}` is not known here: {remedy}"


def _unknown_fields(tree: nodes.Template, known: Mapping[str, list[str]]) -> Iterator[str]:
    for use in tree.find_all(nodes.Getattr):
        root = use.node.name if isinstance(use.node, nodes.Name) else ""
        if root in known and use.attr not in known[root]:
            remedy = did_you_mean(use.attr, known[root], there_is="it has")
            remedy = remedy.replace("did you mean `", f"did you mean `{root}.")
            with_this = " with this trigger" if "event" in known else ""
            yield f"`{root}` has no `{use.attr}`{with_this}: {remedy}"


@lru_cache(maxsize=1024)
def _compile(template: str) -> Template:
    return _environment().from_string(template)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_finalize)
    # Chance has no place in a decision: a replay would write another note.
    del environment.filters["random"], environment.globals["lipsum"]
    return environment


def _finalize(value: Any) -> Any:
    if value is None:
        return ""
    if callable(value) and not isinstance(value, Undefined):
        raise TypeError("a function is not a text")  # prints its memory address, which differs in every process
    return value


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT
