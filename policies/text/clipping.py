"""Text from outside as one line of Baton's own text.

Promises one line of at most so many characters, ending in `…` where it was cut. Must not know where it is shown; making
it harmless as markup is done by `handoff/plain`.
"""


def clipped(text: object, room: int) -> str:
    """Return the text as one line of at most `room` characters, with every run of white space as one space."""
    line = " ".join(str(text).split())
    return line if len(line) <= room else f"{line[: room - 1]}…"
