"""A conversation in a few lines: the customer, what they prefer, problem, confirmed facts, mood, priority, wait.

Promises that every statement was reported or written. Must not know how a briefing looks.
"""

from datetime import date, datetime, timedelta

from policies.document.part import format_span
from policies.handoff.briefings.identity import identity, is_about_identity
from policies.handoff.gist import LONGEST, concern, development
from policies.handoff.memory import remembering
from policies.handoff.plain import one_line, quoted
from policies.running.policy import Policy
from policies.state.meaning import FRUSTRATED
from policies.state.records.told import EXCERPT
from policies.state.situation import Situation
from policies.text.redaction import without_secrets

_SHORT, _LINE = 60, 300
_CONFIRMED = 8
_IN_WHO = ("company", "vip")
"""The sender's own fields of the customer that the customer's line shows."""
_ANNOYED = 0.35


def summary(s: Situation, policy: Policy, at: datetime) -> tuple[str, ...]:
    """Return the lines that have something to say, nine at most; before edition 4 there were five."""
    is_new = s.edition >= 4
    lines = (
        who(s, at),
        _own_fields(s) if is_new else "",
        _preferences(s) if is_new else "",
        _problem(s),
        _numbers(s),
        _confirmed(s),
        _mood(s, policy),
        f"Priority: {s.contact.priority}" if is_new else "",
        _waiting(s, policy, at),
    )
    return tuple(line for line in lines if line)


def problem(s: Situation) -> str:
    """Return the customer's concern in their own words, without passwords; empty where they have said nothing yet."""
    opening, later = _said(s)
    return one_line(without_secrets(concern(opening, later)), LONGEST)


def _said(s: Situation) -> tuple[str, list[str]]:
    """Return the customer's first words, and the latest of what they have said since."""
    opening = s.briefing.opening if s.briefing else ""
    said = [said.text for said in s.told.recent if said.is_customers_word]
    return opening, [text for text in said if text[:EXCERPT] != opening[:EXCERPT]]


def who(s: Situation, at: datetime) -> str:
    """Return the customer's line, with plan, tenure, value and health."""
    c, more = s.contact.customer, s.contact.customer.model_extra or {}
    name = " / ".join(filter(None, (_short(c.name), _short(more.get("company", "")))))
    parts = (
        name or _short(c.id) or "a customer without a name",
        _short(c.tier),
        f"plan {_short(c.plan)}" if c.plan and c.plan != c.tier else "",
        tenure(c.since, at),
        f"worth {c.value:,.0f}" if c.value is not None else "",
        f"health {_short(c.health)}" if c.health else "",
        "VIP" if more.get("vip") is True else "",
        f"chose before: {one_line(before, _LINE)}" if (before := remembering.words(s)) else "",
    )
    return "Customer: " + ", ".join(part for part in parts if part)


def tenure(since: str, at: datetime) -> str:
    """Return `customer for 2 years`; where `since` is no date, the words that were sent."""
    if not since:
        return ""
    try:
        days = (at.date() - date.fromisoformat(since[:10])).days
    except ValueError:
        return f"customer since {_short(since)}"
    if days < 0:
        return f"customer since {since[:10]}"
    count, unit = next(
        ((days // n, unit) for n, unit in ((365, "year"), (30, "month"), (1, "day")) if days >= n), (0, "day")
    )
    return f"customer for {count} {unit}{'' if count == 1 else 's'}" if count else "customer since today"


def _own_fields(s: Situation) -> str:
    """Return the sender's own fields of the customer."""
    more = (s.contact.customer.model_extra or {}).items()
    known = [
        f"{_short(name).replace('_', ' ')} {_short(without_secrets(_said_as(value)))}"
        for name, value in more
        if name not in _IN_WHO and not is_about_identity(name) and isinstance(value, str | int | float) and value != ""
    ]
    return one_line(f"Known: {'; '.join(known[:_CONFIRMED])}", _LINE) if known else ""


def _said_as(value: str | float) -> str:
    return "yes" if value is True else "no" if value is False else str(value)


def _preferences(s: Situation) -> str:
    """Return what the customer prefers: as they chose in this conversation, else as it was sent."""
    sent, chosen = s.contact.customer.preferences, dict(s.handoffs.preferences)
    liked = [
        f"{_short(name).replace('_', ' ')} {_short(value)}{' (chosen now)' if name in chosen else ''}"
        for name, value in {**sent, **chosen}.items()
        if value
    ]
    return one_line(f"Prefers: {'; '.join(liked[:_CONFIRMED])}", _LINE) if liked else ""


def _numbers(s: Situation) -> str:
    """Return the numbers of orders and the like that the customer wrote and no one has reported."""
    reported = {value.casefold() for _, value in s.contact.attributes}
    read = (
        [each for each in s.briefing.numbers if each.rpartition(" ")[2].casefold() not in reported]
        if s.briefing
        else []
    )
    return one_line(f"Numbers: {'; '.join(read)}", _LINE) if read else ""


def _problem(s: Situation) -> str:
    """Return the subject, the customer's first concern, the latest addition, and the risk topics that were read."""
    found, subject = problem(s), one_line(without_secrets(s.contact.subject), 120)
    later = development(f"{subject} {found}", _said(s)[1]) if found else ""
    topics = s.understanding.meaning.risks if s.understanding.meaning else ()
    parts = (
        subject if subject.casefold() not in found.casefold() else "",
        quoted(found, LONGEST),
        f"then {quoted(later, LONGEST)}" if later else "",
        one_line(f"reads like {', '.join(map(_short, topics))}", _LINE) if topics else "",
    )
    said = "; ".join(part for part in parts if part)
    return f"Problem: {said}{'' if found else ', no words of the customer yet'}" if said else ""


def _confirmed(s: Situation) -> str:
    """Return attributes, tags and mentions: facts that were reported, no assumptions."""
    is_new = s.edition >= 4
    known = [
        f"{_short(name).replace('_', ' ')} {_short(value)}"
        for name, value in s.contact.attributes
        if value and not (is_new and is_about_identity(name))
    ][:_CONFIRMED]
    checked = (identity(s) or "no check of the identity was reported") if is_new else ""
    mentioned = [f"{_short(keyword)} mentioned {times}×" for keyword, times in s.understanding.mentions]
    found = [*known, *(f"tag {_short(tag)}" for tag in s.contact.tags[:_CONFIRMED]), *mentioned]
    said = "; ".join((*found, checked) if checked else found)
    return one_line(f"Confirmed: {said}", _LINE) if said else ""


def _mood(s: Situation, policy: Policy) -> str:
    u = s.understanding.meaning
    if u is None or not u.readings:
        return ""
    now = "angry" if u.frustration >= FRUSTRATED else "annoyed" if u.frustration >= _ANNOYED else "calm"
    was_worse = u.most_frustrated >= FRUSTRATED > u.frustration
    parts = [
        f"{now}{', was angry before' if was_worse else ''}",
        f"asked for a person at {policy.local_time(u.asked_for_human_at)}" if u.asked_for_human_at else "",
        f"has said it {u.repeated + 1} times" if u.repeated else "",
        f"{u.unresolved} open question{'' if u.unresolved == 1 else 's'}" if u.unresolved else "",
    ]
    return "Mood: " + "; ".join(part for part in parts if part)


def _waiting(s: Situation, policy: Policy, at: datetime) -> str:
    channel = dict(s.handoffs.preferences).get("channel", "")
    more = (
        f"to be called back {policy.local_time(s.waiting.callback_at)}" if s.waiting.callback_at else "",
        f"would rather go on by {_short(channel)}" if channel else "",
        f"reopened {s.lifecycle.reopened}×" if s.lifecycle.reopened else "",
    )
    if s.waiting.since is None:
        waits = (
            f"no, answered by {_short(s.waiting.answered_by)}"
            if s.waiting.answered_by
            else "no, answered"
            if s.waiting.answered_at
            else ""
        )
    else:
        waits = f"{lasting(at - s.waiting.since)}, since {policy.local_time(s.waiting.since)}, for a person's answer"
    return "Waiting: " + "; ".join(part for part in (waits, *more) if part) if waits else ""


def lasting(span: timedelta) -> str:
    """Return how long something has gone on, in whole minutes: no agent answers faster for a second."""
    minutes = span // timedelta(minutes=1)
    return f"for {format_span(timedelta(minutes=minutes))}" if minutes else "for less than a minute"


def _short(value: object) -> str:
    return one_line(value, _SHORT) if value not in (None, "") else ""
