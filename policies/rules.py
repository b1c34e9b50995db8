"""The policy's rules: which of them a topic sets off, and what each of them does.

Promises that a rule fires once per cause, that a rule's own effects never set off the same rule again, and that a
rule which leaves effects again and again is muted, on the record. Must not know clocks' arithmetic or how effects reach
the world.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from policies import ending
from policies.document.document import BugReport, Do, ReasonCode, Rule, ToPerson
from policies.document.handoffs import TellPart
from policies.handoff import telling
from policies.handoff.reader import customer_of
from policies.on_call import ladder
from policies.on_call.calls import subject_of
from policies.queues import named_person, queueing
from policies.running import automatic_replies, ours
from policies.running.conditions.evaluating import DidNotEvaluate, PreparedFacts
from policies.running.fact_sheet import facts_of
from policies.running.facts import ClockFacts, EventFacts, ScoreFacts, TopicFacts, WaitingFacts
from policies.running.judgement import judged, prepared
from policies.running.policy import ListeningRule
from policies.running.texts.rendering import render
from policies.running.turn import Turn, excerpt
from policies.running.workload import FILLED_IN, FILLED_IN_BY_LOOPS
from policies.sla import after_hours, responsible, sla
from policies.state.effects import RemoveTag, ReportBug, SetPriority, SetStatus
from policies.state.events import TagRemoved
from policies.state.records.contact import Contact
from policies.state.records.lately import RuleBudget

_BUDGET_WINDOW = timedelta(hours=1)
_OF_TIME = (ClockFacts, WaitingFacts)
"""Clock and silence triggers fire a limited number of times, so they cannot loop: no rule budget stops them."""
_NEVER_MUTED: ReasonCode = "security"
"""The reason of rules that the rule budget does not stop: an account in danger is not to wait for a quiet hour."""


def fire(turn: Turn, event: EventFacts, topic: str = "") -> None:
    """Let every rule that listens to the facts' topic judge them, in the order of the document."""
    if ours.is_ours(event):
        return
    topic, facts = topic or event.topic or "", None
    for listener in turn.policy.listeners.get(topic, ()):
        rule = listener.rule
        if rule.name in turn.rules_at_work or _is_stopped(turn, event):
            continue
        if listener.condition is not None and facts is None:
            facts = prepared(turn, event)
        if _holds(turn, listener, facts):
            _fire(turn, rule, event, topic)
            facts = None


def _fire(turn: Turn, rule: Rule, event: EventFacts, topic: str) -> None:
    """Perform a rule whose condition holds, as far as its budget allows."""
    if isinstance(event, _OF_TIME):
        _perform(turn, rule, event, topic)
    elif turn.situation.edition < 3:  # before, all rules had one budget, also for firings without an effect
        if _within_one_budget(turn, rule):
            _perform(turn, rule, event, topic)
    elif _reason(rule, event, topic) == _NEVER_MUTED:
        _perform(turn, rule, event, topic)
    elif _is_muted(turn, rule):
        _hold_back(turn, rule, event, topic)
    else:
        before = len(turn.effects)
        _perform(turn, rule, event, topic)
        if len(turn.effects) > before:
            _count(turn, rule, muted_since=None)


def _holds(turn: Turn, listener: ListeningRule, facts: PreparedFacts | None) -> bool:
    if listener.condition is None or facts is None:
        return True
    verdict = judged(turn, listener.condition, facts)
    if isinstance(verdict, DidNotEvaluate):
        text = f"Rule “{listener.rule.name}” could not be judged: {verdict.why}"
        turn.record("rule_not_evaluated", text, rule=listener.rule.name)
        return False
    return verdict


def _is_muted(turn: Turn, rule: Rule) -> bool:
    """Return whether the rule has used up its budget, or not yet had an hour with fewer than half of it since."""
    lately, most = turn.situation.rule_budget.of(rule.name, turn.at), turn.policy.document.rule_budget
    if lately.muted_since is None:
        return len(lately.at) >= most
    if 2 * len(lately.at) >= most:
        return True
    turn.record("rule_unmuted", f"Rule “{rule.name}” works again", rule=rule.name)
    return False


def _hold_back(turn: Turn, rule: Rule, event: EventFacts, topic: str) -> None:
    """Count a firing of a muted rule that would have left an effect, and show it; tell people at the first of them."""
    before, take_back = len(turn.effects), turn.checkpoint()
    _perform(turn, rule, event, topic)
    would_leave_effect = len(turn.effects) > before
    take_back()
    if not would_leave_effect:
        return
    since = turn.situation.rule_budget.of(rule.name, turn.at).muted_since
    _count(turn, rule, muted_since=since or turn.at)
    if since is not None:
        turn.record("rule_muted", f"Rule “{rule.name}” is muted, and did nothing", rule=rule.name)
        return
    most = turn.policy.document.rule_budget
    text = (
        f"Rule “{rule.name}” is muted: it left effects {most} times within an hour. It works again after an hour with "
        f"fewer than {(most + 1) // 2}. Check the policy for a loop"
    )
    turn.record("rule_budget_tripped", text, rule=rule.name)
    turn.note(text, text)
    ladder.alert(turn, text, text, rule=rule.name)


def _count(turn: Turn, rule: Rule, *, muted_since: datetime | None) -> None:
    budget = turn.situation.rule_budget
    lately = budget.of(rule.name, turn.at)
    kept = (*lately.at, turn.at)[-turn.policy.document.rule_budget :]
    by_rule = budget.with_firings(replace(lately, at=kept, muted_since=muted_since), turn.at)
    turn.change(RuleBudget, by_rule=by_rule, is_tripped=any(known.muted_since for known in by_rule))


def _is_stopped(turn: Turn, event: EventFacts) -> bool:
    """Return whether all rules but those of promises are stopped, as they were for good before edition 3."""
    s = turn.situation
    return s.edition < 3 and s.rule_budget.is_tripped and not isinstance(event, _OF_TIME)


def _within_one_budget(turn: Turn, rule: Rule) -> bool:
    """Count the firing, and stop the rules once more than the policy's `rule_budget` have fired within an hour."""
    document = turn.policy.document
    firings = turn.situation.rule_budget.firings
    recent = firings[bisect_right(firings, turn.at - _BUDGET_WINDOW) :]
    turn.change(RuleBudget, firings=(*recent, turn.at))
    if len(recent) < document.rule_budget:
        return True
    text = (
        f"Rules stopped, but those of promises: {document.rule_budget} fired within an hour, last “{rule.name}”. "
        "Check the policy for a loop"
    )
    turn.change(RuleBudget, is_tripped=True)
    turn.record("rule_budget_tripped", text, rule=rule.name)
    turn.note(text, text)
    ladder.alert(turn, text, text, rule=rule.name)
    return False


def _perform(turn: Turn, rule: Rule, event: EventFacts, topic: str) -> None:
    reason = _reason(rule, event, topic)
    turn.record("rule_fired", f"Rule “{rule.name}”", rule=rule.name)
    outer, turn.rules_at_work = turn.rules_at_work, (*turn.rules_at_work, rule.name)
    team = turn.situation.responsible.team
    for do in rule.do:
        before = len(turn.effects), len(turn.because)
        _do(turn, rule, do, event, reason)
        if (len(turn.effects), len(turn.because)) == before:
            _say_why_nothing(turn, rule, do)
    turn.rules_at_work = outer
    if turn.situation.responsible.team != team:
        after_hours.given_by_rule(turn)


def _say_why_nothing(turn: Turn, rule: Rule, do: Do) -> None:
    """Say on the timeline why an action of a rule left nothing; before edition 3 that was not told."""
    if turn.situation.edition < 3:
        return
    if is_so := turn.is_on_the_desk and _is_so(turn, do):
        turn.record("already_there", f"{is_so} already: {rule.name}", rule=rule.name)
        return
    why = "it was due before the import" if turn.is_on_the_desk else "the helpdesk has no record of it"
    turn.record("not_done", f"Rule “{rule.name}” leaves no {do.verb}: {why}", rule=rule.name)


def _is_so(turn: Turn, do: Do) -> str:
    """Return the value that an action sets, in words; empty for actions that leave an effect each time."""
    match do:
        case Do(tag=str(tag)):
            return f"Tagged {tag}"
        case Do(untag=str(tag)):
            return f"Without the tag {tag}"
        case Do(set_priority=str(priority)):
            return f"Priority {priority}"
        case Do(resolve=str()):
            return f"Status {turn.situation.lifecycle.status}"
        case _:
            return ""


def _reason(rule: Rule, event: EventFacts, topic: str) -> str:
    usual = "sla" if topic.startswith("clock:") else "policy"
    return rule.reason or (event.reason if isinstance(event, ScoreFacts) else usual)


def _do(turn: Turn, rule: Rule, do: Do, event: EventFacts, reason: str) -> None:
    because, s = rule.name, turn.situation
    match do:
        case Do(assign=str(team)):
            responsible.assign(turn, team, because, reason=reason)
        case Do(assign=ToPerson() as to):
            named_person.assign(turn, to, because, reason)
        case Do(assign_account_manager=str(team)):
            responsible.assign_account_manager(turn, team, because, reason)
        case Do(escalate=str(team)):
            responsible.escalate(turn, team, because, reason)
        case Do(escalate=ToPerson() as to):
            named_person.escalate(turn, to, because, reason)
        case Do(unassign=True):
            queueing.unassign(turn, because)
        case Do(note=str(template)):
            turn.note(_text(turn, template, event), because)
        case Do(notify=str(target)):
            ladder.tell(turn, target, _headline(turn, rule), because, rule=rule.name, reason=reason)
        case Do(reply=str(template)):
            automatic_replies.reply(turn, rule.name, event, _reply(turn, template, event))
        case Do(tell=TellPart() as what):
            if (limit := automatic_replies.limit_of_tell(turn, rule.name, event)) is not None:
                telling.tell(turn, what, because, event, limit)
        case Do(tag=str(tag)) if tag not in s.contact.tags:
            responsible.put_on(turn, tag, because)
        case Do(untag=str(tag)) if tag in s.contact.tags:
            turn.change(Contact, tags=tuple(kept for kept in s.contact.tags if kept != tag))
            turn.ask(RemoveTag, because, tag=tag)
            fire(turn, TagRemoved(event_id=turn.cause, occurred_at=turn.at, source="baton", tag=tag))
        case Do(set_priority=str(priority)) if priority != s.contact.priority:
            turn.change(Contact, priority=priority)
            turn.ask(SetPriority, because, priority=priority)
            turn.record("priority_set", f"Priority is now {priority}: {because}", rule=rule.name)
            sla.follow_terms(turn)
        case Do(report_bug=BugReport() as report):
            texts = {name: _text(turn, getattr(report, name), event) for name in ("title", "steps", "impact")}
            links = tuple(_text(turn, link, event) for link in report.links)
            turn.ask(ReportBug, because, **texts, links=links, waits_alone=s.edition >= 4)
            turn.record("bug_reported", f"Bug report for engineering: {excerpt(texts['title'])}", rule=rule.name)
        case Do(resolve=str(template)) if s.lifecycle.status != "resolved":
            turn.record("status_changed", f"Status resolved: {because}", rule=rule.name)
            turn.ask(SetStatus, because, status="resolved")
            turn.note(_text(turn, template, event), because)
            ending.resolved(turn, because)
        case Do():
            pass  # the conversation is already as the rule wants it


def _reply(turn: Turn, template: str, event: EventFacts) -> str:
    """Return a text to the customer: times by their clock, words about the handoff in the policy's language."""
    reader = customer_of(turn.situation, turn.policy)
    language = turn.policy.document.language
    handoff = asdict(telling.text_facts(turn, language, event)) if "handoff" in template else {}
    return _text(turn, template, event, reader.time, handoff=handoff)


def _text(
    turn: Turn,
    template: str,
    event: EventFacts,
    time: Callable[[datetime], str] | None = None,
    **more: Mapping[str, Any],
) -> str:
    """Return a text with the facts filled in, and with times as `time` writes them, or as the policy's people do."""
    if "{" not in template:
        return template
    turn.spend(FILLED_IN_BY_LOOPS if "{%" in template else FILLED_IN)
    facts = facts_of(turn, event)
    shown = asdict(facts.event) if is_dataclass(facts.event) else facts.event.model_dump()
    if isinstance(event, TopicFacts) and turn.situation.edition >= 3:
        written = time or turn.policy.local_time
        shown |= {name: written(datetime.fromisoformat(at)) for name in event.instants if (at := shown[name])}
    return render(
        template,
        {"conversation": asdict(facts.conversation), "customer": asdict(facts.customer), "event": shown, **more},
    )


def _headline(turn: Turn, rule: Rule) -> str:
    return f"{rule.name[:1].upper()}{rule.name[1:]} — {subject_of(turn)}"
