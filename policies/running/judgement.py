"""The judging of one condition in a turn: its work is counted, and the work for one cause is bounded.

Must not know what follows from the answer.
"""

from policies.running.conditions.evaluating import Condition, DidNotEvaluate, PreparedFacts, activation_for
from policies.running.fact_sheet import facts_of
from policies.running.facts import EventFacts
from policies.running.turn import Turn
from policies.running.workload import CAUSE_LIMIT, PREPARED

_TOO_MUCH = "too few of the steps that one event may take are left for it: write fewer rules, or simpler conditions"


def prepared(turn: Turn, event: EventFacts) -> PreparedFacts:
    """Return the facts as they stand in this turn, ready for any number of conditions."""
    turn.spend(PREPARED)
    return activation_for(facts_of(turn, event))


def judged(
    turn: Turn, condition: Condition, facts: PreparedFacts, *, in_any_case: bool = False
) -> bool | DidNotEvaluate:
    """Return whether the condition holds, or why that can't be told. `in_any_case` ignores the bound on a cause."""
    steps = condition.steps(facts)
    if turn.spent_on_cause + steps > CAUSE_LIMIT and not in_any_case:
        return DidNotEvaluate(_TOO_MUCH)
    turn.spend(steps)
    return condition.judge(facts)
