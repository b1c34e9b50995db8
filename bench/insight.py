"""Microseconds to read one message for what it means, with a dozen messages before it, and to propose tags for it.

Must not know the workflow: the tests show what a reading costs in events.
"""

import time
from datetime import UTC, datetime

import numpy as np

from activities.insight import mood, reader
from activities.insight.plain import plain
from activities.insight.port import BEFORE, Heard, ReadingRequest
from activities.insight.tagging.features import hashes_of
from activities.insight.tagging.tagger import Tagger, Vocabulary
from bench.report import Figure, median, say
from bench.stage import Stage
from policies.document.insight import Patterns
from policies.text.written import own_words

_AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
_CHAT = "Hi, I was charged twice for my order and the app still shows nothing. Can somebody look into it please?"
_MAIL = f"{_CHAT} I tried it on the website, too, and wrote to you last week. " * 12
_TEXTS = {"a chat message": _CHAT, "an e-mail": _MAIL, "the longest text": "please " * 600}
_OWN = Patterns.model_validate({"asks_for_human": [rf"\bmanager of group {number}\b" for number in range(10)]})
_QUOTED = "If your account was hacked, or for a refund, reply human. <b>Kind</b> regards &amp; thanks"
_LONG_MAILS = {
    "quotations": "Thanks, no.\n\nOn Mon, 3 Nov 2025 at 10:00, ACME <help@acme.example> wrote:\n"
    + f"> {_QUOTED}\n" * 700,
    "HTML": "<div>No, I want my lawyer.</div><br>" + f"<p class='x'>{_QUOTED}</p>\n" * 600,
}
_REPEATS = 30
_MOST = 1000.0
_MOST_OF_A_LONG_MAIL = 5000.0


async def measure(_stage: Stage, _rounds: int) -> list[Figure]:
    """Measure messages that are new to the reader, after messages that it has read already, as in a running worker.

    The time is that of this process, which other work on the machine does not lengthen.
    """
    figures = [
        _figure(f"read {name} of {len(text):,} characters", _microseconds(text, Patterns.model_validate({})))
        for name, text in _TEXTS.items()
    ]
    figures.append(_figure("read a chat message, with ten patterns of the policy's", _microseconds(_CHAT, _OWN)))
    figures += [
        _figure(
            f"find the customer's words in {len(mail):,} characters with {what}", _finding(mail), _MOST_OF_A_LONG_MAIL
        )
        for what, mail in _LONG_MAILS.items()
    ]
    tagger = _tagger()
    figures += [_figure(f"propose tags for {name}", _proposing(tagger, text)) for name, text in _TEXTS.items()]
    say("insight", "done")
    return figures


def _microseconds(text: str, patterns: Patterns) -> float:
    before = tuple(Heard(author="customer", at=_AT, text=f"{_CHAT} {number}") for number in range(BEFORE))
    taken: list[float] = []
    reader.read(ReadingRequest(messages=before[-1:], before=before))
    for number in range(_REPEATS):
        message = Heard(author="customer", at=_AT, text=f"{number} {text}")
        reading = ReadingRequest(messages=(message,), before=before, patterns=patterns)
        began = time.process_time()
        reader.read(reading)
        taken.append((time.process_time() - began) * 1e6)
    mood.of_message.cache_clear()
    return median(taken)


def _finding(mail: str) -> float:
    """Return the 99th of a hundred times."""
    taken: list[float] = []
    for _ in range(100):
        began = time.process_time()
        own_words(mail)
        taken.append((time.process_time() - began) * 1e6)
    return sorted(taken)[98]


def _tagger() -> Tagger:
    """Return a tagger as large as one of ten thousand texts and eighty tags; its proposals do not matter."""
    chance = np.random.default_rng(7)
    learnt = np.concatenate([hashes_of(f"{_CHAT} {number}") for number in range(200)])
    hashes = np.unique(np.concatenate([learnt, chance.integers(0, 2**32, 30_000, dtype=np.uint32)]))
    rarity = np.ones(len(hashes), dtype=np.float32)
    weights = chance.normal(size=(len(hashes), 80)).astype(np.float32)
    curve = np.linspace(0, 1, 50, dtype=np.float32)
    none = np.zeros(80, dtype=np.float32)
    tags = tuple(f"tag {number}" for number in range(80))
    return Tagger(tags, Vocabulary(hashes, rarity, 10_000), weights, none, True, (curve, curve), none)


def _proposing(tagger: Tagger, text: str) -> float:
    taken: list[float] = []
    for number in range(_REPEATS):
        said = f"{number} {text}"
        plain(said)  # a worker has done this already when it read the message for its meaning
        began = time.process_time()
        tagger.propose(said)
        taken.append((time.process_time() - began) * 1e6)
    return median(taken)


def _figure(what: str, taken: float, most: float = _MOST) -> Figure:
    return Figure("insight", what, f"{taken:.0f} µs", target=f"< {most:.0f} µs", met=taken < most)
