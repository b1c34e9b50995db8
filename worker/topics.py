"""How well tags are learnt, measured on labelled questions: with few, many and all examples of a topic.

Promises that the fifth of the questions that is scored (chosen by a hash of its text) is never learnt from. Must not
know how a tagger works; it is trained and asked as `baton tagger` does.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256

from worker import training
from worker.evaluating import Score, Share, score_of
from worker.labelled import Question
from worker.training import Example

SUBJECT = "topics"
WANTED = 0.95
"""How often the tagger must be right where it dares to tag."""
_COUNTS = ((10, 0.76), (100, None), (None, 0.91))
"""Examples of a topic, and what TF-IDF with a plain linear model reaches with them on banking77."""
_FEWEST_TOPICS = 5


def is_held_out(text: str) -> bool:
    """Whether a question is scored, by its text, so that it stays so whatever is added."""
    return sha256(text.encode()).digest()[-2] % 5 == 0


def evaluate(
    questions: Sequence[Question], *, step: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Score]:
    """Nothing where the questions have no topics."""
    examples = {
        question.text: Example(question.text, (question.category,)) for question in questions if question.category
    }
    learnt = [example for text, example in examples.items() if not is_held_out(text)]
    counts = Counter(example.tags for example in learnt)
    if len(counts) < _FEWEST_TOPICS or min(counts.values()) < training.FEWEST:
        return []
    if why := training.why_not():
        return [Score(SUBJECT, "accuracy", f"not measured: {why}")]
    held_out = [example for text, example in examples.items() if is_held_out(text)]
    found: list[Score] = []
    for number, (count, baseline) in enumerate(_COUNTS):

        def told(done: int, of: int, before: int = number) -> None:
            step(before * of + done, len(_COUNTS) * of)

        found += _scores(_some(learnt, count), held_out, count, baseline, told)
    return found


def _some(examples: Sequence[Example], count: int | None) -> list[Example]:
    """The first so many of each topic, in the order of their hashes: no choice of ours."""
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
    baseline: float | None,
    step: Callable[[int, int], None],
) -> list[Score]:
    tagger = training.train(examples, WANTED, step=step).tagger
    of = len(held_out)
    right = sum(tagger.guess(example.text) in example.tags for example in held_out)
    dared = [(example, found[0].tag) for example in held_out if (found := tagger.propose(example.text))]
    kept = sum(tag in example.tags for example, tag in dared)
    examples_of = f"{count} examples" if count else "all examples"
    return [
        score_of(SUBJECT, f"accuracy, {examples_of} a topic", Share(right, of), at_least=baseline),
        score_of(SUBJECT, f"dares to tag, {examples_of}", Share(len(dared), of)),
        score_of(SUBJECT, f"right of these, {examples_of}", Share(kept, len(dared)), at_least=WANTED),
    ]
