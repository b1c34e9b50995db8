"""The events that were taken in already: hashes of their ids, for the last 14 days.

Promises that adding and looking up cost the same for any number of ids, that a value never changes when another is made
from it, and that all ids together take at most 240 kB when carried to the next run. Must not know what the ids stand
for.
"""

import base64
import binascii
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from hashlib import blake2b
from itertools import islice
from typing import Any, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from policies.state.limits import SEEN_DAYS, SEEN_LIMIT

_WIDTH = 8
"""Bytes of a hash. Among 20,000 ids two share a hash in one of a hundred thousand million conversations."""
_Days = tuple[tuple[int, int], ...]


def hash_of(event_id: str) -> int:
    """Return the id as a number of 64 bits, the same on every machine and in every version."""
    return int.from_bytes(blake2b(event_id.encode(errors="surrogatepass"), digest_size=_WIDTH).digest(), "big")


class Seen:
    """An immutable set of ids, in the order in which they came.

    Values made from one another share one mapping from hash to position; each value is the part of it from `start` to
    `end`. Only a value that ends where the mapping ends may add to it in place; any other makes a copy first. `days`
    are `(day, number of ids)`, the oldest first; day 0 stands for ids whose day is not known yet.
    """

    __slots__ = ("_days", "_end", "_positions", "_start")

    def __init__(self, event_ids: Iterable[str] = ()) -> None:
        self._positions = {hashed: at for at, hashed in enumerate(dict.fromkeys(map(hash_of, event_ids)))}
        self._start, self._end = 0, len(self._positions)
        self._days: _Days = ((0, self._end),) if self._end else ()

    def __contains__(self, event_id: object) -> bool:
        return isinstance(event_id, str) and self._has(hash_of(event_id))

    def __len__(self) -> int:
        return self._end - self._start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and len(self) == len(other) and set(self._hashes()) == set(other._hashes())

    def __hash__(self) -> int:
        return hash(frozenset(self._hashes()))

    def __repr__(self) -> str:
        return f"Seen({len(self)} ids)"

    def add(self, event_id: str, at: datetime) -> "Seen":
        """Return a set with one more id, which came at `at`, and without ids that are too old or too many."""
        hashed, day = hash_of(event_id), at.date().toordinal()
        if self._has(hashed):
            return self
        return self._appended(hashed)._dated(day)

    def add_all(self, other: "Seen", at: datetime) -> "Seen":
        """Return a set with all ids of another one as well, as if they came at `at`."""
        day, joined = at.date().toordinal(), self
        for hashed in tuple(other._hashes()):
            joined = joined if joined._has(hashed) else joined._appended(hashed)._dated(day)
        return joined

    def without_oldest(self, kept: int) -> "Seen":
        """Return a set of the latest `kept` ids."""
        return self._without(max(0, len(self) - kept))

    def without(self, event_id: str) -> "Seen":
        """Return a set without this id, for an event that has to be taken in again. Takes time for every id in it."""
        hashed = hash_of(event_id)
        if not self._has(hashed):
            return self
        left, days = self._positions[hashed] - self._start, list(self._days)
        for number, (day, count) in enumerate(days):
            if left < count:
                days[number] = (day, count - 1)
                break
            left -= count
        positions = {each: at for at, each in enumerate(each for each in self._hashes() if each != hashed)}
        return self._part(positions, 0, len(positions), tuple(days))

    def _has(self, hashed: int) -> bool:
        return self._start <= self._positions.get(hashed, -1) < self._end

    def _hashes(self) -> Iterator[int]:
        return islice(self._positions, self._start, self._end)

    def _appended(self, hashed: int) -> "Seen":
        """Return a set with one more hash that has no day yet."""
        is_last = self._end == len(self._positions) and hashed not in self._positions
        is_wasteful = self._start > len(self) + SEEN_DAYS
        if self._positions.get(hashed) == self._end or (self._end and is_last and not is_wasteful):
            self._positions[hashed] = self._end
            return self._part(self._positions, self._start, self._end + 1, self._days)
        positions = {each: at for at, each in enumerate((*self._hashes(), hashed))}
        return self._part(positions, 0, len(positions), self._days)

    def _dated(self, day: int) -> "Seen":
        """Return the set with its last id under `day`, and with it any ids that an older version had no day for."""
        known = tuple((each or day, count) for each, count in self._days)
        *earlier, (latest, count) = known or ((day, 0),)
        day = max(day, latest)
        days = (*earlier, (day, count + 1)) if latest == day else (*known, (day, 1))
        dated = self._part(self._positions, self._start, self._end, days)
        too_old = sum(count for each, count in days if each < day - SEEN_DAYS)
        return dated._without(max(too_old, len(dated) - SEEN_LIMIT))

    def _without(self, oldest: int) -> "Seen":
        if not oldest:
            return self
        days, left = list(self._days), oldest
        while left and days:
            day, count = days.pop(0)
            if count > left:
                days.insert(0, (day, count - left))
            left = max(0, left - count)
        return self._part(self._positions, self._start + oldest, self._end, tuple(days))

    @classmethod
    def _part(cls, positions: dict[int, int], start: int, end: int, days: _Days) -> "Seen":
        made = cls.__new__(cls)
        made._positions, made._start, made._end, made._days = positions, start, end, days
        return made

    def encoded(self) -> dict[str, str]:
        """Return one text for each day: its hashes one after another, in base64. An empty set is an empty object."""
        hashes, texts = self._hashes(), dict[str, str]()
        for day, count in self._days:
            packed = b"".join(struct.pack(">Q", hashed) for hashed in islice(hashes, count))
            name = date.fromordinal(day).isoformat() if day else ""
            texts[name] = base64.b64encode(packed).decode()
        return texts

    @classmethod
    def decoded(cls, carried: Any) -> "Seen":
        """Read the result of `encoded`. Raises ValueError."""
        if isinstance(carried, Seen):
            return carried
        if isinstance(carried, Mapping):
            return cls._of_days(cast("Mapping[str, str]", carried))
        raise ValueError("ids that were taken in are an object of days")

    @classmethod
    def _of_days(cls, texts: Mapping[str, str]) -> "Seen":
        positions, days = dict[int, int](), list[tuple[int, int]]()
        for name, text in texts.items():
            try:
                packed = base64.b64decode(text, validate=True)
            except binascii.Error as error:
                raise ValueError(f"the ids of {name} can't be read: {error}") from None
            before = len(positions)
            for (hashed,) in struct.iter_unpack(">Q", packed[: len(packed) // _WIDTH * _WIDTH]):
                positions.setdefault(hashed, len(positions))
            days.append((date.fromisoformat(name).toordinal() if name else 0, len(positions) - before))
        return cls._part(positions, 0, len(positions), tuple(days))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        serialized = core_schema.plain_serializer_function_ser_schema(lambda seen: seen.encoded())
        return core_schema.no_info_plain_validator_function(cls.decoded, serialization=serialized)
