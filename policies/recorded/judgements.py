"""Judgements: what one decision was made from, and judging all of them again.

A conversation's decisions follow from its facts, from the instants at which it judged them, and from its policies. A
judgement holds the first two; the policy is named by its digest. Must not know where judgements are kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from policies.adoption.adopting import adopt
from policies.decide import decide, decide_all
from policies.running.policy import Policy
from policies.running.workload import NO_LIMIT, WORK_LIMIT
from policies.state.conversation import Conversation, Decision, opened
from policies.state.events import DeadlineReached, Fact, PolicyAdopted, remembered

How = Literal["facts", "command", "time", "adopted"]
"""The ways to judge: facts and time as much as one workflow task may, a command and another policy whole."""


class Opened(BaseModel):
    """How a conversation was opened: when, in which edition, and under which policy, by its digest."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    edition: int
    policy: str


class Judgement(BaseModel):
    """One judgement, with the facts that it took in, in the order in which they were judged.

    `number` counts the judgements of a `life` from 1 on: a conversation that begins again under its id has another.
    `then` is the earliest fact that was too much work and was left for a later judgement, by its id: time stopped
    before it. `effects` are the keys of the effects that followed. `adopted` is the digest of the policy adopted.
    `trouble` says why the judgement can't be repeated: what raised was left out, or the conversation began with a state
    of which no judgement tells.
    """

    model_config = ConfigDict(frozen=True)

    life: str
    number: int
    how: How
    at: AwareDatetime
    facts: tuple[Fact, ...] = ()
    then: str = ""
    effects: tuple[str, ...] = ()
    adopted: Annotated[str, Field(exclude_if=lambda adopted: not adopted)] = ""
    opened: Annotated[Opened | None, Field(exclude_if=lambda opened: opened is None)] = None
    trouble: Annotated[str, Field(exclude_if=lambda trouble: not trouble)] = ""


class NotOnRecordError(Exception):
    """The sentence that says why a conversation can't be judged again."""


def by_life(recorded: Iterable[Judgement]) -> list[list[Judgement]]:
    """Return the judgements of each life; at least one list."""
    lives: dict[str, list[Judgement]] = {}
    for judgement in recorded:
        lives.setdefault(judgement.life, []).append(judgement)
    return [*lives.values()] or [[]]


def in_force(recorded: Iterable[Judgement]) -> list[Judgement]:
    """Return the judgements of one life that hold, by number, of those on record in the order of their recording.

    After a reset, and after a workflow task that the server did not take, judgements come again with the same numbers:
    the later one of a number replaces it and all that followed. Raises NotOnRecordError where one is missing.
    """
    kept: list[Judgement] = []
    for judgement in recorded:
        del kept[judgement.number - 1 :]
        if len(kept) != judgement.number - 1:
            raise NotOnRecordError(f"judgement {len(kept) + 1} is not on record")
        kept.append(judgement)
    if not kept:
        raise NotOnRecordError("it began before edition 3, or nothing of it is on record yet")
    return kept


def judged_again(
    conversation_id: str, judgements: Sequence[Judgement], policies: Mapping[str, Policy]
) -> Iterator[tuple[Judgement, Decision]]:
    """Yield each judgement with the decision that follows from it today.

    `policies` are those that the judgements name, by their digests. Raises NotOnRecordError where the next judgement
    can't be repeated.
    """
    first = judgements[0].opened
    if first is None:
        raise NotOnRecordError(judgements[0].trouble or "its beginning is not on record")
    conversation = opened(conversation_id, first.at, life=judgements[0].life, edition=first.edition)
    policy = _found(policies, first.policy)
    facts = {fact.event_id: fact for judgement in judgements for fact in judgement.facts}
    for judgement in judgements:
        if judgement.trouble:
            raise NotOnRecordError(judgement.trouble)
        if judgement.how == "adopted":
            (event,) = judgement.facts
            assert isinstance(event, PolicyAdopted)
            adopted = _found(policies, judgement.adopted)
            decision = adopt(conversation, event, judgement.at, policy=policy, adopted=adopted)
            policy = adopted
        else:
            decision = _judged(conversation, judgement, policy, facts)
        conversation = decision.conversation
        yield judgement, decision


def _judged(conversation: Conversation, judgement: Judgement, policy: Policy, facts: Mapping[str, Fact]) -> Decision:
    limit = NO_LIMIT if judgement.how == "command" else WORK_LIMIT
    if judgement.how == "time":
        reached = DeadlineReached(event_id="", occurred_at=judgement.at, source="baton")
        return decide(conversation, reached, judgement.at, policy=policy, limit=limit)
    if judgement.then and judgement.then not in facts:
        raise NotOnRecordError(f"the fact {judgement.then}, which was left for later, was never judged")
    then = (facts[judgement.then],) if judgement.then else ()
    return decide_all(conversation, (*judgement.facts, *then), judgement.at, policy=policy, limit=limit)


def _found(policies: Mapping[str, Policy], digest: str) -> Policy:
    if digest not in policies:
        raise NotOnRecordError(f"the policy {digest[:12]} is not on record")
    return policies[digest]


def judgement_of(
    how: How, decision: Decision, facts: Sequence[Fact], life: str, number: int, at: datetime, **more: Any
) -> dict[str, Any]:
    """Return the judgement as JSON; `more` are the other fields. Nothing is checked: all of it is typed."""
    left = decision.left
    return Judgement.model_construct(
        life=life,
        number=number,
        how=how,
        at=at,
        facts=tuple(map(remembered, facts)),
        then=left[0].event_id if left else "",
        effects=tuple(effect.key for effect in decision.effects),
        **more,
    ).model_dump(mode="json")
