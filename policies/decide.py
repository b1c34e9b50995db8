"""The decision: what follows from an event. Theory of operation:

A conversation carries
- `base`: the situation that the oldest facts led to; these facts are forgotten, and no later fact can change it,
- `tail`: the facts since `base`, a few dozen (`TAIL_LIMIT`), in `order`: by instant, then kind, then id,
- `situation`: `base` with the tail played over it, and with all deadlines reached that came due on the way,
- `issued`: the effects asked for since `base`, each with its key,
- `retracted`: the keys of effects that were issued and later taken back.

`decide_all` judges a batch of facts in this order:
1. Drop facts whose id was taken in before. Where no fact is left, nothing changes.
2. Move an instant in the future, or before `base`, to the nearest instant that is possible, on the record.
3. Put the facts in `order`. For each fact, first reach the deadlines before its instant, then play it. A deadline at
   the very instant of a fact comes after it: a reply at the due time is in time.
4. Reach the deadlines up to `now`. After `limit` steps of work the judgement stops; facts not reached are `left`.
5. Ask for the effects that still hold at the end and are not `issued` yet.
6. Fold the oldest facts into `base` where the tail is too long, or too much work to judge again.

A fact is late where it does not come after the whole tail and after the latest deadline that was reached. Then the tail
is judged again from `base`, with the late fact in its place. An issued effect that is asked for again stays issued: it
is not carried out twice. An issued effect that is no longer asked for becomes `retracted`, and `corrections` undoes it
on the record. A retracted effect that is asked for after all gets a new key.

Promises that the same events end in the same situation, whatever order they arrive in. Must not know clocks, rules or
teams (`playbook`, `deadlines`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

from policies import corrections, rules
from policies.deadlines import advance, overtaken
from policies.playbook import play
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.running.workload import FACT, NO_LIMIT, TAIL_WORK_LIMIT
from policies.state.conversation import Conversation, Decision
from policies.state.effects import AnyEffect
from policies.state.events import (
    AnyEvent,
    ConversationStarted,
    DeadlineReached,
    EditionChanged,
    Fact,
    MessageUnderstood,
    remembered,
)
from policies.state.keys import Cause, Key
from policies.state.limits import REMARKS_LIMIT, RETRACTED_LIMIT, TAIL_LIMIT
from policies.state.records.told import Entry
from policies.state.setting_aside import NOTHING, LeftOut, blaming
from policies.state.situation import Situation
from policies.understanding import understanding

_NUMBER, _DIGITS = re.compile(r"\d+"), 20
_FOLDED_AT_ONCE = TAIL_LIMIT // 2
_SKEW = timedelta(seconds=2)
"""Clocks of two machines differ; an instant moved by no more than this is not worth a line on the record."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A fact as it was given, the same fact as it is judged, and remarks on the difference."""

    given: Fact
    fact: Fact
    remarks: tuple[Entry, ...] = ()


def decide(
    conversation: Conversation,
    event: AnyEvent,
    now: datetime,
    *,
    policy: Policy,
    left_out: LeftOut = NOTHING,
    limit: int = NO_LIMIT,
) -> Decision:
    """Return the new state, the effects and the reasons. `now` is when the event is seen, never before it happened.

    Stops before the next deadline once `limit` steps of work are done, but reaches at least one. Raises
    `CouldNotBeJudgedError` where the policy or a bug of ours raises on one fact or deadline.
    """
    if not isinstance(event, DeadlineReached):
        return decide_all(conversation, (event,), now, policy=policy, left_out=left_out, limit=limit)
    turn = Turn(conversation.situation, policy, now, left_out=left_out, listen=rules.fire)
    advance(turn, now, inclusive=True, limit=limit)
    decision = conclude(conversation, turn, conversation.tail, work=conversation.tail_work + turn.spent)
    return _fold_away(decision, policy, left_out)


def decide_all(
    conversation: Conversation,
    facts: Sequence[Fact],
    now: datetime,
    *,
    policy: Policy,
    left_out: LeftOut = NOTHING,
    limit: int = NO_LIMIT,
) -> Decision:
    """Take facts in together, in the order in which they happened, and only then let time pass, up to `now`.

    So a backlog costs one judgement, and a promise kept within it is never called broken. Where the work is more than
    `limit` steps, the later facts are returned as `left`, and time stops before them. Raises as `decide`.
    """
    again = repeated(conversation, facts)
    repeated_ids = {id(fact) for fact in again}
    new = [fact for fact in facts if id(fact) not in repeated_ids]
    if not new:
        return Decision(conversation, is_duplicate=True)
    placed = [_place_in_time(fact, conversation, now) for fact in new]
    happening = order(conversation, [one.fact for one in placed])
    placed = sorted(placed, key=lambda one: happening(one.fact))
    judge = _judge_in_order if _comes_last(conversation, placed[0].fact) else _judge_again
    turn = Turn(conversation.situation, policy, placed[0].fact.occurred_at, left_out=left_out, listen=rules.fire)
    decision = judge(conversation, turn, placed, now, limit)
    taken = placed[: len(placed) - len(decision.left)]
    seen = reduce(lambda known, one: known.add(one.fact.event_id, now), taken, conversation.seen)
    decision = replace(decision, conversation=replace(decision.conversation, seen=seen))
    return _fold_away(decision, policy, left_out)


def repeated(conversation: Conversation, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts that were taken in before, and those that come a second time among `facts`."""
    known: set[str] = set()
    again: list[Fact] = []
    for fact in facts:
        if fact.event_id in known or fact.event_id in conversation.seen:
            again.append(fact)
        known.add(fact.event_id)
    return tuple(again)


def _place_in_time(event: Fact, conversation: Conversation, now: datetime) -> _Placed:
    """Move an instant that can't be true to the nearest that can: from `base` to `now`. Remark it beyond `_SKEW`."""
    at = min(max(event.occurred_at, conversation.base.at), now)
    if at == event.occurred_at:
        return _Placed(event, event)
    moved = event.model_copy(update={"occurred_at": at})
    if isinstance(event, MessageUnderstood) or abs(at - event.occurred_at) <= _SKEW:
        return _Placed(event, moved)
    said = f"{event.kind} said {event.occurred_at.isoformat(timespec='seconds')}"
    why = "in the future" if event.occurred_at > now else "before the conversation's remembered past"
    text = f"{said}, which is {why}: taken as {at.isoformat(timespec='seconds')}"
    return _Placed(event, moved, (Entry(at, "clamped", text),))


def order(conversation: Conversation, new: Sequence[Fact] = ()) -> Callable[[Fact], tuple[bool, datetime, int, str]]:
    """Return the key that facts of this conversation are sorted by: the instant, then the kind, then the id.

    A conversation's start comes before all. Many helpdesks tell whole seconds and count their events, so numbers in
    ids are compared as numbers: 9 before 10. `new` are facts that are not in the tail yet.
    """
    facts = (*conversation.tail, *new)
    changes = sorted((fact.occurred_at, fact.edition) for fact in facts if isinstance(fact, EditionChanged))

    def key(fact: Fact) -> tuple[bool, datetime, int, str]:
        before = [edition for at, edition in changes if at < fact.occurred_at]
        edition = before[-1] if before else conversation.base.edition
        kind = fact.at_one_instant if edition >= 3 else 0  # before, only ids decided between events of one instant
        counted = _NUMBER.sub(lambda number: number[0].zfill(_DIGITS), fact.event_id)
        return not isinstance(fact, ConversationStarted), fact.occurred_at, kind, counted

    return key


def _comes_last(conversation: Conversation, fact: Fact) -> bool:
    reached = conversation.situation.deadline_at
    if reached is not None and fact.occurred_at <= reached:
        return False
    happening = order(conversation, (fact,))
    return not conversation.tail or happening(fact) > happening(conversation.tail[-1])


def _take_in(turn: Turn, fact: Fact) -> None:
    turn.begin(fact.occurred_at, Cause(fact.event_id))
    turn.spend(FACT)
    with blaming("event", fact.event_id, fact.kind.replace("_", " "), turn.left_out):
        play(turn, fact)


def _fold(base: Situation, facts: tuple[Fact, ...], policy: Policy, left_out: LeftOut) -> Turn:
    turn = Turn(base, policy, base.at, left_out=left_out, listen=rules.fire)
    for fact in facts:
        advance(turn, fact.occurred_at, inclusive=False)
        _take_in(turn, fact)
    return turn


def _judge_in_order(
    conversation: Conversation, turn: Turn, placed: Sequence[_Placed], now: datetime, limit: int
) -> Decision:
    """Judge facts that happened after everything that was judged before."""
    taken = 0
    for one in placed:
        is_reached = turn.spent < limit and advance(turn, one.fact.occurred_at, inclusive=False, limit=limit)
        if not is_reached:
            break
        _take_in(turn, one.fact)
        taken += 1
    else:
        advance(turn, now, inclusive=True, limit=limit)
    tail = (*conversation.tail, *(remembered(one.fact) for one in placed[:taken]))
    return _concluded(conversation, turn, tail, placed, taken, work=conversation.tail_work + turn.spent)


def _judge_again(
    conversation: Conversation, turn: Turn, placed: Sequence[_Placed], now: datetime, limit: int
) -> Decision:
    """Judge the tail again from `base`, with the late facts in their places, and correct what turns out differently.

    The remembered facts are judged again as a whole, whatever the limit, and at least one of the new facts with them.
    """
    turn.situation, reached = conversation.base, conversation.situation.deadline_at
    tail, taken = _take_in_between(turn, conversation, [one.fact for one in placed], limit)
    if reached is not None:
        advance(turn, reached, inclusive=True)
    if taken == len(placed):
        advance(turn, now, inclusive=True, limit=limit)
    facts = tuple(one.fact for one in placed[:taken])
    late = tuple(fact for fact in facts if not _comes_last(conversation, fact))
    known = set(conversation.situation.told.timeline)
    turn.because = [entry for entry in turn.because if entry.at >= facts[0].occurred_at and entry not in known]
    standing, retracted = _withdraw(conversation, turn.effects)
    decision = _concluded(standing, turn, tail, placed, taken, work=turn.spent)
    return corrections.correct(decision, retracted, late, now, turn.policy) if retracted else decision


def _take_in_between(
    turn: Turn, conversation: Conversation, new: Sequence[Fact], limit: int
) -> tuple[tuple[Fact, ...], int]:
    """Take in the remembered facts and at least one new one; return the facts taken in, and how many are new."""
    ids, taken, is_full = {fact.event_id for fact in new}, 0, False
    tail: list[Fact] = []
    for fact in sorted((*conversation.tail, *new), key=order(conversation, new)):
        is_new = fact.event_id in ids
        is_full = is_full or (is_new and taken > 0 and turn.spent >= limit)
        if is_new and is_full:
            continue
        advance(turn, fact.occurred_at, inclusive=False)
        _take_in(turn, fact)
        tail.append(remembered(fact))
        taken += is_new
    return tuple(tail), taken


def _concluded(
    conversation: Conversation,
    turn: Turn,
    tail: tuple[Fact, ...],
    placed: Sequence[_Placed],
    taken: int,
    *,
    work: int,
) -> Decision:
    remarks = tuple(remark for one in placed[:taken] for remark in one.remarks)
    decision = conclude(conversation, turn, tail, remarks, work=work)
    return replace(decision, left=tuple(one.given for one in placed[taken:]))


def _withdraw(conversation: Conversation, asked: list[AnyEffect]) -> tuple[Conversation, tuple[AnyEffect, ...]]:
    """Split the issued effects into those still asked for, which stay issued, and those no longer asked for: retracted.

    Effects that differ only in wording are the same.
    """
    now_asked = {(effect := _renewed(asked_again, conversation)).key: effect for asked_again in asked}
    stands = [effect.does_the_same_as(now_asked.get(effect.key)) for effect in conversation.issued]
    retracted = tuple(effect for effect, kept in zip(conversation.issued, stands, strict=True) if not kept)
    keys = (*conversation.retracted, *(effect.key for effect in retracted))[-RETRACTED_LIMIT:]
    issued = tuple(effect for effect, kept in zip(conversation.issued, stands, strict=True) if kept)
    return replace(conversation, issued=issued, retracted=keys), retracted


def _renewed(effect: AnyEffect, conversation: Conversation) -> AnyEffect:
    """Give an effect that was taken back and is wanted after all a new key: the world takes the old key for done."""
    key = Key(effect.key)
    while key in conversation.retracted:
        key = key.again
    return effect if key == effect.key else effect.model_copy(update={"key": key})


def conclude(
    conversation: Conversation, turn: Turn, tail: tuple[Fact, ...], remarks: tuple[Entry, ...] = (), *, work: int = 0
) -> Decision:
    """Return the decision of a turn: its new effects, without those that its end has undone or overtaken."""
    issued, too_late = {effect.key for effect in conversation.issued}, overtaken(turn)
    dropped = [effect for effect in turn.effects if effect.is_superseded_in(turn.situation) or effect.key in too_late]
    current = (effect for effect in turn.effects if effect not in dropped)
    effects = tuple(effect for effect in (_renewed(one, conversation) for one in current) if effect.key not in issued)
    remarks = (*remarks, *_left_out(conversation, turn, [effect for effect in dropped if effect.key not in issued]))
    decided = replace(
        conversation,
        situation=turn.situation,
        tail=tail,
        issued=(*conversation.issued, *effects),
        remarks=(*conversation.remarks, *remarks)[-REMARKS_LIMIT:],
        tail_work=work,
    )
    return Decision(decided, effects, (*remarks, *turn.because), work=turn.spent)


def _left_out(conversation: Conversation, turn: Turn, dropped: Sequence[AnyEffect]) -> tuple[Entry, ...]:
    """Return a remark for each rule that fired and whose effect was overtaken before it left, once for each."""
    if turn.situation.edition < 3:
        return ()
    names = {rule.name for rule in turn.policy.document.rules}
    first = {(effect.because, effect.doing): effect.due_at for effect in reversed(dropped) if effect.because in names}
    found = (
        Entry(at, "not_done", f"Overtaken before it left: {doing} (rule “{rule}”)", rule)
        for (rule, doing), at in sorted(first.items())
    )
    return tuple(remark for remark in found if remark not in conversation.remarks)


def _fold_away(decision: Decision, policy: Policy, left_out: LeftOut) -> Decision:
    """Keep the remembered past short: fold the older part of the tail into the base, which late facts can't change."""
    conversation, number = decision.conversation, _how_many_too_old(decision)
    is_all = conversation.tail_work > TAIL_WORK_LIMIT and number == len(conversation.tail)
    if not number and not is_all:
        return decision
    old, tail = conversation.tail[:number], conversation.tail[number:]
    earlier = understanding.to_keep((*conversation.earlier, *old), conversation.situation)
    gone = [fact for fact in (*conversation.earlier, *old) if fact not in earlier]
    lost = understanding.folded_away_unread(conversation.situation, gone)
    remarks = (Entry(decision.conversation.situation.at, "not_understood", lost),) if lost else ()
    kept = (*conversation.remarks, *remarks)[-REMARKS_LIMIT:]
    conversation = replace(conversation, earlier=earlier, tail=tail, remarks=kept)
    folded, spent = _all_folded(conversation) if is_all else _folded(conversation, old, policy, left_out)
    folded = replace(
        folded,
        base=understanding.no_longer_unread(folded.base, gone),
        situation=understanding.no_longer_unread(conversation.situation, gone),
    )
    because, work = (*decision.because, *remarks), decision.work + spent
    return replace(decision, conversation=folded, because=because, work=work)


def _folded(
    conversation: Conversation, old: tuple[Fact, ...], policy: Policy, left_out: LeftOut
) -> tuple[Conversation, int]:
    """Play the old facts, which the tail no longer holds, into the base; return the steps of work that took, too."""
    turn = _fold(conversation.base, old, policy, left_out)
    done = {_renewed(effect, conversation).key for effect in turn.effects}
    issued = tuple(effect for effect in conversation.issued if effect.key not in done)
    work = max(0, conversation.tail_work - turn.spent)
    return replace(conversation, base=turn.situation, issued=issued, tail_work=work), turn.spent


def _all_folded(conversation: Conversation) -> tuple[Conversation, int]:
    return replace(conversation, base=conversation.situation, issued=(), tail_work=0), 0


def _how_many_too_old(decision: Decision) -> int:
    """Return how many facts of the tail to fold away: half of a tail too long, a quarter or more of one too much work.

    All of them where even half would be too much work to judge again. Never a fact that comes after one that is `left`.
    """
    conversation, number = decision.conversation, 0
    tail, work = conversation.tail, conversation.tail_work
    if len(tail) > TAIL_LIMIT:
        number = _FOLDED_AT_ONCE * -((TAIL_LIMIT - len(tail)) // _FOLDED_AT_ONCE)
    if work > TAIL_WORK_LIMIT:
        is_hopeless = work > 2 * TAIL_WORK_LIMIT
        to_keep = 0 if is_hopeless else min(len(tail) * TAIL_WORK_LIMIT // work, len(tail) * 3 // 4)
        number = max(number, len(tail) - to_keep)
    if decision.left and not _comes_last(conversation, decision.left[0]):
        happening = order(conversation, decision.left)
        before = sum(happening(fact) < happening(decision.left[0]) for fact in tail)
        number = max(0, min(number, before, len(tail) - 1))
    return number
