"""The policy that a run was pinned to, as it is handed to the next run.

Promises that a policy too large to be handed on is named, so that the next run can look it up again.
"""

from activities.catalog import PinnedPolicy
from policies.running.policy import Policy, prepare
from workflows.carrying.fitting import SMALL, CarriedState, shortened
from workflows.carrying.packing import size_of

_ESCALATIONS = "escalations"


def left_behind(pinned: CarriedState) -> CarriedState:
    """Keep the policy's name, its version and, where small, its escalations: the next run looks it up again.

    The look-up may find another version, and the calls under way have to go on to the people they were meant for.
    """
    document = pinned["document"]
    named = shortened({name: document[name] for name in ("policy", "version")}, 1_000)
    escalations = document.get(_ESCALATIONS, {})
    if size_of(escalations) < SMALL:
        named[_ESCALATIONS] = escalations
    return {"digest": pinned["digest"], "document": named, "is_left_behind": True}


def prepared(pinned: PinnedPolicy) -> Policy | None:
    """Return the policy ready for use; None where it was left behind. Raises whatever preparing it raises."""
    return None if pinned.is_left_behind else prepare(pinned.digest, pinned.document)
