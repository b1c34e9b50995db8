"""The effect of another policy on a conversation's promises: how they stand now, and how they would stand.

Promises to name every promise that becomes worse, ends or begins, and everything else that goes on differently. A
promise that is kept at another time is no change. Must not ask the server: it is given the two situations.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from policies.adoption.adopting import FATES
from policies.document.clocks import CLOCKS, ClockName
from policies.state.conversation import Decision
from policies.state.records.sla import Clock
from policies.state.situation import Situation

PreviewKind = Literal["breached", "at_risk", "ends", "begins"]
KINDS: tuple[PreviewKind, ...] = ("breached", "at_risk", "ends", "begins")
"""The kinds of change to a promise, the worst first."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turnaround:
    """Something besides a promise that goes on differently or ends: a call, a team, a person.

    `text` is what the timeline will say.
    """

    conversation: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of adopting on one promise of a conversation. A state is empty where nothing is promised."""

    conversation: str
    clock: ClockName
    kind: PreviewKind
    state_now: str
    state_then: str
    due_now: datetime | None
    due_then: datetime | None


def changes(before: Situation, after: Situation) -> tuple[Change, ...]:
    """Return the promises that become worse, end or begin between two situations of a conversation."""
    found = (_change(before, after, name) for name in CLOCKS)
    return tuple(change for change in found if change is not None)


def turnarounds(decision: Decision) -> tuple[Turnaround, ...]:
    """Return what adopting decided, in the words that people will read afterwards."""
    conversation = decision.conversation.situation.conversation_id
    told = (entry for entry in decision.because if entry.kind in FATES)
    return tuple(Turnaround(conversation, entry.kind, entry.text) for entry in told)


def badness(change: Change) -> tuple[int, datetime, str, int]:
    """Return a key to sort by: the worst kind first, and within a kind the promise that is due soonest."""
    due = change.due_then or change.due_now or _NEVER
    return KINDS.index(change.kind), due, change.conversation, CLOCKS.index(change.clock)


def _change(before: Situation, after: Situation, name: ClockName) -> Change | None:
    now, then = _open(before, name), _open(after, name)
    state_now, state_then = _state(now), _state(then)
    kind: PreviewKind | None = None
    if state_then == "breached" and state_now != "breached":
        kind = "breached"
    elif state_then == "at_risk" and state_now not in ("at_risk", "breached"):
        kind = "at_risk"
    elif bool(now) != bool(then):
        kind = "ends" if now else "begins"
    if kind is None:
        return None
    due_now, due_then = now.due_at if now else None, then.due_at if then else None
    return Change(after.conversation_id, name, kind, state_now, state_then, due_now, due_then)


def _open(situation: Situation, name: ClockName) -> Clock | None:
    """Return the open clock of that name, of which there is at most one; None where there is none."""
    return next((clock for clock in situation.sla.open_clocks if clock.name == name), None)


def _state(clock: Clock | None) -> str:
    if clock is None:
        return ""
    return "at_risk" if clock.is_at_risk else clock.state
