"""Consequences: whatever changed a conversation, a fact or time, the same parts of it are looked at afterwards.

Promises one order for facts and deadlines. Must not know what happened.
"""

from policies import drills, feedback
from policies.handoff import briefing, stages
from policies.on_call import call_leases
from policies.queues import queueing
from policies.running.turn import Turn
from policies.sla import after_hours, silence, sla


def follow(turn: Turn) -> None:
    """Bring everything that depends on the situation up to date: to be called after every fact and deadline."""
    catch_up(turn)
    feedback.follow(turn)


def catch_up(turn: Turn) -> None:
    """Do all of `follow` but ask how it went: a change of policy alone must not ask about old resolutions."""
    after_hours.look(turn)
    call_leases.follow(turn)
    stages.follow(turn)
    briefing.follow(turn)
    queueing.follow(turn)
    sla.follow(turn)
    silence.follow(turn)
    drills.look(turn)
