"""Another policy for a running conversation: what becomes of the promises made under the old one.

Promises that nothing changes without an explicit event, that a share of a target that has been recorded is not
recorded again when elapsed time counts (`carry`), and that late facts can't go back behind the change. Must not know
where policies come from.
"""

from dataclasses import replace
from datetime import datetime

from policies import after_hours, queueing, silence, sla, tagging
from policies.conversation import Conversation, Decision
from policies.deadlines import advance
from policies.decide import conclude, decide
from policies.events import DeadlineReached, PolicyAdopted
from policies.policy import Policy
from policies.situation import Situation
from policies.turn import Turn


def adopt(
    conversation: Conversation, event: PolicyAdopted, now: datetime, *, policy: Policy, adopted: Policy
) -> Decision:
    """Let the old policy judge everything up to now, then go on under the new one. With `pin` the old one stays."""
    if event.mode == "pin" or event.event_id in conversation.seen:
        return decide(conversation, event, now, policy=policy)
    reached = DeadlineReached(event_id="", occurred_at=now, source="baton")
    before = decide(conversation, reached, now, policy=policy)
    turn = Turn(before.conversation.situation, policy, now, event.event_id)
    _change_over(turn, event, adopted)
    advance(turn, now, inclusive=True)
    seen = before.conversation.seen.add(event.event_id, now)
    folded = replace(before.conversation, base=turn.situation, issued=(), seen=seen)
    after = conclude(folded, turn, ())
    return replace(after, effects=(*before.effects, *after.effects), because=(*before.because, *after.because))


def preview(situation: Situation, mode: str, now: datetime, *, policy: Policy, adopted: Policy) -> Situation:
    """How a conversation would stand after adopting, without anything being done."""
    event = PolicyAdopted.model_validate(
        {"event_id": "preview", "occurred_at": now, "policy": adopted.document.policy, "mode": mode, "by": "preview"}
    )
    conversation = Conversation(base=situation, situation=situation)
    return adopt(conversation, event, now, policy=policy, adopted=adopted).conversation.situation


def _change_over(turn: Turn, event: PolicyAdopted, adopted: Policy) -> None:
    turn.begin(turn.at, event.event_id)
    sla.stop_all(turn)
    before, turn.policy = turn.policy, adopted
    turn.change(is_tripped=False, firings=())  # whoever mended the loop wants the rules to work again
    name = f"{adopted.document.policy} v{adopted.document.version}"
    how = "elapsed time counts" if event.mode == "carry" else "open clocks begin anew"
    turn.record("policy_adopted", f"{event.by} changed the policy to {name}: {how}")
    if turn.situation.team and adopted.team(turn.situation.team) is None:
        turn.record("unknown_team", f"Team “{turn.situation.team}” is not in {name}: its promises end")
    if turn.situation.returns_to and adopted.team(turn.situation.returns_to) is None:
        turn.change(returns_to="")
    tagging.went_live(turn, before.document.tagging)
    sla.change_terms(turn, restart=event.mode == "restart")
    after_hours.look(turn)
    queueing.follow(turn)
    silence.follow(turn)
