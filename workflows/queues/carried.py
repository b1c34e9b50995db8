"""Fits the state that a team's workflow hands to the next run into the server's limit, however many conversations wait.

Promises that people and their assigned conversations are kept before everything else, and that everything dropped is
named. Must not know how a team decides.
"""

from datetime import datetime
from functools import partial
from typing import Any

from policies.text.cutting import cut
from workflows.carrying.fitting import (
    DROPPED,
    CarriedPart,
    CarriedState,
    DropStep,
    fitted,
    kept,
    latest_seen,
    shortened,
    shortened_each,
)
from workflows.carrying.pinned import left_behind


def team_carried_on(state: CarriedState, now: datetime) -> tuple[CarriedState, str]:
    """Return the next run's input, and a sentence on what was dropped to make it fit; empty where nothing was."""
    return fitted(state, _STEPS, partial(_say, now=now))


def _say(state: CarriedState, text: str, *, now: datetime) -> None:
    line = {"at": now.isoformat(), "kind": DROPPED, "text": cut(text, 1_000)}
    state["team"]["timeline"] = [*kept(state["team"]["timeline"], 99), line]


def _shorten_named(items: dict[str, Any], room: int, most: int) -> CarriedPart:
    """Shorten each value of an object with as many keys as there are conversations or people. Its keys stay."""
    return {name: shortened(item, room, most) for name, item in items.items()}


def _last_lines(lines: list[CarriedState]) -> CarriedPart:
    return [shortened(line, 300) for line in kept(lines, 30)]


def _latest(messages: list[CarriedState]) -> CarriedPart:
    """Keep for each conversation only the latest message about its position in the queue, and all other messages."""
    last = {message["conversation"]: message["key"] for message in messages if message["name"] == "queued"}
    left = [each for each in messages if each["name"] != "queued" or last[each["conversation"]] == each["key"]]
    return left if len(left) < len(messages) else messages


def _without_heartbeats(inbox: list[CarriedState]) -> CarriedPart:
    return [event for event in inbox if event["kind"] != "heartbeat"]


def _first_waiting(entries: dict[str, CarriedState], most: int) -> CarriedPart:
    """Keep the conversations that people have, and the first `most` of those that wait."""
    waiting = sorted((each["rank_at"], name) for name, each in entries.items() if each["state"] == "waiting")
    late = {name for _, name in waiting[most:]}
    return {name: entry for name, entry in entries.items() if name not in late}


def _in_hands(entries: dict[str, CarriedState], most: int) -> CarriedPart:
    return dict(list(entries.items())[:most])


_TEAM = "team"
_STEPS = (
    DropStep("all but the last 30 lines of the timeline", (_TEAM, "timeline"), _last_lines),
    DropStep("reasons of grants", (_TEAM, "grants"), partial(shortened_each, room=100, most=10)),
    DropStep("earlier news of places", ("waiting",), _latest),
    DropStep("heartbeats", ("inbox",), _without_heartbeats),
    DropStep("all but the last 50 refusals", (_TEAM, "refusals"), partial(kept, most=50)),
    DropStep("all but the last 2,000 ids of events that were taken in", (_TEAM, "seen"), latest_seen),
    *(
        step
        for room, most in ((100, 12), (60, 4))
        for step in (
            DropStep("texts of conversations", (_TEAM, "tickets"), partial(_shorten_named, room=room, most=most)),
            DropStep(
                "what people were granted before", (_TEAM, "members"), partial(_shorten_named, room=room, most=most)
            ),
            DropStep("texts for conversations", ("waiting",), partial(shortened_each, room=room, most=most)),
            DropStep("texts of arrivals", ("inbox",), partial(shortened_each, room=room, most=most)),
            DropStep("texts of refusals", (_TEAM, "refusals"), partial(shortened_each, room=room, most=most)),
            DropStep("texts of grants", (_TEAM, "grants"), partial(shortened_each, room=room, most=most)),
            DropStep("names of strangers", (_TEAM, "strangers"), partial(shortened, room=room, most=most)),
            DropStep("names of people who left", (_TEAM, "departed"), partial(shortened, room=room, most=most)),
        )
    ),
    DropStep("texts of what was set aside", ("aside",), partial(shortened, room=500, most=30)),
    DropStep("texts of calls to people", ("alerts",), partial(shortened_each, room=300, most=30)),
    DropStep("the oldest calls to people", ("alerts",), partial(kept, most=100)),
    DropStep("the oldest messages to conversations", ("waiting",), partial(kept, most=1_000)),
    *(
        step
        for most in (4_000, 1_000, 300)
        for step in (
            DropStep("the last conversations in the line", (_TEAM, "tickets"), partial(_first_waiting, most=most)),
            DropStep("the oldest arrivals", ("inbox",), partial(kept, most=most)),
        )
    ),
    DropStep("conversations in people's hands", (_TEAM, "tickets"), partial(_in_hands, most=1_000)),
    DropStep("people", (_TEAM, "members"), partial(_in_hands, most=1_000)),
    DropStep("the policy, which is looked up again", ("pinned",), left_behind),
)
"""The parts that are dropped, in this order, until the rest fits. Small parts stay as they are."""
