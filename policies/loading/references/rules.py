"""Checks of rules: they can fire, and their texts, teams and people exist.

Promises a finding with a remedy for everything that can't work. Must not know conditions or Jinja (`texts`).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from policies.document.clocks import KINDS
from policies.document.document import ALWAYS_OPEN, Do, SilenceName, ToPerson, Trigger
from policies.document.part import format_span
from policies.loading.draft import Draft, DraftRule
from policies.loading.references.names import PEOPLE, TEAMS
from policies.loading.references.sla import is_promised
from policies.loading.references.targets import check_target
from policies.loading.source import Mistake, Path
from policies.running.facts import HandoffTextFacts
from policies.running.texts.rendering import check_text

_Endings = Mapping[SilenceName, tuple[timedelta, int, str]]
_NAMES_A_TEAM = ("assign", "assign_account_manager", "escalate")
_LONG_FORMS = (("for",), ("after",), ("every",))
"""The keys of a silence that is written with more than its span."""
_HANDS_OVER = (*_NAMES_A_TEAM, "unassign")


def check_rules(draft: Draft) -> Iterator[Mistake]:
    """Find everything that keeps a rule from doing what it says."""
    names: set[str] = set()
    endings = _endings(draft)
    for number, rule in draft.rules.items():
        path: Path = ("rules", number)
        if rule.name is not None and not rule.name.strip():
            yield Mistake((*path, "name"), "the rule has an empty name: say what it is for, decisions quote it")
        elif rule.name in names:
            sentence = f"another rule is already called `{rule.name}`: give each its own name, decisions quote it"
            yield Mistake((*path, "name"), sentence)
        names.update([rule.name] if rule.name else [])
        for position, trigger in rule.on.items():
            yield from _check_trigger(draft, (*path, "on", position), trigger)
            yield from _check_silence(draft, (*path, "on", position), trigger, endings)
        yield from _check_repeated(path, rule)
        for position, do in rule.do.items():
            yield from _check_do(draft, (*path, "do", position), do, rule)
        yield from _check_hand_overs(path, rule)


def _check_trigger(draft: Draft, path: Path, trigger: Trigger) -> Iterator[Mistake]:
    has_hours = any(team.hours not in (None, ALWAYS_OPEN) for team in draft.teams.values())
    if trigger.clock and not any(is_promised(draft, name, trigger.clock) for name in draft.names("sla")):
        sentence = f"no SLA promises a {trigger.clock}, so this never happens: add the target to an SLA"
        if not KINDS[trigger.clock].is_to_customer:
            sentence = f"no SLA limits the {trigger.clock}, so this never happens: add `{trigger.clock}` to an SLA"
        yield Mistake((*path, "clock"), sentence)
    if trigger.event == "outside_hours" and not has_hours:
        yield Mistake((*path, "event"), "every team is always open, so this never happens: give a team `hours`")


def _check_silence(draft: Draft, path: Path, trigger: Trigger, endings: _Endings) -> Iterator[Mistake]:
    if trigger.silence is None:
        return
    name, span = trigger.silence
    has_hours = any(team.hours not in (None, ALWAYS_OPEN) for team in draft.teams.values())
    places = [(*place, name, *inner) for place in (path, path[:-1]) for inner in ((), *_LONG_FORMS)]
    texts = [text for text in map(draft.written, places) if isinstance(text, str)]
    written = next((text for text in texts if "d" in text.lower()), "")
    if has_hours and name != "customer_silent" and written:
        sentence = f"`{written}` is unclear, {name} counts in the team's business hours: write hours, such as 16h"
        yield Mistake((*path, name), sentence)
    ends_after, number, rule = endings.get(name, (span, 0, ""))
    if ends_after < span:
        sentence = f"the rule `{rule}` (line {{line}}) has resolved the conversation by then, so this never happens"
        remedy = f"write less than {format_span(ends_after)}, or remove this rule"
        yield Mistake((*path, name), f"{sentence}: {remedy}", line_of=("rules", number))


def _endings(draft: Draft) -> _Endings:
    """Return after how long of each silence a rule without a condition resolves the conversation."""
    found: list[tuple[SilenceName, timedelta, int, str]] = [
        (*trigger.silence, number, rule.name or "")
        for number, rule in draft.rules.items()
        if rule.is_enabled and draft.written(("rules", number, "when")) is None
        if any(do.resolve for do in rule.do.values())
        for trigger in rule.on.values()
        if trigger.silence
    ]
    return {name: (span, number, rule) for name, span, number, rule in sorted(found, reverse=True)}


def _check_repeated(path: Path, rule: DraftRule) -> Iterator[Mistake]:
    topics: set[str] = set()
    for position, trigger in rule.on.items():
        if not topics.isdisjoint(trigger.topics):
            yield Mistake((*path, "on", position), "the rule listens to this already: remove it here")
        topics.update(trigger.topics)


def _check_do(draft: Draft, path: Path, do: Do, rule: DraftRule) -> Iterator[Mistake]:
    verb, words = do.verb or "", do.words
    if verb == "tell":
        return  # `handoffs` checks the texts
    value, path = str(getattr(do, verb)), (*path, verb)
    texts = {path: value} if words and words.is_template else {}
    if do.report_bug is not None:
        texts = {(*path, name): getattr(do.report_bug, name) for name in ("title", "steps", "impact")}
    others = {"handoff": HandoffTextFacts} if verb == "reply" else {}
    if words and not value.strip():
        yield Mistake(path, words.if_empty)
    elif texts:
        told = ((place, text, trigger) for place, text in texts.items() for trigger in rule.on.values())
        for place, text, trigger in told:
            yield from (Mistake(place, said) for said in check_text(text, trigger, draft.fact_types, **others))
    elif verb == "notify":
        sentence = check_target(value, draft)
        yield from [Mistake(path, sentence)] if sentence else []
    elif isinstance(to := getattr(do, verb), ToPerson):
        yield from _check_person(draft, path, to)
    elif verb == "escalate" and value == "next":
        yield from _check_next(draft, path)
    elif verb in _NAMES_A_TEAM:
        yield from _check_team(draft, path, value)


def _check_person(draft: Draft, path: Path, to: ToPerson) -> Iterator[Mistake]:
    yield from PEOPLE.check(draft, (*path, "person"), to.person)
    yield from _check_team(draft, (*path, "team"), to.team) if to.team else ()
    person = draft.people.get(to.person)
    if person is not None and not person.teams:
        sentence = f"`{to.person}` is in no team, so no conversation can be theirs: give them a `team`"
        yield Mistake((*path, "person"), sentence)
    elif person is not None and to.team in draft.teams and to.team not in person.teams:
        teams = ", ".join(f"`{team}`" for team in person.teams)
        yield Mistake((*path, "team"), f"`{to.person}` is in {teams}, not in `{to.team}`: add it to their `team`")


def _check_team(draft: Draft, path: Path, name: str) -> Iterator[Mistake]:
    yield from TEAMS.check(draft, path, name)
    if "escalate" in path[-2:] and name in draft.teams and draft.teams[name].tier is None:
        sentence = f"`{name}` has no tier, so going there is no escalation: give the team a `tier`, or use `assign`"
        yield Mistake(path, sentence)


def _check_next(draft: Draft, path: Path) -> Iterator[Mistake]:
    tiers = {team.tier for team in draft.teams.values() if team.tier is not None}
    if len(tiers) < 2 and len(draft.teams) == len(draft.names("teams")):
        yield Mistake(path, "no team has a higher tier than another: give two teams different tiers, or use `assign`")


def _check_hand_overs(path: Path, rule: DraftRule) -> Iterator[Mistake]:
    hand_overs = [(position, do.verb or "") for position, do in rule.do.items() if do.verb in _HANDS_OVER]
    for position, verb in hand_overs[1:]:
        sentence = "the rule already hands the conversation over: keep one `assign`, `escalate` or `unassign`"
        yield Mistake((*path, "do", position, verb), sentence)
    endings = [position for position, do in rule.do.items() if do.resolve is not None]
    for position in endings[1:]:
        yield Mistake((*path, "do", position, "resolve"), "the rule already resolves the conversation: keep one")
    for position in endings[:1] if hand_overs else []:
        sentence = f"who would get a conversation that is resolved? remove `resolve`, or `{hand_overs[0][1]}`"
        yield Mistake((*path, "do", position, "resolve"), sentence)
