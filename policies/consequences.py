"""What every change of a conversation may make necessary, whatever brought it: a fact, or time.

Promises one order for both. Must not know what happened.
"""

from policies import after_hours, call_leases, drills, feedback, queueing, silence
from policies.handoff import briefing, stages
from policies.turn import Turn


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
