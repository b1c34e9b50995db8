"""The timeline of a conversation for `baton show`, with the lines summed up that would hide the others.

Two cases: deadlines that an import caught up with, and the same sentence again and again. Promises that what people
said and did is never summed up. Must not know how lines are printed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from policies.state.entry_kind import HAPPENED

TimelineRow = Mapping[str, Any]
_FEW = 3
"""Lines that are shown as they are, however much they resemble each other."""


def short_timeline(entries: Sequence[TimelineRow], imported_at: str | None) -> list[TimelineRow]:
    """Return the entries with caught-up deadlines and repeated sentences summed up."""
    return list(_without_repetitions(_without_caught_up(entries, imported_at) if imported_at else entries))


def _without_caught_up(entries: Sequence[TimelineRow], imported_at: str) -> list[TimelineRow]:
    """Sum up what was decided between the opening and the import: it told no person."""
    opened_at = min((_instant(entry) for entry in entries), default=None)
    began = datetime.fromisoformat(imported_at)

    def is_caught_up(entry: TimelineRow) -> bool:
        is_past = opened_at is not None and opened_at < _instant(entry) < began
        return is_past and entry["kind"] not in HAPPENED and entry["kind"] != "left_out"

    rows: list[TimelineRow] = []
    for caught_up, group in groupby(entries, key=is_caught_up):
        lines = list(group)
        rows += [_summed_up(lines)] if caught_up and len(lines) > _FEW else lines
    return rows


def _summed_up(lines: Sequence[TimelineRow]) -> TimelineRow:
    kinds = Counter(str(line["kind"]).replace("_", " ") for line in lines)
    told = ", ".join(f"{number} × {kind}" for kind, number in kinds.most_common())
    text = f"{len(lines)} lines from before the import, which told no person: {told}"
    return {**lines[-1], "kind": "caught_up", "text": text}


def _without_repetitions(entries: Sequence[TimelineRow]) -> Iterator[TimelineRow]:
    for _, group in groupby(entries, key=lambda entry: (entry["kind"], entry["text"])):
        lines = list(group)
        if len(lines) > _FEW and lines[0]["kind"] != "message":
            yield {**lines[-1], "text": f"{len(lines)} times, the last at this time: {lines[0]['text']}"}
        else:
            yield from lines


def _instant(entry: TimelineRow) -> datetime:
    return datetime.fromisoformat(entry["at"])
