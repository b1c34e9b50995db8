"""Runs code that may raise, so that no exception fails a workflow task for ever.

Promises that a replay takes the same path as the run it replays, also when the code was fixed since. What raised is
marked in the history by a patch marker, the one kind of event that the SDK shows before the task that wrote it; what is
marked counts as raised. Only in a task that a query has split (`in_task`) is nothing marked: the SDK would show the
marker too late, so there a replay relies on unchanged code. Catches `Exception`, never `BaseException`: eviction,
cancellation and continue-as-new pass. Must not know what the code does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeVar

from temporalio import workflow

from policies.state.setting_aside import CouldNotBeJudgedError, CulpritKind
from workflows.setting_aside.tracebacks import log_raised

Value = TypeVar("Value")
MENDED = "it raised in an earlier version; see that worker's log"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Raised:
    """The reason why something raised.

    `culprit` is the fact, deadline or queue entry to blame; empty where none is known.
    """

    why: str
    kind: CulpritKind = "event"
    culprit: str = ""
    what: str = ""


def _nothing(_culprit: str) -> bool:
    return False


class Guard:
    """Numbers every attempt of a run, so that each attempt's marker can be told from the others."""

    def __init__(self, log: Any, is_split: Callable[[], bool]) -> None:
        """`log` gets the traceback of everything that raises, once: not in a replay.

        `is_split` says whether a query split the task.
        """
        self._attempts = 0
        self._log = log
        self._is_split = is_split

    def attempt(self, work: Callable[[], Value]) -> Value | Raised:
        """Return what `work` returns, or what it raised. A replay does not repeat work that is marked as raised.

        Fixed code would get further than the run did, and issue commands that are not in the run's history.
        """
        return self._attempt(lambda _: work(), blames=False)

    def attempt_blaming(self, work: Callable[[Callable[[str], bool]], Value]) -> Value | Raised:
        """Do the same as `attempt` for work that finds out what is to blame.

        A replay repeats it, so it may only decide.
        `work` gets a function that says whether the history has a mark that this attempt raised on this fact, deadline
        or queue entry.
        """
        return self._attempt(work, blames=True)

    def _attempt(self, work: Callable[[Callable[[str], bool]], Value], *, blames: bool) -> Value | Raised:
        self._attempts += 1
        marker = f"set-aside-{self._attempts}"
        if workflow.unsafe.is_replaying() and not workflow.patched(marker):
            return self._tried(work, _nothing)
        if workflow.unsafe.is_replaying() and not blames:
            return Raised(MENDED)
        if workflow.unsafe.is_replaying():
            found = self._tried(work, lambda culprit: workflow.patched(f"{marker}-{_short(culprit)}"))
            return found if isinstance(found, Raised) else Raised(MENDED)
        found = self._tried(work, _nothing)
        if isinstance(found, Raised) and not self._is_split():
            workflow.patched(marker)
            if found.culprit:
                workflow.patched(f"{marker}-{_short(found.culprit)}")
        return found

    def _tried(self, work: Callable[[Callable[[str], bool]], Value], raised: Callable[[str], bool]) -> Value | Raised:
        try:
            return work(raised)
        except CouldNotBeJudgedError as error:
            log_raised(self._log, "workflow.could_not_be_judged", error.__cause__ or error, what=error.what)
            return Raised(_cause(error.__cause__), error.kind, error.culprit, error.what)
        except Exception as error:
            log_raised(self._log, "workflow.could_not_be_judged", error)
            return Raised(sentence(error))


def _cause(error: BaseException | None) -> str:
    return MENDED if error is None else sentence(error)


def sentence(error: BaseException) -> str:
    """Return the error as a sentence for people. Never raises itself."""
    try:
        said = " ".join(str(error).encode(errors="replace").decode().split())
    except Exception:
        said = ""
    return f"{type(error).__name__}: {said}"[:_LONGEST] if said else type(error).__name__


def _short(culprit: str) -> str:
    return blake2b(culprit.encode(errors="replace"), digest_size=6).hexdigest()
