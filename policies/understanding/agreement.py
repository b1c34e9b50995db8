"""Whether people agree with the tags that Baton proposes: compared when a conversation comes to rest.

Promises that what people do is counted, not what Baton or a rule does, and that whoever tagged nothing is taken for no
opinion. Must not know how tags are proposed (`tagging`) or added up (a report).
"""

from dataclasses import replace
from typing import Any

from policies.document.proposals import Tagging, TagRecord
from policies.running.turn import Turn
from policies.state.events import ConversationStarted, TagAdded, TagRemoved

COMPARED = "tags_compared"
"""The kind of the line that `baton tagger report` counts."""
VERDICTS = ("agreed", "disagreed", "missed", "unjudged")
_REMEMBERED = 40


def began(turn: Turn, event: ConversationStarted) -> None:
    """Tags that a conversation starts with are somebody's: a form's, or the helpdesk's."""
    if turn.policy.document.tagging and event.tags:
        keep(turn, by_people=tuple(sorted(set(event.tags))))


def tagged(turn: Turn, event: TagAdded | TagRemoved, *, is_news: bool) -> None:
    """Somebody tagged, or took a tag off. An echo of what Baton did tells no news and may name nobody."""
    if not turn.policy.document.tagging or not (is_news or event.by):
        return
    record, of = turn.situation.tagging or TagRecord(), event.tag
    on, off = (tuple(tag for tag in some if tag != of) for some in (record.by_people, record.taken_off))
    if isinstance(event, TagAdded):
        keep(turn, by_people=(*on, of), taken_off=off)
    else:
        keep(turn, by_people=on, taken_off=(*off, of))
    if turn.situation.is_resolved:
        compare(turn)


def compare(turn: Turn) -> None:
    """The conversation is at rest: which proposals stand, and what people had to tag themselves."""
    terms, record = turn.policy.document.tagging, turn.situation.tagging
    if terms is None or record is None:
        return
    verdicts = _verdicts(turn, record, terms)
    if not any(verdicts.values()):
        return
    told = "; ".join(f"{verdict} {', '.join(sorted(tags))}" for verdict, tags in verdicts.items() if tags)
    facts = tuple((verdict, tag) for verdict, tags in verdicts.items() for tag in sorted(tags))
    turn.record(COMPARED, f"Tags proposed, compared with people's: {told}", facts=(*facts, *named(turn, terms)))


def named(turn: Turn, terms: Tagging) -> tuple[tuple[str, str], ...]:
    """Whose proposals they were, for whoever adds them up."""
    return ("policy", turn.policy.document.policy), ("mode", terms.mode)


def keep(turn: Turn, **some: Any) -> None:
    """Remember of each the latest."""
    kept = {name: values[-_REMEMBERED:] for name, values in some.items()}
    turn.change(tagging=replace(turn.situation.tagging or TagRecord(), **kept))


def _verdicts(turn: Turn, record: TagRecord, terms: Tagging) -> dict[str, set[str]]:
    """What stands because a rule wants it is nobody's opinion; what Baton put on and people left beside theirs is."""
    stands, proposed = set(turn.situation.tags), {tag for tag, _ in record.proposed}
    people = stands & set(record.by_people)
    is_judged = bool(record.by_people or record.taken_off)
    left = (proposed - set(record.of_the_shadow)) & stands if terms.mode == "live" and is_judged else set[str]()
    agreed = proposed & (people | left)
    disagreed = proposed - stands if is_judged else set[str]()
    asked = people if terms.tags is None else people & set(terms.tags)
    found = agreed, disagreed, asked - proposed, proposed - agreed - disagreed
    return dict(zip(VERDICTS, found, strict=True))
