"""A written conversation: when it opens, what is delivered when, and how it must end.

Promises that every script it returns can be played as it stands, and that everything wrong with a file is told at once,
as `file:line:column: sentence`. Must not know servers or the policy.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from policies.contract.wrong_fields import form_of
from policies.document.document import Priority, Status
from policies.document.part import format_span, parse_span
from policies.loading.source import Mistake, PolicySource, Problem, SourceError
from policies.state.events import Author
from policies.state.records.sla import ClockState
from policies.text.spelling import did_you_mean

SHIPPED = Path(__file__).parent / "conversations"
"""The conversations of `baton demo`."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OPENING = re.compile(rf"({'|'.join(_WEEKDAYS)}|holiday) ([01]\d|2[0-3]):([0-5]\d)")
_OPENING_EXAMPLE = "write a weekday or `holiday` and a time, such as Mon 10:00"


class ScriptError(Exception):
    """Scripts that can't be played. Its text has every reason, one on each line."""


@dataclass(frozen=True, slots=True)
class TimeOfWeek:
    """A time of day in the policy's zone, on a weekday (Monday is 0), or on a public holiday where that is None."""

    weekday: int | None
    at: time


def _read_opening(value: object) -> object:
    found = _OPENING.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"`{value}` is not an opening: {_OPENING_EXAMPLE}")
    day, hour, minute = found.groups()
    return TimeOfWeek(None if day == "holiday" else _WEEKDAYS.index(day), time(int(hour), int(minute)))


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


Offset = Annotated[timedelta, BeforeValidator(parse_span)]
"""The time since the opening: `16m`, `1d2h`; `0s` is the opening itself."""
ClockStates = Annotated[tuple[ClockState, ...], BeforeValidator(_one_or_many)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScriptedDelivery(_Part):
    """One thing that reaches Baton: a message, another fact, or a command."""

    after: Offset = Field(description="When it is delivered.")
    happened: Offset | None = Field(None, description="When it happened, where that was earlier.")
    again: Offset | None = Field(None, description="When the same thing is delivered a second time.")
    message: Author | None = None
    fact: str | None = Field(None, description="A signal by name; an unknown name is allowed.")
    command: str | None = Field(None, description="An update by name.")
    by: str = Field("", description="The author of the message, or the actor of the command.")
    text: str = Field("", description="What the message says.")
    body: Any = Field(
        default_factory=dict[str, Any],
        alias="with",
        description="The rest of what is sent; for a fact it may be anything.",
    )
    refused: str = Field("", description="The sentence with which the command must be refused.")

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        said = [name for name in ("message", "fact", "command") if getattr(self, name)]
        if len(said) != 1:
            raise ValueError(f"write one of `message`, `fact` and `command` here, not {' and '.join(said) or 'none'}")
        if (self.message is not None) != bool(self.text):
            raise ValueError("a message has `text`, a fact or a command has `with`")
        if self.refused and self.command is None:
            raise ValueError("`refused` belongs to a command: facts can't be refused")
        if self.happened is not None and self.happened > self.after:
            raise ValueError("it is delivered before it happened: `happened` must not be later than `after`")
        if self.again is not None and self.again < self.after:
            raise ValueError("`again` must not be earlier than `after`")
        return self


class Expected(_Part):
    """The end that the conversation must have, and the entries that must be on its record."""

    team: str
    status: Status
    path: tuple[str, ...]
    clocks: dict[str, ClockStates] = {}
    timeline: tuple[str, ...] = Field((), description="Kinds of entries that must be there.")
    never: tuple[str, ...] = Field((), description="Kinds of entries that must not be there.")
    rules: tuple[str, ...] = Field((), description="Rules that must have fired, each of them once.")
    assignee: str | None = None
    priority: Priority | None = None


class Script(_Part):
    """One conversation as it is written. `name` is its file's name without the number."""

    name: str
    title: str
    shows: str = Field(description="What to look at, in one sentence.")
    is_telling: bool = Field(False, description="Whether the demonstration draws it as a timeline without being asked.")
    opens: Annotated[TimeOfWeek, BeforeValidator(_read_opening)]
    start: dict[str, Any] = Field(description="The start's input, without the conversation's id.")
    events: tuple[ScriptedDelivery, ...] = Field(min_length=1)
    until: Offset | None = Field(None, description="How long to watch, where that is longer than to the last event.")
    expect: Expected

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        for earlier, later in zip(self.events, self.events[1:], strict=False):
            if later.after < earlier.after:
                told = f"`after: {format_span(later.after)}` stands below `after: {format_span(earlier.after)}`"
                raise ValueError(f"events stand in the order of their delivery: {told}")
        return self

    @property
    def deliveries(self) -> list[tuple[timedelta, int, ScriptedDelivery]]:
        """All deliveries in order, each with its number; an event that is delivered again comes twice."""
        found = [(each.after, number, each) for number, each in enumerate(self.events, 1)]
        found += [(each.again, number, each) for _, number, each in found if each.again is not None]
        return sorted(found, key=lambda delivery: delivery[0])

    @property
    def lasts(self) -> timedelta:
        """The time from the opening until there is nothing more to watch."""
        last, *_ = self.deliveries[-1]
        return max(last, self.until or last)


def load_scripts(directory: Path = SHIPPED, only: Iterable[str] = ()) -> list[Script]:
    """Return the scripts of a directory in the order of their files, or those named.

    Raises `ScriptError` with all faults.
    """
    files = {_name(path): path for path in sorted(directory.glob("*.yaml"))}
    wrong = [f"There is no conversation `{name}`: {did_you_mean(name, files)}" for name in only if name not in files]
    scripts: list[Script] = []
    for path in (path for name, path in files.items() if name in only or not only):
        try:
            scripts.append(read_script(path.read_text(encoding="utf-8"), _name(path), path.name))
        except ScriptError as error:
            wrong.append(str(error))
    if wrong:
        raise ScriptError("\n".join(wrong))
    return scripts


def read_script(text: str, name: str, file: str) -> Script:
    """Return the script in `text`; `file` is its name in sentences.

    Raises `ScriptError` with everything that is wrong.
    """
    if not text.strip():
        raise ScriptError(f"{file}:1:1: the file is empty: start with `title: …`")
    try:
        source = PolicySource(text, file)
    except SourceError as error:
        raise ScriptError(str(error.problem)) from None
    problems, written = list(source.problems), source.raw if isinstance(source.raw, dict) else {}
    try:
        script = Script.model_validate({**written, "name": name})
    except ValidationError as error:
        problems.extend(source.locate(_finding(details)) for details in error.errors(include_url=False))
        raise _unplayable(problems) from None
    if problems:
        raise _unplayable(problems)
    return script


def _unplayable(problems: Iterable[Problem]) -> ScriptError:
    return ScriptError("\n".join(str(problem) for problem in sorted(set(problems))))


def _name(path: Path) -> str:
    """Return the script's name: the number in front of a file's name only gives the order."""
    return path.stem.lstrip("0123456789").lstrip("-")


def _finding(error: ErrorDetails) -> Mistake:
    path, kind = error["loc"], error["type"]
    last = str(path[-1]) if path else ""
    if kind == "missing":
        return Mistake(path[:-1], f"`{last}` is missing here: add `{last}: …`", at_key=True)
    if kind == "extra_forbidden":
        return Mistake(path, f"`{last}` is not read here: {did_you_mean(last, _keys(path))}", at_key=True)
    if kind == "literal_error":
        options = re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
        return Mistake(path, f"`{error['input']}` is not known here: {did_you_mean(str(error['input']), options)}")
    if wanted := form_of(error):
        return Mistake(path, f"`{last}` takes another kind of value: write {wanted}")
    if kind == "value_error":  # from a check of our own
        return Mistake(path, error["msg"].removeprefix("Value error, "))
    return Mistake(path, f"`{last}` can't be read: the scripts that come with Baton show how it is written")


def _keys(path: tuple[int | str, ...]) -> list[str]:
    parts: dict[Literal["events", "expect"], type[BaseModel]] = {"events": ScriptedDelivery, "expect": Expected}
    part = next((model for name, model in parts.items() if len(path) > 1 and path[0] == name), Script)
    return [field.alias or name for name, field in part.model_fields.items() if name != "name"]
