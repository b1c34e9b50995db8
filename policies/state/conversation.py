"""A conversation: its present state, and enough of its past events to insert a late one where it belongs.

Promises bounded size: old facts are folded into `base`, which late events can no longer change. Must not know rules.
"""

from dataclasses import dataclass, field
from datetime import datetime

from policies.editions import NEWEST
from policies.state.effects import AnyEffect
from policies.state.events import Fact, MessageReceived
from policies.state.records.told import Entry
from policies.state.seen import Seen
from policies.state.situation import Situation


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state that a conversation workflow carries.

    `situation` is `base` with the facts in `tail` folded over it, in the order in which they happened. `issued` are the
    effects that were asked for since `base`, and `retracted` the keys of effects that were taken back. `seen` are the
    ids of events and commands that were taken in. `remarks` are the timeline's lines about the order of arrival, and
    `told` those about words that outside systems have accepted; the situation depends on neither. `earlier` are
    messages from before a change of policy, kept while some of them have not been read for their meaning. `tail_work`
    is the number of steps (see `workload`) for judging the tail again.
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
    told: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The consequences of an event: the new state, the effects, and the reasons, also for doing nothing.

    `left` are facts that have to be given again, because judging them with the others was too much work. `work` is the
    number of steps that the decision took.
    """

    conversation: Conversation
    effects: tuple[AnyEffect, ...] = ()
    because: tuple[Entry, ...] = ()
    is_duplicate: bool = False
    left: tuple[Fact, ...] = ()
    work: int = 0


def opened(conversation_id: str, at: datetime, life: str = "", *, edition: int = NEWEST) -> Conversation:
    """Return a conversation of which only the id and the beginning are known.

    `life` is different each time an id is used again after its conversation has closed; effects carry it in their keys.
    """
    blank = Situation(conversation_id=conversation_id, opened_at=at, at=at, life=life, edition=edition)
    return Conversation(base=blank, situation=blank)


def timeline(conversation: Conversation) -> tuple[Entry, ...]:
    """Return what happened, was decided and was told, with the remarks on arrival, by the conversation's time."""
    lines = (*conversation.situation.told.timeline, *conversation.remarks, *conversation.told)
    return tuple(sorted(lines, key=lambda entry: entry.at))
