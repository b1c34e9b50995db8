"""Proposes tags for a text with weights learnt from labelled texts (`worker/tagger/training`), applied in numpy.

Promises well under a millisecond for any text, no proposal where it knows too little, and confidences that were
measured on texts it had not learnt. Must not know files (`tagger_file`), policies or how it was trained.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from activities.insight.tagging.features import Hashes, hashes_of
from policies.document.proposals import PROPOSALS_LIMIT, Proposal

Floats = NDArray[np.float32]
NEVER = 2.0
"""The threshold of a category that is never proposed."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The known hashes in rising order, and the rarity of each among `of` texts."""

    hashes: Hashes
    rarity: Floats
    of: int

    def places(self, text: Hashes) -> tuple[NDArray[np.intp], Floats]:
        """Return the indexes of the text's known hashes, and their weights, scaled to length 1 with the unknown ones.

        Unknown hashes count as the rarest, so that a text in words that were never labelled says little.
        """
        found, counts = np.unique(text, return_counts=True)
        at = np.minimum(np.searchsorted(self.hashes, found), len(self.hashes) - 1)
        is_known = self.hashes[at] == found
        heard = (1 + np.log(counts)).astype(np.float32)
        heard *= np.where(is_known, self.rarity[at], rarity_of(0, self.of))
        length = float(np.sqrt(np.square(heard).sum())) or 1.0
        return at[is_known], heard[is_known] / np.float32(length)


def rarity_of(texts: int, of: int) -> np.float32:
    """Return the weight of a hash that occurs in `texts` of `of` texts."""
    return np.float32(np.log((1 + of) / (1 + texts)) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Tagger:
    """Categories with their weights (a row for each hash), thresholds and the curve from scores to confidence.

    Where `is_alone`, each text has exactly one category, so evidence for one counts against the others.
    """

    tags: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    is_alone: bool
    curve: tuple[Floats, Floats]
    thresholds: Floats

    def propose(self, text: str) -> tuple[Proposal, ...]:
        """Return the categories that reach their thresholds, the surest first, as `Proposer` promises."""
        scores = self.scores(text)
        if scores is None:
            return ()
        sure = self.confidences(scores)
        best = [int(np.argmax(sure))] if self.is_alone else [int(number) for number in np.argsort(-sure)]
        named = [number for number in best if sure[number] >= self.thresholds[number]][:PROPOSALS_LIMIT]
        return tuple(Proposal(tag=self.tags[number], confidence=round(float(sure[number]), 3)) for number in named)

    def scores(self, text: str) -> Floats | None:
        """Return the score of each category; None for a text without known hashes."""
        at, heard = self.vocabulary.places(hashes_of(text))
        if not len(at):
            return None
        return scored(heard @ self.weights.take(at, axis=0) + self.bias, is_alone=self.is_alone)

    def confidences(self, scores: Floats) -> Floats:
        """Return how often each category would be right, as measured."""
        return np.interp(scores, *self.curve).astype(np.float32)

    def guess(self, text: str) -> str:
        """Return the likeliest category, however unlikely; the first one where nothing is known."""
        scores = self.scores(text)
        return self.tags[0 if scores is None else int(np.argmax(scores))]


def scored(sums: Floats, *, is_alone: bool) -> Floats:
    """Turn sums of weights into scores: each by itself, and where `is_alone` also times its share of all.

    The share alone would be sure of the likeliest category even where a text is about none of them.
    """
    alone = 1 / (1 + np.exp(-np.clip(sums, -30, 30)))
    if not is_alone:
        return alone.astype(np.float32)
    raised = np.exp(sums - sums.max(axis=-1, keepdims=True))
    return (alone * raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)
