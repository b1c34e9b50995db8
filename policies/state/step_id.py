"""The ids that a button answers: one call of a step of an on-call run, such as `support-on-call.2/1.3~2`, or an offer.

Promises that every text can be read: one that names no step is read as the name of a run. Must not know whether there
is such a run (`situation`) or such an offer.
"""

import re
from dataclasses import dataclass

_STEP = re.compile(r"(?P<run>.+)/(?P<round>\d+)\.(?P<step>\d+)(~(?P<resumed>\d+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StepId:
    """One call of a step: the on-call run, how often it had been resumed by then, its round, and the step's number.

    The name of a run is read as its step 0 of round 0. An escalation may have any name, also one with a `/` or a `.`.
    """

    run: str
    resumed: int = 0
    round: int = 0
    step: int = 0

    @classmethod
    def of(cls, text: str) -> "StepId":
        """Read `support-on-call.2/1.3~2`; another text is the name of a run."""
        found = _STEP.fullmatch(text)
        return (
            cls(found["run"], int(found["resumed"] or 0), int(found["round"]), int(found["step"]))
            if found
            else cls(text)
        )

    def __str__(self) -> str:
        """Return the id as events and messages carry it."""
        again = f"~{self.resumed}" if self.resumed else ""
        return f"{self.run}/{self.round}.{self.step}{again}" if any(self.position) else self.run

    @property
    def escalation(self) -> str:
        """The escalation whose run this is: `support-on-call`. Empty where the run has no number."""
        return self.run.rpartition(".")[0]

    @property
    def position(self) -> tuple[int, int, int]:
        """The place in the run: the resumption, the round and the step. Later calls compare greater."""
        return self.resumed, self.round, self.step


@dataclass(frozen=True, slots=True)
class OfferId:
    """The id of an offer to an agent, such as `billing/12`: the team, whose name may hold a `/`, and the number."""

    team: str
    number: str

    @classmethod
    def of(cls, text: str) -> "OfferId":
        """Read `billing/12`."""
        team, _, number = text.rpartition("/")
        return cls(team, number)

    def __str__(self) -> str:
        """Return the id as effects and buttons carry it."""
        return f"{self.team}/{self.number}"
