"""The state that a conversation hands to its next run when it continues as new.

Promises that the state is plain JSON, that later versions can read it (additive changes only), and that it fits into
what the server takes, whatever it holds. Must not know what the state means.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from pydantic import BaseModel, ConfigDict

from activities.catalog import PinnedPolicy
from activities.ledger.judgements import JUDGED
from activities.ledger.lines import LedgerEntry
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect
from policies.state.events import Fact
from policies.text.cutting import cut
from workflows.carrying.fitting import (
    DROPPED,
    SMALL,
    CarriedPart,
    CarriedState,
    DropStep,
    fitted,
    kept,
    latest_seen,
    shortened,
    shortened_each,
)
from workflows.carrying.packing import size_of
from workflows.carrying.pinned import left_behind
from workflows.conversations.judgements import PARTS_DROPPED
from workflows.conversations.late_news import News
from workflows.conversations.lateness import Lateness
from workflows.setting_aside.set_aside import AsideList


class Carried(BaseModel):
    """The state of a run at its end. `received` counts messages, and makes ids for those that come without one.

    `judged` counts judgements; `trouble` says why later ones can't be repeated. `news` is what is being caught up with.
    """

    model_config = ConfigDict(extra="ignore")

    conversation: Conversation
    pinned: PinnedPolicy
    inbox: tuple[Fact, ...] = ()
    waiting: tuple[AnyEffect, ...] = ()
    unwritten: list[LedgerEntry] = []
    received: int = 0
    lateness: Lateness = Lateness()
    aside: AsideList = AsideList()
    judged: int = 0
    trouble: str = ""
    news: News | None = None


def carried_on(state: CarriedState, now: datetime) -> tuple[CarriedState, str]:
    """Return the next run's input, and a sentence on what was dropped to make it fit; empty where nothing was."""
    return fitted(state, _STEPS, partial(_say, now=now))


def _say(state: CarriedState, text: str, *, now: datetime) -> None:
    """Say on the timeline and in the ledger what was dropped."""
    at = now.isoformat()
    state["trouble"] = state["trouble"] or PARTS_DROPPED
    state["conversation"]["remarks"].append({"at": at, "kind": DROPPED, "text": text})
    lines: list[CarriedState] = state["unwritten"]
    seq = max(lines[-1]["seq"] + 1 if lines else 0, int(now.timestamp() * 1000))
    lines.append({"seq": seq, "recorded_at": at, "occurred_at": at, "kind": DROPPED, "because": text})


_CALLS = 200
"""Calls to people that are kept before anything else is."""


def _cut_fields(record: CarriedState, room: int, names: Sequence[str]) -> CarriedState:
    return record | {name: cut(record[name], room) for name in names if isinstance(record.get(name), str)}


def _cut_texts(lines: list[CarriedState]) -> CarriedPart:
    return [line | {"body": _cut_fields(line["body"], 300, ("text",))} for line in lines]


def _without_judgements(lines: list[CarriedState]) -> CarriedPart:
    """Leave judgements out whole: one with shortened facts would be judged differently again."""
    return [line for line in lines if line["kind"] != JUDGED]


def _cut_issued(effects: list[CarriedState]) -> CarriedPart:
    """Cut the wording of effects that left. `is_wanted` judges an effect without its wording."""
    wording, lists = ("body", "text", "headline", "because"), ("facts", "promises")
    return [_cut_fields(effect, 100, wording) | {name: [] for name in lists if name in effect} for effect in effects]


def _fold_tail(conversation: CarriedState) -> CarriedPart:
    """Treat every remembered fact as too old for a late fact to come before it."""
    if size_of(conversation["tail"]) + size_of(conversation["issued"]) < SMALL:
        return conversation
    return conversation | {"base": conversation["situation"], "tail": [], "issued": [], "tail_work": 0}


def _cut_timeline(lines: list[CarriedState]) -> CarriedPart:
    return [{**shortened(line, 300), "facts": []} for line in kept(lines, 30)]


def _cut_customer(known: CarriedState) -> CarriedPart:
    return shortened({name: value for name, value in known.items() if isinstance(value, str | float | int)}, 100)


def _cut_attributes(attributes: list[list[str]]) -> CarriedPart:
    return [[cut(name, 100), cut(value, 100)] for name, value in attributes]


def _keep_calls(waiting: list[CarriedState], most: int) -> CarriedPart:
    """Keep the last `most` effects, and calls to people before all others."""
    calls = [effect for effect in waiting if _is_call(effect)]
    others = [effect for effect in waiting if not _is_call(effect)]
    return [*kept(calls, _CALLS), *kept(others, max(0, most - len(calls)))]


def _is_call(effect: CarriedState) -> bool:
    return effect["kind"] == "notify" and bool(effect.get("page") or effect.get("offer"))


def _of_situations(what: str, field: str, drop: Callable[[CarriedPart], CarriedPart]) -> tuple[DropStep, ...]:
    return tuple(DropStep(what, ("conversation", situation, field), drop) for situation in ("base", "situation"))


def _harsher(room: int, most: int, *lists: str) -> tuple[DropStep, ...]:
    what, shorten = "all texts and lists but their beginnings or ends", partial(shortened_each, room=room, most=most)
    whole = DropStep(what, ("conversation",), partial(shortened, room=room, most=most))
    return (whole, *(DropStep(what, (name,), shorten) for name in lists))


_STEPS = (
    DropStep("texts of messages that the ledger does not have yet", ("unwritten",), _cut_texts),
    DropStep("remarks on the order of arrival", ("conversation", "remarks"), lambda _: []),
    DropStep("lines about words that were sent", ("conversation", "told"), lambda _: []),
    DropStep("texts of effects that left long ago", ("conversation", "issued"), _cut_issued),
    DropStep("the events before which a late one could be put", ("conversation",), _fold_tail),
    *_of_situations("all but the last 30 lines of the timeline", "timeline", _cut_timeline),
    *_of_situations("the web page that the customer looked at", "page", lambda _: None),
    *_of_situations("what is known of the customer beyond 100 bytes each", "customer", _cut_customer),
    *_of_situations("values of attributes beyond 100 bytes", "attributes", _cut_attributes),
    DropStep(
        "texts of effects on their way beyond 500 bytes", ("waiting",), partial(shortened_each, room=500, most=500)
    ),
    DropStep("texts of arrivals beyond 300 bytes", ("inbox",), partial(shortened_each, room=300, most=300)),
    DropStep("what the last decisions were made from", ("unwritten",), _without_judgements),
    DropStep("texts for the ledger beyond 200 bytes", ("unwritten",), partial(shortened_each, room=200, most=60)),
    DropStep("all but the last 1,000 lines for the ledger", ("unwritten",), partial(kept, most=1_000)),
    DropStep("all but the last 2,000 ids of events that were taken in", ("conversation", "seen"), latest_seen),
    DropStep("texts of what was set aside beyond 1,000 bytes", ("aside",), partial(shortened, room=1_000, most=200)),
    *_harsher(1_000, 300),
    *_harsher(300, 100, "waiting"),
    *_harsher(100, 30, "unwritten", "waiting", "inbox"),
    DropStep("all but 200 effects on their way", ("waiting",), partial(_keep_calls, most=200)),
    DropStep("all but the last 50 lines for the ledger", ("unwritten",), partial(kept, most=50)),
    *(DropStep("the oldest arrivals", ("inbox",), partial(kept, most=most)) for most in (2_000, 500, 100)),
    DropStep("all but the last 30 events that were set aside", ("aside",), partial(shortened, room=100, most=30)),
    *_harsher(60, 12, "unwritten", "waiting", "inbox"),
    DropStep("all but 20 effects on their way", ("waiting",), partial(_keep_calls, most=20)),
    DropStep("how late effects were", ("lateness",), partial(shortened, room=100)),
    DropStep("since when late news is known", ("news",), lambda _: None),
    DropStep(
        "why another policy was not found", ("pinned",), partial(_cut_fields, room=300, names=("trouble", "unknown"))
    ),
    DropStep("the policy, which is looked up again", ("pinned",), left_behind),
)
"""The parts that are dropped, in this order, until the rest fits. Small parts stay as they are."""
