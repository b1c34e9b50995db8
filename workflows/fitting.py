"""Makes a state fit into what a run may hand to the next, by dropping the least needed first.

Promises that the result fits whatever the state is, that a state that fits is handed on whole, and that each thing that
was dropped is named. Must not know what the state means: the order is `carried`'s and `team_carried`'s.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from policies.limited import cut
from workflows.limits import CARRIED_LIMIT, CARRIED_PLAIN_LIMIT
from workflows.packing import packed, size_of

State = dict[str, Any]
SMALL = 20_000
"""Bytes of a part of the state that is left alone: cutting it would gain too little."""
_KEYS, _DEPTH = 100, 12
"""Keys of one object and levels of nesting that are kept at the last; the records of a state have fewer."""
_NAMES = frozenset({"conversation", "conversation_id", "event_id", "key", "ticket", "incident", "target", "id"})
_NAME = 250
"""Bytes that are kept at least of the fields by which other systems know things."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be dropped from the part of the state at `path`: `what` names it for people.

    `drop` returns what is left of the part, or the part itself where it changes nothing.
    """

    what: str
    path: tuple[str, ...]
    drop: Callable[[Any], Any]

    def take(self, state: State) -> bool:
        """Drop it; False where the part stays as it is, for instance because it is small."""
        *outer, name = self.path
        holder = state
        for each in outer:
            holder = holder[each]
        if size_of(holder[name]) < SMALL:
            return False
        before, holder[name] = holder[name], self.drop(holder[name])
        return holder[name] is not before


def fitted(state: State, steps: Iterable[Step], say: Callable[[State, Sequence[str]], None]) -> tuple[State, list[str]]:
    """The state in the form in which it is handed on, and what was dropped. `say` puts that into the state."""
    dropped: list[str] = []
    form = _form(state)
    for step in steps:
        if form is not None:
            break
        if step.take(state):
            form = _form(state)
            dropped += [] if step.what in dropped else [step.what]
    if form is None:
        raise ValueError(f"{size_of(state)} bytes are left of the state after all that can be dropped")
    if dropped:
        say(state, dropped)
        form = packed(state)
    return form, dropped


def _form(state: State) -> State | None:
    """The state as it can be handed on; None where it is too large."""
    if size_of(state) > CARRIED_PLAIN_LIMIT:
        return None
    form = packed(state)
    return form if size_of(form) <= CARRIED_LIMIT else None


def shortened(value: Any, room: int, most: int | None = None, depth: int = 0) -> Any:
    """JSON with each text in at most `room` bytes, and of each list the last `most`."""
    match value:
        case str():
            return cut(value, room)
        case list() | dict() if depth > _DEPTH:
            return None
        case list():
            items = cast("list[Any]", value)
            return [shortened(each, room, most, depth + 1) for each in (items if most is None else items[-most:])]
        case dict():
            pairs = list(cast("dict[str, Any]", value).items())[:_KEYS]
            rooms = ((name, max(room, _NAME) if name in _NAMES else room, each) for name, each in pairs)
            return {cut(name, room): shortened(each, wide, most, depth + 1) for name, wide, each in rooms}
        case _:
            return value


def kept(value: list[Any], most: int) -> list[Any]:
    """The last `most` of a list; all of it where there are fewer."""
    return value[-most:] if most else []
