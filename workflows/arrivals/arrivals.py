"""The arrivals of a workflow: facts as they came, and commands whose callers wait for an answer.

Promises that handlers only store what arrives, that no fact is lost, and that every caller is answered before a run
ends: the caller of a command that comes while the run ends is asked to send it again. Must not know what a message
means.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

from policies.running.workload import WORK_LIMIT
from workflows.limits.server import COMMAND_LIMIT, COMMAND_VALUES_LIMIT
from workflows.payloads.decoding import decode
from workflows.waits.waiting import until

MOVING_ON = "moving on, send it again"
"""The refusal of a run that is about to continue as new; clients send the same command again."""
NO_POLICY_YET = "its policy could not be looked up so far, send it again"
"""The refusal of a run that has no policy yet; without one no command can be judged."""


READ_AT_ONCE, READ_BYTES = 1_000, 500_000
"""Signals read within one workflow task, by number and by bytes. The SDK takes a task of two seconds for deadlocked."""
COMMAND_BYTES = 200_000
"""Bytes of updates that one task reads; it always reads at least one update.

Each update is read and checked twice: before it is accepted, and when it is carried out.
"""


@dataclass(slots=True)
class Sent:
    """A signal or an update. Its `raw` body is a payload, or plain JSON types where it has been decoded already."""

    name: str
    raw: Any

    @property
    def body(self) -> Any:
        """The body as plain JSON types, or `Undecodable`. Decodes it once and keeps the result."""
        if isinstance(self.raw, RawValue):
            self.raw = decode(self.raw.payload)
        return self.raw

    @property
    def size(self) -> int:
        """The number of bytes still to be decoded; 0 where the body is decoded already."""
        return len(self.raw.payload.data) if isinstance(self.raw, RawValue) else 0

    @property
    def values(self) -> int:
        """About how many JSON values are still to be decoded; 0 where the body is decoded already."""
        return sum(map(self.raw.payload.data.count, (b"[", b"{", b","))) if isinstance(self.raw, RawValue) else 0


@dataclass(slots=True)
class Arrival(Sent):
    """One signal. `number` counts all messages that a conversation or team was ever sent."""

    at: datetime
    number: int


@dataclass(slots=True, eq=False)
class WaitingCommand(Sent):
    """One update. Its caller waits until there is an `answer` or a `refusal`."""

    number: int
    answer: dict[str, Any] | None = None
    refusal: str = ""

    @property
    def steps(self) -> int:
        """The work of reading the command, in steps: COMMAND_BYTES of it count as the work of a whole task."""
        return self.size * WORK_LIMIT // COMMAND_BYTES

    @property
    def is_answered(self) -> bool:
        """True where the caller can be told an answer or a refusal."""
        return self.answer is not None or bool(self.refusal)


class RefusedError(Exception):
    """A command was refused; the text is the sentence for its caller."""


def within(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return the first of these arrivals, as many as one task reads; at least one where there are any."""
    some = arrivals[:READ_AT_ONCE]
    sizes = accumulate(arrival.size for arrival in some)
    fitting = sum(size <= READ_BYTES for size in sizes)
    return list(some[: max(fitting, 1)])


def as_text(body: Any) -> str:
    """Return a message as JSON text of ASCII characters, which every later run can read. Never raises."""
    try:
        return json.dumps(body, default=repr)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(f"a message that can't be kept as JSON ({type(body).__name__})")


class Arrivals:
    """Facts and commands in the order in which they came. `received` counts all of them, over all runs."""

    def __init__(self, received: int) -> None:
        self.received = received
        self.facts: list[Arrival] = []
        self.commands: list[WaitingCommand] = []
        self.came_at: datetime | None = None  # when the latest fact arrived
        self.is_moving = False
        self._looked_at: tuple[datetime | None, int] = (None, 0)

    def __bool__(self) -> bool:
        """True where there is a fact or a command to judge."""
        return bool(self.facts or self.commands)

    def number(self) -> int:
        """Return the number of the next message, and count it."""
        self.received += 1
        return self.received

    def tell(self, name: str, body: Any) -> None:
        """Store a fact for the loop."""
        self.came_at = workflow.now()
        self.facts.append(Arrival(name, body, self.came_at, self.number()))

    def take(self) -> list[Arrival]:
        """Remove and return the next facts: as many as one task reads, and at least one."""
        taken = within(self.facts)
        self.facts = self.facts[len(taken) :]
        return taken

    @property
    def is_more_than_a_task_reads(self) -> bool:
        """True where one task can't read all the facts that have come."""
        return len(within(self.facts)) < len(self.facts)

    def looked_at(self, name: str, raw: Any) -> Any:
        """Return the body of a command, before it is accepted. Raises RefusedError for one too large to read now.

        Only validators call this, and a replay runs no validators, so its count of bytes needn't be the same in a
        replay.
        """
        command, now = Sent(name, raw), workflow.now()
        if command.size > COMMAND_LIMIT:
            raise RefusedError(f"{name}: {command.size} bytes are too many: send at most {COMMAND_LIMIT}")
        if command.values > COMMAND_VALUES_LIMIT:
            raise RefusedError(f"{name}: {command.values} values are too many: send at most {COMMAND_VALUES_LIMIT}")
        before = self._looked_at[1] if self._looked_at[0] == now else 0
        if before and before + command.size > COMMAND_BYTES:
            raise RefusedError(MOVING_ON)
        self._looked_at = now, before + command.size
        return command.body

    async def ask(self, name: str, body: Any) -> dict[str, Any]:
        """Store a command for the loop, and return its answer once the loop has judged it. Raises RefusedError."""
        command = WaitingCommand(name, body, self.number())
        if self.is_moving:
            raise RefusedError(MOVING_ON)
        self.commands.append(command)
        await until(lambda: command.is_answered)
        if command.answer is None:
            raise RefusedError(command.refusal)
        return command.answer

    def refuse_commands(self, why: str) -> None:
        """Refuse all commands whose callers still wait."""
        for command in self.commands:
            command.refusal = why
        self.commands.clear()
