"""Words of anybody's on one line of ours.

Promises one line of at most so many characters, the last one a visible cut. Must not know where it is shown: what has
to be harmless as markup, too, is a matter of `handoff/plain`.
"""


def clipped(text: object, room: int) -> str:
    """The text with every run of white space as one space."""
    line = " ".join(str(text).split())
    return line if len(line) <= room else f"{line[: room - 1]}…"
