"""Silences: a customer without an answer, an assignee who does not answer, a customer who writes no more.

Promises that time in which no one can be expected to write does not count: holds, waiting for the other side, and, for
agents, closed hours. Must not know what a rule does about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from policies.document.document import SILENCES, SilenceName
from policies.document.part import format_span
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.situation import Silence, Situation
from policies.time.hours import ALWAYS, BusinessHours

_TITLES = {
    "waiting": "The customer has waited",
    "assignee_silent": "The assignee has not answered for",
    "customer_silent": "No word from the customer for",
    "unresolved": "Unresolved for",
    "handoff_waiting": "Nobody has come to relieve the assistant for",
}
UNLESS = {
    "waiting": "a public reply",
    "assignee_silent": "a public reply",
    "customer_silent": "a word from the customer",
    "unresolved": "resolving it",
    "handoff_waiting": "an agent taking it",
}
"""The event that would cancel the deadline of each silence."""


def follow(turn: Turn) -> None:
    """Begin, stop or continue each silence as the situation demands; to be called after every change."""
    s = turn.situation
    if not turn.policy.waits or s.incident is not None:
        return
    known = {silence.name: silence for silence in s.silences}
    silences = (_followed(turn, name, known.get(name)) for name in SILENCES)
    turn.change(silences=tuple(silence for silence in silences if silence is not None))


def stop_all(turn: Turn) -> None:
    """Count the time of every silence so far, in the hours that measured it."""
    turn.change(silences=tuple(_stopped(turn, silence) for silence in turn.situation.silences))


def spans_ahead(situation: Situation, policy: Policy) -> Iterator[tuple[Silence, Iterator[tuple[int, datetime]]]]:
    """Yield each running silence with the spans that rules wait for, in seconds, shortest first, and when each ends."""
    for silence in situation.silences:
        if silence.since is not None:
            yield silence, _ends(silence, policy)


def _ends(silence: Silence, policy: Policy) -> Iterator[tuple[int, datetime]]:
    hours, reached = _hours(policy, silence), {*silence.reached}
    for name, span in policy.waits:
        seconds = int(span.total_seconds())
        if name == silence.name and seconds not in reached and (at := silence.reaches(span, hours)) is not None:
            yield seconds, at


def reach(turn: Turn, silence: Silence, seconds: int) -> None:
    """Record that a silence has lasted so long."""
    reached = replace(silence, reached=(*silence.reached, seconds))
    turn.change(silences=tuple(reached if kept == silence else kept for kept in turn.situation.silences))
    turn.record(silence.name, title(silence, seconds))


def title(silence: Silence, seconds: int) -> str:
    """Return the sentence that a silence has lasted so long."""
    return f"{_TITLES[silence.name]} {format_span(timedelta(seconds=seconds))}"


def _followed(turn: Turn, name: SilenceName, silence: Silence | None) -> Silence | None:
    s, key = turn.situation, _key(turn.situation, name)
    if key is None:
        return None
    if silence is None or silence.key != key:
        silence = Silence(name, key, s.team)
    is_put_off = name == "handoff_waiting" and s.callback_at is not None
    runs = not (s.is_held or is_put_off) and s.snoozed_until is None and s.status in _counts_while(name)
    if not runs:
        return _stopped(turn, silence)
    if silence.team != s.team:
        silence = replace(_stopped(turn, silence), team=s.team)
    return silence.started(turn.at)


def _stopped(turn: Turn, silence: Silence) -> Silence:
    return silence.stopped(turn.at, _hours(turn.policy, silence))


def _key(s: Situation, name: SilenceName) -> str | None:
    """Return the key of the wait that the silence measures, which reopening changes; None where none waits."""
    since = s.waiting_since
    if name == "unresolved":
        since = s.opened_at
    elif name == "handoff_waiting":
        is_wanted = s.handoff is not None and s.handoff.state == "requested"
        since = s.handoff.requested_at if s.handoff is not None and is_wanted else None
    elif name == "customer_silent":
        since = s.answered_at if s.waiting_since is None else None
    if s.is_resolved or since is None or (name == "assignee_silent" and not s.assignee):
        return None
    who = f"/{s.assignee}" if name == "assignee_silent" else ""
    if name == "handoff_waiting" and s.handoff is not None and s.handoff.reopened:
        who = f"/again-{s.handoff.reopened}"
    return f"{since.isoformat()}{who}{f'/{s.reopened}' if s.reopened else ''}"


def _counts_while(name: SilenceName) -> tuple[str, ...]:
    return ("open", "pending_customer") if name == "customer_silent" else ("open",)


def _hours(policy: Policy, silence: Silence) -> BusinessHours:
    return ALWAYS if silence.name == "customer_silent" else policy.hours_of_team(silence.team)
