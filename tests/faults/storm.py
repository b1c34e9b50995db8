"""A storm of input to conversations and teams from callers who know only the contract, drawn from a seed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from tests.cases import case
from tests.faults.processes import insist
from worker.temporal.commanding import execute_command

TEAMS = ("red", "green", "blue")
PEOPLE = {team: [f"{team}-{number}" for number in range(3)] for team in TEAMS}
CHANNELS = {"email": "red", "chat": "green", "web": "blue"}
_PATIENCE = timedelta(seconds=15)
"""The time allowed for one try of a command; the next try has the same id."""
_TAGS = ("urgent", "billing", "vip", "возврат-средств-07", "🙂" * 60, "cut \ud83d", "raises", "late")
_NEVER_HAPPENED = {"folded": {"incident": "incident/none/1", "page": "on-call"}, "no_such_signal": {"a": 1}}

TEXT = case("faults/storm")


def policy(version: int) -> str:
    """Return the policy's text. The ladder's name, the person called, a capacity and the people vary by version."""
    variant = version % 3
    people = [name for names in PEOPLE.values() for name in names][: 9 - variant]
    lines = (f"  {name}: {{team: {name.split('-')[0]}, slack: U{name.upper().replace('-', '')}}}" for name in people)
    text = TEXT.replace("VERSION", str(version)).replace("PEOPLE", "\n".join(lines))
    text = text.replace("LADDER", ("on-call", "nights", "on-call")[variant]).replace("CAPACITY", str(9 + variant))
    return text.replace("OTHER", TEAMS[variant]).replace("PERSON", people[variant])


class Storm:
    """A caller who tells conversations facts, sends them commands, and remembers what was accepted."""

    def __init__(self, client: Client, names: list[str], seed: int) -> None:
        self._client = client
        self._dice = random.Random(seed)
        self.names = names
        self.messages: set[tuple[str, str]] = set()
        self.notes: set[tuple[str, str]] = set()
        self.refused: list[str] = []
        self.under_way: set[asyncio.Task[None]] = set()
        self._sent = 0

    async def rage(self, seconds: float, pace: float) -> None:
        """Do `pace` things a second for so many seconds; skip while sixty are under way."""
        ends = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(1 / pace)
            if len(self.under_way) < 60:
                task = asyncio.create_task(self._something())
                self.under_way.add(task)
                task.add_done_callback(self.under_way.discard)

    def start_of(self, name: str) -> dict[str, Any]:
        """Return the start that a backend service sends along with each event of a conversation."""
        channel = list(CHANNELS)[hash_of(name) % len(CHANNELS)]
        return {"conversation_id": name, "policy": "storm", "channel": channel, "subject": f"About {name}"}

    async def tell(self, name: str, signal: str, fact: Any) -> None:
        """Start the conversation with the fact, or tell it to the one that runs, until the server has it."""
        await insist(
            lambda: self._client.start_workflow(
                "Conversation",
                self.start_of(name),
                id=f"conversation/{name}",
                task_queue="baton",
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=signal,
                start_signal_args=[fact],
                rpc_timeout=_PATIENCE,
            )
        )

    async def message(self, name: str, author: str, event_id: str, **more: Any) -> None:
        """Send a message, which has to be in the ledger once."""
        await self.tell(name, "message", self.fact(event_id, author=author, text=f"Word {event_id}", **more))
        self.messages.add((name, event_id))

    async def order(self, name: str, update: str, **body: Any) -> bool:
        """Send a command to a conversation or team until there is an answer; return whether it was carried out."""
        handle = self._client.get_workflow_handle(name if "/" in name else f"conversation/{name}")
        update_id = f"{update}-{self._number()}"
        while True:
            try:
                await execute_command(handle, update, body, update_id=update_id, rpc_timeout=_PATIENCE)
            except WorkflowUpdateFailedError as error:
                self.refused.append(f"{update}: {error.cause}")
                return False
            except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
                if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
                    self.refused.append(f"{update}: {error}")
                    return False
                await asyncio.sleep(0.2)
            else:
                return True

    def fact(self, event_id: str, *, at: datetime | None = None, **body: Any) -> Mapping[str, Any]:
        """Return an event that happens now, or happened `at`."""
        return {"event_id": event_id, "occurred_at": (at or self._now()).isoformat(), **body}

    async def _something(self) -> None:
        kinds: list[tuple[int, Callable[[str], Awaitable[object]]]] = [
            (30, self._customer_writes),
            (12, self._agent_writes),
            (10, self._tagged),
            (10, self._told),
            (20, self._asked),
            (8, self._note),
            (8, self._of_a_team),
            (3, self._repeated),
            (4, self._nonsense),
            (1, self._cancelled),
            (2, self._adopts),
        ]
        weights = [weight for weight, _ in kinds]
        await self._dice.choices([kind for _, kind in kinds], weights)[0](self._dice.choice(self.names))

    async def _customer_writes(self, name: str) -> None:
        late = {"at": self._now() - timedelta(minutes=self._dice.randrange(5))} if self._dice.random() < 0.1 else {}
        await self.message(name, "customer", f"m-{self._number()}", **late)

    async def _agent_writes(self, name: str) -> None:
        await self.message(name, "agent", f"m-{self._number()}", author_id=self._person())

    async def _tagged(self, name: str) -> None:
        signal = self._dice.choice(("tag_added", "tag_added", "tag_removed"))
        await self.tell(name, signal, self.fact(f"t-{self._number()}", tag=self._dice.choice(_TAGS), by="jane"))

    async def _told(self, name: str) -> None:
        told = {
            "status_changed": {"status": self._dice.choice(("open", "pending_customer", "resolved"))},
            "reassigned": {
                "team": self._dice.choice((*TEAMS, "nowhere")),
                "assignee": self._person(),
                "note": "x" * 999,
            },
            "attribute_changed": {"name": f"a-{self._dice.randrange(9)}", "value": "🙂" * self._dice.randrange(3_000)},
            "customer_updated": {"customer": {"id": "c", "name": "Rosa \ud83d", "tier": "gold"}},
            "acknowledged": {"by": self._person()},
        }
        signal = self._dice.choice(list(told))
        await self.tell(name, signal, self.fact(f"f-{self._number()}", **told[signal]))

    async def _asked(self, name: str) -> None:
        bodies = {
            "acknowledge": {},
            "take": {},
            "hold": {"note": "a moment"},
            "release": {},
            "snooze": {"until": (self._now() + timedelta(seconds=40)).isoformat(), "note": "later"},
            "wake": {},
            "escalate": {"team": self._dice.choice(TEAMS)},
            "reassign": {"team": self._dice.choice(TEAMS), "assignee": self._person()},
            "call": {"to": "2"},
            "resolve": {"note": "done"},
        }
        update = self._dice.choice(list(bodies))
        await self.order(name, update, actor=self._person(), command_id=f"c-{self._number()}", **bodies[update])

    async def _note(self, name: str) -> None:
        need = f"need-{self._number()}"
        body = {"actor": self._person(), "tried": "x", "think": "y", "need": need, "command_id": need}
        if await self.order(name, "add_note", **body):
            self.notes.add((name, need))

    async def _of_a_team(self, name: str) -> None:
        person = self._person()
        team = f"team/{person.split('-')[0]}"
        update = self._dice.choice(("set_presence", "set_presence", "accept", "decline"))
        if update == "set_presence":
            await self.order(team, update, actor=person, presence=self._dice.choice(("available", "away", "offline")))
        else:
            await self.order(team, update, actor=person, conversation_id=name)

    async def _repeated(self, _: str) -> None:
        for name, event_id in self._dice.sample(sorted(self.messages), min(3, len(self.messages))):
            await self.tell(name, "message", self.fact(event_id, author="customer", text="again"))

    async def _nonsense(self, name: str) -> None:
        signal = self._dice.choice((*_NEVER_HAPPENED, "message", "tag_added", "granted", "queued"))
        body = self._dice.choice(
            (_NEVER_HAPPENED.get(signal, {}), [], None, 3, {"event_id": 7, "text": ["x"]}, "x" * 50_000)
        )
        await self.tell(name, signal, body)

    async def _cancelled(self, name: str) -> None:
        handle: WorkflowHandle[Any, Any] = self._client.get_workflow_handle(f"conversation/{name}")
        try:
            await handle.cancel()
        except RPCError:  # it is over, or the server is away: a person would try again, or not
            return

    async def _adopts(self, name: str) -> None:
        mode = self._dice.choice(("pin", "carry", "restart"))
        document = self._dice.choice((None, None, {"policy": "storm"}, {"rules": 3}))
        body = {"policy": self._dice.choice(("storm", "storm", "tiered", "none")), "mode": mode, "document": document}
        await self.order(name, "adopt_policy", actor="lead", command_id=f"c-{self._number()}", **body)

    def _person(self) -> str:
        return self._dice.choice([name for names in PEOPLE.values() for name in names])

    def _number(self) -> int:
        self._sent += 1
        return self._sent

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)


def hash_of(name: str) -> int:
    """Return a number for a name that is the same in every process."""
    return sum(name.encode())
