"""Agreement: people's tags compared with the tags that Baton proposed, when a conversation is resolved.

Promises that only people's tags count, not those of Baton or a rule, and that a person who tagged nothing is taken to
have no opinion. Must not know how tags are proposed (`tagging`) or added up (a report).
"""

from dataclasses import replace
from typing import Any

from policies.document.proposals import Tagging, TagRecord
from policies.running.turn import Turn
from policies.state.entry_kind import EntryKind
from policies.state.events import ConversationStarted, TagAdded, TagRemoved
from policies.state.records.understood import Understood

COMPARED: EntryKind = "tags_compared"
"""The kind of the line that `baton tagger report` counts."""
VERDICTS = ("agreed", "disagreed", "missed", "unjudged")
_REMEMBERED = 40


def began(turn: Turn, event: ConversationStarted) -> None:
    """Count the tags that a conversation starts with as people's: a form or the helpdesk set them."""
    if turn.policy.document.tagging and event.tags:
        keep(turn, by_people=tuple(sorted(set(event.tags))))


def tagged(turn: Turn, event: TagAdded | TagRemoved, *, is_news: bool) -> None:
    """Remember a tag that a person set or took off. An echo of Baton's own tag has no news and may name no person."""
    if not turn.policy.document.tagging or not (is_news or event.by):
        return
    record, of = turn.situation.understanding.tagging or TagRecord(), event.tag
    on, off = (tuple(tag for tag in some if tag != of) for some in (record.by_people, record.taken_off))
    if isinstance(event, TagAdded):
        keep(turn, by_people=(*on, of), taken_off=off)
    else:
        keep(turn, by_people=on, taken_off=(*off, of))
    if turn.situation.lifecycle.is_resolved:
        compare(turn)


def compare(turn: Turn) -> None:
    """Compare proposals with people's tags: which of them stand, and which tags people had to set themselves."""
    terms, record = turn.policy.document.tagging, turn.situation.understanding.tagging
    if terms is None or record is None:
        return
    verdicts = _verdicts(turn, record, terms)
    if not any(verdicts.values()):
        return
    told = "; ".join(f"{verdict} {', '.join(sorted(tags))}" for verdict, tags in verdicts.items() if tags)
    facts = tuple((verdict, tag) for verdict, tags in verdicts.items() for tag in sorted(tags))
    turn.record(COMPARED, f"Tags proposed, compared with people's: {told}", facts=(*facts, *named(turn, terms)))


def named(turn: Turn, terms: Tagging, *, is_live: bool = False) -> tuple[tuple[str, str], ...]:
    """Return the policy and the mode that made the proposals, for the report that adds them up."""
    return ("policy", turn.policy.document.policy), ("mode", "live" if is_live else terms.mode)


def keep(turn: Turn, **some: Any) -> None:
    """Remember the latest values of each list."""
    kept = {name: values[-_REMEMBERED:] for name, values in some.items()}
    turn.change(Understood, tagging=replace(turn.situation.understanding.tagging or TagRecord(), **kept))


def _verdicts(turn: Turn, record: TagRecord, terms: Tagging) -> dict[str, set[str]]:
    """Return the tags of each verdict.

    A tag that only a rule set is no person's opinion. A tag that Baton set and people left beside theirs counts as
    agreed.
    """
    stands, proposed = set(turn.situation.contact.tags), {tag for tag, _ in record.proposed}
    people = stands & set(record.by_people)
    is_judged = bool(record.by_people or record.taken_off)
    live = {tag for tag in proposed - set(record.of_the_shadow) if terms.is_live(tag)}
    left = live & stands if is_judged else set[str]()
    agreed = proposed & (people | left)
    disagreed = proposed - stands if is_judged else set[str]()
    asked = people if terms.tags is None else people & set(terms.tags)
    found = agreed, disagreed, asked - proposed, proposed - agreed - disagreed
    return dict(zip(VERDICTS, found, strict=True))
