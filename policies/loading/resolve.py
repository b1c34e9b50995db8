"""The step from a policy as written to the policy as pinned: nothing inherited, nothing left to look up.

Promises that a resolved document means the same tomorrow: holidays are dates, every SLA stands alone. Must not know
where a policy comes from (`load`). Its references have been checked before.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from policies.document.document import ALWAYS_OPEN, Document, Hours, SlaTargets
from policies.document.handoffs import BriefingTerms
from policies.time import hours

AT_RISK = (75,)
PAUSE_WHILE = ("pending_customer",)
LONGEST_CONVERSATION = 3
"""The years after this one whose holidays are pinned: a conversation never outlives them."""


def holiday_years(today: date) -> range:
    """Return the years whose holidays a policy loaded today knows; last year is for conversations reported late."""
    return range(today.year - 1, today.year + LONGEST_CONVERSATION + 1)


def holiday_dates(hours_written: Hours, years: Iterable[int]) -> tuple[date, ...]:
    """Return the days that `PH` means, sorted. Raises ValueError, a sentence, for a country that isn't known."""
    written = hours_written.holidays or ()
    if isinstance(written, str):
        country, _, subdivision = written.partition("-")
        written = tuple(day for day, _ in hours.resolve_holidays(country, subdivision or None, years))
    return tuple(sorted({*written, *hours_written.closed}))


def lineage(name: str, sla: Mapping[str, SlaTargets]) -> list[str]:
    """Return the SLA and those it extends, nearest first, as far as they are known and don't repeat."""
    found: list[str] = []
    following: str | None = name
    while following is not None and following in sla and following not in found:
        found.append(following)
        following = sla[following].extends
    return found


def flatten(name: str, sla: Mapping[str, SlaTargets]) -> SlaTargets:
    """Return the SLA with what it inherits and the defaults written out."""
    fields: dict[str, Any] = {"at_risk": AT_RISK, "pause_while": PAUSE_WHILE, "hours": ALWAYS_OPEN}
    for ancestor in reversed(lineage(name, sla)):
        own = {field: getattr(sla[ancestor], field) for field in SlaTargets.model_fields if field != "extends"}
        fields.update({field: value for field, value in own.items() if value is not None})
    fields["at_risk"] = tuple(sorted(set(fields["at_risk"])))
    return SlaTargets.model_validate(fields)


def resolve(document: Document, today: date) -> Document:
    """Return the document with everything it refers to outside itself written into it."""
    years = holiday_years(today)
    resolved_hours = {name: _pinned(written, document.timezone, years) for name, written in document.hours.items()}
    resolved_sla = {name: flatten(name, document.sla) for name in document.sla}
    on_call = {
        name: rotation.model_copy(update={"timezone": rotation.timezone or document.timezone})
        for name, rotation in document.on_call.items()
    }
    briefing = document.briefing or BriefingTerms.model_validate({})  # a carried policy without one has none
    written_out = {"hours": resolved_hours, "sla": resolved_sla, "on_call": on_call, "briefing": briefing}
    return document.model_copy(update=written_out)


def _pinned(written: Hours, timezone: str, years: Iterable[int]) -> Hours:
    dates = holiday_dates(written, years)
    return Hours(open=written.open, timezone=written.timezone or timezone, holidays=dates or None, closed=())
