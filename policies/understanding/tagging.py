"""Tags that Baton proposes by itself: on record only in the shadow mode, set where the policy trusts them.

Promises that a tag is proposed at most once in a conversation, and once more where its policy has gone live since, but
never where a person took it off; that in the shadow nothing changes; and silence below the policy's confidence. Must
not know where proposals come from, or whether people agree (`agreement`).
"""

from policies.document.proposals import Tagging, TagRecord
from policies.running import ours
from policies.running.turn import Turn
from policies.sla import responsible
from policies.state.entry_kind import EntryKind
from policies.state.events import MessageUnderstood
from policies.understanding import agreement

PROPOSED: EntryKind = "tag_proposed"


def propose(turn: Turn, event: MessageUnderstood) -> None:
    """Take the proposals of a reading: a line for each tag, and in live mode the tag itself."""
    terms = turn.policy.document.tagging
    if terms is None:
        return
    for tag, confidence in sorted(_meant(event, terms).items(), key=lambda found: (-found[1], found[0])):
        record = turn.situation.understanding.tagging or TagRecord()
        if tag in record.taken_off or tag in _proposed(record):
            continue
        others = tuple(other for other in record.proposed if other[0] != tag)
        shadow = tuple(other for other in record.of_the_shadow if other != tag)
        agreement.keep(turn, proposed=(*others, (tag, confidence)), of_the_shadow=shadow)
        is_there, is_live = tag in turn.situation.contact.tags, terms.is_live(tag)
        said = f"{'Tagged' if is_live and not is_there else 'Would tag'} {tag} ({confidence:.2f})"
        facts = (("tag", tag), ("confidence", f"{confidence:.3f}"), *agreement.named(turn, terms, is_live=is_live))
        turn.record(PROPOSED, f"{said}: it is there already" if is_there else said, facts=facts)
        if is_live and not is_there:
            responsible.put_on(turn, tag, f"tagged {tag} by itself ({confidence:.2f})", by=ours.OURS)


def went_live(turn: Turn, before: Tagging | None) -> None:
    """Let tags that were only proposed in the shadow be proposed again, because the adopted policy sets them."""
    terms, record = turn.policy.document.tagging, turn.situation.understanding.tagging
    if record is None or terms is None:
        return
    new = [tag for tag, _ in record.proposed if terms.is_live(tag) and not (before and before.is_live(tag))]
    if new:
        agreement.keep(turn, of_the_shadow=tuple(dict.fromkeys((*record.of_the_shadow, *new))))


def _proposed(record: TagRecord) -> set[str]:
    """Return the tags that need not be proposed again."""
    return {tag for tag, _ in record.proposed} - set(record.of_the_shadow)


def _meant(event: MessageUnderstood, terms: Tagging) -> dict[str, float]:
    """Return the policy's tags, each with the highest confidence of its categories, where that is high enough."""
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
