"""Baton's own topics: what a message is about, found by patterns, for tags without a trained tagger.

Promises that each proposal carries the share of right ones that was measured for its topic, so that a policy's
`at_least` leaves out the topics that are often wrong. Must not know what happens to a proposal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from activities.insight.patterns import FALLBACK, language_of
from activities.insight.plain import plain
from activities.insight.sieve import Sieve
from policies.document.proposals import PROPOSALS_LIMIT, TOPICS, Proposal

FILE = Path(__file__).parent / "topics.yaml"
UNMEASURED = 0.5
"""The confidence of a topic that no labelled data has: as good as a coin, until people have agreed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Topic:
    """A topic's expressions by their numbers in the sieve, and the words that rule a text out."""

    parts: Mapping[int, re.Pattern[str]]
    ruled_out: re.Pattern[str] | None

    def is_in(self, text: str, possible: frozenset[int]) -> bool:
        """Return whether the text is about the topic; `possible` are the expressions that can match it at all."""
        if not any(self.parts[number].search(text) for number in sorted(possible & self.parts.keys())):
            return False
        return self.ruled_out is None or not self.ruled_out.search(text)


class TopicProposer:
    """A tagger that knows Baton's own topics, and has learnt nothing."""

    def propose(self, text: str) -> tuple[Proposal, ...]:
        """Return the topics that the text is about, the surest first."""
        found = [Proposal(tag=topic, confidence=TOPICS[topic] or UNMEASURED) for topic in topics_of(text)]
        return tuple(sorted(found, key=lambda each: (-each.confidence, each.tag))[:PROPOSALS_LIMIT])


def topics_of(text: str) -> tuple[str, ...]:
    """Return the topics of a text. A text about a risk, such as a break-in, is about the gravest of these alone."""
    small = plain(text).lower()
    risk = _gravest(small)
    sieve, topics = _read()
    possible = sieve.possible(small)
    own = tuple(name for name, topic in topics.items() if topic.is_in(small, possible))
    return own if not risk else (risk,) if risk == "security" else (risk, *own)


def _gravest(text: str) -> str:
    risks = language_of(FALLBACK).risks.items()
    found = {name for name, wording in risks if wording.found_in(text) and not wording.is_ruled_out(text)}
    return next((topic for topic in ("security", "refund", "cancellation") if topic in found), "")


@cache
def _read() -> tuple[Sieve, Mapping[str, _Topic]]:
    raw: dict[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text(encoding="utf-8"))
    sieve, found = Sieve(), dict[str, _Topic]()
    for name, listed in raw["topics"].items():
        parts = {sieve.add(pattern): re.compile(pattern, re.I) for pattern in listed["patterns"]}
        unless = listed.get("except")
        found[name] = _Topic(parts, re.compile(unless, re.I) if unless else None)
    return sieve, found
