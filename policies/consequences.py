"""The steps that follow every change of a conversation, in one order: each fact, deadline and change of policy.

Promises that each step sees all that the steps before it changed. Must not know which change it was.
"""

from collections.abc import Callable

from policies import drills, feedback, storms
from policies.handoff import briefing, stages
from policies.handoff.memory import remembering
from policies.on_call import call_leases
from policies.outages import joining
from policies.queues import queueing
from policies.running.turn import Turn
from policies.sla import after_hours, holding, responsible, silence, sla

STEPS: tuple[Callable[[Turn], None], ...] = (
    # First: it may give the conversation to another team, and all steps below ask which team has it. So a lease that
    # runs on ends with that team's promise.
    after_hours.look,
    # Before all steps below, which ask who has it.
    responsible.follow,
    # Before the handoff's rules speak. Nothing but the order of what is told depends on that.
    call_leases.follow,
    # Before all steps below: the handoff's rules may give the conversation to another team or person, or resolve it.
    stages.follow,
    # Needs the handoff's number: people are briefed once for each.
    briefing.follow,
    # After the briefing only so that the agents' note is asked for before their team is told.
    queueing.follow,
    # Ends, meets and begins promises by what holds now; the agents' team and the handoff are settled above.
    sla.follow,
    # Needs the handoff's state and the assignee; any place below `stages` would do.
    silence.follow,
    # Needs all that conditions see as it stands now. Before drills and feedback only because it may call people.
    joining.look,
    # Needs nothing of the steps above.
    holding.note_unreadable,
    # Needs nothing of the steps above: the customer's consent, and whether their choices were asked for.
    remembering.follow,
    # May resolve a drill, which has no handoff, briefing or queue entry; above `feedback` any place would do.
    drills.look,
    # Needs to know whether the conversation is resolved. Drills and incidents are not asked about.
    feedback.follow,
    # Last: rules of the steps above may resolve the conversation, which ends a call that waits for an incident.
    storms.look,
)
_WITHOUT_FEEDBACK = tuple(step for step in STEPS if step is not feedback.follow)


def follow(turn: Turn) -> None:
    """Bring all that depends on the situation up to date, after a fact or a deadline."""
    for step in STEPS:
        step(turn)


def follow_policy(turn: Turn) -> None:
    """Bring all that depends on the policy up to date. No person is asked how an old resolution went."""
    for step in _WITHOUT_FEEDBACK:
        step(turn)
