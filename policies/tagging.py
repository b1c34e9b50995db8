"""Tags that Baton proposes by itself: on record in the shadow, put on where the policy trusts them.

Promises that a tag is proposed at most once in a conversation and never where a person took it off, that in the shadow
nothing changes, and silence below the policy's confidence. Must not know where proposals come from, or whether people
agree (`agreement`).
"""

from policies import agreement, rules
from policies.effects import AddTag
from policies.events import MessageUnderstood, TagAdded
from policies.proposals import Tagging, TagRecord
from policies.turn import Turn

PROPOSED = "tag_proposed"


def propose(turn: Turn, event: MessageUnderstood) -> None:
    """Take the proposals of a reading: a line for each tag, and in live mode the tag itself."""
    terms = turn.policy.document.tagging
    if terms is None:
        return
    for tag, confidence in sorted(_meant(event, terms).items(), key=lambda found: (-found[1], found[0])):
        record = turn.situation.tagging or TagRecord()
        if tag in record.taken_off or any(tag == known for known, _ in record.proposed):
            continue
        agreement.keep(turn, proposed=(*record.proposed, (tag, confidence)))
        is_there, is_live = tag in turn.situation.tags, terms.mode == "live"
        said = f"{'Tagged' if is_live and not is_there else 'Would tag'} {tag} ({confidence:.2f})"
        facts = (("tag", tag), ("confidence", f"{confidence:.3f}"), *agreement.named(turn, terms))
        turn.record(PROPOSED, f"{said}: it is there already" if is_there else said, facts=facts)
        if is_live and not is_there:
            _put_on(turn, tag, f"tagged {tag} by itself ({confidence:.2f})")


def _meant(event: MessageUnderstood, terms: Tagging) -> dict[str, float]:
    """The policy's tags, each with the highest confidence of its categories, where that is high enough."""
    found: dict[str, float] = {}
    for proposal in event.proposed:
        for tag in _tags_of(proposal.tag, terms):
            if proposal.confidence >= (terms.at_least or 0):
                found[tag] = max(found.get(tag, 0.0), proposal.confidence)
    return found


def _tags_of(category: str, terms: Tagging) -> tuple[str, ...]:
    if terms.tags is None:
        return (category,)
    return tuple(tag for tag, categories in terms.tags.items() if category in categories)


def _put_on(turn: Turn, tag: str, because: str) -> None:
    turn.change(tags=tuple(sorted({*turn.situation.tags, tag})))
    turn.ask(AddTag, because, tag=tag)
    added = TagAdded(event_id=turn.cause, occurred_at=turn.at, source="baton", tag=tag, by=rules.OURS)
    rules.fire(turn, "tag_added", added)
