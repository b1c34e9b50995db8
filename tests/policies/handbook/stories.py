"""Sentence stories: conversations in a few words, played through the real reader and `decide`, without a server.

A file under `cases/` is a list of stories. Each has a `story` (what the handbook asks for), the `wordings` that must
move the conversation as `expect` says, and the `near` misses that must leave it with the assistant. Both are lists by
language. A wording is the customer's one message, or a list of turns:

    - {customer: …}, or only the text     the customer writes; `sentiment` may stand beside it
    - {assistant: …}                      the assistant answers; `confidence` and `failed` may stand beside it
    - {wait: 11}                          so many minutes pass, and the timer rings
    - {customer_updated: {health: red}}, {rated: {score: 1}}, or another signal with its body

`expect` may name the `team`, `reason`, `priority`, a `tag`, the number of `bugs` reported, whom Baton has `told`, and
the findings that a message `reads`. A first turn `{start: …}` has more of the conversation's first event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from activities.insight.port import BEFORE, Heard, ReadingRequest
from activities.insight.reader import read
from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import Policy, build
from policies.state.effects import AddTag, Notify, ReportBug
from policies.state.events import MessageUnderstood
from policies.understanding.understanding import AFTER, before, reading_id, unread
from tests.policies.stories import Play

CASES = Path(__file__).parent / "cases"
_BEGINS = 300
"""The minute at which stories begin: 10:00 in New York, where the shipped policy's people work."""
_BESIDE = ("confidence", "failed", "sentiment", "intent")


@dataclass(frozen=True, slots=True)
class Case:
    """One wording of a story, or one of its near misses, which `moves` tells apart."""

    story: str
    language: str
    turns: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]
    start: Mapping[str, Any]
    moves: bool

    @property
    def id(self) -> str:
        """The name of the test."""
        said = next((str(value) for turn in self.turns for key, value in turn.items() if key == "customer"), "")
        return f"{self.story}, {self.language}: {said[:40]}"


def cases(name: str) -> list[Case]:
    """Return all cases of a file."""
    return [
        _case(raw, language, wording, moves=kind == "wordings")
        for raw in YAML(typ="safe", pure=True).load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
        for kind in ("wordings", "near")
        for language, wordings in raw.get(kind, {}).items()
        for wording in wordings
    ]


def _case(raw: Mapping[str, Any], language: str, wording: Any, *, moves: bool) -> Case:
    turns = wording if isinstance(wording, list) else [wording]
    is_start = isinstance(turns[0], dict) and "start" in turns[0]
    return Case(
        story=raw["story"],
        language=language,
        start=turns[0]["start"] if is_start else {},
        turns=tuple({"customer": turn} if isinstance(turn, str) else turn for turn in turns[is_start:]),
        expect=raw["expect"],
        moves=moves,
    )


def files() -> list[str]:
    """Return the names of all case files."""
    return sorted(path.stem for path in CASES.glob("*.yaml"))


@cache
def shipped(name: str) -> Policy:
    """Return a shipped policy, ready to run."""
    return build(load_catalog(SHIPPED, today=date(2026, 1, 1))[name])


class Told(Play):
    """A conversation whose messages are read as the activity reads them."""

    def __init__(self, policy: Policy, **start: Any) -> None:
        super().__init__(policy, began=_BEGINS, **start)
        self.readings: list[MessageUnderstood] = []

    def read(self, when: float) -> None:
        """Read what is unread, and let the policy judge it."""
        messages = unread(self.conversation, self.policy)
        if not messages:
            return
        insight = self.policy.document.insight
        asked = ReadingRequest(
            messages=tuple(map(Heard.of, messages)),
            before=tuple(map(Heard.of, before(self.conversation, messages, BEFORE))),
            locale=self.now.contact.customer.locale,
            spoken=self.now.languages,
            patterns=insight.patterns,
            languages=insight.languages,
        )
        self.readings.append(
            MessageUnderstood(
                **read(asked).model_dump(),
                event_id=reading_id(messages),
                occurred_at=messages[-1].occurred_at + AFTER,
                source="baton",
                messages=tuple(message.event_id for message in messages),
            )
        )
        self.feed(self.readings[-1], when)


def play(case: Case, policy: Policy) -> Told:
    """Play a case to its end."""
    told = Told(policy, **{"channel": "web_chat", **case.start})
    when = _BEGINS + 0.5
    for number, turn in enumerate(case.turns):
        (name, value), beside = next(iter(turn.items())), {key: turn[key] for key in _BESIDE if key in turn}
        match name:
            case "wait":
                when += value
                told.wake(when)
            case "customer" | "assistant" | "agent":
                told.tell("message", when, event_id=f"m-{number}", author=name, text=value, **beside)
                told.read(when)
            case _:
                told.tell(name, when, event_id=f"e-{number}", **value)
        when += 0.5
    return told


def outcome(told: Told, expect: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a conversation what a story expects, so that the two can be compared."""
    among: dict[str, Any] = {
        "tag": [effect.tag for effect in told.effects if isinstance(effect, AddTag)],
        "told": [effect.target for effect in told.effects if isinstance(effect, Notify)],
        "reads": [name for reading in told.readings for name in _findings(reading)],
    }
    found: dict[str, Any] = {
        "team": told.now.responsible.team,
        "reason": told.now.responsible.reason,
        "priority": told.now.contact.priority,
        "bugs": len(told.asked(ReportBug)),
        **{name: expect[name] if expect.get(name) in some else "" for name, some in among.items() if name in expect},
    }
    return {name: found[name] for name in expect}


def _findings(reading: MessageUnderstood) -> list[str]:
    flags = [name for name, value in reading.model_dump().items() if value is True]
    return [*reading.topics, *reading.risks, *flags]


def at_rest(told: Told) -> tuple[str, str]:
    """Return the team and the priority of a conversation that has not moved."""
    return told.now.responsible.team, told.now.contact.priority
