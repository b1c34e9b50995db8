"""Finds out for a new run which of its events an earlier run took in before the conversation closed.

Promises that an event or a command that an earlier run took in starts no new work and is not counted again; that a
conversation whose earlier run was lost goes on as it stood; that the activity which looks up the policy, and which
every run needs anyway, asks the ledger, too; and that a conversation begins even where the ledger can't be asked. Must
not know what an event means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from activities.catalog import Begun, Resolved
from policies import importing
from policies.contract.bounds import readable
from policies.contract.messages import identifier
from policies.state.conversation import Conversation
from policies.state.entry_kind import EntryKind
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.told import Entry
from policies.state.seen import Seen
from workflows.arrivals.arrivals import Arrival, Arrivals, WaitingCommand, within

UNKNOWN: EntryKind = "ledger_unknown"
"""The kind of the timeline line which says that the ledger could not be asked."""
REPEATED: EntryKind = "repeated"
"""The kind of the only timeline line of a run that had nothing to do."""
_NOTHING_DONE = "An earlier run took in everything that began this one, so nothing is done"
_LOST = "An earlier run ended without having closed"
_AGAIN = ", and an event that it had taken in came again"
_BEFORE = "`baton transcript` has what was said before"


class Beginning:
    """The events that arrived before the conversation began, and which of them an earlier run took in."""

    def __init__(self, conversation_id: str, arrivals: Arrivals, before: datetime | None, start: Any) -> None:
        """Make it for one conversation. `before`: when this run began, where a person has reset it; else None."""
        self._conversation_id = conversation_id
        self._arrivals = arrivals
        self._before = before
        self._start: Mapping[str, Any] = cast("Mapping[str, Any]", start) if isinstance(start, Mapping) else {}
        self._has_answer = False
        self._asking: tuple[str, ...] = ()
        self._asked: set[str] = set()
        self._known: set[str] = set()
        self._earlier = Seen()
        self._is_unknown = False
        self.outages: tuple[dict[str, Any], ...] = ()
        """The news of the outages that are open while the run begins."""
        self._standing: dict[str, Any] | None = None

    def question(self) -> Begun | None:
        """Return what to ask the ledger: at first all it knows, then only about events that came since.

        None where nothing is left.
        The first question is asked even where no event came with the start: an earlier run may have been lost.
        """
        ids = [event_id for arrival in within(self._arrivals.facts) for event_id in _ids(arrival)]
        ids += [event_id for command in self._arrivals.commands for event_id in _id_of(command)]
        self._asking = tuple(event_id for event_id in ids if event_id not in self._asked)
        if self._has_answer and not self._asking:
            return None
        return Begun(
            conversation_id=self._conversation_id,
            event_ids=self._asking,
            before=self._before,
            is_imported=isinstance(self._start.get(importing.FIELD), Mapping),
        )

    def hear(self, resolved: Resolved) -> bool:
        """Take the ledger's answer, and drop the events that an earlier run took in.

        Return whether there is more to ask.
        """
        self._has_answer = True
        self.outages = resolved.outages or self.outages
        self._asked.update(self._asking)
        self._known.update(resolved.taken_in)
        self._earlier = max(self._earlier, resolved.earlier, key=len)
        self._is_unknown = self._is_unknown or resolved.is_unknown
        self._standing = self._standing or resolved.standing
        asked = within(self._arrivals.facts)
        left = [each for each in asked if self._known.isdisjoint(_ids(each))]
        self._arrivals.facts = [*left, *self._arrivals.facts[len(asked) :]]
        return self._has_more()

    def _has_more(self) -> bool:
        """Return whether an earlier run took in some events, and others have arrived that were not asked about."""
        return bool(self._known) and any(
            self._asked.isdisjoint(_ids(each)) for each in within(self._arrivals.facts) if _ids(each)
        )

    def start(self, body: Any) -> Any:
        """Return the start: `body`, with how the conversation stood where its earlier run was lost."""
        if self._standing is None or isinstance(self._start.get(importing.FIELD), Mapping):
            return body
        why = f"{_LOST}{_AGAIN}" if self._known else _LOST
        return {**self._start, importing.FIELD: {**self._standing, "why": why}}

    @property
    def is_repetition(self) -> bool:
        """True where an earlier run took in everything that arrived.

        A caller who sent a command again still gets an answer.
        """
        again = all(self._known.intersection(_id_of(command)) for command in self._arrivals.commands)
        return bool(self._known) and not self._arrivals.facts and again

    def stood_down(self, conversation: Conversation, now: datetime) -> Conversation:
        """Return the conversation of a run that has nothing to do: resolved, with one line that says why."""
        line = Entry(now, REPEATED, f"{_NOTHING_DONE}. {_BEFORE}")
        return replace(
            conversation, situation=conversation.situation.changed(Lifecycle, status="resolved"), remarks=(line,)
        )

    def remembered(self, conversation: Conversation, now: datetime) -> Conversation:
        """Return the conversation with the events that earlier runs took in added to those it has seen."""
        seen = self._earlier.add_all(conversation.seen, now)
        for event_id in sorted(self._known):
            seen = seen.add(event_id, now)
        return replace(conversation, seen=seen)

    def doubt(self, now: datetime) -> Sequence[Entry]:
        """Return the timeline line which says that the ledger could not be asked; empty where it could."""
        if not self._is_unknown:
            return ()
        text = "The ledger could not be asked which events were taken in before"
        return (Entry(now, UNKNOWN, f"{text}: one that comes again counts again"),)


def _id_of(command: WaitingCommand) -> tuple[str, ...]:
    """Return the id under which a command is carried out; none where its sender gave it none."""
    stated = command.body.get("command_id") if isinstance(command.body, Mapping) else None
    return (identifier(readable(stated)),) if stated else ()


def _ids(arrival: Arrival) -> tuple[str, ...]:
    """Return the ids under which an arrival is taken in or rejected; none where its sender gave it none."""
    stated = arrival.body.get("event_id") if isinstance(arrival.body, Mapping) else None
    event_id = identifier(readable(stated)) if stated else ""
    return (event_id, f"{event_id}/rejected") if event_id else ()
