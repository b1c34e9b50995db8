"""The team that a person means who types a name: its key, or its name as people read it, however that is written.

Promises that a key is always the team of that key, and that a name which fits several teams is never guessed. Must not
know who types it, or what happens to the team.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple


class MeantTeam(NamedTuple):
    """The key of the team that was meant; empty where `why` says what keeps it from being known."""

    key: str
    why: str = ""


def meant(typed: str, names: Mapping[str, str]) -> MeantTeam:
    """Return the team that `typed` means. `names` are the teams' names by their keys."""
    if typed in names:
        return MeantTeam(typed)
    found = called(typed, names.items())
    if len(found) == 1:
        return MeantTeam(found[0])
    if found:
        return MeantTeam("", f"several teams are called {typed}: write one of {', '.join(found)}")
    return MeantTeam("", f"unknown team {typed}: {_remedy(typed, names)}")


def called(typed: str, teams: Iterable[tuple[str, str]]) -> list[str]:
    """Return the keys of the teams with that key or name, whatever the case and the spaces."""
    wanted = _plainly(typed)
    return list(dict.fromkeys(key for key, name in teams if wanted in (_plainly(key), _plainly(name))))


def _plainly(name: str) -> str:
    return " ".join(name.casefold().split())


def _remedy(typed: str, names: Mapping[str, str]) -> str:
    keys = {_plainly(word): key for key, name in names.items() for word in (name, key)}
    close = get_close_matches(_plainly(typed), keys, 1)
    return f"did you mean {keys[close[0]]}?" if close else f"there are {', '.join(names)}"
