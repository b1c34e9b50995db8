"""A policy ready to run: the document with its business hours, conditions and rule index prepared.

Promises that preparing the same content twice costs once, and that a rule is found by what it listens to without
looking at the others. Must not know conversations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from policies.document.clocks import CLOCKS, ClockName
from policies.document.document import (
    ALWAYS_OPEN,
    Document,
    Overtime,
    Rule,
    SlaTargets,
    SpecialTargets,
    TeamTerms,
    Wait,
)
from policies.document.handoffs import BriefingTerms
from policies.running.conditions.evaluating import Condition, compile_condition
from policies.running.own_fields import FactTypes, fact_types
from policies.time.hours import ALWAYS, BusinessHours
from policies.time.wall_clock import shown


@dataclass(frozen=True, slots=True)
class ListeningRule:
    """A rule together with its condition compiled for one of its triggers."""

    rule: Rule
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy as `decide` asks it. Built by `prepare`; equal where the content is equal (`digest`).

    `renamed` leads from the identifiers that teams had in earlier versions to the present ones.
    """

    document: Document
    digest: str
    listeners: Mapping[str, tuple[ListeningRule, ...]]
    business_hours: Mapping[str, BusinessHours]
    thresholds: Mapping[ClockName, tuple[int, ...]]
    overtimes: Mapping[ClockName, tuple[Overtime, ...]]
    waits: tuple[Wait, ...]
    step_conditions: Mapping[str, Condition]
    renamed: Mapping[str, str]
    fact_types: FactTypes

    @property
    def reads_messages(self) -> bool:
        """True where something in this policy depends on what customers mean."""
        wants = self.document.score, self.document.tagging
        return "understood" in self.listeners or any(want is not None for want in wants)

    @property
    def reminds_silent_customers(self) -> bool:
        """True where a rule writes to customers who have not answered for some time."""
        heard = (self.listeners.get(wait.topic, ()) for wait in self.waits if wait.name == "customer_silent")
        rules = (listener.rule for listeners in heard for listener in listeners)
        return any(do.reply is not None or do.tell is not None for rule in rules for do in rule.do)

    @property
    def briefing(self) -> BriefingTerms | None:
        """The terms of briefings; None where the policy has none."""
        terms = self.document.briefing
        return terms if terms is not None and terms.on else None

    def team_name(self, team: str) -> str:
        """Return the team's name for people; a team that this policy doesn't know keeps its identifier."""
        found = self.document.teams.get(team)
        return found.name if found else team

    def team(self, team: str) -> TeamTerms | None:
        """Return the team of that identifier; None for one that only the helpdesk knows."""
        return self.document.teams.get(team)

    def team_now(self, team: str) -> str:
        """Return the team's identifier in this policy, where an earlier version had the team under another one."""
        return self.renamed.get(team, team)

    def is_assistant(self, team: str) -> bool:
        """True where an assistant answers for that team."""
        found = self.document.teams.get(team)
        return found is not None and found.staffed_by == "assistant"

    def tier(self, team: str) -> int:
        """Return the tier of a team, 0 where it has none."""
        found = self.document.teams.get(team)
        return (found.tier or 0) if found else 0

    def targets(self, team: str) -> SlaTargets | None:
        """Return the SLA targets while this team is responsible; None where nothing is promised."""
        found = self.document.teams.get(team)
        return self.document.sla.get(found.sla) if found and found.sla else None

    def span(self, clock: ClockName, **facts: str) -> timedelta | None:
        """Return the promised span for a conversation of these facts (`team`, `channel`, `priority`, `customer_tier`).

        Of the special targets that fit, the one with the most conditions wins; a policy with two of them is refused.
        """
        targets = self.targets(facts["team"])
        if targets is None:
            return None
        fitting = [row for row in targets.special or () if row.target(clock) is not None and _fits(row, facts)]
        best = max(fitting, key=lambda row: len(row.conditions), default=targets)
        return best.target(clock)

    def hours(self, name: str | None) -> BusinessHours:
        """Return the business hours of that name; always open where there are none."""
        return self.business_hours.get(name or ALWAYS_OPEN, ALWAYS)

    def hours_of_team(self, team: str) -> BusinessHours:
        """Return the business hours of that team."""
        found = self.document.teams.get(team)
        return self.hours(found.hours if found else None)

    def hours_of_people(self, team: str) -> BusinessHours:
        """Return the team's hours; where an assistant answers for it, those of the first team of people above it."""
        if self.is_assistant(team):
            team = next((above for above in self.team_above(team) if not self.is_assistant(above)), team)
        return self.hours_of_team(team)

    def zone_of_team(self, team: str) -> ZoneInfo:
        """Return the time zone that the team works in."""
        found = self.document.teams.get(team)
        hours = self.document.hours.get(found.hours) if found and found.hours else None
        return ZoneInfo((hours.timezone if hours else None) or self.document.timezone)

    def local_time(self, at: datetime, *, seconds: bool = False) -> str:
        """Return an instant as people of this policy read it: `Mon 23 Nov 09:00 EST`."""
        return shown(at.astimezone(ZoneInfo(self.document.timezone)), seconds=seconds)

    def both_times(self, at: datetime, now: datetime, *, seconds: bool = False) -> str:
        """Return an instant as people of this policy read it, and in UTC, as logs have it, where that differs.

        A date of another year than `now` has the year.
        """
        local, utc = at.astimezone(ZoneInfo(self.document.timezone)), at.astimezone(UTC)
        there = shown(local, seconds=seconds, year=local.year != now.astimezone(local.tzinfo).year)
        if local.replace(tzinfo=None) == utc.replace(tzinfo=None):
            return there
        day = "" if local.date() == utc.date() else "%a "
        return f"{there} ({utc.strftime(f'{day}%H:%M:%SZ' if seconds else f'{day}%H:%MZ')})"

    def is_closed(self, team: str, at: datetime) -> bool:
        """True where the team does not work at that instant."""
        return not self.hours_of_team(team).is_open(at)

    def first_team(self, channel: str, inbox: str) -> tuple[str, str]:
        """Return a new conversation's team, and why it is that: the inbox's own, else the channel's, else the first."""
        channels = self.document.channels
        if own := channels.get(f"{channel}:{inbox}"):
            return own, f"{channel} conversations to {inbox} start with this team"
        if usual := channels.get(channel):
            return usual, f"{channel} conversations start with this team"
        names = dict.fromkeys(name.partition(":")[0] for name in channels)
        close = get_close_matches(channel, names, 1)
        meant = f" (did you mean {close[0]}?)" if close and channel not in names else ""
        missing = f"no team for channel “{channel}”{meant}" if channel else "no channel was named"
        return next(iter(self.document.teams)), f"{missing}: the first one"

    def team_above(self, team: str) -> tuple[str, ...]:
        """Return the teams of the lowest tier above this team's, without stand-ins (named by `after_hours`)."""
        stand_ins = {found.after_hours for found in self.document.teams.values()}
        above = {
            name: found.tier
            for name, found in self.document.teams.items()
            if found.tier is not None and found.tier > self.tier(team) and name not in stand_ins
        }
        return tuple(name for name, tier in above.items() if tier == min(above.values()))


def _fits(row: SpecialTargets, facts: Mapping[str, str]) -> bool:
    return all(facts[name] == value for name, value in row.conditions.items())


@dataclass(frozen=True, slots=True)
class _Content:
    """A pinned document, which its digest identifies."""

    digest: str
    document: Mapping[str, Any] = field(compare=False)


def prepare(digest: str, document: Mapping[str, Any]) -> Policy:
    """Return the policy for a pinned document. `digest` identifies the content, parsed on the first use only."""
    return _prepared(_Content(digest, document))


@lru_cache(maxsize=64)
def _prepared(content: _Content) -> Policy:
    return build(Document.model_validate(content.document), content.digest)


def build(document: Document, digest: str = "") -> Policy:
    """Prepare a resolved document (see `load`).

    A condition that today's check refuses stays, and can't be judged: a conversation goes on under the policy it has.
    """
    listeners: dict[str, list[ListeningRule]] = {}
    types = fact_types(document.attributes, document.customer_fields)
    rules = [rule for rule in document.rules if rule.enabled]
    for rule in rules:
        for trigger in rule.on:
            condition = compile_condition(rule.when, trigger, types) if rule.when else None
            for topic in trigger.topics:
                listeners.setdefault(topic, []).append(ListeningRule(rule, condition))
    triggers = [trigger for rule in rules for trigger in rule.on]
    return Policy(
        document=document,
        digest=digest,
        listeners={topic: tuple(found) for topic, found in listeners.items()},
        business_hours={name: _business_hours(document, name) for name in document.hours},
        thresholds={
            clock: tuple(sorted({each.at for each in triggers if each.clock == clock and each.at <= 100} | {100}))
            for clock in CLOCKS
        },
        overtimes={
            clock: tuple(sorted({late for each in triggers if (late := each.overtime) and late.clock == clock}))
            for clock in CLOCKS
        },
        step_conditions={source: compile_condition(source, None, types) for source in _conditions(document)},
        renamed={before: name for name, team in document.teams.items() for before in team.formerly},
        fact_types=types,
        waits=tuple(sorted({each.wait for each in triggers if each.wait is not None})),
    )


def _conditions(document: Document) -> list[str]:
    """Return the conditions outside rules: of an escalation's steps, and of the skills that a queue needs."""
    steps = (step.when for escalation in document.escalations.values() for step in escalation.steps)
    needs = (need.when for team in document.teams.values() if team.queue for need in team.queue.needs)
    return [source for source in (*steps, *needs) if source]


def _business_hours(document: Document, name: str) -> BusinessHours:
    hours = document.hours[name]
    holidays = hours.holidays if isinstance(hours.holidays, tuple) else ()
    days: tuple[date, ...] = tuple(sorted({*holidays, *hours.closed}))
    return BusinessHours(opening=hours.open, timezone=hours.timezone or document.timezone, holidays=days)
