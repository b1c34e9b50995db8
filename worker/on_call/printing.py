"""On-call rotations and overrides on a terminal: tables that fit, gaps in red.

Promises times on the rotation's own wall clock. Must not ask any other system.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from activities.on_call.overrides import AddedOverride
from activities.slack.checking.findings import TargetReport
from policies.document.rotation import NOBODY, Override, Shift
from worker.on_call.rotations import Standing, is_open_ended
from worker.terminal.printing import columns
from worker.terminal.terminal import Terminal


def print_shifts(console: Terminal, rows: Iterable[tuple[Standing, Sequence[Shift], datetime]]) -> None:
    """Print for each rotation who is on call at a time, and who is next."""
    for standing, found, now in rows:
        console.print(
            f"[bold]{escape(standing.name)}[/]  [dim]{escape(standing.policy)}, times in {standing.zone.key}[/]",
        )
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for number, shift in enumerate(found):
            table.add_row(
                "  next" if number else "  now",
                _people(standing, shift),
                "" if not number else _at(standing, shift.starts_at),
                "until further notice" if is_open_ended(shift, now) else f"until {_at(standing, shift.ends_at)}",
            )
        console.print(table)


def print_overrides(console: Terminal, rows: Iterable[tuple[Standing, AddedOverride]]) -> None:
    """Print the overrides that were added to rotations, with the number that takes each one back."""
    table = columns("ID", "Rotation", "From", "Until", "On call", "Instead of", "Added by")
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
    console.print(table if table.row_count else "There are no overrides.")


def print_override(console: Terminal, standing: Standing, override: Override, said: str) -> None:
    """Print one override in one sentence: the person on call, the person replaced, the beginning and the end."""
    start, end = (_at(standing, at) for at in override.bounds(standing.rotation.zone))
    replaced = {None: "", NOBODY: " as well"}.get(override.instead_of, f" instead of {override.instead_of}")
    line = f"{said} {standing.shown(override.person)}{replaced} in {standing.name}, {start} until {end}"
    console.say(line)


def print_left_out(console: Terminal, reasons: Mapping[str, str]) -> None:
    """Print the events of a calendar that did not become overrides, with the reasons."""
    for event, why in reasons.items():
        console.say(f"  {event}: {why}")


def print_targets(console: Terminal, report: TargetReport) -> None:
    """Print how many Slack targets can't be reached, then each with its policy and the places that name it."""
    sign = "[green]✓[/]" if report.is_clean else "[red]✗[/]"
    console.print(f"{sign} {report.left} of {report.looked_at} Slack targets can't be reached.", soft_wrap=True)
    for each in report.findings:
        console.say(f"  {each.policy}: {each.name} ({', '.join(each.places)}): {each.what}")


def _people(standing: Standing, shift: Shift) -> str:
    return escape(", ".join(map(standing.shown, shift.people))) if shift.people else "[red]nobody[/]"


def _at(standing: Standing, at: datetime) -> str:
    return f"{at.astimezone(standing.zone):%a %d %b %Y %H:%M}"
