"""A conversation's judgements on their way into the ledger, from edition 3 on (`policies.recorded`).

Promises a number for each, over all runs, and a reason on each that can't be repeated and on all after it. Must not
know what was decided.
"""

from collections.abc import Sequence
from datetime import datetime

from policies.recorded.judgements import How, Opened, judgement_of
from policies.state.conversation import Decision
from policies.state.events import Fact
from workflows.outgoing.journal import Journal

PARTS_DROPPED = "parts of its state were dropped, to fit what the server takes"


class RecordedJudgements:
    """Counts the judgements of one conversation."""

    def __init__(self, life: str) -> None:
        """Begin with a conversation of which nothing is judged yet in this life."""
        self._life = life
        self.number = 0
        self.trouble = ""
        self._opened: Opened | None = None
        self._adopted = ""

    def go_on(self, number: int, trouble: str) -> None:
        """Go on where the run before ended."""
        self.number, self.trouble = number, trouble

    def begin(self, opened: Opened) -> None:
        """Begin with a conversation that has just been opened."""
        self._opened = opened

    def adopt(self, policy: str) -> None:
        """Name the policy that the next judgement adopts, by its digest."""
        self._adopted = policy

    def break_off(self, why: str) -> None:
        """Say that later judgements can't be repeated, because the state changed in a way that none of them tells."""
        self.trouble = self.trouble or why

    def record(self, journal: Journal, how: How, decision: Decision, facts: Sequence[Fact], now: datetime) -> None:
        """Put a judgement on record. One of time in which nothing came of it is left out."""
        if how == "time" and not (decision.because or decision.effects):
            return
        self.number += 1
        more = {"opened": self._opened, "adopted": self._adopted, "trouble": self.trouble}
        body = judgement_of(how, decision, facts, self._life, self.number, now, **more)
        self._opened, self._adopted = None, ""
        journal.judged(body, now)
