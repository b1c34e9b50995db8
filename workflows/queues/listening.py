"""The signals and updates that a team takes, by the names in the contract.

Promises that each takes one JSON object, and tells in the Temporal UI which fields belong into it. Must not know what
follows.
"""

from workflows.arrivals.handlers import signal, update
from workflows.frame.shell import Shell
from workflows.queues.state import TeamState


class TeamListening(Shell[TeamState]):
    """The base class of the team workflow, with a handler for each signal and update."""

    asked = signal("asked", "From a conversation: it waits for a person: {conversation, ticket, since, …}")
    owned = signal("owned", "From a conversation: who has it: {conversation, ticket, agent, is_waiting}")
    left = signal("left", "From a conversation: it needs nobody here any more: {conversation, because}")
    presence = signal("presence", "Somebody came or went: {agent, presence: available|busy|away|offline}")
    heartbeat = signal("heartbeat", "Somebody's program is still there: {agent}")

    accept = update("accept", "Take what was offered: {actor, conversation_id, offer}")
    decline = update("decline", "Not me: {actor, conversation_id, offer, note}")
    set_presence = update("set_presence", "Say who is there: {actor, agent, presence: available|busy|away|offline}")
