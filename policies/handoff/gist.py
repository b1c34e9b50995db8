"""The customer's concern, in sentences of their own: chosen, never made up.

Promises words that the customer wrote, from any text at all, and nothing where they wrote none. Must not know moods.
"""

import re
from collections import Counter
from collections.abc import Sequence

from policies.text.cutting import DOTS, cut
from policies.text.written import written

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_ADDRESSED = re.compile(r"^(?:\s*[.,:]?@\w+[,:]?)+\s*")
_LINK = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_GREETING = re.compile(
    r"^(hi|hiya|hello|hey|dear|good (morning|afternoon|evening)|thanks?|thank you|please|ok(ay)?|yes|no|sure|hallo)\b"
    r"[\s,!.]*(there|team|all|everyone|support)?[\s,!.]*",
    re.I,
)
_PROBLEM = re.compile(
    r"\b(can(no|')?t|can’t|won'?t|won’t|doesn'?t|doesn’t|isn'?t|isn’t|not|never|no longer|fail\w*|errors?|broken?|"
    r"down|wrong|missing|lost|stuck|charged|refund|cancel\w*|problems?|issues?|help|need|still|again|crash\w*|unable|"
    r"delay\w*|waiting|late|f\w*cked|messed|damaged?|cracked|stolen|unavailable|rejected|slow|frozen)\b",
    re.I,
)
_COMMON = frozenset(
    """
    a about am an and are as at be been but by can did do does for from had has have he her his i if in is it its just
    me my not of on or our she so that the their them there they this to us was we were what which will with would you
    your
    """.split()  # noqa: SIM905  as a list it would take a page
)
LONGEST = 240
_FEWEST_WORDS, _MANY_WORDS = 3, 12
_IS_PROBLEM, _ASKS = 2.0, 0.5
_THE_SAME = 0.6
_FEWEST_IN_COMMON = 2
_REPLY = re.compile(r"^\s*(?:(?:re|aw|fwd?|wg|tr|rv|sv|vs)\s*:\s*)+", re.I)
"""The marks that mail programs put before a subject."""


def concern(opening: str, later: Sequence[str]) -> str:
    """Return the first message that says something; of a long one, the sentence that says it best."""
    for text in (opening, *later):
        if found := sentences(text):
            whole = " ".join(found)
            return whole if len(whole) <= LONGEST else _best(found)
    return ""


def says_something(text: str) -> bool:
    """True where the text holds more than a greeting."""
    return bool(sentences(text))


def development(said: str, later: Sequence[str]) -> str:
    """Return the later sentence about a problem that adds the most; empty where none adds anything."""
    known = set(_content(said))
    new = [sentence for text in later for sentence in sentences(text) if _adds(sentence, known)]
    return _best([sentence for sentence in new if _PROBLEM.search(sentence)])


def is_the_same(one: str, other: str) -> bool:
    """True where two short texts, such as the subjects of two conversations, name the same problem in like words."""
    words, others = (set(_content(_REPLY.sub("", text))) for text in (one, other))
    fewest = min(len(words), len(others))
    common = len(words & others)
    return (common >= _FEWEST_IN_COMMON and common >= _THE_SAME * fewest) or (bool(words) and words == others)


def without_address(text: str) -> str:
    """Return a message without the names it is addressed to, the mail it answers, and links."""
    return " ".join(_bare(text).split())


def sentences(text: str) -> list[str]:
    """Return the sentences that say something, without greetings and addresses."""
    found: list[str] = []
    for part in _SENTENCE.split(_bare(text)):
        sentence = _GREETING.sub("", " ".join(part.split())).strip(" -–—,")
        if len(_WORD.findall(sentence)) >= _FEWEST_WORDS:
            found.append(cut(sentence, LONGEST, unit=len, mark=DOTS, strip=True))
    return found


def _bare(text: str) -> str:
    return _LINK.sub(" ", _ADDRESSED.sub("", written(text)))


def _best(sentences: Sequence[str]) -> str:
    """Return the sentence about a problem, in words that come again; of equals the first."""
    frequent = Counter(word for sentence in sentences for word in set(_content(sentence)))
    return max(sentences, key=lambda sentence: _weight(sentence, frequent), default="")


def _weight(sentence: str, frequent: Counter[str]) -> float:
    words = set(_content(sentence))
    said_again = sum(frequent[word] - 1 for word in words) / (len(words) or 1)
    weight = min(1.0, said_again) + min(len(words), _MANY_WORDS) / _MANY_WORDS
    weight += _IS_PROBLEM if _PROBLEM.search(sentence) else 0.0
    return weight + (_ASKS if sentence.endswith("?") else 0.0)


def _adds(sentence: str, known: set[str]) -> bool:
    words = set(_content(sentence))
    return bool(words) and len(words & known) < _THE_SAME * len(words)


def _content(sentence: str) -> list[str]:
    return [word for word in (found.lower() for found in _WORD.findall(sentence)) if word not in _COMMON]
