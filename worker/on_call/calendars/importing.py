"""Reads iCalendar files: each shift becomes an override for the person it names.

Promises that an event is either read, or left out with its line and a sentence, and never guessed at; and that a
repeated shift is left out where an exception of its series says so. Must not store anything.
"""

from datetime import datetime
from pathlib import Path

from policies.loading.bounded_file import read_bytes
from worker.on_call.calendars.lines import read_parts
from worker.on_call.calendars.series import CalendarEvent, Found, SeriesReader, series_of
from worker.on_call.calendars.zones import Zones
from worker.on_call.rotations import Standing
from worker.trouble import TroubleError

_READ = ("", "PUBLISH", "REQUEST", "ADD", "CANCEL")
"""The methods of files that list events; others are one person's answer to an invitation."""
_LARGEST = 16 * 1024**2
"""Bytes of a file."""


def text_of(file: Path) -> str:
    """Return the file's text. Raises TroubleError."""
    try:
        return read_bytes(file, _LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise TroubleError(f"{file} can't be read ({error.strerror}): check the path and its permissions") from None
    except UnicodeDecodeError:
        raise TroubleError(f"{file} is not UTF-8 text: export it again, as iCalendar (.ics)") from None


def read(text: str, standing: Standing, now: datetime) -> Found:
    """Read every event of a calendar that has not ended at `now`. Raises TroubleError where the text is no calendar."""
    calendars = list(read_parts(text).find("VCALENDAR"))
    if not calendars:
        raise TroubleError("This is not an iCalendar file: it has no line BEGIN:VCALENDAR")
    found, events = Found(), list[CalendarEvent]()
    for calendar in calendars:
        method = calendar.text("METHOD").upper()
        if method not in _READ:
            raise TroubleError(f"This is no calendar but one answer to an invitation: it has METHOD:{method}")
        zones = Zones(calendar.find("VTIMEZONE"), standing.zone, calendar.text("X-WR-TIMEZONE"))
        events += [CalendarEvent(part, zones, method == "CANCEL") for part in calendar.find("VEVENT")]
    for series in series_of(events):
        SeriesReader(series, standing, now).read(found)
    return found
