"""Rows under headings, for terminals of any width.

There are two layouts: a table where it fits, else two lines or more for each row. Promises that ids, times and numbers
are whole in both, because people copy them; that texts wrap between words, or fold where a word is too long; and that
only columns named as `cut` may lose their ends. Must not know what is shown.
"""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from worker.terminal.wrapping import longest_word, together, wrapped

_LEAST_TEXT, _LONGEST_WORD, _LEAST_CUT = 16, 36, 12
"""Least characters of a column of texts, the longest word that asks for more, and the least of one that may be cut."""
_INDENT = "  "


class Rows:
    """Rows of cells, each a text with markup. `text` are the headings of columns that wrap, by default the last one.

    `cut` are the headings of columns whose ends may be cut, the one to be cut first before the others.
    """

    def __init__(
        self, headings: Sequence[str], text: Iterable[str] | None, cut: Iterable[str], *, is_headed: bool, gap: int
    ) -> None:
        self._headings = headings
        self._text, self._cut = tuple(headings[-1:] if text is None else text), tuple(cut)
        self._is_headed, self._gap = is_headed, gap
        self._rows: list[tuple[str, ...]] = []

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self._rows)

    def add_row(self, *cells: str) -> None:
        """Add a row, with a cell for each heading."""
        self._rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, or lines where it does not fit."""
        rows = [[console.render_str(cell) for cell in row] for row in self._rows]
        widths = [
            max([len(heading) if self._is_headed else 0, *(_width(row[number]) for row in rows)])
            for number, heading in enumerate(self._headings)
        ]
        fitting = self._fitting(rows, widths, options.max_width)
        if fitting is not None:
            yield self._table(rows, fitting)
        else:
            yield from self._lines(rows, widths, options.max_width)

    def _fitting(self, rows: Sequence[Sequence[Text]], widths: Sequence[int], room: int) -> list[int] | None:
        """Return the widths with which the table fits, or None. What may be cut gives way before texts."""
        fitting, room = [*widths], room - self._gap * (len(widths) - 1)
        giving_way = [(self._headings.index(heading), _LEAST_CUT) for heading in self._cut]
        for number in sorted(map(self._headings.index, self._text), key=lambda number: -widths[number]):
            longest = max((longest_word(row[number].plain) for row in rows), default=0)
            giving_way.append((number, max(_LEAST_TEXT, min(longest, _LONGEST_WORD))))
        for number, least in giving_way:
            too_wide = sum(fitting) - room
            fitting[number] -= min(max(0, too_wide), max(0, fitting[number] - least))
        return fitting if sum(fitting) <= room else None

    def _table(self, rows: Sequence[Sequence[Text]], widths: Sequence[int]) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, self._gap, 0, 0), show_header=self._is_headed)
        for heading, width in zip(self._headings, widths, strict=True):
            is_cut = heading in self._cut
            table.add_column(heading, width=width, no_wrap=is_cut, overflow="ellipsis" if is_cut else "fold")
        for row in rows:
            table.add_row(*row)
        return table

    def _lines(self, rows: Sequence[Sequence[Text]], widths: Sequence[int], room: int) -> Iterable[Text]:
        """Yield for each row the first columns, as many as fit, and beneath them the others with their headings."""
        number = 1
        while number < len(widths) and sum(widths[: number + 1]) + self._gap * number <= room:
            number += 1
        if self._is_headed:
            yield self._line(map(Text, self._headings[:number]), widths, style="bold")
        for row in rows:
            cells = [self._on_one_line(heading, cell) for heading, cell in zip(self._headings, row, strict=True)]
            yield self._line(cells[:number], widths)
            named = dict(zip(self._headings[number:], cells[number:], strict=True))
            rest = self._rest({heading: cell for heading, cell in named.items() if cell.plain.strip()}, room)
            yield from map(_whole, wrapped(rest, room)) if rest.plain else ()

    def _line(self, cells: Iterable[Text], widths: Sequence[int], style: str = "") -> Text:
        line = Text(style=style)
        for cell, width in zip(cells, widths, strict=False):
            line.append_text(cell).append(" " * (width - cell.cell_len + self._gap))
        line.rstrip()
        return _whole(line)

    def _rest(self, cells: Mapping[str, Text], room: int) -> Text:
        """Return the cells beneath a row's first line, with their headings, on one line where cutting some does it."""
        for heading in self._cut:
            too_wide = self._told(cells).cell_len - room
            if too_wide > 0 and heading in cells:
                least = max(_LEAST_CUT, cells[heading].cell_len - too_wide)
                cells[heading].truncate(least, overflow="ellipsis")
        return self._told(cells)

    def _on_one_line(self, heading: str, cell: Text) -> Text:
        """Return the cell on one line. Only texts, and what may be cut, can be wrapped there."""
        line = Text(" ").join(part for part in cell.split("\n") if part.plain)
        if heading not in (*self._text, *self._cut):
            line.plain = together(line.plain)
        return line

    def _told(self, cells: Mapping[str, Text]) -> Text:
        told = (
            Text.assemble((f"{heading} " if self._is_headed else "", "dim"), cell) for heading, cell in cells.items()
        )
        return Text(_INDENT if cells else "").append_text(Text.assemble((" · ", "dim")).join(told))


def columns(
    *headings: str, text: Iterable[str] | None = None, cut: Iterable[str] = (), is_headed: bool = True, gap: int = 1
) -> Rows:
    """Return rows to be filled, under these headings, with `gap` characters between two columns: see `Rows`."""
    return Rows(headings, text, cut, is_headed=is_headed, gap=gap)


def _width(cell: Text) -> int:
    return max((line.cell_len for line in cell.split("\n")), default=0)


def _whole(line: Text) -> Text:
    line.no_wrap, line.overflow = True, "ignore"
    return line
