"""Checks of on-call rotations: all people in them are known, every layer works at some time, overrides agree.

Promises a finding with a remedy for everything that doesn't fit. Must not know when it is.
"""

import re
from collections.abc import Iterator
from itertools import combinations
from zoneinfo import ZoneInfo

from policies.document.rotation import NOBODY, Layer, Override
from policies.document.targets import Target
from policies.loading.draft import Draft
from policies.loading.references.names import PEOPLE, check_zone
from policies.loading.source import Mistake, Path
from policies.time import hours
from policies.time.wall_clock import instant

_PEOPLE = PEOPLE._replace(if_empty="add them under `people:`")


def check_on_call(draft: Draft) -> Iterator[Mistake]:
    """Find everything about the section `on_call` that doesn't fit the rest of the policy, or itself."""
    if NOBODY in draft.names("people"):
        yield Mistake(("people", NOBODY), f"`{NOBODY}` is a word of overrides: give this person another key", True)
    policy_zone = draft.texts().get("timezone", "UTC")
    for name in draft.names("on_call"):
        path: Path = ("on_call", name)
        written = draft.texts("on_call", name).get("timezone")
        if written is not None:
            yield from check_zone((*path, "timezone"), written)
        zone = written or policy_zone
        zone = "UTC" if hours.zone_problem(zone) else zone
        for number, layer in draft.layers.get(name, {}).items():
            yield from _check_layer(draft, (*path, "layers", number), layer, zone)
        yield from _check_overrides(draft, name, zone)
        yield from _check_reachable(draft, name)


def _check_layer(draft: Draft, path: Path, layer: Layer, zone: str) -> Iterator[Mistake]:
    for number, turn in enumerate(layer.people):
        for place, person in enumerate(turn):
            yield from _check_person(draft, (*path, "people", number, place), person)
    if layer.only is not None:
        for sentence in _window_problems(layer.only, zone, layer):
            yield Mistake((*path, "only"), sentence)


def _window_problems(only: str, zone: str, layer: Layer) -> Iterator[str]:
    if re.search(r"\bPH\b", only):
        yield f'"{only}": on-call layers know no public holidays (PH); write the days, such as "Dec 25 off".'
        return
    found = hours.problems(only, zone, ())
    yield from found
    if not found and hours.BusinessHours(only, zone).opens_at(instant(layer.start, ZoneInfo(zone))) is None:
        yield f'"{only}" is never open from {layer.start:%Y-%m-%d} on, the start of this layer; correct one.'


def _check_overrides(draft: Draft, name: str, zone: str) -> Iterator[Mistake]:
    overrides = draft.overrides.get(name, {})
    takes_part = _taking_part(draft, name)
    for number, override in overrides.items():
        path: Path = ("on_call", name, "overrides", number)
        yield from _check_person(draft, (*path, "person"), override.person)
        replaced = override.instead_of
        if replaced is not None:
            yield from _check_person(draft, (*path, "instead_of"), replaced)
        if replaced in draft.names("people") and replaced not in takes_part:
            sentence = f"`{replaced}` has no turn in `{name}`, so nobody can stand in: name a person who has one"
            yield Mistake((*path, "instead_of"), sentence)
    for (first, one), (second, other) in combinations(overrides.items(), 2):
        if _collide(one, other, zone):
            place: Path = ("on_call", name, "overrides", first)
            sentence = "this overlaps the override in line {line}, for the same place: let one end before the other"
            yield Mistake(("on_call", name, "overrides", second), sentence, line_of=place)


def _taking_part(draft: Draft, name: str) -> dict[str, None]:
    """Return all people who are on call in a rotation at some time, in the order of the file."""
    turns = (turn for layer in draft.layers.get(name, {}).values() for turn in layer.people)
    stand_ins = (override.person for override in draft.overrides.get(name, {}).values())
    return dict.fromkeys((*(person for turn in turns for person in turn), *stand_ins))


def _check_reachable(draft: Draft, name: str) -> Iterator[Mistake]:
    """Find people without a Slack member ID in a rotation that a step calls: in their nights no call would go out."""
    called = {step.target for steps in draft.steps.values() for step in steps.values()}
    for person in _taking_part(draft, name) if str(Target("on-call", name)) in called else ():
        if person in draft.names("people") and not draft.written(("people", person, "slack")):
            sentence = (
                f"`{person}` takes turns in `{name}`, which is called, but can't be: add `slack: U…`, their member ID"
            )
            yield Mistake(("people", person), sentence, True)


def _collide(one: Override, other: Override, zone: str) -> bool:
    """True where two overrides fill the same place at the same time."""
    if one.instead_of != other.instead_of or (one.instead_of == NOBODY and one.person != other.person):
        return False
    (start, end), (other_start, other_end) = one.bounds(zone), other.bounds(zone)
    return start < other_end and other_start < end


def _check_person(draft: Draft, path: Path, person: str) -> Iterator[Mistake]:
    if path[-1] not in ("person", "instead_of") or person != NOBODY:
        yield from _PEOPLE.check(draft, path, person)
