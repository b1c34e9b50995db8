"""Checks of facts in texts: each is there when the text is written, or the text asks for it first.

Promises a finding for a fact that is always empty with a rule's trigger, and for one that may be empty without a guard
(`{{ … if handoff.opens_at }}`, `{{ customer.name or "you" }}`, or the rule's own condition). Must not know how texts
are filled in.
"""

import re
from collections.abc import Iterator, Mapping

from jinja2 import nodes
from pydantic import BaseModel

from policies.document.document import Do, Trigger
from policies.loading.draft import Draft, DraftRule
from policies.loading.source import Mistake, Path
from policies.running.facts import HANDOFFS, HandoffFacts, event_type
from policies.running.texts.rendering import read_text

_OF_A_HANDOFF = ("number", "state", "from_team", "reason", "because", "by")
_MAY_BE_EMPTY = {
    "conversation": {"subject", "assignee", "inbox"},
    "customer": {"name", "tier", "plan", "locale", "value", "account_manager"},
    "handoff": {"by", "opens_at", "answer_by", "callback_at", "wait_low", "wait_high", "why", "problem"},
}
_SAID_BY = {
    "opens_at": ("is_open",),
    "wait": ("wait_low", "wait_high"),
    "wait_low": ("wait_high",),
    "wait_high": ("wait_low",),
    "callback_at": ("choice",),
    "why": ("reason",),
}
"""The other facts that say whether a fact is there."""
_NAMED = re.compile(r"\b(?:conversation|customer|event|handoff)\.(\w+)")


def check_empty_facts(draft: Draft) -> Iterator[Mistake]:
    """Find facts in texts that are always empty, or that may be empty and have no guard."""
    has_handoffs = any(team.staffed_by == "assistant" for team in draft.teams.values())
    for number, rule in draft.rules.items():
        for position, do in rule.do.items():
            for place, text in _texts(draft, ("rules", number, "do", position), do):
                for trigger in rule.on.values():
                    yield from _check(place, text, trigger, rule, has_handoffs=has_handoffs)


def _texts(draft: Draft, path: Path, do: Do) -> Iterator[tuple[Path, str]]:
    if do.tell is not None:
        place: Path = ("customer_texts", do.tell.text)
        yield from (((*place, name), text) for name, text in draft.texts(*map(str, place)).items())
    elif do.reply is not None or do.note is not None:
        verb = "reply" if do.reply is not None else "note"
        yield (*path, verb), do.reply or do.note or ""


def _check(place: Path, text: str, trigger: Trigger, rule: DraftRule, *, has_handoffs: bool) -> Iterator[Mistake]:
    tree = read_text(text)
    if tree is None:
        return  # `check_text` says why
    never, maybe = _never(trigger, has_handoffs=has_handoffs), _maybe(trigger)
    asked = frozenset(_NAMED.findall(rule.when or ""))
    for root, name in dict.fromkeys(_unguarded(tree, asked)):
        fact = f"{root}.{name}"
        if why := never.get(fact):
            yield Mistake(place, f"`{fact}` is always empty with the trigger of `{rule.name}`: {why}")
        elif name in maybe.get(root, ()):
            remedy = f"write `{{{{ … if {fact} }}}}`, `{{{{ {fact} or … }}}}` or a condition"
            yield Mistake(place, f"`{fact}` may be empty with the trigger of `{rule.name}`: {remedy}")


def _never(trigger: Trigger, *, has_handoffs: bool) -> Mapping[str, str]:
    """Return the facts that are always empty with this trigger, each with the reason."""
    found: dict[str, str] = {}
    if not has_handoffs:
        found |= {f"handoff.{name}": "no assistant hands anything over" for name in _OF_A_HANDOFF}
    if trigger.event == "handoff_requested":
        found |= dict.fromkeys(("handoff.by", "event.by"), "no person has accepted it yet")
    if trigger.event == "outside_hours":
        found |= dict.fromkeys(("handoff.wait_low", "handoff.wait_high"), "there is no estimate while a team is closed")
    return found


def _maybe(trigger: Trigger) -> Mapping[str, set[str]]:
    """Return the facts that may be empty with this trigger."""
    record = event_type(trigger)
    of_event = set[str]()
    if record is HandoffFacts:
        of_event = _MAY_BE_EMPTY["handoff"]
    elif issubclass(record, BaseModel):
        of_event = {name for name, field in record.model_fields.items() if field.default in ("", None)}
    of_handoff = _MAY_BE_EMPTY["handoff"] - ({"opens_at"} if trigger.event == "outside_hours" else set())
    if trigger.event not in HANDOFFS:
        of_handoff = of_handoff | {"reason", "because", "from_team", "state"}
    return {**_MAY_BE_EMPTY, "handoff": of_handoff, "event": of_event}


def _unguarded(node: nodes.Node, asked: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the facts that are used where no test around them names them, or one that says whether they are there."""
    match node:
        case nodes.Getattr(node=nodes.Name(name=str(root)), attr=str(name)):
            if not asked.intersection((name, *_SAID_BY.get(name, ()))):
                yield root, name
        case nodes.If() | nodes.CondExpr():
            within = asked | _named_in(node.test)
            for part in node.iter_child_nodes(exclude=("test",)):
                yield from _unguarded(part, within)
        case nodes.Or(left=left) | nodes.Filter(name="default" | "d" | "join", node=nodes.Node() as left):
            for part in node.iter_child_nodes():
                yield from _unguarded(part, asked | _named_in(left))
        case nodes.Compare() | nodes.Test() | nodes.Not():
            return  # a comparison with nothing is a comparison all the same
        case _:
            for part in node.iter_child_nodes():
                yield from _unguarded(part, asked)


def _named_in(node: nodes.Node) -> frozenset[str]:
    named = [node] if isinstance(node, nodes.Getattr) else []
    return frozenset(each.attr for each in (*named, *node.find_all(nodes.Getattr)))
