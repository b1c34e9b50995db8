"""Silences: a customer without an answer, an assignee who does not answer, a customer who writes no more.

Promises that time in which no one can be expected to write does not count: holds, waiting for the other side, and, for
agents, closed hours. Must not know what a rule does about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from heapq import merge
from typing import assert_never

from policies.document.document import SILENCES, SilenceName, Wait
from policies.document.part import format_span
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.sla import updates
from policies.state.records.sla import Silence, Sla
from policies.state.situation import Situation
from policies.time.hours import ALWAYS, BusinessHours

_TITLES = {
    "waiting": "The customer has waited",
    "assignee_silent": "The assignee has not answered for",
    "customer_silent": "No word from the customer for",
    "unresolved": "Unresolved for",
    "handoff_waiting": "Nobody has come to relieve the assistant for",
    "assistant_silent": "The assistant has not answered for",
}
UNLESS = {
    "waiting": "a public reply",
    "assignee_silent": "a public reply",
    "customer_silent": "a word from the customer",
    "unresolved": "resolving it",
    "handoff_waiting": "an agent taking it",
    "assistant_silent": "an answer",
}
"""The event that would cancel the deadline of each silence."""


def follow(turn: Turn) -> None:
    """Begin, stop or continue each silence as the situation demands; to be called after every change."""
    s = turn.situation
    if not turn.policy.waits or s.on_call.incident is not None:
        return
    known = {silence.name: silence for silence in s.sla.silences}
    silences = (_followed(turn, name, known.get(name)) for name in SILENCES)
    turn.change(Sla, silences=tuple(silence for silence in silences if silence is not None))


def stop_all(turn: Turn) -> None:
    """Count the time of every silence so far, in the hours that measured it."""
    turn.change(Sla, silences=tuple(_stopped(turn, silence) for silence in turn.situation.sla.silences))


def spans_ahead(situation: Situation, policy: Policy) -> Iterator[tuple[Silence, Iterator[tuple[Wait, datetime]]]]:
    """Yield each running silence with what rules wait for and when that ends, the earliest first."""
    for silence in situation.sla.silences:
        if silence.since is not None:
            ends = [_ends(silence, policy, in_business=in_business) for in_business in (False, True)]
            yield silence, merge(*ends, *_repeats(situation, silence, policy), key=lambda end: end[1])


def _repeats(s: Situation, silence: Silence, policy: Policy) -> Iterator[Iterator[tuple[Wait, datetime]]]:
    hours = _hours(policy, silence)
    for waits in updates.ahead(s, silence, policy, hours):
        instants = ((wait, silence.reaches(wait.lasted, hours)) for wait in waits)
        yield ((wait, at) for wait, at in instants if at is not None)


def _ends(silence: Silence, policy: Policy, *, in_business: bool) -> Iterator[tuple[Wait, datetime]]:
    hours, reached = _hours(policy, silence), {*_reached(silence, in_business=in_business)}
    for wait in policy.waits:
        if wait.name != silence.name or wait.in_business != in_business or wait.seconds in reached or wait.every:
            continue
        at = silence.reaches(wait.span, hours)
        if at is not None and in_business:
            at = policy.hours_of_people(silence.team).opens_at(at)
        if at is not None:
            yield wait, at


def _reached(silence: Silence, *, in_business: bool) -> tuple[int, ...]:
    return silence.reached_in_business if in_business else silence.reached


def reach(turn: Turn, silence: Silence, wait: Wait) -> None:
    """Record that a silence has lasted so long."""
    name = "reached_in_business" if wait.in_business else "reached"
    spans = (*_reached(silence, in_business=wait.in_business), wait.seconds)
    reached = updates.reached(silence, wait) if wait.every else replace(silence, **{name: spans})
    turn.change(Sla, silences=tuple(reached if kept == silence else kept for kept in turn.situation.sla.silences))
    turn.record(silence.name, title(silence, wait))


def passed(silence: Silence, policy: Policy) -> list[Wait]:
    """Return the spans that the silence has lasted, and that rules have heard of, the shortest first."""
    reached = (wait for wait in policy.waits if wait.name == silence.name)
    return [wait for wait in reached if wait.seconds in _reached(silence, in_business=wait.in_business)]


def title(silence: Silence, wait: Wait) -> str:
    """Return the sentence that a silence has lasted so long."""
    is_open = ", and the team is open" if wait.in_business else ""
    return f"{_TITLES[silence.name]} {format_span(wait.after)}{is_open}"


def _followed(turn: Turn, name: SilenceName, silence: Silence | None) -> Silence | None:
    s, key = turn.situation, _key(turn, name)
    if key is None:
        return None
    if silence is None or silence.key != key:
        silence = Silence(name, key, s.responsible.team)
    is_put_off = name == "handoff_waiting" and s.waiting.callback_at is not None
    runs = (
        not (s.lifecycle.is_held or is_put_off)
        and s.lifecycle.snoozed_until is None
        and s.lifecycle.status in _counts_while(name)
    )
    if not runs:
        return _stopped(turn, silence)
    if silence.team != s.responsible.team:
        silence = replace(_stopped(turn, silence), team=s.responsible.team)
    return silence.started(_counts_from(turn, name))


def _counts_from(turn: Turn, name: SilenceName) -> datetime:
    """Return since when a silence counts that begins now: a customer's from the import, where the policy reminds them.

    Before an import no reminder is sent, and the conversation must not be closed as after one.
    """
    is_reminded = name == "customer_silent" and turn.is_before_import and turn.policy.reminds_silent_customers
    imported_at = turn.situation.lifecycle.imported_at if is_reminded else None
    return imported_at or turn.at


def _stopped(turn: Turn, silence: Silence) -> Silence:
    return silence.stopped(turn.at, _hours(turn.policy, silence))


def _key(turn: Turn, name: SilenceName) -> str | None:
    """Return the key of the wait that the silence measures, which reopening changes; None where there is no wait."""
    s = turn.situation
    since, again = _wait(s, name, turn.policy)
    if s.lifecycle.is_resolved or since is None:
        return None
    return f"{since.isoformat()}{again}{f'/{s.lifecycle.reopened}' if s.lifecycle.reopened else ''}"


def _wait(s: Situation, name: SilenceName, policy: Policy) -> tuple[datetime | None, str]:
    """Return when the wait began, None where there is none, and the part of its key that tells it from another wait."""
    match name:
        case "waiting":
            return s.waiting.since, ""
        case "assignee_silent":
            since = s.responsible.assignee_since  # a person may get the conversation back while the customer waits
            stint = f"/{since.isoformat()}" if since is not None else ""
            return (s.waiting.since if s.responsible.assignee else None), f"/{s.responsible.assignee}{stint}"
        case "customer_silent":
            return (_our_last_word(s) if s.waiting.since is None else None), ""
        case "unresolved":
            return s.opened_at, ""
        case "handoff_waiting":
            if s.handoffs.latest is None or s.handoffs.latest.state != "requested":
                return None, ""
            return (
                s.handoffs.latest.requested_at,
                f"/again-{s.handoffs.latest.reopened}" if s.handoffs.latest.reopened else "",
            )
        case "assistant_silent":
            since = s.responsible.path[-1].since if s.responsible.path else s.opened_at
            stint = f"/{since.isoformat()}"  # people may hand it back while the customer waits
            return (s.waiting.unanswered_since if _is_with_the_assistant(s, policy) else None), stint
        case _:
            assert_never(name)


def _is_with_the_assistant(s: Situation, policy: Policy) -> bool:
    return policy.is_assistant(s.responsible.team) and s.responsible.assignee not in policy.document.people


def _our_last_word(s: Situation) -> datetime | None:
    """Return when a person last wrote to the customer: with the start, where we began the conversation."""
    return s.waiting.answered_at or (s.opened_at if s.contact.direction == "outbound" else None)


def _counts_while(name: SilenceName) -> tuple[str, ...]:
    return ("open", "pending_customer") if name == "customer_silent" else ("open",)


def _hours(policy: Policy, silence: Silence) -> BusinessHours:
    return ALWAYS if silence.name == "customer_silent" else policy.hours_of_team(silence.team)
