"""The Slack targets that a policy names, each with the places where it stands.

Promises that no target is missed, whichever part of a policy holds it. Must not ask Slack.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from policies.document.document import Document
from policies.document.targets import Target


def targets_of(policy: Document) -> Mapping[str, tuple[str, ...]]:
    """Return each Slack address (`#support`, `C024BE91L`, `@U024BE7LH`, `!S0614TZR7`) with its places, in order."""
    found: dict[str, list[str]] = {}
    for key, person in policy.people.items():
        if person.slack:
            found.setdefault(f"@{person.slack}", []).append(f"people.{key}")
    for place, text in _texts(policy.model_dump(mode="json", by_alias=True, exclude_defaults=True), ""):
        target = Target.of(text)
        if target.scheme == "slack" and target.is_address:
            found.setdefault(target.name, []).append(place)
    return {address: tuple(places) for address, places in found.items()}


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield all texts of a document, each with its place."""
    match value:
        case str():
            yield place, value
        case dict():
            for key, each in cast("dict[str, Any]", value).items():
                yield from _texts(each, f"{place}.{key}".lstrip("."))
        case list():
            for number, each in enumerate(cast("list[Any]", value), start=1):
                yield from _texts(each, f"{place}[{number}]")
        case _:
            pass
