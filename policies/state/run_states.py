"""The states of an on-call run, as one closed union.

Must not know how a run comes from one state to the next (`on_call.ladder`, `storms`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallingRun:
    """The run calls people, one step after another."""


@dataclass(frozen=True, slots=True)
class RepeatingRun:
    """All steps were tried and no message has arrived, so the first step is called again after a pause."""


@dataclass(frozen=True, slots=True)
class IncidentRun:
    """An incident calls people for this conversation, and the run waits for it."""

    incident: str


@dataclass(frozen=True, slots=True)
class AcknowledgedRun:
    """A person has acknowledged, and no other person is called."""

    by: str


@dataclass(frozen=True, slots=True)
class StoodDownRun:
    """No person needs to come any more."""

    because: str


@dataclass(frozen=True, slots=True)
class ExhaustedRun:
    """All calls were in vain, and no person is called any more."""

    why: str


EndedRun = AcknowledgedRun | StoodDownRun | ExhaustedRun
RunState = CallingRun | RepeatingRun | IncidentRun | EndedRun
