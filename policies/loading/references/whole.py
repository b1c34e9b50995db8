"""The check of a whole policy: every name refers to something, every promise can be kept, every rule can fire.

Promises a finding with a remedy for everything that doesn't fit, also while other parts of the policy can't be read.
Must not know YAML (`source`) or shapes (`shape`); rules are checked by `rules`, promises by `sla`.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from pydantic import TypeAdapter

from policies.document.document import ALWAYS_OPEN, Document, TeamTerms
from policies.document.escalations import Step
from policies.document.part import format_span, parse_span
from policies.loading.draft import Draft
from policies.loading.references.conditions import check_conditions
from policies.loading.references.handoffs import check_handoffs
from policies.loading.references.insight import check_insight, check_signs
from policies.loading.references.names import HOURS, SLAS, TEAMS, check_own_fields, check_zone, circles
from policies.loading.references.on_call import check_on_call
from policies.loading.references.queues import check_queues
from policies.loading.references.rules import check_rules
from policies.loading.references.sla import check_promises
from policies.loading.references.spans import check_spans
from policies.loading.references.tagging import check_tagging
from policies.loading.references.targets import check_end, check_lead, check_step_target, check_target
from policies.loading.resolve import holiday_dates
from policies.loading.source import Mistake, Path
from policies.time import hours

NEXT = "next"
_CHANNEL = re.compile(r"[^:\s]+(:\S.*)?")
_SOME_HOLIDAY = (date(2026, 12, 25),)
"""The stand-in for holidays that can't be read, so that the rest of the hours is judged all the same."""


def check_references(draft: Draft, years: Iterable[int]) -> list[Mistake]:
    """Return every mistake between the parts of a policy; `years` are those whose holidays count."""
    found = [
        *_check_hours(draft, tuple(years)),
        *check_spans(draft, tuple(years)),
        *_check_teams(draft),
        *check_queues(draft),
        *_check_channels(draft),
        *_check_sla(draft),
        *check_promises(draft),
        *check_rules(draft),
        *check_conditions(draft),
        *_check_people(draft),
        *check_on_call(draft),
        *check_insight(draft),
        *check_signs(draft),
        *check_handoffs(draft),
        *check_tagging(draft),
        *_check_closing(draft),
        *check_own_fields(draft),
        *_check_escalations(draft),
    ]
    return list(dict.fromkeys(found))


def _check_hours(draft: Draft, years: tuple[int, ...]) -> Iterator[Mistake]:
    zone = draft.texts().get("timezone", "UTC")
    yield from check_zone(("timezone",), zone)
    for name, written in draft.hours.items():
        path: Path = ("hours", name)
        if name == ALWAYS_OPEN:
            yield Mistake(path, f"`{ALWAYS_OPEN}` is built in and never closes: give these hours another name", True)
        own_zone = written.timezone or zone
        yield from check_zone((*path, "timezone"), own_zone) if written.timezone else ()
        try:
            dates = holiday_dates(written, years)
        except ValueError as error:
            yield Mistake((*path, "holidays"), str(error))
            dates = ()
        if not dates and any(draft.written((*path, key)) for key in ("holidays", "closed")):
            dates = _SOME_HOLIDAY
        known_zone = "UTC" if hours.zone_problem(own_zone) else own_zone
        sentences = hours.problems(written.open, known_zone, dates) or _ending(written.open, known_zone, dates, years)
        for sentence in sentences:
            yield Mistake((*path, "open"), sentence)


def _ending(opening: str, zone: str, dates: tuple[date, ...], years: tuple[int, ...]) -> Iterator[str]:
    """Return a problem for hours that end with a year: a promise made in them could never fall due."""
    if hours.BusinessHours(opening, zone, dates).opens_at(datetime(years[-1], 1, 1, tzinfo=UTC)) is None:
        yield f'"{opening}" is never open from {years[-1]} on; write hours that go on, without a year.'


def _check_teams(draft: Draft) -> Iterator[Mistake]:
    for name, team in draft.teams.items():
        path: Path = ("teams", name)
        if name == NEXT:
            yield Mistake(path, f"`{NEXT}` means the next higher tier: give the team another name", True)
        if not team.name.strip():
            yield Mistake((*path, "name"), "the name is empty: write the one that people read")
        yield from _check_hours_named(draft, (*path, "hours"), team.hours)
        yield from SLAS.check(draft, (*path, "sla"), team.sla)
        yield from _check_after_hours(draft, name, team)
        yield from _check_formerly(draft, name, team)
    takes_over = {name: team.after_hours for name, team in draft.teams.items() if team.after_hours not in (None, name)}
    for cycle in circles(takes_over):
        round_trip = ", then ".join(f"`{name}`" for name in (*cycle[1:], cycle[0]))
        sentence = f"after hours `{cycle[0]}` hands over to {round_trip} again: let one of them have no `after_hours`"
        yield Mistake(("teams", cycle[0], "after_hours"), sentence)


def _check_formerly(draft: Draft, name: str, team: TeamTerms) -> Iterator[Mistake]:
    """Find former names of a team that another team has or had, because conversations could not be of both."""
    for before in team.formerly:
        others = [other for other, terms in draft.teams.items() if before in terms.formerly and other != name]
        if before in draft.teams:
            sentence = f"there is a team `{before}`, which keeps its conversations: remove one of them"
            yield Mistake(("teams", name, "formerly"), sentence)
        elif others:
            sentence = f"`{before}` is in `formerly` of `{others[0]}`, too: only one team can follow it"
            yield Mistake(("teams", name, "formerly"), sentence)


def _check_after_hours(draft: Draft, name: str, team: TeamTerms) -> Iterator[Mistake]:
    path: Path = ("teams", name, "after_hours")
    if team.after_hours is None:
        return
    if draft.written(("teams", name, "hours")) in (None, ALWAYS_OPEN):
        yield Mistake(
            path, f"`{name}` never closes, so nobody takes over: give it `hours`, or remove `after_hours`", True
        )
    if team.after_hours == name:
        yield Mistake(path, f"`{name}` can't take over from itself: name another team")
    else:
        yield from TEAMS.check(draft, path, team.after_hours)


def _check_closing(draft: Draft) -> Iterator[Mistake]:
    """Find a time for undoing a close that is longer than the conversation stays reachable."""
    written, path = draft.texts(), ("reopen_within",)
    with suppress(ValueError):  # what can't be read is another finding
        within = _span(written.get("reopen_within", "1s"))
        linger = _span(written["linger"]) if "linger" in written else Document.model_fields["linger"].default
        if within > linger:
            sentence = f"a resolved conversation stays reachable for {format_span(linger)} (`linger`)"
            yield Mistake(path, f"{sentence}: write at most that")


def _span(written: str) -> timedelta:
    return TypeAdapter(timedelta).validate_python(parse_span(written))


def _check_channels(draft: Draft) -> Iterator[Mistake]:
    for channel, team in draft.texts("channels").items():
        path: Path = ("channels", channel)
        if not _CHANNEL.fullmatch(channel):
            sentence = f"`{channel}` is not a channel: write `email`, or `email:invoices@acme.example` for one inbox"
            yield Mistake(path, sentence, True)
        yield from TEAMS.check(draft, path, team)


def _check_sla(draft: Draft) -> Iterator[Mistake]:
    for name, targets in draft.sla.items():
        path: Path = ("sla", name)
        yield from SLAS.check(draft, (*path, "extends"), targets.extends)
        yield from _check_hours_named(draft, (*path, "hours"), targets.hours)
    for cycle in circles({name: targets.extends for name, targets in draft.sla.items()}):
        round_trip = " and ".join(f"`{name}`" for name in cycle) if len(cycle) > 1 else "itself"
        sentence = f"`{cycle[0]}` extends {round_trip} in a circle: remove one `extends`"
        if len(cycle) > 1:
            sentence = f"{round_trip} extend each other in a circle: remove one `extends`"
        yield Mistake(("sla", cycle[0], "extends"), sentence)


def _check_escalations(draft: Draft) -> Iterator[Mistake]:
    alert = draft.texts().get("alert")
    for name, steps in draft.steps.items():
        path: Path = ("escalations", name)
        names: set[str] = set()
        for number, step in steps.items():
            yield from _check_step(draft, (*path, "steps", number), step)
            if step.name in names:
                yield Mistake((*path, "steps", number, "name"), f"another step is called `{step.name}` already")
            names |= {step.name} if step.name else set()
        lead = draft.texts("escalations", name).get("lead")
        if lead is not None and (sentence := check_lead(lead)):
            yield Mistake((*path, "lead"), sentence)
        if steps and (sentence := check_end(steps[max(steps)], lead or alert)):
            yield Mistake((*path, "steps", max(steps), "notify"), sentence)
    sentence = check_target(alert, draft) if alert is not None else None
    if sentence:
        yield Mistake(("alert",), sentence)


def _check_step(draft: Draft, path: Path, step: Step) -> Iterator[Mistake]:
    if sentence := check_step_target(step, draft):
        yield Mistake((*path, "notify"), sentence)
    yield from _check_hours_named(draft, (*path, "during"), step.during)
    if step.local_time is not None:
        for sentence in hours.problems(step.local_time, "UTC", ()):
            yield Mistake((*path, "local_time"), sentence)


def _check_people(draft: Draft) -> Iterator[Mistake]:
    for name in draft.names("people"):
        written = draft.texts("people", name)
        yield from TEAMS.check(draft, ("people", name, "team"), written.get("team"))
        for number, team in draft.listed(("people", name, "team")).items():
            yield from TEAMS.check(draft, ("people", name, "team", number), str(team))
        if zone := written.get("timezone"):
            yield from check_zone(("people", name, "timezone"), zone)
        if slack := written.get("slack"):
            twins = [other for other in draft.names("people") if draft.texts("people", other).get("slack") == slack]
            if twins[0] != name:
                sentence = f"`{twins[0]}` has the same Slack member ID: a press of a button has to be one person's"
                yield Mistake(("people", name, "slack"), sentence)


def _check_hours_named(draft: Draft, path: Path, name: str | None) -> Iterator[Mistake]:
    yield from HOURS.check(draft, path, name if name != ALWAYS_OPEN else None)
