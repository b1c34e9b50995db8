"""Proposes tags for a text: what was learnt from labelled texts (`worker/tagger/training`), applied in numpy.

Promises well under a millisecond for any text whatever, silence where it knows too little, and confidences that were
measured on texts it had not learnt. Must not know files (`tagger_file`), policies or how it was trained.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activities.insight.features import Hashes, hashes_of
from policies.document.proposals import PROPOSALS_LIMIT, Proposal

Floats = NDArray[np.float32]
NEVER = 2.0
"""The threshold of a category that is not proposed at any confidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """What is known of texts: hashes in rising order, and how rare each is among `of` texts."""

    hashes: Hashes
    rarity: Floats
    of: int

    def places(self, text: Hashes) -> tuple[NDArray[np.intp], Floats]:
        """Where the text's known hashes are, and what each counts; together with the unknown ones their length is 1.

        The unknown count as if they were the rarest, so that a text in words that nobody labelled says little.
        """
        found, counts = np.unique(text, return_counts=True)
        at = np.minimum(np.searchsorted(self.hashes, found), len(self.hashes) - 1)
        is_known = self.hashes[at] == found
        heard = (1 + np.log(counts)).astype(np.float32)
        heard *= np.where(is_known, self.rarity[at], rarity_of(0, self.of))
        length = float(np.sqrt(np.square(heard).sum())) or 1.0
        return at[is_known], heard[is_known] / np.float32(length)


def rarity_of(texts: int, of: int) -> np.float32:
    """How much a hash says that is in so many of so many texts."""
    return np.float32(np.log((1 + of) / (1 + texts)) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """Categories with their weights (a row for each hash), thresholds and the curve from scores to confidence.

    Where `is_alone`, each text has exactly one category, so what speaks for another speaks against it.
    """

    tags: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    is_alone: bool
    curve: tuple[Floats, Floats]
    thresholds: Floats

    def propose(self, text: str) -> tuple[Proposal, ...]:
        """A `Proposer`."""
        scores = self.scores(text)
        if scores is None:
            return ()
        sure = self.confidences(scores)
        best = [int(np.argmax(sure))] if self.is_alone else [int(number) for number in np.argsort(-sure)]
        named = [number for number in best if sure[number] >= self.thresholds[number]][:PROPOSALS_LIMIT]
        return tuple(Proposal(tag=self.tags[number], confidence=round(float(sure[number]), 3)) for number in named)

    def scores(self, text: str) -> Floats | None:
        """How much speaks for each category; None for a text of which nothing is known."""
        at, heard = self.vocabulary.places(hashes_of(text))
        if not len(at):
            return None
        return scored(heard @ self.weights.take(at, axis=0) + self.bias, is_alone=self.is_alone)

    def confidences(self, scores: Floats) -> Floats:
        """How often each would be right, as measured."""
        return np.interp(scores, *self.curve).astype(np.float32)

    def guess(self, text: str) -> str:
        """The likeliest category, however unlikely; the first where nothing is known."""
        scores = self.scores(text)
        return self.tags[0 if scores is None else int(np.argmax(scores))]


def scored(sums: Floats, *, is_alone: bool) -> Floats:
    """Sums of weights as scores: each by itself, and where there is only one right, times its share of all.

    The share alone is sure of the likeliest category also where a text is about none of them.
    """
    alone = 1 / (1 + np.exp(-np.clip(sums, -30, 30)))
    if not is_alone:
        return alone.astype(np.float32)
    raised = np.exp(sums - sums.max(axis=-1, keepdims=True))
    return (alone * raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)
