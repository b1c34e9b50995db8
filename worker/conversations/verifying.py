"""Judges conversations again from what is on record, and compares the effects with those of then.

Must not know how the result is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from activities.ledger.judgements import Judgements
from policies.recorded.judgements import Judgement, NotOnRecordError, by_life, in_force, judged_again
from policies.running.policy import prepare


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one conversation.

    `differs` says which judgement came out differently, `trouble` why not all can be repeated; both are empty where all
    is the same. `judgements` and `effects` count those that are the same.
    """

    conversation: str
    judgements: int
    effects: int
    differs: str = ""
    trouble: str = ""


async def verify(on_record: Judgements, conversation_id: str) -> Verdict:
    """Judge a conversation again from its beginning, in each of its lives."""
    recorded = map(Judgement.model_validate, await on_record.of(conversation_id))
    lives = [await _verified(on_record, conversation_id, life) for life in by_life(recorded)]
    return Verdict(
        conversation_id,
        judgements=sum(life.judgements for life in lives),
        effects=sum(life.effects for life in lives),
        differs=next((life.differs for life in lives if life.differs), ""),
        trouble=next((life.trouble for life in lives if life.trouble), ""),
    )


async def _verified(on_record: Judgements, conversation_id: str, life: Sequence[Judgement]) -> Verdict:
    same: list[Judgement] = []
    differs = trouble = ""
    try:
        judgements = in_force(life)
        documents = await on_record.policies(_digests(judgements))
        policies = {digest: prepare(digest, document) for digest, document in documents.items()}
        for judgement, decision in judged_again(conversation_id, judgements, policies):
            if (now := tuple(effect.key for effect in decision.effects)) != judgement.effects:
                differs = f"judgement {judgement.number}: {_list(judgement.effects)} then, {_list(now)} now"
                break
            same.append(judgement)
    except NotOnRecordError as error:
        trouble = str(error)
    return Verdict(conversation_id, len(same), sum(len(each.effects) for each in same), differs, trouble)


def _digests(judgements: list[Judgement]) -> list[str]:
    begun = [each.opened.policy for each in judgements if each.opened is not None]
    return begun + [each.adopted for each in judgements if each.adopted]


def _list(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) or "no effect"
