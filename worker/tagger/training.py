"""Trains a tagger on a team's own labelled texts, and measures it on texts that it had not learnt.

Promises that every figure, confidence and threshold comes from such texts (each was left out once), that the same texts
make the same tagger, and sentences where there is too little to learn from. Must not know how it is used.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from activities.insight.tagging.features import Hashes, hashes_of
from activities.insight.tagging.tagger import NEVER, Floats, Tagger, Vocabulary, rarity_of, scored
from activities.insight.tagging.tagger_file import FORMAT, TAGS_LIMIT, About, TagFigures
from policies.document.proposals import TAG_LIMIT
from worker.trouble import TroubleError

FEWEST = 5
"""The least number of texts of a tag from which it can be learnt and measured at all."""
PARTS = 5
_HASHES_LIMIT, _WEIGHTS_LIMIT = 80_000, 30_000_000
_FREEDOM = 20.0
"""How closely the weights may follow the texts; the inverse of the regularisation."""
_BORROWED = 20
"""Proposals of the whole tagger that are added to a tag's own: a share of only a few proposals is mostly chance."""
_LEAST = 0.5
"""The least confidence to propose a tag: one that is wrong more often than right is never proposed."""
_EDGES = np.arange(0, 1.0001, 0.02)

GradientStep = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its tags; empty where no tag fits it."""

    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """A tagger and its measurements."""

    tagger: Tagger
    about: About


def why_not() -> str:
    """Return in a sentence what is missing for training; empty where nothing is."""
    return "" if find_spec("sklearn") else "training needs scikit-learn: run `pip install '.[ml]'` in Baton's clone"


def train(examples: Sequence[Example], precision: float, *, step: GradientStep = lambda _done, _of: None) -> Trained:
    """Learn and measure. Raises TroubleError where that can't be done. `step` is called with the progress."""
    if why_not():
        raise TroubleError(why_not().capitalize())
    texts, tags, left_out = _usable(examples)
    is_alone = all(len(example.tags) == 1 for example in texts)
    hashes = [hashes_of(example.text) for example in texts]
    labels = np.array([[tag in example.tags for tag in tags] for example in texts])
    of_part = _parts(texts, labels)
    scores = np.zeros(labels.shape, dtype=np.float32)
    for part in range(PARTS):
        step(part, PARTS + 1)
        learnt = _learn([hashes[at] for at in np.flatnonzero(of_part != part)], labels[of_part != part], tags, is_alone)
        for at in np.flatnonzero(of_part == part):
            scores[at] = learnt.sums(hashes[at])
    step(PARTS, PARTS + 1)
    whole = _learn(hashes, labels, tags, is_alone)
    scores = scored(scores, is_alone=is_alone)
    curve = _curve(scores, labels)
    sure = np.interp(scores, *curve).astype(np.float32)
    thresholds = _thresholds(sure, labels, precision, is_alone)
    tagger = Tagger(tags, whole.vocabulary, whole.weights, whole.bias, is_alone, curve, thresholds)
    step(PARTS + 1, PARTS + 1)
    return Trained(tagger, _about(tagger, sure, labels, precision, left_out))


@dataclass(frozen=True, slots=True)
class _Learnt:
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats

    def sums(self, text: Hashes) -> Floats:
        at, heard = self.vocabulary.places(text)
        return heard @ self.weights.take(at, axis=0) + self.bias


def _usable(examples: Iterable[Example]) -> tuple[list[Example], tuple[str, ...], tuple[str, ...]]:
    """Return each text once, the tags that can be learnt, and the tags that can't."""
    said = list(
        {(example.text.strip(), example.tags): example for example in examples if example.text.strip()}.values()
    )
    counts = Counter(tag for example in said for tag in example.tags)
    tags = tuple(sorted(tag for tag, count in counts.items() if count >= FEWEST and len(tag) <= TAG_LIMIT))
    left_out = tuple(sorted(counts.keys() - set(tags)))
    known = [Example(one.text, tuple(tag for tag in one.tags if tag in tags)) for one in said]
    texts = [one for one, before in zip(known, said, strict=True) if one.tags or not before.tags]
    if not tags or (len(tags) == 1 and all(one.tags for one in texts)):
        raise TroubleError(
            f"There is too little to learn from: {len(tags)} tag{'' if len(tags) == 1 else 's'} with {FEWEST} texts or "
            f"more. Label at least two tags, or one and texts without any"
        )
    if len(tags) > TAGS_LIMIT:
        raise TroubleError(f"{len(tags):,} tags are too many for one tagger: it takes at most {TAGS_LIMIT:,}")
    return texts, tags, left_out


def _parts(texts: Sequence[Example], labels: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return each text's part.

    Each part has about as many texts of every tag, and the same texts give the same parts.
    """
    order = sorted(range(len(texts)), key=lambda at: sha256(texts[at].text.encode("utf-8", "replace")).digest())
    parts = np.zeros(len(texts), dtype=np.intp)
    dealt: Counter[int] = Counter()
    for at in order:
        first = int(np.argmax(labels[at])) if labels[at].any() else -1
        parts[at] = dealt[first] % PARTS
        dealt[first] += 1
    return parts


def _learn(texts: Sequence[Hashes], labels: NDArray[np.bool_], tags: Sequence[str], is_alone: bool) -> _Learnt:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    vocabulary = _vocabulary(texts, len(tags))
    rows = [vocabulary.places(text) for text in texts]
    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    places, heard = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    matrix: Any = csr_matrix((heard, places, ends), shape=(len(texts), len(vocabulary.hashes)))
    weights = np.zeros((len(vocabulary.hashes), len(tags)), dtype=np.float32)
    bias = np.full(len(tags), -30.0, dtype=np.float32)
    for number in range(len(tags)):
        wanted = labels[:, number]
        if wanted.any() and not wanted.all():
            # It looks at texts in a random order, from a fixed seed: the same texts make the same tagger.
            fitted: Any = LogisticRegression(
                C=_FREEDOM, solver="liblinear", dual=True, tol=0.1, max_iter=1000, random_state=0
            ).fit(matrix, wanted)
            weights[:, number] = fitted.coef_[0].astype(np.float16)  # rounded as the file will have them
            bias[number] = fitted.intercept_[0]
    return _Learnt(vocabulary, weights, bias)


def _vocabulary(texts: Sequence[Hashes], tags: int) -> Vocabulary:
    """Return the vocabulary; only the commonest words where there are too many."""
    known, counts = np.unique(np.concatenate([np.unique(text) for text in texts]), return_counts=True)
    most = min(_HASHES_LIMIT, _WEIGHTS_LIMIT // tags)
    if len(known) > most:
        kept = np.sort(np.argsort(-counts, kind="stable")[:most])
        known, counts = known[kept], counts[kept]
    rarity = np.array([rarity_of(int(count), len(texts)) for count in counts], dtype=np.float32)
    return Vocabulary(known.astype(np.uint32), rarity, len(texts))


def _curve(scores: Floats, labels: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the curve from a score to the share of right proposals.

    It never falls, and is never surer than the number of texts allows.
    """
    from sklearn.isotonic import IsotonicRegression

    flat, right = scores.ravel(), labels.ravel()
    at = np.digitize(flat, _EDGES)
    used = np.unique(at)
    middle = np.array([flat[at == one].mean() for one in used])
    count = np.array([(at == one).sum() for one in used])
    share = np.array([(right[at == one].sum() + 0.5) / ((at == one).sum() + 1) for one in used])
    fitted: Any = IsotonicRegression(y_min=0, y_max=1).fit_transform(middle, share, sample_weight=count)
    middle, kept = np.unique(middle.astype(np.float32), return_index=True)
    return middle, np.asarray(fitted, dtype=np.float32)[kept]


def _thresholds(sure: Floats, labels: NDArray[np.bool_], precision: float, is_alone: bool) -> Floats:
    """Return for each tag the lowest confidence from which on enough of its proposals were right."""
    dared = _dared(sure, is_alone)
    found = np.full(sure.shape[1], NEVER, dtype=np.float32)
    levels = np.unique(sure[dared])
    whole = _shares(sure[dared], labels[dared], levels)
    for number in range(sure.shape[1]):
        own = dared[:, number]
        hits, of = _counts(sure[own, number], labels[own, number], levels)
        enough = (hits + _BORROWED * whole) / (of + _BORROWED) >= precision
        if enough.any():
            # From the top down, as long as it is enough: a lucky stretch below a bad one is no reason to propose.
            wrong = np.flatnonzero(~enough)
            first = wrong[-1] + 1 if len(wrong) else 0
            if first < len(levels):
                # Where no proposal surer than wanted was ever wrong, one that is just as sure as wanted will do.
                found[number] = max(min(levels[first], precision) if first == 0 else levels[first], _LEAST)
    return found


def _dared(sure: Floats, is_alone: bool) -> NDArray[np.bool_]:
    """Return which tags could be proposed at all: every tag, or only the surest of each text."""
    if not is_alone:
        return np.ones(sure.shape, dtype=np.bool_)
    return np.arange(sure.shape[1])[None, :] == np.argmax(sure, axis=1)[:, None]


def _counts(sure: Floats, right: NDArray[np.bool_], levels: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each level how many proposals at or above it were right, and how many there were."""
    order = np.argsort(sure)
    from_here = np.searchsorted(sure[order], levels)
    hits = np.concatenate([np.cumsum(right[order][::-1])[::-1], [0]])
    return hits[from_here].astype(np.int64), (len(sure) - from_here).astype(np.int64)


def _shares(sure: Floats, right: NDArray[np.bool_], levels: Floats) -> NDArray[np.float64]:
    hits, of = _counts(sure, right, levels)
    return hits / np.maximum(of, 1)


def _about(
    tagger: Tagger, sure: Floats, labels: NDArray[np.bool_], precision: float, left_out: tuple[str, ...]
) -> About:
    dares = _dared(sure, tagger.is_alone) & (sure >= tagger.thresholds)
    right = dares & labels
    figures = [
        TagFigures(
            tag=tag,
            texts=int(labels[:, number].sum()),
            dared=int(dares[:, number].sum()),
            right=int(right[:, number].sum()),
            threshold=None if tagger.thresholds[number] >= NEVER else round(float(tagger.thresholds[number]), 4),
        )
        for number, tag in enumerate(tagger.tags)
    ]
    best = labels[np.arange(len(labels)), np.argmax(sure, axis=1)]
    return About(
        format=FORMAT,
        texts=len(labels),
        is_alone=tagger.is_alone,
        precision=precision,
        accuracy=float(best.mean()),
        dares=float(dares.any(axis=1).mean()),
        dared_precision=float(right.sum() / max(1, dares.sum())),
        left_out=left_out[:100],
        tags=tuple(figures),
    )
