"""Measures on labelled conversations how well messages are understood: figures with intervals, no judgement by feeling.

Promises that only the rows of one half (chosen by a hash of their ids) are scored unless all are asked for: a developer
who changes a pattern looks at the other half. Must not know the workflow; it reads messages exactly as the activity
does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import sqrt
from statistics import median
from time import process_time
from typing import Literal

from activities.insight.port import BEFORE, Heard, ReadingRequest
from activities.insight.reader import read
from policies.state.meaning import FRUSTRATED, MOODS, TOPICS, Meaning
from worker.tagger.labelled import OF_BILLING, Labelled, Talk

Half = Literal["develop", "report", "all"]
_Z = 1.96
_AT = datetime(2026, 1, 5, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Share:
    """A number of hits out of a total, with Wilson's interval of 95 %."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None where there was nothing to count."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval in which the true share lies; wide where little was counted. None where nothing was."""
        if not self.of:
            return None
        share, square = self.hits / self.of, _Z * _Z
        middle = share + square / (2 * self.of)
        width = _Z * sqrt(share * (1 - share) / self.of + square / (4 * self.of * self.of))
        low, high = ((middle + sign * width) / (1 + square / self.of) for sign in (-1, 1))
        return max(0.0, low), min(1.0, high)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `met` is None where there is no target, or nothing could be measured."""

    subject: str
    what: str
    figure: str
    target: str = ""
    met: bool | None = None
    value: float | None = None


def is_developed_on(identifier: str) -> bool:
    """Return whether a row belongs to the half for developing.

    Its id decides, so that it stays there whatever is added.
    """
    return sha256(identifier.encode()).digest()[-1] % 2 == 0


def evaluate(data: Labelled, half: Half = "report") -> list[Figure]:
    """Return every score that the labels allow."""
    talks = [talk for talk in data.talks if _is_of(half, talk.id)]
    questions = [question for question in data.questions if _is_of(half, question.text)]
    began = process_time()
    read_of = {talk.id: readings(talk) for talk in talks}
    read_texts = [(question, _reading(question.text)) for question in questions]
    found = [(question.topic, meaning.risks) for question, meaning in read_texts]
    spent, count = process_time() - began, len(questions) + sum(map(len, read_of.values()))
    return [
        *_human(talks, read_of),
        *_frustrated(talks, read_of),
        *_calm(talks, read_of),
        *_risks(found),
        *_billing([(question.category in OF_BILLING, "billing" in meaning.topics) for question, meaning in read_texts]),
        *_cost(spent, count),
    ]


def readings(talk: Talk) -> list[Meaning]:
    """Return a reading for each of the customer's turns, with the turns before it, as in a real conversation."""
    heard = [
        Heard(author=author, at=_AT + timedelta(minutes=number), text=text)
        for number, (author, text) in enumerate(talk.turns)
    ]
    return [
        read(ReadingRequest(messages=(message,), before=tuple(heard[max(0, number - BEFORE) : number])))
        for number, message in enumerate(heard)
        if message.author == "customer"
    ]


def _is_of(half: Half, identifier: str) -> bool:
    return half == "all" or is_developed_on(identifier) == (half == "develop")


def _human(talks: Sequence[Talk], read_of: Mapping[str, list[Meaning]]) -> list[Figure]:
    """Score requests for a human.

    On calm data, every turn not labelled as a request and read as one is a false alarm.
    """
    turns = [
        (number in talk.asks_at, meaning.asks_for_human)
        for talk in talks
        if talk.is_calm or talk.asks_at
        for number, meaning in zip(_customers(talk), read_of[talk.id], strict=True)
    ]
    alarms = Share(sum(said and not wants for wants, said in turns), sum(not wants for wants, _ in turns))
    found = sum(said and wants for wants, said in turns)
    subject = "asks for a human"
    return [
        score_of(subject, "false alarms among calm turns", alarms, at_most=0.0003),
        score_of(subject, "precision", Share(found, found + alarms.hits), at_least=0.95),
        score_of(subject, "recall", Share(found, sum(wants for wants, _ in turns))),
    ]


def _frustrated(talks: Sequence[Talk], read_of: Mapping[str, list[Meaning]]) -> list[Figure]:
    labelled = [talk for talk in talks if talk.is_frustrated is not None]
    flagged = {talk.id: _flagged_at(read_of[talk.id]) for talk in talks}
    angry, calm = ([talk for talk in labelled if talk.is_frustrated is wanted] for wanted in (True, False))
    hits, false = (sum(flagged[talk.id] is not None for talk in some) for some in (angry, calm))
    controls = [talk for talk in talks if talk.is_calm]
    subject = "frustrated conversations"
    return [
        score_of(subject, "F1", Share(2 * hits, hits + false + len(angry)), at_least=0.67, has_interval=False),
        score_of(subject, "precision", Share(hits, hits + false)),
        score_of(subject, "recall", Share(hits, len(angry))),
        score_of(subject, "calm ones flagged", Share(false, len(calm)), at_most=0.05),
        score_of(
            subject, "controls flagged", Share(sum(flagged[talk.id] is not None for talk in controls), len(controls))
        ),
        _delay([_turns_late(talk, flagged[talk.id]) for talk in angry if talk.angry and flagged[talk.id] is not None]),
    ]


def _flagged_at(meanings: Sequence[Meaning]) -> int | None:
    """Return the customer's turn that marked the conversation as frustrated; None where no turn did."""
    return next((number for number, each in enumerate(meanings) if each.frustration >= FRUSTRATED), None)


def _turns_late(talk: Talk, flagged: int | None) -> int:
    """Return the customer's turns from the first angry one to the mark; negative where the mark came first."""
    return (flagged or 0) - _customers(talk).index(talk.angry[0])


def _delay(late: Sequence[int]) -> Figure:
    shown = "nothing to measure"
    if late:
        shown = f"median {median(late):g}, at once or before in {sum(each <= 0 for each in late)} of {len(late)}"
    return Figure("frustrated conversations", "turns after the first angry one", shown)


def _risks(found: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Figure]:
    """Score the risk topics. A label names one topic and a reading may name several: the gravest is compared.

    A purchase by a thief, for example, is about security and not about a refund.
    """
    for topic in TOPICS:
        labelled = sum(wanted == topic for wanted, _ in found)
        first = [wanted for wanted, said in found if _gravest(said) == topic] if labelled else []
        named = [wanted for wanted, said in found if topic in said] if labelled else []
        hits = first.count(topic)
        yield score_of(f"risk: {topic}", "precision", Share(hits, len(first)), at_least=0.9)
        yield score_of(f"risk: {topic}", "recall", Share(hits, labelled))
        yield score_of(f"risk: {topic}", "precision, graver ones ignored", Share(named.count(topic), len(named)))


def _billing(found: Sequence[tuple[bool, bool]]) -> Iterator[Figure]:
    """Score the topic of money that was charged wrongly, where there are questions labelled with it."""
    labelled = sum(wanted for wanted, _ in found)
    named = [wanted for wanted, said in found if said] if labelled else []
    yield score_of("topic: billing", "precision", Share(sum(named), len(named)), at_least=0.85)
    yield score_of("topic: billing", "recall", Share(sum(named), labelled))


def _calm(talks: Sequence[Talk], read_of: Mapping[str, list[Meaning]]) -> Iterator[Figure]:
    """Measure how many calm conversations show one of the moods, and how many a topic that no label names."""
    calm = [read_of[talk.id] for talk in talks if talk.is_calm]
    moody = sum(any(getattr(each, mood) for each in meanings for mood in MOODS) for meanings in calm)
    yield score_of("calm conversations", "any mood", Share(moody, len(calm)), at_most=0.03)
    for topic in ("compliance", "leaving", "defect"):
        named = sum(any(topic in each.topics for each in meanings) for meanings in calm)
        yield score_of("calm conversations", topic, Share(named, len(calm)))


def _cost(seconds: float, count: int) -> Iterator[Figure]:
    """Measure the processor time of a reading, which a busy machine changes little."""
    if count:
        each = 1000 * seconds / count
        yield Figure("reading", "processor time a message", f"{each:.2f} ms", "at most 1 ms", each <= 1, each)


def _gravest(topics: Sequence[str]) -> str:
    return next((topic for topic in TOPICS if topic in topics), "")


def _reading(text: str) -> Meaning:
    return read(ReadingRequest(messages=(Heard(author="customer", at=_AT, text=text),)))


def _customers(talk: Talk) -> list[int]:
    return [number for number, (author, _) in enumerate(talk.turns) if author == "customer"]


def score_of(
    subject: str,
    what: str,
    share: Share,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    has_interval: bool = True,
) -> Figure:
    """Return a line for a share, with its target where there is one."""
    value, interval = share.value, share.interval
    target = _promised(at_least, at_most)
    if value is None or interval is None:
        return Figure(subject, what, "nothing to measure", target)
    shown = f"{value:.4f}" if 0 < value < 0.01 else f"{value:.3f}"
    if has_interval:
        shown += f" ({interval[0]:.4f}–{interval[1]:.4f}; {share.hits} of {share.of})"
    met = value >= at_least if at_least is not None else value <= at_most if at_most is not None else None
    return Figure(subject, what, shown, target, met, value)


def _promised(at_least: float | None, at_most: float | None) -> str:
    if at_least is not None:
        return f"at least {at_least:.3g}"
    return "" if at_most is None else f"at most {at_most:.3g}"
