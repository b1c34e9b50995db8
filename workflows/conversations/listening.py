"""The signals and updates that a conversation takes: those of the contract's tables.

Promises that each takes one JSON object, and tells in the Temporal UI which fields belong into it. Must not know what
follows.
"""

from policies.contract.requests import COMMANDS
from policies.state.events import SIGNALS
from workflows.arrivals.handlers import takes
from workflows.conversations.state import ConversationState
from workflows.frame.shell import Shell


@takes(SIGNALS, COMMANDS)
class Listening(Shell[ConversationState]):
    """The base class of the conversation workflow, with a handler for each signal and update."""
