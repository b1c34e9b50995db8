"""Makes a state fit into what a run may hand to the next, by dropping the least needed parts first.

Promises that the result fits whatever the state is, that a state that fits is handed on whole, and that each part
dropped is named. Must not know what the state means: the order of dropping is in `conversations.carried` and
`queues.carried`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from policies.state.context import ADDRESS
from policies.state.entry_kind import EntryKind
from policies.state.seen import Seen
from policies.text.cutting import cut
from workflows.carrying.packing import packed, size_of
from workflows.limits.server import CARRIED_LIMIT, CARRIED_PLAIN_LIMIT

CarriedState = dict[str, Any]
CarriedPart = Any
"""A part of the state, as JSON."""
DROPPED: EntryKind = "dropped"
"""The kind of the timeline line that says what was dropped from the state."""
SMALL = 20_000
"""A part of the state with fewer bytes is left alone: cutting it would gain too little."""
THE_REST = "everything else but its beginnings or ends"
_LAST = (60, 4)
"""Bytes of each text, and entries of each list, that are kept where all steps did not suffice."""
_WIDEST = 6
"""Most bytes that one character can take as JSON (`\\u0000`)."""
_KEYS, _DEPTH = 100, 12
"""Keys of one object, and levels of nesting, that are kept whenever texts are shortened. Our own records have fewer."""
_NAMES = ("conversation", "conversation_id", "event_id", "key", "ticket", "incident", "target", "id")
_ROOMS = {**dict.fromkeys(_NAMES, 250), "url": 4 * ADDRESS}
"""Least bytes kept of fields that other systems identify things by, and of addresses, which are useless when cut."""
_COUNTS = {"clocks": 200, "pages": 200}
"""Least entries kept of the clocks of a conversation and of its calls to people."""
_WHOLE = "seen"
"""The field that is never cut here: its texts are encoded ids, and a drop step of its own shortens it."""


@dataclass(frozen=True, slots=True)
class DropStep:
    """One part of the state that can be dropped, at `path`. `what` names it for people.

    `drop` returns what is left of the part, or the part itself where it changes nothing.
    """

    what: str
    path: tuple[str, ...]
    drop: Callable[[Any], Any]

    def take(self, state: CarriedState) -> bool:
        """Drop the part. Return False where it stays as it is, for instance because it is small."""
        *outer, name = self.path
        holder = state
        for each in outer:
            holder = holder[each]
        if size_of(holder[name]) < SMALL:
            return False
        before, holder[name] = holder[name], self.drop(holder[name])
        return holder[name] != before


def fitted(
    state: CarriedState, steps: Iterable[DropStep], say: Callable[[CarriedState, str], None], limit: int = CARRIED_LIMIT
) -> tuple[CarriedState, str]:
    """Return the state in the form that is handed on, and a sentence on what was dropped; empty where nothing was.

    `say` writes that sentence into the state.
    """
    dropped: list[str] = []
    form = _form(state, limit)
    for step in steps:
        if form is not None:
            break
        if step.take(state):
            form = _form(state, limit)
            dropped += [] if step.what in dropped else [step.what]
    if form is None:  # a part that no step knows
        state, dropped = shortened(state, *_LAST), [*dropped, THE_REST]
    if form is not None and not dropped:
        return form, ""
    sentence = f"Too large to be carried on whole; dropped or cut: {'; '.join(dropped)}"
    say(state, sentence)
    return packed(state), sentence


def _form(state: CarriedState, limit: int) -> CarriedState | None:
    """Return the state in the form that is handed on; None where it is too large."""
    if size_of(state) > CARRIED_PLAIN_LIMIT:
        return None
    form = packed(state)
    return form if size_of(form) <= limit else None


def shortened(value: Any, room: int, most: int | None = None, depth: int = 0) -> Any:
    """Return JSON with each text cut to `room` bytes and each list to its last `most` entries.

    A queue of ten thousand conversations has a million values, so the cheapest and commonest branches come first.
    """
    if isinstance(value, str):
        return value if _WIDEST * len(value) <= room else cut(value, room)
    if not isinstance(value, list | dict):
        return value
    if depth > _DEPTH:
        return None
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [shortened(each, room, most, depth + 1) for each in (items if most is None else items[-most:])]
    pairs = islice(cast("dict[str, Any]", value).items(), _KEYS)
    return {_key(name, room): _field(name, each, room, most, depth + 1) for name, each in pairs}


def _field(name: str, value: Any, room: int, most: int | None, depth: int) -> Any:
    """Shorten one field of a record, down to the least length that its name allows."""
    if name == _WHOLE:
        return value
    if name in _ROOMS and isinstance(value, str):
        return shortened(value, max(room, _ROOMS[name]), most, depth)
    if name in _COUNTS and most is not None:
        return shortened(value, room, max(most, _COUNTS[name]), depth)
    return shortened(value, room, most, depth)


@lru_cache(maxsize=1_000)
def _key(name: str, room: int) -> str:
    return cut(name, room)


def shortened_each(items: list[Any], room: int, most: int) -> list[Any]:
    """Shorten each item of the list, not the list itself."""
    return [shortened(item, room, most) for item in items]


def latest_seen(seen: Any) -> Any:
    """Keep the latest two thousand ids of events that were taken in."""
    return Seen.decoded(seen).without_oldest(2_000).encoded()


def kept(value: list[Any], most: int) -> list[Any]:
    """Return the last `most` entries of a list; all of them where there are fewer."""
    return value[-most:] if most else []
