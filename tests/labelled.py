"""Labelled texts made for tests: three topics in plain words, the same at every run."""

import csv
from itertools import product
from pathlib import Path

from worker.tagger.training import Example

_SAID = {
    "billing": ("I was charged twice", "my invoice is wrong", "you took money for the invoice twice", "a wrong charge"),
    "delivery": ("where is my parcel", "the courier lost the parcel", "my delivery is late", "no parcel came"),
    "login": ("I forgot my password", "the login fails", "my password is not accepted", "I can't sign in"),
}
_AROUND = ("", "hello, ", "please help: ", "since monday ", "hi there, ")
_END = ("", " again", " today", ", thanks")


def examples() -> list[Example]:
    """Return eighty texts of each of three topics."""
    return [
        Example(f"{before}{said}{after}", (topic,))
        for topic, some in _SAID.items()
        for before, said, after in product(_AROUND, some, _END)
    ]


def write_csv(path: Path) -> Path:
    """Write the texts to a CSV file, and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("text", "category"))
        rows.writerows((example.text, *example.tags) for example in examples())
    return path
