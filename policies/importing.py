"""Importing: a conversation whose run was lost goes on in a new run, as the ledger knew it.

Promises that nothing of the past is told again: assignments, messages and reached deadlines stay, promises run on
from where they stood, and effects carry the keys that they would have had. Must not know why the run was lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter

from policies.adoption import changing_over
from policies.document.document import MOST_PERCENT
from policies.document.escalations import Escalation
from policies.queues import entry_check, queueing
from policies.running.turn import Turn
from policies.state.conversation import Conversation
from policies.state.events import ConversationImported
from policies.state.records.on_call import Calling
from policies.state.records.sla import Clock
from policies.state.run_states import CallingRun
from policies.state.seen import Seen
from policies.state.situation import Situation
from policies.time.hours import is_reckonable

FIELD = "imported"
"""The field of a start that carries the situation; in it, `why` the run was lost, and the ids of `seen` events."""
LADDERS = "ladders"
"""The key in that field for the escalations of calls that are under way."""
HANDED_ON = "handed_on"
"""The key in that field for arrivals that the run before had handed to the lost run, which did nothing with them."""
_LONGEST_LADDERS = 20_000
"""The most characters of escalations that are written with a situation."""
_SITUATION = TypeAdapter(Situation)
_LONGEST, _LARGEST = timedelta(days=3650), 2**53


def conversation_of(start: Any, conversation_id: str) -> Conversation | None:
    """Return the conversation that a start carries; None where it carries none, or none that can be used."""
    body = start.get(FIELD) if isinstance(start, Mapping) else None
    if not isinstance(body, Mapping) or body.get("conversation_id") != conversation_id:
        return None
    try:
        known = _SITUATION.validate_python({**body, "timeline": ()})
    except (ValueError, ArithmeticError):
        return None
    if not all(_is_usable(part) for part in _parts(known)):
        return None
    ids = body.get("seen")
    seen = Seen(each for each in ids if isinstance(each, str)) if isinstance(ids, list) else Seen()
    return Conversation(base=known, situation=known, seen=seen)


def _parts(value: Any) -> Iterator[Any]:
    """Yield the value and everything in its records; objects of callers hold no instants and no spans."""
    yield value
    inner: Iterable[Any] = ()
    if isinstance(value, tuple):
        inner = cast("tuple[Any, ...]", value)
    elif isinstance(value, BaseModel):
        inner = (part for _, part in value)
    elif is_dataclass(value):
        inner = (getattr(value, field.name) for field in fields(value))
    for part in inner:
        yield from _parts(part)


def _is_usable(value: Any) -> bool:
    """False for an instant, a span or a number that can't be reckoned with: no run of ours has had it."""
    if isinstance(value, datetime):
        return value.tzinfo is not None and is_reckonable(value)
    if isinstance(value, Clock):
        shares = (*value.at_risk, *value.reached, *(mark.percent for mark in value.marks))
        return max(shares, default=0) <= MOST_PERCENT
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    return not isinstance(value, timedelta) or timedelta(0) <= value < _LONGEST


def why_lost(start: Any) -> str:
    """Return why there is a new run, as the start says it."""
    why = start[FIELD].get("why")
    return why if isinstance(why, str) and why else "its run was lost"


def policy_before(start: Any) -> tuple[str, str]:
    """Return the name with the version, and the digest, of the lost run's policy; "" for the part that is not known."""
    known = start[FIELD].get("policy")
    found = (known.get("name"), known.get("digest")) if isinstance(known, Mapping) else (known, "")
    name, digest = (each if isinstance(each, str) else "" for each in found)
    return name, digest


def ladders_of(calls: Iterable[str], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the escalations of these calls from a policy's document: a later run needs no more of that policy.

    Returns none where they are very large, because a situation is written often. Such calls begin from the first step
    then.
    """
    known = document.get("escalations")
    if not isinstance(known, Mapping):
        return {}
    ladders = cast("Mapping[str, Any]", known)
    found = {name: ladders[name] for name in calls if name in ladders}
    return found if len(str(found)) <= _LONGEST_LADDERS else {}


def ladders_before(start: Any) -> dict[str, Any]:
    """Return the escalations that the start brings along, by their names."""
    known = start[FIELD].get(LADDERS)
    return dict(cast("Mapping[str, Any]", known)) if isinstance(known, Mapping) else {}


def readable_ladders(ladders: Mapping[str, Any]) -> dict[str, Escalation]:
    """Return those of the ladders that today's document model still accepts."""
    found: dict[str, Escalation] = {}
    for name, each in ladders.items():
        with suppress(ValueError):
            found[name] = Escalation.model_validate(each)
    return found


def began_again(turn: Turn, event: ConversationImported) -> None:
    """Say so on the timeline, and let ladders go on whose latest call may never have left."""
    known = turn.policy.local_time(turn.at, seconds=True)
    turn.change(Situation, run=event.run)
    turn.record("imported", f"{event.why}: goes on in a new run as the ledger knew it at {known}")
    changing_over.tell_trouble(turn, event.trouble)
    if event.under:
        changing_over.stop(turn)
    for run in turn.situation.on_call.running:
        if not run.is_delivered and isinstance(run.state, CallingRun):
            turn.change(Calling, runs=turn.situation.on_call.with_run(replace(run, next_at=turn.at)))
    if event.under:
        changing_over.go_on_from(turn, changing_over.Known(event.under, readable_ladders(event.ladders)))
    _check_entry(turn)


def _check_entry(turn: Turn) -> None:
    """Have the queue asked soon whether it still knows the queue entry. A team told just now hears nothing twice."""
    entry = turn.situation.queue_entry
    if entry is None:
        return
    turn.change(Situation, queue_entry=replace(entry, look_at=entry_check.next_look(turn, entry.team)))
    queueing.tell_terms(turn)
