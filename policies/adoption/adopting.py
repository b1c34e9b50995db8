"""Another policy for a running conversation: what becomes of the promises made under the old one.

Promises that nothing changes without an explicit event, that a share of a target that has been recorded is not recorded
again when elapsed time counts (`carry`), and that late facts change nothing from before the change. Must not
know where policies come from.
"""

from dataclasses import replace
from datetime import datetime

from policies import rules
from policies.adoption import changing_over, inherited_calls, inherited_details, inherited_teams, renamed_teams
from policies.adoption.changing_over import Known
from policies.deadlines import advance
from policies.decide import conclude, decide
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.conversation import Conversation, Decision
from policies.state.entry_kind import EntryKind
from policies.state.events import DeadlineReached, PolicyAdopted
from policies.state.keys import Cause
from policies.state.setting_aside import NOTHING, LeftOut
from policies.state.situation import Situation
from policies.understanding import understanding


def adopt(
    conversation: Conversation,
    event: PolicyAdopted,
    now: datetime,
    *,
    policy: Policy,
    adopted: Policy,
    left_out: LeftOut = NOTHING,
) -> Decision:
    """Let the old policy judge everything up to now, then go on under the new one. With `pin` the old one stays."""
    if event.mode == "pin" or event.event_id in conversation.seen:
        return decide(conversation, event, now, policy=policy, left_out=left_out)
    reached = DeadlineReached(event_id="", occurred_at=now, source="baton")
    before = decide(conversation, reached, now, policy=policy, left_out=left_out)
    turn = Turn(before.conversation.situation, policy, now, Cause(event.event_id), left_out=left_out, listen=rules.fire)
    _change_over(turn, event, adopted)
    after = _folded(before.conversation, turn, event, now)
    return replace(after, effects=(*before.effects, *after.effects), because=(*before.because, *after.because))


def go_on_from(
    conversation: Conversation,
    event: PolicyAdopted,
    now: datetime,
    before: Known,
    *,
    policy: Policy,
    left_out: LeftOut = NOTHING,
) -> Decision:
    """Go on under a policy where too little is known of the one before to judge anything by it."""
    if event.event_id in conversation.seen:
        return Decision(conversation, is_duplicate=True)
    turn = Turn(conversation.situation, policy, now, Cause(event.event_id), left_out=left_out, listen=rules.fire)
    turn.begin(now, Cause(event.event_id))
    changing_over.stop(turn)
    changing_over.go_on_from(turn, before)
    return _folded(conversation, turn, event, now)


def _folded(conversation: Conversation, turn: Turn, event: PolicyAdopted, now: datetime) -> Decision:
    """Return the decision of a turn that becomes the new base, which late facts can't change."""
    advance(turn, now, inclusive=True)
    seen = conversation.seen.add(event.event_id, now)
    earlier = understanding.to_keep((*conversation.earlier, *conversation.tail), turn.situation)
    return conclude(replace(conversation, base=turn.situation, issued=(), seen=seen, earlier=earlier), turn, ())


FATES: tuple[EntryKind, ...] = (
    inherited_calls.FATE,
    renamed_teams.FATE,
    inherited_teams.FATE,
    inherited_details.FATE,
    "unknown_team",
)
"""The kinds of timeline lines about parts that change or end with the policy; promises have kinds of their own."""


def foresee(situation: Situation, mode: str, now: datetime, *, policy: Policy, adopted: Policy) -> Decision:
    """Return what adopting would do to a conversation; nothing is done."""
    event = PolicyAdopted.model_validate(
        {"event_id": "preview", "occurred_at": now, "policy": adopted.document.policy, "mode": mode, "by": "preview"}
    )
    conversation = Conversation(base=situation, situation=situation)
    return adopt(conversation, event, now, policy=policy, adopted=adopted)


def preview(situation: Situation, mode: str, now: datetime, *, policy: Policy, adopted: Policy) -> Situation:
    """Return the situation after adopting."""
    return foresee(situation, mode, now, policy=policy, adopted=adopted).conversation.situation


def _change_over(turn: Turn, event: PolicyAdopted, adopted: Policy) -> None:
    turn.begin(turn.at, Cause(event.event_id))
    changing_over.stop(turn)
    before, turn.policy = turn.policy, adopted
    name = f"{adopted.document.policy} v{adopted.document.version}"
    how = "elapsed time counts" if event.mode == "carry" else "open clocks begin anew"
    turn.record("policy_adopted", f"{event.by} changed the policy to {name}: {how}")
    ladders = before.document.escalations
    changing_over.go_on(turn, before, ladders=ladders, restart=event.mode == "restart", by=event.by)
