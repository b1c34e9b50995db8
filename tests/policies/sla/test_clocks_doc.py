"""docs/clocks.md is played: each example on this page for support leads happens as it is written."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from policies.adoption.adopting import adopt
from policies.document.clocks import CLOCKS
from policies.document.part import format_span, parse_span
from policies.loading.load import load_policy
from policies.running.policy import Policy, build
from policies.state.conversation import Decision
from policies.state.events import Absorbed, PolicyAdopted
from policies.state.records.sla import Clock
from tests.policies.stories import START, Play, told

PAGE = (Path(__file__).parents[3] / "docs" / "clocks.md").read_text()
ZONE = ZoneInfo("America/New_York")
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
SATURDAY = datetime(2026, 3, 7, tzinfo=ZONE)
"""The examples begin on days after this Saturday; an example that begins on a Friday, on the day before it."""
YAML = re.search(r"```yaml\n(policy:.*?)```", PAGE, re.DOTALL)
_TABLE = re.compile(
    r"^\| When \| What happens \| (?P<clock>[^|]+) \|\n\|[-|]+\|\n(?P<rows>(?:\|.*\|\n)+)", re.MULTILINE
)


def policy(text: str) -> Policy:
    """Return the page's policy."""
    return build(load_policy(text, file="clocks.md", today=date(2026, 3, 1)))


assert YAML is not None
EXAMPLE = policy(YAML[1])
TWO_HOURS = policy(YAML[1].replace("version: 1", "version: 2").replace("first_response: 1h", "first_response: 2h"))


def examples() -> list[Any]:
    """Return the page's tables, named by their headings: the third column's title, and the rows."""
    found: list[Any] = []
    for table in _TABLE.finditer(PAGE):
        heading = re.findall(r"^## (.*)$", PAGE[: table.start()], re.MULTILINE)[-1]
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table["rows"].splitlines()]
        found.append(pytest.param(table["clock"], rows, id=f"{heading} ({table['clock']}, {rows[0][0]})"))
    return found


def local(at: datetime) -> str:
    """Return an instant as the page writes it, in New York's time."""
    return at.astimezone(ZONE).strftime("%a %H:%M")


def instant(written: str, after: datetime) -> datetime:
    """Return the next instant with this weekday and time, on or after the day of `after`."""
    weekday, clock = written.split()
    day = after + timedelta(days=(DAYS.index(weekday) - after.weekday()) % 7)
    hour, minute = map(int, clock.split(":"))
    return day.replace(hour=hour, minute=minute)


def minutes_of(at: datetime) -> float:
    """Return an instant in minutes after the stories' start."""
    return (at.astimezone(UTC) - START) / timedelta(minutes=1)


class Example:
    """One table, played row by row."""

    def __init__(self, at: datetime, what: str) -> None:
        self.at = at
        channel = "chat" if what.endswith("by chat") else "email"
        imported = re.fullmatch(r"one that was opened on (\w+ \S+) is imported", what)
        since = {"opened_at": instant(imported[1], at - timedelta(days=7)).isoformat()} if imported else {}
        side = {"direction": "outbound"} if what == "we write to the customer" else {}
        self.play = Play(EXAMPLE, began=minutes_of(at), channel=channel, **since, **side)

    def happen(self, at: datetime, what: str) -> list[Decision]:
        """Do what the second column says, let time pass until then, and return the decisions."""
        before, self.at, when = len(self.play.decisions), at, minutes_of(at)
        for pattern, do in _PHRASES.items():
            if match := re.fullmatch(pattern, what):
                do(self, when, *match.groups())
                break
        else:
            raise AssertionError(f"docs/clocks.md says “{what}”, which this test can't play")
        self.play.wake(when)
        return self.play.decisions[before:]

    def heard(self, _when: float, clock: str) -> None:
        """Report an answer late."""
        answered = instant(f"{DAYS[self.at.weekday()]} {clock}", self.at)
        self.play.answer(minutes_of(answered), seen=minutes_of(self.at))

    def absorb(self, when: float, clock: str) -> None:
        """Merge another conversation into this one."""
        since = instant(f"{DAYS[self.at.weekday()]} {clock}", self.at)
        self.play.feed(Absorbed(event_id="a", occurred_at=self.at, other="d", waiting_since=since), when)

    def adopt(self, when: float, mode: str) -> None:
        """Adopt another version of the policy."""
        event = PolicyAdopted.model_validate(
            {"event_id": f"adopt-{mode}", "occurred_at": self.at, "policy": "example", "mode": mode, "by": "lead"}
        )
        to = EXAMPLE if mode == "pin" else TWO_HOURS
        decision = adopt(self.play.conversation, event, self.at, policy=self.play.policy, adopted=TWO_HOURS)
        self.play.conversation, self.play.policy = decision.conversation, to

    def shown(self, clock: str) -> str:
        """Return a clock's state in the page's words."""
        name = clock.lower().replace(" ", "_")
        found = [each for each in self.play.now.sla.clocks if each.name == name]
        return _words(found[-1], self) if found else "none"


def _words(clock: Clock, example: Example) -> str:
    spent = format_span(clock.spent_by(example.at.astimezone(UTC), example.play.policy.hours(clock.hours)))
    if not clock.is_open:
        return {"met": f"met after {spent}", "breached": f"late after {spent}"}.get(clock.state, "ended")
    if clock.state == "breached":
        return "breached"
    if clock.due_at is None:
        return f"stands still at {spent}"
    return f"{'at risk, ' if clock.is_at_risk else ''}due {local(clock.due_at)}"


def _message(**body: Any) -> Callable[..., Any]:
    return lambda example, when: example.play.tell("message", when, text="…", **body)


def _status(status: str) -> Callable[..., Any]:
    return lambda example, when: example.play.tell("status_changed", when, status=status)


def _send_and_close(example: Example, when: float) -> None:
    _status("resolved")(example, when)
    example.play.answer(when)


def _snooze(example: Example, when: float, span: str) -> None:
    example.play.command("snooze", when, **{"for": format_span(parse_span(span))})  # pyright: ignore


_PHRASES: dict[str, Callable[..., Any]] = {
    "time passes": lambda *_: None,
    "the customer writes": lambda example, when: example.play.customer(when),
    "Anna answers": lambda example, when: example.play.answer(when),
    "the assistant answers": _message(author="assistant"),
    "an automatic message goes out": _message(author="agent", automatic=True),
    "an out-of-office notice comes": _message(author="customer", automatic=True),
    "Anna writes an internal note": _message(author="agent", public=False),
    "we wait for the customer": _status("pending_customer"),
    "resolved": _status("resolved"),
    "opened again by hand": _status("open"),
    "resolved, and Anna answers": _send_and_close,
    "on hold": lambda example, when: example.play.command("hold", when, note="n"),
    "released": lambda example, when: example.play.command("release", when),
    r"snoozed for (\w+)": _snooze,
    r"to (\S+)": lambda example, when, team: example.play.tell("reassigned", when, team=team),
    "Ben takes it": lambda example, when: example.play.command("take", when, actor="Ben"),
    "it becomes urgent": lambda example, when: example.play.tell("tag_added", when, tag="outage"),
    r"one that waits since (\S+) is merged into this": Example.absorb,
    r"we hear that Anna answered at (\S+)": Example.heard,
    r"two hours are adopted \((\w+)\)": Example.adopt,
}


@pytest.mark.parametrize(("clock", "rows"), examples())
def test_the_page_for_support_leads_is_true(clock: str, rows: list[list[str]]) -> None:
    """Each row of each example happens as docs/clocks.md says, to the minute."""
    is_friday = rows[0][0].startswith("Fri")
    at = instant(rows[0][0], SATURDAY - timedelta(days=1) if is_friday else SATURDAY)
    example = Example(at, rows[0][1])
    found: list[list[str]] = []
    for place, (written, what, _) in enumerate(rows):
        at = instant(written, example.at)
        decisions = example.happen(at, what) if place else example.play.decisions
        effects = [" ".join(line) for decision in decisions for line in told(decision.effects)]
        shown = (", ".join(effects) or "nothing") if clock == "Baton does" else example.shown(clock)
        found.append([written, what, shown])
    assert found == rows


def test_the_page_says_of_each_clock_what_starts_and_ends_it() -> None:
    """The table of clocks has a line for each promise that an SLA can make."""
    section = PAGE.partition("## What starts, stops and ends each clock\n")[2].partition("\n##")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == CLOCKS


def test_the_page_has_an_example_for_every_rule() -> None:
    """Each heading that explains a rule has an example."""
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    tables = {param.id.rpartition(" (")[0] for param in examples()}
    assert [heading for heading in headings if heading not in tables] == [
        "What starts, stops and ends each clock",
        "The cases that other systems get wrong",
    ]
