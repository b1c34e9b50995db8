"""The signals and updates of a team: what its queue can be told and asked.

Promises that every one takes one JSON object and says in the UI what belongs into it. Must not know what follows.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

from workflows.handlers import decode, signal, update


class TeamListening(ABC):
    """What a team workflow inherits."""

    asked = signal("asked", "From a conversation: it waits for a person: {conversation, ticket, since, …}")
    owned = signal("owned", "From a conversation: who has it: {conversation, ticket, agent, is_waiting}")
    left = signal("left", "From a conversation: it needs nobody here any more: {conversation, because}")
    presence = signal("presence", "Somebody came or went: {agent, presence: available|busy|away|offline}")
    heartbeat = signal("heartbeat", "Somebody's program is still there: {agent}")

    accept = update("accept", "Take what was offered: {actor, conversation_id, offer}")
    decline = update("decline", "Not me: {actor, conversation_id, offer, note}")
    set_presence = update("set_presence", "Say who is there: {actor, agent, presence: available|busy|away|offline}")

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal that nobody knows is kept where operators see it."""
        self.receive(name, [decode(arg) for arg in args])

    @abstractmethod
    def receive(self, name: str, body: Any) -> None:
        """Take a fact in; never raises."""

    @abstractmethod
    def refuse(self, name: str, body: Any) -> None:
        """Raise a refusal where the command can't be carried out as things stand; changes nothing."""

    @abstractmethod
    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """Take a command in; what its caller is told. Raises a refusal."""
