"""What a customer's concern is, in a sentence of their own: chosen, never made up.

Promises words that the customer wrote, from any text whatever, and nothing where they wrote none. Must not know moods.
"""

import re
from collections import Counter
from collections.abc import Sequence

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_ADDRESS = re.compile(r"https?://\S+|(?<!\w)[@#]\w+")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_GREETING = re.compile(
    r"^(hi|hello|hey|dear|good (morning|afternoon|evening)|thanks?|thank you|please|ok(ay)?|yes|no|sure|hallo)\b"
    r"[\s,!.]*(there|team|all|everyone|support)?[\s,!.]*",
    re.I,
)
_PROBLEM = re.compile(
    r"\b(can(no|')?t|can’t|won'?t|not|never|no longer|fail\w*|error|broken|down|wrong|missing|lost|stuck|charged|"
    r"refund|cancel\w*|problem|issue|help|need|want|why|when|how|where|still|again|crash\w*|unable|delay\w*|waiting)\b",
    re.I,
)
_COMMON = frozenset(
    """
    a about am an and are as at be been but by can did do does for from had has have he her his i if in is it its just
    me my not of on or our she so that the their them there they this to us was we were what which will with would you
    your
    """.split()  # noqa: SIM905  as a list it would take a page
)
_LONGEST, _FEWEST_WORDS = 240, 3
_FIRST, _IS_PROBLEM, _ASKS = 1.5, 2.0, 1.0


def concern(opening: str, later: Sequence[str]) -> str:
    """The sentence that says best what it is about: early, about a problem, in words that come again."""
    sentences = [(sentence, number) for number, text in enumerate((opening, *later)) for sentence in _sentences(text)]
    if not sentences:
        return ""
    frequent = Counter(word for sentence, _ in sentences for word in set(_content(sentence)))
    best = max(range(len(sentences)), key=lambda place: (_weight(*sentences[place], frequent), -place))
    return sentences[best][0]


def _sentences(text: str) -> list[str]:
    """Those that say something, without greetings and addresses."""
    found: list[str] = []
    for part in _SENTENCE.split(_ADDRESS.sub(" ", text)):
        sentence = _GREETING.sub("", " ".join(part.split())).strip(" -–—,")
        if len(_WORD.findall(sentence)) >= _FEWEST_WORDS:
            found.append(sentence if len(sentence) <= _LONGEST else f"{sentence[: _LONGEST - 1].rstrip()}…")
    if not found and text.strip():
        rest = " ".join(_ADDRESS.sub(" ", text).split())
        found = [rest[:_LONGEST]] if _WORD.search(rest) and not _GREETING.fullmatch(rest) else []
    return found


def _weight(sentence: str, message: int, frequent: Counter[str]) -> float:
    words = _content(sentence)
    said_again = sum(frequent[word] - 1 for word in set(words)) / (len(set(words)) or 1)
    weight = said_again + min(len(words), 12) / 12
    weight += _FIRST if message == 0 else 0.0
    weight += _IS_PROBLEM if _PROBLEM.search(sentence) else 0.0
    return weight + (_ASKS if sentence.endswith("?") else 0.0)


def _content(sentence: str) -> list[str]:
    return [word for word in (found.lower() for found in _WORD.findall(sentence)) if word not in _COMMON]
