"""decide: what follows from an event. The product.

Promises that the same events end in the same situation whatever order they arrive in: a fact is judged at the instant
it happened, and one that comes late is put in its place and everything after it is judged again. What had been done by
then and would not have been is corrected on the record. Must not know clocks, rules or teams (`playbook`, `deadlines`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

from policies import corrections, understanding
from policies.conversation import Conversation, Decision
from policies.deadlines import advance, is_overtaken
from policies.effects import AGAIN, AnyEffect, Assign
from policies.events import AnyEvent, ConversationStarted, DeadlineReached, Fact, MessageUnderstood
from policies.limits import REMARKS_LIMIT, RETRACTED_LIMIT, TAIL_LIMIT
from policies.playbook import play
from policies.policy import Policy
from policies.setting_aside import NOTHING, LeftOut, blaming
from policies.situation import Entry, Situation
from policies.turn import Turn

_WORDING = {
    *("due_at", "because", "headline", "facts", "body", "promises", "people", "rotation", "text", "storm", "members"),
    *("why", "customer", "subject", "tags", "asked", "choices", "confirm", "asks", "answers", "hindsight"),
}
_NUMBER, _DIGITS = re.compile(r"\d+"), 20
_FOLDED_AT_ONCE = TAIL_LIMIT // 2
_SKEW = timedelta(seconds=2)
"""Clocks of two machines differ; only more than this is worth a line on the record."""

WORK_LIMIT = 12_000
"""Rule judgements one workflow task may take for facts: the SDK gives up on a task that runs for two seconds."""
FACT_COST = 100
"""What a fact costs beside its rules, in rule judgements."""
TAGS_AS_ONE_RULE = 20
"""Tags that make judging a rule as dear again, because conditions look through them."""


def decide(
    conversation: Conversation, event: AnyEvent, now: datetime, *, policy: Policy, left_out: LeftOut = NOTHING
) -> Decision:
    """Return the new state, the effects and the reasons. `now` is when the event is seen, never before it happened.

    Raises `CouldNotBeJudgedError` where the policy or a bug of ours raises on one fact or deadline.
    """
    if not isinstance(event, DeadlineReached):
        return decide_all(conversation, (event,), now, policy=policy, left_out=left_out)
    turn = Turn(conversation.situation, policy, now, "", left_out=left_out)
    advance(turn, now, inclusive=True)
    return conclude(conversation, turn, conversation.tail)


def decide_all(
    conversation: Conversation,
    facts: Sequence[Fact],
    now: datetime,
    *,
    policy: Policy,
    left_out: LeftOut = NOTHING,
    until: datetime | None = None,
) -> Decision:
    """Take facts in together, in the order in which they happened, and only then let time pass, up to `now`.

    A backlog so costs one judgement, and a promise that was kept within it is never called broken. Where it takes
    several, time passes `until` the instant of the last fact of each but the last. Raises as `decide`.
    """
    then = min(until, now) if until is not None else now
    again = repeated(conversation, facts)
    new = [fact for fact in facts if not any(fact is one for one in again)]
    if not new:
        return Decision(conversation, is_duplicate=True)
    placed = [_place_in_time(fact, conversation, now) for fact in new]
    remarks = tuple(remark for _, said in placed for remark in said)
    ordered = tuple(sorted((fact for fact, _ in placed), key=order))
    seen = reduce(lambda known, fact: known.add(fact.event_id, now), new, conversation.seen)
    conversation = replace(conversation, seen=seen)
    if not _comes_last(conversation, ordered[0]):
        decision = _judge_again(conversation, ordered, then, policy, remarks, left_out)
    else:
        turn = Turn(conversation.situation, policy, ordered[0].occurred_at, "", left_out=left_out)
        for fact in ordered:
            _take_in(turn, fact)
        advance(turn, then, inclusive=True)
        decision = conclude(conversation, turn, (*conversation.tail, *ordered), remarks)
    return _fold_away(decision, policy, left_out)


def repeated(conversation: Conversation, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts that were taken in before, or come more than once among these."""
    known: set[str] = set()
    again: list[Fact] = []
    for fact in facts:
        if fact.event_id in known or fact.event_id in conversation.seen:
            again.append(fact)
        known.add(fact.event_id)
    return tuple(again)


def how_many(conversation: Conversation, facts: Sequence[Fact], policy: Policy) -> int:
    """Return how many of these facts, sorted by `order`, one workflow task may judge: at least one.

    A late fact has the remembered facts judged again. Counted, not timed, so that a replay does the same.
    """
    folded_again = len(conversation.tail) if facts and not _comes_last(conversation, facts[0]) else 0
    tags = len(conversation.situation.tags)
    per_fact = FACT_COST + len(policy.document.rules) * (1 + tags // TAGS_AS_ONE_RULE)
    return max(1, WORK_LIMIT // per_fact - folded_again)


def _place_in_time(event: Fact, conversation: Conversation, now: datetime) -> tuple[Fact, tuple[Entry, ...]]:
    """An instant that can't be true is moved to the nearest that can, on the record."""
    at = min(max(event.occurred_at, conversation.base.at), now)
    if at == event.occurred_at:
        return event, ()
    moved = event.model_copy(update={"occurred_at": at})
    if isinstance(event, MessageUnderstood) or abs(at - event.occurred_at) <= _SKEW:
        return moved, ()
    said = f"{event.kind} said {event.occurred_at.isoformat(timespec='seconds')}"
    why = "in the future" if event.occurred_at > now else "before the conversation's remembered past"
    return moved, (Entry(at, "clamped", f"{said}, which is {why}: taken as {at.isoformat(timespec='seconds')}"),)


def order(fact: Fact) -> tuple[bool, datetime, str]:
    """What facts are sorted by: the instant they happened, then their ids; a conversation starts with its start.

    Many helpdesks tell whole seconds and count their events, so numbers in ids are compared as numbers: 9 before 10.
    """
    counted = _NUMBER.sub(lambda number: number[0].zfill(_DIGITS), fact.event_id)
    return not isinstance(fact, ConversationStarted), fact.occurred_at, counted


def _comes_last(conversation: Conversation, fact: Fact) -> bool:
    reached = conversation.situation.deadline_at
    if reached is not None and fact.occurred_at <= reached:
        return False
    return not conversation.tail or order(fact) > order(conversation.tail[-1])


def _take_in(turn: Turn, fact: Fact) -> None:
    advance(turn, fact.occurred_at, inclusive=False)
    turn.begin(fact.occurred_at, fact.event_id)
    with blaming("event", fact.event_id, fact.kind.replace("_", " "), turn.left_out):
        play(turn, fact)


def _fold(base: Situation, facts: tuple[Fact, ...], policy: Policy, left_out: LeftOut) -> Turn:
    turn = Turn(base, policy, base.at, "", left_out=left_out)
    for fact in facts:
        _take_in(turn, fact)
    return turn


def _judge_again(
    conversation: Conversation,
    facts: tuple[Fact, ...],
    now: datetime,
    policy: Policy,
    remarks: tuple[Entry, ...],
    left_out: LeftOut,
) -> Decision:
    """Put late facts in their place, judge everything after them again, and correct what would have been otherwise."""
    late = tuple(fact for fact in facts if not _comes_last(conversation, fact))
    tail = tuple(sorted((*conversation.tail, *facts), key=order))
    turn = _fold(conversation.base, tail, policy, left_out)
    advance(turn, now, inclusive=True)
    known = set(conversation.situation.timeline)
    turn.because = [entry for entry in turn.because if entry.at >= facts[0].occurred_at and entry not in known]
    standing, retracted = _withdraw(conversation, turn.effects)
    decision = conclude(standing, turn, tail, remarks)
    return corrections.correct(decision, retracted, late, now, policy) if retracted else decision


def _withdraw(conversation: Conversation, asked: list[AnyEffect]) -> tuple[Conversation, tuple[AnyEffect, ...]]:
    """What was issued and is not asked for any more, or to another effect; wording alone makes none another."""
    now_asked = {(effect := _renewed(asked_again, conversation)).key: effect for asked_again in asked}
    stands = [_does_the_same(effect, now_asked.get(effect.key)) for effect in conversation.issued]
    retracted = tuple(effect for effect, kept in zip(conversation.issued, stands, strict=True) if not kept)
    keys = (*conversation.retracted, *(effect.key for effect in retracted))[-RETRACTED_LIMIT:]
    issued = tuple(effect for effect, kept in zip(conversation.issued, stands, strict=True) if kept)
    return replace(conversation, issued=issued, retracted=keys), retracted


def _does_the_same(effect: AnyEffect, other: AnyEffect | None) -> bool:
    return other is not None and effect.model_dump(exclude=_WORDING) == other.model_dump(exclude=_WORDING)


def _renewed(effect: AnyEffect, conversation: Conversation) -> AnyEffect:
    """What was taken back and is wanted after all gets a new key: the world would take the old one for done."""
    key = effect.key
    while key in conversation.retracted:
        key += AGAIN
    return effect if key == effect.key else effect.model_copy(update={"key": key})


def conclude(
    conversation: Conversation, turn: Turn, tail: tuple[Fact, ...], remarks: tuple[Entry, ...] = ()
) -> Decision:
    """The decision of a turn: of what it asks for, what is new, and neither undone nor overtaken by its end."""
    issued = {effect.key for effect in conversation.issued}
    current = (
        effect
        for effect in turn.effects
        if not _is_superseded(effect, turn.situation) and not is_overtaken(effect, turn)
    )
    effects = tuple(effect for effect in (_renewed(one, conversation) for one in current) if effect.key not in issued)
    decided = replace(
        conversation,
        situation=turn.situation,
        tail=tail,
        issued=(*conversation.issued, *effects),
        remarks=(*conversation.remarks, *remarks)[-REMARKS_LIMIT:],
    )
    return Decision(decided, effects, (*remarks, *turn.because))


def _is_superseded(effect: AnyEffect, situation: Situation) -> bool:
    """Only what still holds at the end is carried out: the desk does things as they come, not as they happened."""
    if isinstance(effect, Assign):
        return effect.key != situation.assigned_by
    return not corrections.holds(effect, situation)


def _fold_away(decision: Decision, policy: Policy, left_out: LeftOut) -> Decision:
    """Keep the remembered past short: half of a full tail becomes the base that late events can't go behind."""
    conversation = decision.conversation
    if len(conversation.tail) <= TAIL_LIMIT:
        return decision
    number = _FOLDED_AT_ONCE * -((TAIL_LIMIT - len(conversation.tail)) // _FOLDED_AT_ONCE)
    old, tail = conversation.tail[:number], conversation.tail[number:]
    earlier = understanding.to_keep((*conversation.earlier, *old), conversation.situation)
    gone = [fact for fact in (*conversation.earlier, *old) if fact not in earlier]
    lost = understanding.folded_away_unread(conversation.situation, gone)
    remarks = (Entry(decision.conversation.situation.at, "not_understood", lost),) if lost else ()
    turn = _fold(conversation.base, old, policy, left_out)
    done = {_renewed(effect, conversation).key for effect in turn.effects}
    issued = tuple(effect for effect in conversation.issued if effect.key not in done)
    kept = (*conversation.remarks, *remarks)[-REMARKS_LIMIT:]
    folded = replace(
        conversation,
        base=understanding.no_longer_unread(turn.situation, gone),
        situation=understanding.no_longer_unread(conversation.situation, gone),
        earlier=earlier,
        tail=tail,
        issued=issued,
        remarks=kept,
    )
    return replace(decision, conversation=folded, because=(*decision.because, *remarks))
