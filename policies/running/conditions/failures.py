"""Sentences for a condition that was accepted and fails on the facts of a moment.

Promises what the author can change, with the CEL library's own words behind it only where none are known here.
"""

import re

_NOT_READ = "a text can't be read as the number or the time that it should be: compare the text itself"
_SENTENCES = (
    (
        r"Iteration budget",
        "its loops take more turns than CEL allows (10,000): loop over fewer lists inside each other",
    ),
    (r"(?:divide|modulus) by zero", "it divides by zero: ask before whether the number is 0"),
    (r"index=(-?\d+) size=(\d+)", "it reads entry {0} of a list of {1}, counted from 0: ask before for its `size(…)`"),
    (
        r"Index error",
        "it reads an entry of a list by something else than a whole number: write a number in the brackets",
    ),
    (
        r"overflow|out of \w+ range|maximum allowed|minimum allowed",
        "a number or a time in it is too large: use smaller ones",
    ),
    (r"onver(?:t|sion)|malformed", _NOT_READ),
    (r"nvalid timezone", "a time zone in it is not known: write a name such as Europe/Berlin"),
    (
        r"Key not found|no_such_field|duplicate key|map key type",
        "it reads an entry or a field that is not there: read the facts by their names",
    ),
    (r"No matching overloads|SELECT", "two kinds of values in it don't go together: write it without `dyn`"),
)


def failure(said: str) -> str:
    """Return why it could not be judged, by what the library says."""
    for pattern, sentence in _SENTENCES:
        if found := re.search(pattern, said):
            return sentence.format(*found.groups())
    return f"CEL can't judge it on these facts: write it in a simpler way ({said})"
