"""A rule that fires leaves its effects, for the second time too."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decide import order
from policies.document.clocks import ClockName
from policies.document.document import REPEATED, SILENCES, BugReport, Do, EventTrigger, Rule, Trigger
from policies.document.handoffs import TellPart
from policies.running.policy import Policy, build
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    Assign,
    Effect,
    Notify,
    RemoveTag,
    ReportBug,
    SendReply,
    SetPriority,
    SetStatus,
)
from policies.state.entry_kind import EntryKind
from policies.state.events import Fact
from tests.policies.order import busy, calls, clocks, handoffs, queueing
from tests.policies.order.scenarios import Stories
from tests.policies.stories import Play, at, policy_of

TRIGGERS: tuple[Trigger, ...] = (
    *(Trigger(event=event) for event in get_args(EventTrigger)),
    *(Trigger(clock=clock, at=share) for clock in get_args(ClockName) for share in (50, 100, 150)),
    *(Trigger(clock=clock, every=timedelta(minutes=15)) for clock in get_args(ClockName)),
    *(Trigger.model_validate({name: timedelta(minutes=span)}) for name in SILENCES for span in (20, 90)),
    Trigger.model_validate({"customer_silent": {"after": "20m", "in": "business"}}),
    *(Trigger.model_validate({name: {"every": "15m"}}) for name in REPEATED),
    Trigger(mentioned="lawyer", times=1),
    Trigger(mentioned="lawyer", times=2),
)
OURS = {f"note {number}" for number in range(len(TRIGGERS))}
NOTES = tuple(Rule(name=f"note {number}", on=trigger, do=(Do(note="…"),)) for number, trigger in enumerate(TRIGGERS))
SUBJECTS = pytest.mark.parametrize(
    "stories", [each.STORIES for each in (busy, calls, clocks, handoffs, queueing)], ids=str
)


def noting(policy: Policy) -> Policy:
    """Return the policy with a rule for each trigger, which only adds a note."""
    document = policy.document
    return build(document.model_copy(update={"rules": (*document.rules, *NOTES), "rule_budget": 10_000}))


ACTIONS: dict[str, tuple[Do, tuple[type[Effect], ...]]] = {
    "assign": (Do(assign="tier-2"), (Assign,)),
    "assign to the first team": (Do(assign="tier-1"), (Assign,)),
    "assign the account manager": (Do(assign_account_manager="tier-2"), (Assign, AddInternalNote)),
    "escalate": (Do(escalate="next"), (Assign,)),
    "unassign": (Do(unassign=True), (Assign,)),
    "note": (Do(note="…"), (AddInternalNote,)),
    "notify": (Do(notify="slack:#care"), (Notify,)),
    "reply": (Do(reply="…"), (SendReply,)),
    "tell": (Do(tell=TellPart(text="told")), (SendReply,)),
    "tag": (Do(tag="vip"), (AddTag,)),
    "untag": (Do(untag="vip"), (RemoveTag,)),
    "set the priority": (Do(set_priority="high"), (SetPriority,)),
    "resolve": (Do(resolve="…"), (SetStatus, AddInternalNote)),
    "report a bug": (Do(report_bug=BugReport(title="…", steps="…", impact="…")), (ReportBug,)),
}
"""Each action that a rule may have, with the effects that it leaves."""
WHY: tuple[EntryKind, ...] = (
    "already_there",
    "not_done",
    "not_replied",
    "no_room",
    "step_passed_over",
    "step_unreachable",
)
"""The kinds of lines that say why a rule left no effect."""


def doing(policy: Policy, do: Do) -> Policy:
    """Return the policy with a rule for each trigger, which only does this."""
    document, rules = policy.document, tuple(rule.model_copy(update={"do": (do,)}) for rule in NOTES)
    texts = {**document.customer_texts, "told": {"en": "…"}}
    update = {"rules": (*document.rules, *rules), "rule_budget": 10_000, "customer_texts": texts}
    return build(document.model_copy(update=update))


def check_action(stories: Stories, story: Sequence[Fact], action: str) -> None:
    """Check for each decision that each rule that fired left an effect, or a line that says why not.

    Of effects that something later overtook, one line tells for all firings of a rule.
    """
    do, kinds = ACTIONS[action]
    for decision in played(stories, story, doing(stories.policy, do)).decisions:
        fired = Counter(entry.rule for entry in decision.because if entry.kind == "rule_fired" and entry.rule in OURS)
        for rule, times in fired.items():
            left = sum(effect.because == rule and isinstance(effect, kinds) for effect in decision.effects)
            said = [entry for entry in decision.because if entry.kind in WHY and re.search(rf"{rule}\b", entry.text)]
            is_overtaken = any(entry.rule == rule and "Overtaken" in entry.text for entry in decision.because)
            assert left + len(said) >= times or is_overtaken, rule


def check(stories: Stories, story: Sequence[Fact]) -> None:
    """Check for each decision, with each event seen as it happens, that each rule that fired left its note."""
    play = played(stories, story, noting(stories.policy))
    for decision in play.decisions:
        fired = Counter(entry.rule for entry in decision.because if entry.kind == "rule_fired" and entry.rule in OURS)
        noted = Counter(effect.because for effect in decision.effects if isinstance(effect, AddInternalNote))
        assert fired == Counter({rule: noted[rule] for rule in fired})


def played(stories: Stories, story: Sequence[Fact], policy: Policy) -> Play:
    """Return the story under this policy, with each event seen as it happens."""
    play = Play(policy)
    happening = order(play.conversation)
    each_at_its_own = {event.occurred_at: event for event in sorted(story, key=happening, reverse=True)}
    for event in sorted(each_at_its_own.values(), key=happening):
        play.feed(event, (event.occurred_at - at(0)).total_seconds() / 60)
    play.wake(stories.until)
    return play


@SUBJECTS
@pytest.mark.parametrize("action", ACTIONS)
@settings(max_examples=2)
@given(drawn=st.data())
def test_a_rule_leaves_its_effects_or_says_why_not(action: str, stories: Stories, drawn: st.DataObject) -> None:
    """A rule that fires leaves the effect of its action, or the timeline says why it does not."""
    check_action(stories, drawn.draw(stories.drawn), action)


@SUBJECTS
@settings(max_examples=3)
@given(drawn=st.data())
def test_a_rule_that_fires_leaves_its_effects(stories: Stories, drawn: st.DataObject) -> None:
    """A rule leaves its effects by any trigger, and for the second time too."""
    check(stories, drawn.draw(stories.drawn))


@pytest.mark.soak
@SUBJECTS
@pytest.mark.parametrize("action", ACTIONS)
@settings(max_examples=100)
@given(drawn=st.data())
def test_rules_say_why_they_leave_nothing_in_thousands_of_stories(
    action: str, stories: Stories, drawn: st.DataObject
) -> None:
    """In thousands of other stories too, a rule that fires leaves the effect of its action, or says why not."""
    check_action(stories, drawn.draw(stories.drawn), action)


@pytest.mark.soak
@SUBJECTS
@settings(max_examples=1000)
@given(drawn=st.data())
def test_rules_that_fire_leave_their_effects_in_thousands_of_stories(stories: Stories, drawn: st.DataObject) -> None:
    """In thousands of other stories too, a rule that fires leaves its effects."""
    check(stories, drawn.draw(stories.drawn))


def test_a_second_silence_of_the_same_assignee_is_another() -> None:
    """Anna is silent, Ben has it, and it comes back to Anna: her second silence sets off the rule as the first did."""
    play = Play(policy_of("rules: [{name: silent, on: {assignee_silent: 30m}, do: [{note: silent}]}]"))
    for when, assignee in ((1, "anna"), (40, "ben"), (50, "anna")):
        play.wake(when)
        play.tell("reassigned", when, team="tier-1", assignee=assignee)
    play.wake(100)
    assert [note.due_at for note in play.asked(AddInternalNote)] == [at(31), at(80)]


@pytest.mark.parametrize(
    ("do", "start", "line"),
    [
        ("tag: vip", {"tags": ["vip"]}, "Tagged vip already: r"),
        ("untag: vip", {}, "Without the tag vip already: r"),
        ("set_priority: high", {"priority": "high"}, "Priority high already: r"),
        ("assign: tier-1", {}, "Already with Tier 1: r"),
        ("escalate: next", {"channel": "email", "inbox": "invoices"}, "Not escalated: already with Billing (r)"),
        ("unassign: true", {}, "Assigned to nobody in Tier 1 already: r"),
    ],
)
def test_a_rule_that_changes_nothing_says_so(do: str, start: dict[str, Any], line: str) -> None:
    """A rule whose action is already so leaves no effect, and the timeline says that it is so already."""
    play = Play(policy_of(f"rules: [{{name: r, on: message, do: [{{{do}}}]}}]"), **start)
    decision = play.customer(2)
    assert [entry.text for entry in decision.because if entry.kind in ("rule_fired", *WHY)] == ["Rule “r”", line]
    assert [effect for effect in decision.effects if effect.because == "r"] == []


def test_a_rule_that_resolves_what_is_resolved_says_so() -> None:
    """A rule that resolves a conversation which is resolved already says so instead of nothing."""
    play = Play(policy_of("rules: [{name: r, on: tag_added, do: [{resolve: …}]}]"))
    play.tell("status_changed", 1, status="resolved")
    decision = play.tell("tag_added", 2, tag="spam")
    assert [entry.text for entry in decision.because if entry.rule == "r"] == ["Rule “r”", "Status resolved already: r"]


def test_a_rule_before_an_import_says_what_it_does_not_tell() -> None:
    """A note that was due before an import is told to no person, and the timeline says so."""
    policy = policy_of("rules: [{name: r, on: message, do: [{note: …}, {tag: vip}]}]")
    play = Play(policy, imported=True, opened_at=at(-600).isoformat())
    decision = play.tell("message", 1, author="customer", text="Hello?", occurred_at=at(-300).isoformat())
    assert [entry.text for entry in decision.because if entry.rule == "r"] == [
        "Rule “r”",
        "Rule “r” leaves no note: it was due before the import",
    ]
    assert [effect.kind for effect in decision.effects if effect.because == "r"] == ["add_tag"]


def test_an_effect_that_was_overtaken_before_it_left_is_told() -> None:
    """Rules that change a value back and forth in one turn leave only the last, and a line names the ones before."""
    first = "{name: first, on: message, do: [{tag: vip}]}"
    policy = policy_of(f"rules: [{first}, {{name: second, on: tag_added, do: [{{untag: vip}}]}}]")
    decision = Play(policy).customer(1)
    assert [entry.text for entry in decision.because if entry.kind == "not_done"] == [
        "Overtaken before it left: add tag vip (rule “first”)"
    ]
    assert [effect.kind for effect in decision.effects] == ["remove_tag"]


def test_before_edition_3_a_rule_that_changes_nothing_is_silent() -> None:
    """A conversation of an earlier edition has the lines that its history was recorded with."""
    play = Play(policy_of("rules: [{name: r, on: message, do: [{set_priority: normal}]}]"), edition=2)
    assert [entry.text for entry in play.customer(2).because if entry.rule == "r"] == ["Rule “r”"]
