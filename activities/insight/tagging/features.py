"""Turns a text into numbers: hashes of its words, pairs of words and pieces of words, the same in training and in use.

Promises bounded time for any text, and that nothing of the text can be read back from the numbers: a tagger's file
holds numbers, not customers' words. Must not know tags or weights.
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from activities.insight.plain import plain, words

WORDS_LIMIT = 160
"""The most words that are used of a text that `plain` has shortened."""
FEWEST_WORDS, FEWEST_LETTERS = 3, 10
"""The fewest words, and letters. A text below both, such as a number or a name, only answers a question and is
ignored."""
PIECES = (2, 3, 4, 5)
"""The lengths of pieces of a word, its edges counted as characters. Pieces match across endings and misspellings."""
_EDGES = "<>"
"""The characters that mark the edges of a word; no word contains them."""

Hashes = NDArray[np.uint32]
_PAIR, _PIECE, _LAST = np.uint32(0x9E3779B1), np.uint32(0x01000193), np.uint32(0x85EBCA6B)
_EMPTY: Hashes = np.empty(0, dtype=np.uint32)


def hashes_of(text: str) -> Hashes:
    """Return a hash for each word, pair of neighbours and piece of a word, as often as it occurs, in no fixed order."""
    said = words(plain(text))[:WORDS_LIMIT]
    if len(said) < FEWEST_WORDS and sum(map(len, said)) < FEWEST_LETTERS:
        return _EMPTY
    whole = np.array([crc32(word.encode()) for word in said], dtype=np.uint32)
    pairs = (whole[:-1] * _PAIR) ^ whole[1:]
    return np.concatenate([whole, pairs, *_pieces(said)])


def _pieces(said: tuple[str, ...]) -> list[Hashes]:
    """Return the hashes of the pieces of all words at once. Each length is computed from the one before.

    Pieces that reach into the next word are left out.
    """
    line = "".join(f"{_EDGES[0]}{word}{_EDGES[1]}" for word in said)
    letters = np.frombuffer(line.encode("utf-32-le"), dtype=np.uint32)
    word = np.cumsum(letters == ord(_EDGES[0]))
    found: list[Hashes] = []
    grown = letters
    for size in range(2, PIECES[-1] + 1):
        grown = grown[: len(letters) - size + 1] * _PIECE + letters[size - 1 :]
        kept = grown[word[: len(grown)] == word[size - 1 :]]
        found.append((kept ^ (kept >> np.uint32(15))) * _LAST ^ np.uint32(size))
    return found
