"""Baton's own analyser: patterns, counts and the sender's own reports. No model, no network, under a millisecond.

Promises an answer for any text, in bounded time. Must not know Temporal.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from activities.insight import amounts, concern, mood, mounting
from activities.insight.languages import recognised
from activities.insight.patterns import FALLBACK, Language, language_of
from activities.insight.plain import plain
from activities.insight.port import Heard, ReadingRequest
from activities.insight.signs import found_in
from policies.document.insight import Patterns
from policies.document.proposals import PROPOSALS_LIMIT, Proposal
from policies.running.conditions.patterns import words_found
from policies.state.meaning import ASKS, FRUSTRATED, FRUSTRATION, FURTHER_TOPICS, MOODS, RISKS_LIMIT, Meaning
from policies.text.languages import language_in


class Proposer(Protocol):
    """A tagger that has learnt which tags a text gets."""

    def propose(self, text: str) -> tuple[Proposal, ...]:
        """Return the categories that it is sure enough of, the surest first; none for a text it knows nothing about."""
        ...


class PatternReader:
    """An `Analyser` by patterns; with a tagger it also proposes tags.

    The patterns are read and compiled when it is made, so that no conversation waits for that.
    """

    def __init__(self, tagger: Proposer | None = None) -> None:
        self._tagger = tagger
        read(ReadingRequest(messages=(Heard(author="customer", at=datetime(2026, 1, 1, tzinfo=UTC), text="Hello"),)))

    async def understand(self, reading: ReadingRequest) -> Meaning:
        """Return what the messages mean. Never raises."""
        meaning = read(reading)
        if self._tagger is None or not reading.wants_tags:
            return meaning
        return meaning.model_copy(update={"proposed": _proposed(self._tagger, reading.messages)})


def _proposed(tagger: Proposer, messages: Sequence[Heard]) -> tuple[Proposal, ...]:
    """Return the categories of the new messages together, each as sure as the message that fits it best."""
    surest: dict[str, Proposal] = {}
    for message in messages:
        for found in tagger.propose(message.text):
            if found.tag not in surest or surest[found.tag].confidence < found.confidence:
                surest[found.tag] = found
    return tuple(sorted(surest.values(), key=lambda found: (-found.confidence, found.tag))[:PROPOSALS_LIMIT])


def read(reading: ReadingRequest) -> Meaning:
    """Return what the messages mean, together with those before them."""
    language = language_of(reading.locale)
    heard = (*reading.before, *reading.messages)
    texts = [plain(message.text) for message in heard]
    new = texts[(first := len(reading.before)) :]
    customers = [(m, t) for m, t in zip(heard, texts, strict=True) if m.author == "customer"]
    said, small = [text for _, text in customers], [text.lower() for text in new]
    written = recognised(said)
    extra = reading.patterns_with(written)
    shown = _signs(small)
    asked = _first_not_empty(_asks(text, language, extra) for text in small) or shown.get("asks_for_manager", "")
    risks, topics = _risks(small, language, extra), _of_group("topics", small)
    repeated = concern.repeated([message for message, _ in customers], said, language) if customers else 0
    is_english = (written or language_in(reading.locale) or FALLBACK) == FALLBACK
    moods = [_mood(message, text, language, extra, is_english=is_english) for message, text in customers]
    frustration, words = _frustration(said, moods, len(new), repeated)
    shown["mounting"] = mounting.words(said, repeated)
    signs_of_mood = {mood: found for mood in MOODS if (found := shown.get(mood, ""))}
    named = ((ASKS, asked), *signs_of_mood.items(), *risks.items(), *topics.items(), (FRUSTRATION, words))
    evidence = {name: found for name, found in named if found}
    found = Meaning(
        asks_for_human=bool(asked),
        settled="settled" in _signs(small[-1:]),
        frustration=round(frustration, 3),
        risks=tuple(risks)[:RISKS_LIMIT],
        topics=tuple(topic for topic in FURTHER_TOPICS if topic in topics),
        angry=sum(weight >= FRUSTRATED for weight, _ in moods),
        sentiment=_sentiment(reading.messages),
        unresolved=concern.unresolved(heard, texts),
        repeated=repeated,
        failed=sum(message.failed for message in heard),
        confidence=_confidence(heard, first),
        systems=len(_systems(said, language, extra)),
        amount=amounts.highest(new),
        language=written,
        why=tuple(dict.fromkeys(evidence.values())),
        evidence=evidence,
    )
    return found.model_copy(update=dict.fromkeys(signs_of_mood, True))


def _mood(message: Heard, text: str, language: Language, extra: Patterns, *, is_english: bool) -> tuple[float, str]:
    """Return how frustrated one message sounds, and the words that show it."""
    shown = _signs([text.lower()])
    further = tuple((weight, shown[kind]) for kind, weight in mood.FURTHER.items() if kind in shown)
    return mood.of_message(text, language, message.sentiment, extra.frustration, is_english=is_english, further=further)


def _asks(text: str, language: Language, extra: Patterns) -> str:
    own = language.asks_for_human.found_in(text) or _matching(extra.asks_for_human, text)
    return own or found_in("signs", text).get(ASKS, "")


def _signs(texts: Sequence[str]) -> dict[str, str]:
    return _of_group("signs", texts)


def _of_group(group: str, texts: Sequence[str]) -> dict[str, str]:
    """Return the names of a group that any of the texts shows, each with the words of the first."""
    found: dict[str, str] = {}
    for text in texts:
        found = {**found_in(group, text), **found}
    return found


def _sentiment(messages: Sequence[Heard]) -> float | None:
    """Return the worst sentiment that was reported with the new messages."""
    told = [message.sentiment for message in messages if message.sentiment is not None]
    return min(1.0, max(-1.0, min(told))) if told else None


def _risks(texts: Sequence[str], language: Language, extra: Patterns) -> dict[str, str]:
    """Return the topics, each with the words that brought it up."""
    found: dict[str, str] = {}
    for text in texts:
        for topic, words in found_in("risks", text).items():
            found.setdefault(topic, words)
        for topic, wording in language.risks.items():
            if topic not in found and (words := wording.found_in(text)) and not wording.is_ruled_out(text):
                found[topic] = words
        for topic, patterns in extra.risks.items():
            if topic not in found and (words := _matching(patterns, text)):
                found[topic] = words
    return found


def _systems(texts: Sequence[str], language: Language, extra: Patterns) -> set[str]:
    own = {name for text in texts for name in _own_systems(text, language)}
    return own | {name for name, some in extra.systems.items() if any(_matching(some, text) for text in texts)}


@lru_cache(maxsize=1024)
def _own_systems(text: str, language: Language) -> tuple[str, ...]:
    small = text.lower()
    own = (name for name, wording in language.systems.items() if wording.found_in(small))
    return (*own, *found_in("systems", small))


def _frustration(said: list[str], single: Sequence[tuple[float, str]], new: int, repeated: int) -> tuple[float, str]:
    """Return the highest frustration after any of the new messages, and the words that show it."""
    highest, words = 0.0, ""
    for number in range(max(0, len(single) - new), len(single)):
        is_shorter = mood.is_getting_shorter(said[: number + 1])
        earlier = [score for score, _ in single[:number]]
        is_last = number == len(single) - 1
        total = mood.of_conversation(
            earlier, single[number][0], is_getting_shorter=is_shorter, repeated=repeated if is_last else 0
        )
        if total >= highest:
            highest, words = total, single[number][1] or words
    return highest, words


def _confidence(heard: Sequence[Heard], first: int) -> float | None:
    """Return the lowest confidence reported with the new messages, or with the answer right before them."""
    told = [message.confidence for message in heard[max(0, first - 1) :] if message.confidence is not None]
    return min(1.0, max(0.0, min(told))) if told else None


def _matching(patterns: Iterable[str], text: str) -> str:
    return _first_not_empty(words_found(pattern, text) for pattern in patterns)


def _first_not_empty(words: Iterable[str]) -> str:
    return next((word for word in words if word), "")
