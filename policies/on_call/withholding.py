"""Calls that rules want for a conversation that is part of a known outage: withheld, and remembered.

Promises that a call for security, an alert and a call that a person asks for are never withheld. Must not know when a
conversation is part of an outage (`policies.outages`).
"""

from policies.document.document import ReasonCode
from policies.running.turn import Turn
from policies.state.records.on_call import OnCallRun
from policies.state.records.outages.known import Outages, WithheldCall

_NEVER: ReasonCode = "security"
"""The reason of calls that an outage does not hold back: an account in danger is another problem."""
_KEPT = 10
"""The most calls that are remembered; the oldest is forgotten."""


def withholds(turn: Turn, call: WithheldCall) -> bool:
    """Return whether a known outage holds back this call of a rule; remember the call, and say so on the timeline."""
    link = turn.situation.outages.link
    if link is None or not call.rule or call.reason == _NEVER:
        return False
    remember(turn, call)
    text = f"{call.target} not called, because outage {link.name} is known: {call.headline}"
    turn.record("call_withheld", text, rule=call.rule)
    return True


def remember(turn: Turn, call: WithheldCall) -> None:
    """Remember a call, in place of an earlier one of the same rule to the same target."""
    withheld = turn.situation.outages.withheld
    others = tuple(each for each in withheld if (each.rule, each.target) != (call.rule, call.target))
    turn.change(Outages, withheld=(*others[1 - _KEPT :], call))


def is_held_back(turn: Turn, run: OnCallRun) -> bool:
    """Return whether an outage stops this on-call run: a rule began it, and not for security."""
    return bool(run.rule) and reason_of(turn, run) != _NEVER


def reason_of(turn: Turn, run: OnCallRun) -> str:
    """Return the reason for which a rule began a run: as it was remembered, else as the policy gives it; or empty."""
    remembered = [move.reason for move in turn.situation.responsible.moves if move.call == run.id]
    given = [each.reason for each in turn.policy.document.rules if each.name == run.rule and each.reason]
    return next(iter((*remembered, *given)), "")
