"""Times as people type them: a day, an instant, or a span back from now.

Must not know what is looked up since then.
"""

from datetime import UTC, datetime, timedelta, tzinfo

from policies.document.part import parse_span
from worker.trouble import TroubleError


def read_since(
    text: str,
    now: datetime,
    zone: tzinfo | None = UTC,
    remedy: str = "--since {} is not a time: write a day such as 2026-11-01, or a span such as 30d",
) -> datetime | None:
    """Return the instant of a day, an instant, or a span back from now; None for an empty text. Raises TroubleError.

    A day begins at midnight in the zone; None is the zone of the person at the terminal.
    """
    if not text:
        return None
    try:
        span = parse_span(text)
        if isinstance(span, timedelta):
            return now - span
    except (ValueError, OverflowError):
        pass
    try:
        since = datetime.fromisoformat(text)
        return since.astimezone() if since.tzinfo or zone is None else since.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise TroubleError(remedy.format(text)) from None
