"""The signals and updates that a team takes: those of its tables.

Promises that each takes one JSON object, and tells in the Temporal UI which fields belong into it. Must not know what
follows.
"""

from policies.queues.teams.messages import COMMANDS, SIGNALS
from workflows.arrivals.handlers import takes
from workflows.frame.shell import Shell
from workflows.queues.state import TeamState


@takes(SIGNALS, COMMANDS)
class TeamListening(Shell[TeamState]):
    """The base class of the team workflow, with a handler for each signal and update."""
