"""What every change of a conversation may make necessary, whatever brought it: a fact, or time.

Promises one order for both. Must not know what happened.
"""

from policies import drills, feedback
from policies.handoff import briefing, stages
from policies.on_call import call_leases
from policies.queues import queueing
from policies.running.turn import Turn
from policies.sla import after_hours, silence


def follow(turn: Turn) -> None:
    """Let everything that depends on how things stand catch up with it."""
    catch_up(turn)
    feedback.follow(turn)


def catch_up(turn: Turn) -> None:
    """All of it but asking how it went: a change of policy alone asks nobody about what has been resolved before."""
    after_hours.look(turn)
    call_leases.follow(turn)
    stages.follow(turn)
    briefing.follow(turn)
    queueing.follow(turn)
    silence.follow(turn)
    drills.look(turn)
