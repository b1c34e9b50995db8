"""Finds out whether the customer asks the same again, and which questions are unanswered.

Promises small whole numbers. Must not know moods or topics.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from activities.insight.patterns import Language
from activities.insight.plain import words
from activities.insight.port import Heard

_QUESTION = re.compile(
    r"\b(?:can|could|would) (?:you|i|someone)\b|\bhow (?:do|can|long|much)\b"
    r"|\b(?:when|where|why|what|who) (?:is|are|do|does|did|will|can|was)\b|\bany (?:news|update)",
    re.I,
)
_QUESTION_MARK = re.compile(r"[^.!?]{3}(?:\s?\.{3}\s?)?\?")
_ALIKE, _ENOUGH = 0.5, 3


@lru_cache(maxsize=1024)
def content(text: str, language: Language) -> frozenset[str]:
    """Return the words that carry the meaning of a text."""
    return frozenset(word for word in words(text) if word not in language.common and len(word) > 2)


def repeated(messages: Sequence[Heard], texts: Sequence[str], language: Language) -> int:
    """Return how often the customer had said the last message before: with the same intent, or in similar words."""
    last = messages[-1]
    if last.intent:
        return sum(message.intent == last.intent for message in messages[:-1])
    said = content(texts[-1], language)
    return sum(_are_alike(said, content(text, language)) for text in texts[:-1]) if len(said) >= _ENOUGH else 0


def unresolved(messages: Sequence[Heard], texts: Sequence[str]) -> int:
    """Return how many customer messages with a question have come since the last answer by an agent or the assistant.

    A question that is asked again counts again. Private messages and answers that failed do not count as an answer.
    """
    count = 0
    for message, text in zip(messages, texts, strict=True):
        if message.author != "customer":
            count = 0 if message.public and not message.failed else count
        elif is_question(text):
            count += 1
    return count


@lru_cache(maxsize=1024)
def is_question(text: str) -> bool:
    """Return whether a text asks something."""
    return bool(("?" in text and _QUESTION_MARK.search(text)) or _QUESTION.search(text))


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one & other)
    return both >= _ENOUGH and both >= _ALIKE * min(len(one), len(other))
