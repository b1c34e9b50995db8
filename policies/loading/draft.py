"""The draft of a policy: the parts of it that can be read, whatever else is wrong.

Promises that one misspelt key hides no other mistake: references are judged between the parts and entries that have the
right shape, and the names of parts with a wrong shape are still known. Must not know what refers to what
(`references`).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from policies.document.document import Do, Hours, OwnType, SlaTargets, SpecialTargets, TeamTerms, Trigger
from policies.document.escalations import Person, Step
from policies.document.hindsight import FeedbackTerms
from policies.document.rotation import Layer, Override
from policies.loading.source import Path
from policies.running.facts import CustomerFacts
from policies.running.own_fields import FactTypes, can_be_fact, fact_types

_Part = TypeVar("_Part", bound=BaseModel)
_SWITCH = TypeAdapter(bool)


@dataclass(frozen=True, slots=True)
class DraftRule:
    """The readable parts of a rule; triggers and entries of `do` by their position."""

    name: str | None
    on: Mapping[int, Trigger]
    when: str | None
    do: Mapping[int, Do]
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """The readable parts of a policy; rules, special targets, steps, layers and overrides by their position."""

    raw: Any
    hours: Mapping[str, Hours]
    teams: Mapping[str, TeamTerms]
    sla: Mapping[str, SlaTargets]
    special: Mapping[str, Mapping[int, SpecialTargets]]
    steps: Mapping[str, Mapping[int, Step]]
    people: Mapping[str, Person]
    layers: Mapping[str, Mapping[int, Layer]]
    overrides: Mapping[str, Mapping[int, Override]]
    feedback: FeedbackTerms | None
    rules: Mapping[int, DraftRule]
    fact_types: FactTypes

    def names(self, section: str) -> tuple[str, ...]:
        """Return every name written in a section, also of parts that can't be read."""
        return self.names_at((section,))

    def names_at(self, path: Path) -> tuple[str, ...]:
        """Return every name written in the mapping at `path`."""
        return tuple(_mapping(self.written(path)))

    def texts(self, *path: str) -> dict[str, str]:
        """Return the entries of the mapping at `path` that are one text."""
        return {name: value for name, value in _mapping(self.written(path)).items() if isinstance(value, str)}

    def listed(self, path: Path) -> dict[int, Any]:
        """Return the entries of the list at `path` by position; nothing where there is no list."""
        return _listed(self.written(path))

    def written(self, path: Path) -> Any:
        """Return the content at `path`, None where there is none."""
        found = self.raw
        for part in path:
            if isinstance(part, int):
                found = found[part] if isinstance(found, list) and part < len(cast("list[Any]", found)) else None
            else:
                found = _mapping(found).get(part)
        return found


def read_draft(raw: Any) -> Draft:
    """Return the draft of a policy's content as `Source.raw` has it."""
    sections = {name: _mapping(section) for name, section in _mapping(raw).items()}

    def parts(section: str, key: str) -> Iterator[tuple[str, Any]]:
        return ((name, _mapping(part).get(key)) for name, part in sections.get(section, {}).items())

    def own(section: str, usual: Collection[str] = ()) -> dict[str, Any]:
        declared = sections.get(section, {})
        names = (name for name in declared if can_be_fact(name) and name not in usual)
        return {name: declared[name] for name in names if declared[name] in get_args(OwnType)}

    turns = {"every": "daily", "start": "2026-01-05 09:00"}
    return Draft(
        raw=raw,
        hours=_readable(Hours, sections.get("hours", {})),
        teams=_readable(TeamTerms, sections.get("teams", {}), name="?"),
        sla=_readable(SlaTargets, sections.get("sla", {})),
        special={name: _readable(SpecialTargets, _listed(rows)) for name, rows in parts("sla", "special")},
        steps={name: _readable(Step, _entries(steps)) for name, steps in parts("escalations", "steps")},
        people=_readable(Person, sections.get("people", {})),
        layers={name: _readable(Layer, _listed(layers), **turns) for name, layers in parts("on_call", "layers")},
        overrides={name: _readable(Override, _listed(listed)) for name, listed in parts("on_call", "overrides")},
        feedback=_readable(FeedbackTerms, {"feedback": sections.get("feedback")}).get("feedback"),
        rules={number: _rule(_mapping(rule)) for number, rule in _listed(_mapping(raw).get("rules")).items()},
        fact_types=fact_types(own("attributes"), own("customer_fields", CustomerFacts.__dataclass_fields__)),
    )


def _rule(rule: Mapping[str, Any]) -> DraftRule:
    name, when = rule.get("name"), rule.get("when")
    return DraftRule(
        name=name if isinstance(name, str) else None,
        on=_readable(Trigger, _entries(rule.get("on"))),
        when=when if isinstance(when, str) else None,
        do=_readable(Do, _entries(rule.get("do"))),
        is_enabled=_is_on(rule.get("enabled")),
    )


def _is_on(written: Any) -> bool:
    """Return whether a switch is on, as where it is not written, or can't be read."""
    try:
        return written is None or _SWITCH.validate_python(written)
    except ValidationError:
        return True


def _readable(kind: type[_Part], entries: Mapping[Any, Any], **stand_in: str) -> dict[Any, _Part]:
    """Return the entries that have the right shape, if need be without their wrong keys and with stand-ins."""
    found: dict[Any, _Part] = {}
    for key, entry in entries.items():
        try:
            found[key] = kind.model_validate(entry)
        except ValidationError as error:
            wrong = {details["loc"][0] for details in error.errors(include_url=False) if details["loc"]}
            kept = {name: value for name, value in _mapping(entry).items() if name not in wrong}
            with suppress(ValidationError):  # `shape` says what is wrong
                if kept:
                    found[key] = kind.model_validate({**stand_in, **kept})
    return found


def _listed(written: Any) -> dict[int, Any]:
    """Return a list's entries by position; nothing where there is no list."""
    return _entries(cast("list[Any]", written)) if isinstance(written, list) else {}


def _entries(written: Any) -> dict[int, Any]:
    """Return a list's entries by position; a value that is no list counts as a list of one."""
    if written is None:
        return {}
    return dict(enumerate(cast("list[Any]", written) if isinstance(written, list) else [written]))


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
