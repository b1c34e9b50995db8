"""Measures on labelled questions how well tags are learnt, with few, many and all examples of a topic.

Promises that the fifth of the questions that is scored (chosen by a hash of its text) is never learnt from. Must not
know how a tagger works; it is trained and asked as `baton tagger` does. A model of five lines
learns from the same questions for comparison: a figure from elsewhere says little about them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from worker.tagger import training
from worker.tagger.evaluating import Figure, Share, score_of
from worker.tagger.labelled import LabelledQuestion
from worker.tagger.training import Example

SUBJECT = "topics"
WANTED = 0.95
"""The share of its proposals that must be right."""
_COUNTS = (10, 100, None)
"""Examples of a topic that are learnt from; None for all of them."""
_FEWEST_TOPICS = 5


def is_held_out(text: str) -> bool:
    """Return whether a question is scored. Its text decides, so that the answer stays the same whatever is added."""
    return sha256(text.encode()).digest()[-2] % 5 == 0


def evaluate(
    questions: Sequence[LabelledQuestion], *, step: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Figure]:
    """Return the figures; none where the questions have no topics."""
    examples = {
        question.text: Example(question.text, (question.category,)) for question in questions if question.category
    }
    learnt = [example for text, example in examples.items() if not is_held_out(text)]
    counts = Counter(example.tags for example in learnt)
    if len(counts) < _FEWEST_TOPICS or min(counts.values()) < training.FEWEST:
        return []
    if why := training.why_not():
        return [Figure(SUBJECT, "accuracy", f"not measured: {why}")]
    held_out = [example for text, example in examples.items() if is_held_out(text)]
    found: list[Figure] = []
    for number, count in enumerate(_COUNTS):

        def told(done: int, of: int, before: int = number) -> None:
            step(before * of + done, len(_COUNTS) * of)

        found += _scores(_some(learnt, count), held_out, count, told)
    return found


def _some(examples: Sequence[Example], count: int | None) -> list[Example]:
    """Return the first `count` examples of each topic, in the order of their hashes, so that no person chooses them."""
    taken: Counter[tuple[str, ...]] = Counter()
    kept: list[Example] = []
    for example in sorted(examples, key=lambda each: sha256(each.text.encode()).digest()):
        taken[example.tags] += 1
        if count is None or taken[example.tags] <= count:
            kept.append(example)
    return kept


def _scores(
    examples: Sequence[Example],
    held_out: Sequence[Example],
    count: int | None,
    step: Callable[[int, int], None],
) -> list[Figure]:
    tagger = training.train(examples, WANTED, step=step).tagger
    of = len(held_out)
    right = sum(tagger.guess(example.text) in example.tags for example in held_out)
    dared = [(example, found[0].tag) for example in held_out if (found := tagger.propose(example.text))]
    kept = sum(tag in example.tags for example, tag in dared)
    examples_of = f"{count} examples" if count else "all examples"
    plain = Share(_plainly_right(examples, held_out), of)
    return [
        score_of(SUBJECT, f"accuracy, {examples_of} a topic", Share(right, of), at_least=plain.value),
        score_of(SUBJECT, f"plain TF-IDF, {examples_of}", plain),
        score_of(SUBJECT, f"dares to tag, {examples_of}", Share(len(dared), of)),
        score_of(SUBJECT, f"right of these, {examples_of}", Share(kept, len(dared)), at_least=WANTED),
    ]


def _plainly_right(examples: Sequence[Example], held_out: Sequence[Example]) -> int:
    """Return how many questions scikit-learn's TF-IDF of words and pairs with logistic regression gets right."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    plain: Any = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=20, max_iter=300))
    plain.fit([example.text for example in examples], [example.tags[0] for example in examples])
    guessed = plain.predict([example.text for example in held_out])
    return sum(guess in example.tags for guess, example in zip(guessed, held_out, strict=True))
