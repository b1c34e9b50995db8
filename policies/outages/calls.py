"""The calls of rules for a conversation that is part of an outage: stopped, and made afterwards if still needed.

Must not know when a conversation is part of an outage (`joining`).
"""

from policies.on_call import ladder, withholding
from policies.running.turn import Turn
from policies.state.records.outages.known import KnownOutage, Outages, WithheldCall


def stop(turn: Turn, known: KnownOutage) -> None:
    """Stop the ladders that rules began, and remember them: they go on afterwards where the customer still waits."""
    stopped = [run for run in turn.situation.on_call.runs if run.can_go_on and withholding.is_held_back(turn, run)]
    for run in stopped:
        reason = withholding.reason_of(turn, run)
        withholding.remember(turn, WithheldCall(run.rule, run.ladder, run.headline, run.cause, reason))
    ids = {run.id for run in stopped}
    ladder.stand_down(turn, f"outage {known.name} is known", only=lambda run: run.id in ids)


def make_withheld(turn: Turn) -> None:
    """Make the calls that were held back, where the customer still waits: those of one cause may become an incident."""
    s, withheld = turn.situation, turn.situation.outages.withheld
    if not withheld or (s.lifecycle.is_paused and s.waiting.since is not None):
        return
    turn.change(Outages, withheld=())
    for call in withheld if s.is_waiting else ():
        if call.target in turn.policy.document.escalations or _is_still_wanted(turn, call):
            ladder.tell(turn, call.target, call.headline, call.because, rule=call.rule, reason=call.reason)


def _is_still_wanted(turn: Turn, call: WithheldCall) -> bool:
    """Return whether the policy of today still has the rule with this target; an adopted policy may have neither."""
    rules = [rule for rule in turn.policy.document.rules if rule.name == call.rule]
    return any(do.notify == call.target for rule in rules for do in rule.do)
