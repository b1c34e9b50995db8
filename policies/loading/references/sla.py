"""Checks of promises: every span has a meaning, and every conversation has one target of each kind.

Promises a finding with a remedy for everything that doesn't fit. Must not know rules (`rules`) or how a promise is
judged (`policies.sla`).
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from policies.document.clocks import CLOCKS, ClockName
from policies.document.document import ALWAYS_OPEN, CONDITIONS, SlaTargets, SpecialTargets
from policies.loading.draft import Draft
from policies.loading.references.names import TEAMS
from policies.loading.resolve import flatten, lineage
from policies.loading.source import Mistake, Path
from policies.text.spelling import did_you_mean

_Rows = Mapping[int, SpecialTargets]


def check_promises(draft: Draft) -> Iterator[Mistake]:
    """Find everything in the SLAs that is no promise, or two at once."""
    for name, targets in draft.sla.items():
        rows = draft.special.get(name, {})
        yield from _check_shares(name, targets)
        yield from _check_rows(draft, name, rows)
        yield from _check_rivals(name, rows)
        ancestors = lineage(name, draft.sla)
        if draft.sla[ancestors[-1]].extends is None:  # else it extends an unknown or unreadable SLA, or itself
            yield from _check_inherited(draft, name, ancestors)


def is_promised(draft: Draft, name: str, clock: ClockName) -> bool:
    """True where the SLA itself promises this, for all conversations or for some."""
    places: list[Path] = [("sla", name), *(_row(name, number) for number in draft.special.get(name, {}))]
    return any(draft.written((*place, clock)) for place in places)


def _row(name: str, number: int) -> Path:
    return ("sla", name, "special", number)


def _check_shares(name: str, targets: SlaTargets) -> Iterator[Mistake]:
    path: Path = ("sla", name)
    for number, share in enumerate(targets.at_risk or ()):
        if share == 100:
            sentence = "100% is the breach itself, not a warning before it: write less, such as 75%"
            yield Mistake((*path, "at_risk", number), sentence)
    if "open" in (targets.pause_while or ()):
        number = (targets.pause_while or ()).index("open")
        sentence = "a promise that pauses while the conversation is open never runs: remove `open`"
        yield Mistake((*path, "pause_while", number), sentence)


def _check_rows(draft: Draft, name: str, rows: _Rows) -> Iterator[Mistake]:
    for number, row in rows.items():
        path = _row(name, number)
        written = dict.fromkeys(draft.written(path))
        is_misspelt = not written.keys() <= SpecialTargets.model_fields.keys()  # `shape` reports it
        if written.keys().isdisjoint(CONDITIONS) and not is_misspelt:
            sentence = "this row has no condition, so it holds for everybody: add one, such as `priority: urgent`"
            yield Mistake(path, f"{sentence}, or write its targets into the SLA itself")
        if written.keys().isdisjoint(CLOCKS) and not is_misspelt:
            yield Mistake(path, "this row promises nothing: give it a target, such as `first_response: 5m`")
        yield from _check_team(draft, path, row.team)
        yield from _check_channel(draft, path, row.channel)


def _check_team(draft: Draft, path: Path, team: str | None) -> Iterator[Mistake]:
    yield from TEAMS.check(draft, (*path, "team"), team)
    if team is not None and team in draft.teams and not _is_under(draft, team, str(path[1])):
        sentence = f"`{team}` is not under this SLA, so this row never counts"
        yield Mistake((*path, "team"), f"{sentence}: give the team `sla: {path[1]}`, or remove the row")


def _is_under(draft: Draft, team: str, name: str) -> bool:
    """True where the rows of this SLA count for the team, also where its own SLA inherits them."""
    own = draft.teams[team].sla
    if own is None or own not in draft.sla:
        return draft.written(("teams", team, "sla")) is not None  # another finding reports the team's own SLA
    return name == next((each for each in lineage(own, draft.sla) if _has_rows(draft, each)), None)


def _has_rows(draft: Draft, name: str) -> bool:
    return draft.written(("sla", name, "special")) is not None


def _check_channel(draft: Draft, path: Path, channel: str | None) -> Iterator[Mistake]:
    known = dict.fromkeys(name.partition(":")[0] for name in draft.names("channels"))
    if channel is None or channel in known:
        return
    sentence = f"there is no channel `{channel}`: {did_you_mean(channel, known, there_is='the channels are')}"
    if (whole := channel.partition(":")[0]) in known:
        sentence = f"targets go by channel, not by inbox: write `{whole}`"
    yield Mistake((*path, "channel"), sentence)


def _check_rivals(name: str, rows: _Rows) -> Iterator[Mistake]:
    """Find two rows that fit the same conversation with equally many conditions, and no third row with more."""
    for (first, one), (second, other) in combinations(rows.items(), 2):
        both = {**one.conditions, **other.conditions}
        can_meet = all(both[condition] == value for condition, value in one.conditions.items())
        if not can_meet or not both or len(one.conditions) != len(other.conditions):
            continue
        clocks: list[ClockName] = [clock for clock in CLOCKS if one.target(clock) and other.target(clock)]
        left_open: list[ClockName] = [
            clock for clock in clocks if not _is_settled(rows, both, len(one.conditions), clock)
        ]
        if left_open:
            sentence = _rivals(left_open, can_be_told_apart=len(both) > len(one.conditions))
            yield Mistake(_row(name, second), sentence, line_of=_row(name, first))


def _is_settled(rows: _Rows, both: Mapping[str, str], count: int, clock: ClockName) -> bool:
    """True where a row with more conditions fits whatever the two rows fit."""
    return any(
        len(row.conditions) > count and row.target(clock) and row.conditions.items() <= both.items()
        for row in rows.values()
    )


def _rivals(clocks: list[ClockName], *, can_be_told_apart: bool) -> str:
    named = " and ".join(f"`{clock}`" for clock in clocks)
    if not can_be_told_apart:
        return f"the row in line {{line}} has the same conditions and gives {named}, too: keep one, or add a condition"
    return (
        f"the row in line {{line}} can fit the same conversation, has as many conditions and gives {named}, too: "
        "add a condition to one of them, or a third row for both"
    )


def _check_inherited(draft: Draft, name: str, ancestors: list[str]) -> Iterator[Mistake]:
    """Check the SLA's promises, with all that it inherits."""
    targets = flatten(name, draft.sla)
    if not any(is_promised(draft, ancestor, clock) for ancestor in ancestors for clock in CLOCKS):
        sentence = f"`{name}` promises nothing: give it a target, such as `first_response: 15m`"
        yield Mistake(("sla", name), sentence, True)
    if draft.sla[name].pause_budget is not None and not any(_pauses(draft, other, name) for other in draft.sla):
        sentence = "nothing ever pauses, so there is no pause to limit: name a status in `pause_while`, or remove this"
        yield Mistake(("sla", name, "pause_budget"), sentence)
    if targets.hours == ALWAYS_OPEN:
        return
    for path in _spans(draft, ancestors):
        written = str(draft.written(path))
        if "d" in written.lower():
            sentence = (
                f"`{written}` is unclear in the business hours `{targets.hours}`, where a day has no fixed length: "
                f"write hours, such as 16h, or give the SLA `hours: always`"
            )
            yield Mistake(path, sentence)


def _pauses(draft: Draft, name: str, origin: str) -> bool:
    """True where an SLA pauses at all, and for no longer than `origin` says."""
    ancestors = lineage(name, draft.sla)
    budget_of = next((each for each in ancestors if draft.sla[each].pause_budget is not None), None)
    return budget_of == origin and bool(flatten(name, draft.sla).pause_while)


def _spans(draft: Draft, ancestors: list[str]) -> Iterator[Path]:
    """Yield the place of each span that the heir of these ancestors counts in its own business hours."""
    for span in (*CLOCKS, "pause_budget"):
        origin = next((each for each in ancestors if getattr(draft.sla[each], span) is not None), None)
        yield from [("sla", origin, span)] if origin else []
    origin = next((each for each in ancestors if _has_rows(draft, each)), "")
    for number, row in draft.special.get(origin, {}).items():
        yield from ((*_row(origin, number), clock) for clock in CLOCKS if row.target(clock))
