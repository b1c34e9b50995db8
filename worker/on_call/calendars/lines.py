"""The lines of an iCalendar file as parts (calendars, events, zones) with their properties.

Promises that each part and property knows its line, and that a part which the file cuts off, or a line in it that can't
be read, is known, too. Must not know what a property means.

Own code: the library icalendar refuses a whole file that was cut off or has a line before the calendar, takes a time in
a zone that it does not know for one without a zone, and needs four times as long.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_LINE = re.compile(r'(?P<name>[\w-]+)(?P<parameters>(;[\w-]+=("[^"]*"|[^";:,]*)(,("[^"]*"|[^";:,]*))*)*):(?P<value>.*)')
_PARAMETER = re.compile(r';([\w-]+)=("[^"]*"|[^";:]*)')
_ESCAPED = re.compile(r"\\([\\;,nN])")
_NAME = re.compile(r"[\w-]*")
_END_OF_LINE = re.compile(r"\r\n|\n|\r")  # str.splitlines ends a line at more characters, which titles may hold


class LeftOutError(Exception):
    """The reason why an event is left out, and the line that gives it; 0 where that is the event's first."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a part: its value and its parameters, as in `DTSTART;TZID=Europe/Berlin:20260202T090000`."""

    value: str
    parameters: Mapping[str, str]
    line: int

    @property
    def text(self) -> str:
        """The value as text for people."""
        return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], self.value)

    @property
    def values(self) -> Iterator["Property"]:
        """The values of a list, each as a property of its own."""
        return (Property(value.strip(), self.parameters, self.line) for value in self.value.split(","))


@dataclass(slots=True)
class CalendarPart:
    """The lines between BEGIN and END: the properties by their names, and the parts within."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["CalendarPart"] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)
    """The lines that can't be read, by the name with which they begin."""
    is_whole: bool = False
    """True once its END was read."""

    def all(self, name: str) -> list[Property]:
        """Return the properties of that name. Raises LeftOutError where there is one that can't be read."""
        if name in self.unread:
            raise LeftOutError(f"its {name} can't be read", self.unread[name])
        return self.properties.get(name, [])

    def one(self, name: str) -> Property | None:
        """Return the first property of that name; None where there is none."""
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        """Return the text of the first property of that name; empty where there is none."""
        found = self.properties.get(name)
        return found[0].text if found else ""

    def find(self, name: str) -> Iterator["CalendarPart"]:
        """Yield the parts of that name in this part, not those within one another."""
        for part in self.parts:
            yield from (part,) if part.name == name else part.find(name)


def read_parts(text: str) -> CalendarPart:
    """Return the file as one part."""
    open_parts = [CalendarPart("", 0)]
    for number, line in _unfolded(text):
        match = _LINE.fullmatch(line.strip())
        name = match["name"].upper() if match else ""
        if match is None:
            begins = _NAME.match(line.strip())
            open_parts[-1].unread.setdefault(begins[0].upper() if begins else "", number)
        elif name == "BEGIN":
            part = CalendarPart(match["value"].strip().upper(), number)
            open_parts[-1].parts.append(part)
            open_parts.append(part)
        elif name == "END":
            if len(open_parts) > 1:
                open_parts.pop().is_whole = True
        else:
            parameters = {key.upper(): text.strip('"') for key, text in _PARAMETER.findall(match["parameters"])}
            open_parts[-1].properties.setdefault(name, []).append(Property(match["value"], parameters, number))
    return open_parts[0]


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number. A line that begins with a space continues the one before."""
    whole, begun = "", 1
    for number, line in enumerate(_END_OF_LINE.split(text), start=1):
        if line[:1] in (" ", "\t"):
            whole += line[1:]
        else:
            yield begun, whole
            whole, begun = line, number
    yield begun, whole
