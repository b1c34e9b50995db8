"""On-call rotations and overrides on a terminal: tables that fit, gaps in red.

Promises times on the rotation's own wall clock. Must not ask any other system.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from activities.on_call.overrides import AddedOverride
from policies.document.rotation import NOBODY, Override, Shift
from worker.on_call.rotations import Standing, is_open_ended


def print_shifts(console: Console, rows: Iterable[tuple[Standing, Sequence[Shift], datetime]]) -> None:
    """Print for each rotation who is on call at a time, and who is next."""
    for standing, found, now in rows:
        console.print(
            f"[bold]{escape(standing.name)}[/]  [dim]{escape(standing.policy)}, times in {standing.zone.key}[/]",
            highlight=False,
        )
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for number, shift in enumerate(found):
            table.add_row(
                "  next" if number else "  now",
                _people(standing, shift),
                "" if not number else _at(standing, shift.starts_at),
                "until further notice" if is_open_ended(shift, now) else f"until {_at(standing, shift.ends_at)}",
            )
        console.print(table, highlight=False)


def print_overrides(console: Console, rows: Iterable[tuple[Standing, AddedOverride]]) -> None:
    """Print the overrides that were added to rotations, with the number that takes each one back."""
    table = Table(
        *("ID", "Rotation", "From", "Until", "On call", "Instead of", "Added by"),
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for standing, added in rows:
        table.add_row(
            str(added.id),
            escape(standing.name),
            _at(standing, added.starts_at),
            _at(standing, added.ends_at),
            escape(standing.shown(added.person)),
            escape(standing.shown(added.instead_of) if added.instead_of else "everybody"),
            escape(added.added_by),
        )
    console.print(table if table.row_count else "There are no overrides.", highlight=False)


def print_override(console: Console, standing: Standing, override: Override, said: str) -> None:
    """Print one override in one sentence: who, instead of whom, from when until when."""
    start, end = (_at(standing, at) for at in override.bounds(standing.rotation.zone))
    whom = {None: "", NOBODY: " as well"}.get(override.instead_of, f" instead of {override.instead_of}")
    line = f"{said} {standing.shown(override.person)}{whom} in {standing.name}, {start} until {end}"
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def print_left_out(console: Console, reasons: Mapping[str, str]) -> None:
    """Print the events of a calendar that did not become overrides, with the reasons."""
    for event, why in reasons.items():
        console.print(f"  {event}: {why}", highlight=False, markup=False, soft_wrap=True)


def _people(standing: Standing, shift: Shift) -> str:
    return escape(", ".join(map(standing.shown, shift.people))) if shift.people else "[red]nobody[/]"


def _at(standing: Standing, at: datetime) -> str:
    return f"{at.astimezone(standing.zone):%a %d %b %Y %H:%M}"
