"""The check of a policy's shape: pydantic's errors as sentences for people who don't know pydantic.

Promises one finding per mistake, each with a remedy. Must not know whether names refer to something (`references`).
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.document.document import (
    BugReport,
    Do,
    Document,
    Hours,
    Rule,
    SlaTargets,
    SpecialTargets,
    TeamTerms,
    ToPerson,
    Trigger,
)
from policies.document.escalations import Escalation, Person, Step, Storm
from policies.document.handoffs import BriefingTerms, ChoicesTerms, TellPart
from policies.document.insight import Insight, Patterns
from policies.document.part import HOW_TO_WRITE_SPANS
from policies.document.proposals import Tagging
from policies.document.queues import Need, Overflow, Queue, Relaxed
from policies.document.rotation import Layer, Override, Rotation
from policies.document.scores import ScoreTerms, Weights
from policies.loading.source import Mistake, Path
from policies.text.spelling import did_you_mean

_PARTS: tuple[tuple[tuple[str, ...], type[BaseModel], str], ...] = (
    ((), Document, "a policy"),
    (("hours", "*"), Hours, "business hours"),
    (("teams", "*"), TeamTerms, "a team"),
    (("teams", "*", "queue"), Queue, "a queue"),
    (("teams", "*", "queue", "needs", "*"), Need, "a need"),
    (("teams", "*", "queue", "needs", "*", "relax", "*"), Relaxed, "a step of `relax`"),
    (("teams", "*", "queue", "overflow"), Overflow, "an overflow"),
    (("people", "*"), Person, "a person"),
    (("sla", "*"), SlaTargets, "an SLA"),
    (("sla", "*", "special", "*"), SpecialTargets, "a special row"),
    (("rules", "*"), Rule, "a rule"),
    (("rules", "*", "on", "*"), Trigger, "a trigger"),
    (("rules", "*", "do", "*"), Do, "an entry of `do`"),
    (("rules", "*", "do", "*", "report_bug"), BugReport, "a bug report"),
    (("rules", "*", "do", "*", "assign"), ToPerson, "`assign`"),
    (("rules", "*", "do", "*", "escalate"), ToPerson, "`escalate`"),
    (("escalations", "*"), Escalation, "an escalation"),
    (("escalations", "*", "steps", "*"), Step, "a step"),
    (("escalations", "*", "storm"), Storm, "a storm"),
    (("insight",), Insight, "`insight`"),
    (("score",), ScoreTerms, "the score"),
    (("score", "weights"), Weights, "the weights"),
    (("briefing",), BriefingTerms, "the briefing"),
    (("choices",), ChoicesTerms, "`choices`"),
    (("rules", "*", "do", "*", "tell"), TellPart, "`tell`"),
    (("insight", "patterns"), Patterns, "the patterns"),
    (("insight", "languages", "*"), Patterns, "the patterns of a language"),
    (("tagging",), Tagging, "`tagging`"),
    (("on_call", "*"), Rotation, "a rotation"),
    (("on_call", "*", "layers", "*"), Layer, "a layer"),
    (("on_call", "*", "overrides", "*"), Override, "an override"),
)
_WORDS = {
    "event": "an event",
    "clock": "a clock",
    "pause_while": "a status",
    "priority": "a priority",
    "set_priority": "a priority",
    "head_start": "a priority",
    "reason": "a reason",
}
_WHEN_RESOLVED = 'write `status_changed` with `when: event.status == "resolved"`'
_MEANT_EVENTS = {
    **dict.fromkeys(("closed", "resolved", "solved", "done"), _WHEN_RESOLVED),
    **dict.fromkeys(("reopened", "opened"), 'write `status_changed` with `when: event.status == "open"`'),
    **dict.fromkeys(("created", "started", "new", "begun"), "write `conversation_started`"),
    **dict.fromkeys(("reply", "replied", "answered", "customer_replied", "message_received"), "write `message`"),
    **dict.fromkeys(("assigned", "transferred", "escalated"), "write `reassigned`"),
    **dict.fromkeys(("tag", "tagged"), "write `tag_added`"),
    **dict.fromkeys(("breach", "breached", "overdue"), "write `{clock: first_response, at: breach}`"),
    **dict.fromkeys(("at_risk", "warning"), "write `{clock: first_response, at: 75%}`"),
    **dict.fromkeys(("silent", "idle", "inactive"), "write `{customer_silent: 2d}` or `{assignee_silent: 30m}`"),
    **dict.fromkeys(("waiting", "unanswered"), "write `{waiting: 30m}`"),
}
"""Names of events in other products, and how each is written here."""
_WRONG = {
    "string_type": "`{field}` must be one text, not {form}: write `{field}: …`",
    "string_pattern_mismatch": "{shown} can't name a policy: use small letters, digits, - and _, such as acme-support",
    "string_too_short": "`{field}` is empty: write a text, or remove it",
    "string_too_long": "`{field}` is too long: write at most {max_length} characters",
    "int_": "{shown} is not a whole number: write `{field}` in digits, such as 1",
    "float_": "{shown} is not a number: write `{field}` in digits, such as 1 or 0.5",
    "finite_number": "{shown} is not a number: write `{field}` in digits, such as 1 or 0.5",
    "bool_": "{shown} is not true or false: write `{field}: true` or `{field}: false`",
    "time_delta_": f"{{shown}} is not a duration: {HOW_TO_WRITE_SPANS}",
    "date": "{shown} is not a date: write the year, the month and the day, such as 2026-12-25",
    "greater_than_equal": "`{field}` is too small: write {ge} or more",
    "greater_than": "`{field}` is too small: write more than {gt}",
    "less_than_equal": "`{field}` is too large: write {le} or less",
    "less_than": "`{field}` is too large: write less than {lt}",
    "too_short": "`{field}` is empty: add at least one entry",
    "too_long": "`{field}` has too many entries: write at most {max_length}",
    "tuple_type": "`{field}` must be a list, not {form}: write `{field}: [ … ]`",
    "dict_type": "{subject} must be written as `key: value`, not as {form}",
    "model_type": "{subject} must be written as `key: value`, not as {form}",
}
"""The sentence for a wrong value, with the remedy, by the beginning of the kind of pydantic's errors."""
_UNFIT = "{shown} does not fit `{field}`: `baton policy schema` says what does"
_QUOTED = re.compile(r"'([^']+)'")


def check_shape(raw: Any) -> list[Mistake]:
    """Return every mistake of shape in the content, as `Document` defines it."""
    try:
        Document.model_validate(raw)
    except ValidationError as error:
        found = [finding for details in error.errors(include_url=False) for finding in _findings(details)]
        return list(dict.fromkeys(found))
    return []


def _findings(error: ErrorDetails) -> Iterator[Mistake]:
    path, kind, value = path_of(error), error["type"], error["input"]
    if _is_echo(error):
        return
    if kind == "extra_forbidden":
        yield Mistake(path, _unknown_key(path), at_key=True)
    elif kind == "missing":
        yield Mistake(path[:-1], f"{_subject(path[:-1])} {_needs(path)} `{path[-1]}`: add `{path[-1]}: …`", at_key=True)
    elif kind == "literal_error":
        options = _QUOTED.findall(str(error.get("ctx", {}).get("expected", "")))
        is_key = path[-1] == "[key]"
        field = _field(path[:-2] if is_key else path)
        what = _WORDS.get(field, f"a value of `{field}`")
        meant = _MEANT_EVENTS.get(str(value), "") if field == "event" and value not in options else ""
        remedy = meant or did_you_mean(str(value), options, there_is="choose from")
        sentence = f"{_shown(value)} is not {what}: {remedy}"
        yield Mistake(path[:-1] if is_key else path, sentence, at_key=is_key)
    else:
        yield Mistake(path, _sentence(path, kind, value, error))


def path_of(error: ErrorDetails) -> Path:
    """Return the path without the alternatives that pydantic tried: `holidays` is a name or a list of dates."""
    path = error["loc"]
    if _is_of_holidays(path):
        return (*path[:3], *path[4:])
    if path[:1] == ("rules",) and path[2:3] == ("do",) and path[4:5] in (("assign",), ("escalate",)):
        return (*path[:5], *path[6:])  # a team or a person
    if path[:1] == ("people",) and path[2:3] == ("team",):
        return (*path[:3], *path[4:])  # a team or several
    is_text_tried = error["type"].startswith("string") and path[-1:] == ("str",)
    return tuple(part for part in path[: -1 if is_text_tried else None] if "[" not in str(part) or part == "[key]")


def _is_of_holidays(path: Path) -> bool:
    return path[:1] == ("hours",) and path[2:3] == ("holidays",)


def _is_echo(error: ErrorDetails) -> bool:
    """True where this only repeats another finding: a missing value, the other alternative, a lost entry."""
    path, value, kind = error["loc"], cast("object", error["input"]), error["type"]
    if value is None or (_is_of_holidays(path) and path[3:] == ("str",)):
        return True
    if kind == "value_error" and isinstance(value, dict):
        return None in cast("dict[str, Any]", value).values()
    return kind == "too_short" and value not in ({}, [])


def _sentence(path: Path, kind: str, value: Any, error: ErrorDetails) -> str:
    if kind == "value_error":  # from a check of our own
        return error["msg"].removeprefix("Value error, ")
    wanted = next((said for start, said in _WRONG.items() if kind.startswith(start)), _UNFIT)
    words = {"field": _field(path), "shown": _shown(value), "form": _form(value), "subject": _subject(path)}
    return wanted.format(**words, **error.get("ctx", {}))


def _unknown_key(path: Path) -> str:
    model, words = _part(path[:-1])
    verb = "have" if words in ("business hours", "the patterns", "the patterns of a language") else "has"
    remedy = did_you_mean(str(path[-1]), _keys(model), there_is=f"{words} {verb}")
    return f"`{path[-1]}` is not a key of {words}: {remedy}"


def _keys(model: type[BaseModel]) -> list[str]:
    """Return the keys as they are written: `from` is no name for a field."""
    aliases = ((name, field.validation_alias) for name, field in model.model_fields.items())
    return [str(alias.choices[0]) if isinstance(alias, AliasChoices) else name for name, alias in aliases]


def _part(path: Path) -> tuple[type[BaseModel], str]:
    for pattern, model, words in _PARTS:
        if len(pattern) == len(path) and all(p in ("*", part) for p, part in zip(pattern, path, strict=True)):
            return model, words
    return Document, f"`{_field(path)}`"


def _subject(path: Path) -> str:
    return _part(path)[1]


def _needs(path: Path) -> str:
    return "need" if _subject(path[:-1]) == "business hours" else "needs"


def _field(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _form(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a text"


def _shown(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) else _form(value)
