"""The sentence that tells people what a run dropped so that its state fits into the next run's input.

Must not know which parts a state has.
"""

from collections.abc import Sequence

from policies.state.entry_kind import EntryKind

DROPPED: EntryKind = "dropped"
"""The kind of the timeline line that says what was dropped from the state."""


def sentence(dropped: Sequence[str]) -> str:
    """Return one sentence that names everything that was dropped."""
    return f"Too large to be carried on whole; dropped or cut: {'; '.join(dropped)}"
