"""What a run dropped so that the rest fits into what the next run is given, in words for people.

Must not know which parts a state has.
"""

from collections.abc import Sequence

DROPPED = "dropped"
"""The kind of the timeline's line that says what was dropped in order to go on."""


def sentence(dropped: Sequence[str]) -> str:
    """Name everything that was dropped in one sentence."""
    return f"Too large to be carried on whole; dropped or cut: {'; '.join(dropped)}"
