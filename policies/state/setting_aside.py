"""The fact or deadline to blame when judging raises, so that everything else can be judged without it.

Promises that an exception names the innermost fact or deadline whose judging raised it. Must not know who sets it aside
or when it is judged again (`workflows.setting_aside.judging`).
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

CulpritKind = Literal["event", "deadline", "ticket"]


def _never(_culprit: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The facts, deadlines and queue entries that one judgement leaves out.

    `ids` are the deadlines or queue entries set aside before. `raised` answers, for the id of a fact, deadline or queue
    entry, whether the history records that this judgement raised on it; a replay by mended code then raises on it, too.
    """

    ids: frozenset[str] = frozenset()
    raised: Callable[[str], bool] = _never


NOTHING = LeftOut()


class CouldNotBeJudgedError(Exception):
    """Judging one fact, deadline or queue entry raised; `__cause__` is what it raised, or None in a replay."""

    def __init__(self, kind: CulpritKind, culprit: str, what: str) -> None:
        super().__init__(f"{what} could not be judged")
        self.kind: CulpritKind = kind
        self.culprit = culprit
        self.what = what


@contextmanager
def blaming(kind: CulpritKind, culprit: str, what: str, left_out: LeftOut) -> Generator[None]:
    """Name this fact, deadline or queue entry when judging it raises, unless the exception already names one."""
    if left_out.raised(culprit):
        raise CouldNotBeJudgedError(kind, culprit, what)
    try:
        yield
    except CouldNotBeJudgedError:
        raise
    except Exception as error:
        raise CouldNotBeJudgedError(kind, culprit, what) from error
