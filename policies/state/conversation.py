"""A conversation: how things stand, and enough of what happened to put a late event in its place.

Promises bounded size: old facts are folded into `base`, which late events can no longer change. Must not know rules.
"""

from dataclasses import dataclass, field
from datetime import datetime

from policies.state.effects import AnyEffect
from policies.state.events import Fact, MessageReceived
from policies.state.seen import Seen
from policies.state.situation import Entry, Situation


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state a conversation workflow carries.

    `situation` is `base` with the facts in `tail` folded over it, in the order in which they happened.
    `issued` are the effects asked for since `base`; `retracted` the keys of those that were taken back; `seen` which
    events and commands were taken in, by their ids; `remarks` the lines that depend on the order of arrival, which the
    situation does not. `earlier` is what was said before a change of policy, kept while some of it is not read yet for
    what it means. `tail_work` are the steps (see `workload`) of judging the tail again.
    """

    base: Situation
    situation: Situation
    tail: tuple[Fact, ...] = ()
    issued: tuple[AnyEffect, ...] = ()
    retracted: tuple[str, ...] = ()
    seen: Seen = field(default_factory=Seen)
    remarks: tuple[Entry, ...] = ()
    earlier: tuple[MessageReceived, ...] = ()
    tail_work: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an event: the new state, what must be done, and why, also for staying silent.

    `left` are the facts that were too much work together with the others: they have to be given again.
    `work` are the steps that it took.
    """

    conversation: Conversation
    effects: tuple[AnyEffect, ...] = ()
    because: tuple[Entry, ...] = ()
    is_duplicate: bool = False
    left: tuple[Fact, ...] = ()
    work: int = 0


def opened(conversation_id: str, at: datetime, life: str = "") -> Conversation:
    """A conversation of which nothing is known yet but its name and when it began.

    `life` is different each time an id is used again after its conversation has closed; effects carry it in their keys.
    """
    blank = Situation(conversation_id=conversation_id, opened_at=at, at=at, life=life)
    return Conversation(base=blank, situation=blank)


def timeline(conversation: Conversation) -> tuple[Entry, ...]:
    """What happened and was decided, and what was remarked on the way, in the order of the conversation's time."""
    return tuple(sorted((*conversation.situation.timeline, *conversation.remarks), key=lambda entry: entry.at))
