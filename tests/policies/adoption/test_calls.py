"""On-call runs under way when another policy is adopted: they go on with other steps, or people hear of their end."""

import pytest

from policies.running.policy import Policy
from tests.policies.stories import Play, change_over, policy_of, reasons, told

STEPS = '[{notify: "slack:#first", wait: 5m}, {notify: "slack:#second", wait: 10m}]'
OTHERS = '[{notify: "slack:#other", wait: 5m}, {notify: "slack:#others", wait: 5m}]'
RULE = "rules: [{name: help, on: tag_added, do: [{notify: NAME}]}]\n"


def calling(name: str, steps: str = STEPS, *, lead: bool = True, rule: bool = True, alert: str = "") -> Policy:
    """Return a policy whose rule calls this escalation, or that has it without the rule, perhaps as its alert."""
    parts = [RULE.replace("NAME", name if rule else "slack:#help")]
    parts.append(f"escalations: {{{name}: {{steps: {steps}, lease: 15m{', lead: slack:#leads' if lead else ''}}}}}\n")
    return policy_of(*parts, f'alert: "{alert}"\n' if alert else "")


SILENT = policy_of(RULE.replace("NAME", "slack:#help"))
"""A policy that calls nobody, and has nobody to alert."""
ALERTING = policy_of(RULE.replace("NAME", "slack:#help"), 'alert: "slack:#alert"\n')
BEFORE = calling("people")


def called(policy: Policy = BEFORE) -> Play:
    """Return a conversation that was tagged a minute ago, with the first step called."""
    play = Play(policy, delivers=True)
    assert ("call", "people.1/1.1", "slack:#first") in told(play.tell("tag_added", 1, tag="help").effects)
    return play


def test_acknowledged_under_the_old_name() -> None:
    """Anna acknowledged and does not answer; the escalation has a new name: the same step is called again."""
    play = called()
    play.command("acknowledge", 2, actor="anna")
    over = change_over(play, calling("watch"), "carry", 3)
    assert told(over.effects) == []
    assert reasons(over)[-1] == "anna has people: watch is called where they do not answer in time"
    assert told(play.wake(17).effects) == [
        ("update", "people.1", "resumed"),
        ("call", "people.1/1.1~1", "slack:#first"),
    ]
    assert told(play.wake(22).effects) == [("call", "people.1/1.2~1", "slack:#second")]


def test_acknowledged_where_other_people_are_called_now() -> None:
    """Anna acknowledged and does not answer; the rule calls another escalation now: it begins with its first step."""
    play = called()
    play.wake(6)
    play.command("acknowledge", 7, actor="anna")
    change_over(play, calling("watch", OTHERS), "carry", 8)
    assert told(play.wake(22).effects)[-1] == ("call", "people.1/1.1~1", "slack:#other")


def test_renamed_while_it_calls() -> None:
    """A run whose escalation only has another name goes on at its step, and nobody is called twice."""
    play = called()
    over = change_over(play, calling("watch"), "carry", 3)
    assert (told(over.effects), reasons(over)[-1]) == ([], "people goes on as watch")
    assert told(play.wake(6).effects) == [("call", "people.1/1.2", "slack:#second")]


@pytest.mark.parametrize(
    "to",
    [calling("watch", OTHERS), calling("watch", OTHERS, rule=False, alert="watch")],
    ids=["by the rule", "by the alert"],
)
def test_other_people_are_called_at_once(to: Policy) -> None:
    """The rule, or else the alert, names another escalation now: its first step is called, and old messages say so."""
    play = called()
    over = change_over(play, to, "carry", 3)
    assert told(over.effects) == [("update", "people.1", "resumed"), ("call", "people.1/1.1~1", "slack:#other")]
    assert told(play.wake(8).effects) == [("call", "people.1/1.2~1", "slack:#others")]
    assert told(play.command("acknowledge", 9, step="people.1/1.1").effects) == [("update", "people.1", "acknowledged")]


ENDS = "people ends, nobody else is called: acme v1 has no such escalation: Help — c"


@pytest.mark.parametrize(
    ("before", "to", "who"),
    [
        (BEFORE, ALERTING, "slack:#alert"),
        (BEFORE, SILENT, "slack:#leads"),
        (calling("people", lead=False), SILENT, "slack:#first"),
    ],
    ids=["the alert", "the old lead", "the last channel"],
)
def test_an_end_is_heard(before: Policy, to: Policy, who: str) -> None:
    """The new policy calls nobody: the run ends, and its messages, a note, and the first reachable target say so."""
    over = change_over(called(before), to, "carry", 3)
    assert told(over.effects) == [("update", "people.1", "exhausted"), ("note", ENDS), ("notify", who, ENDS)]


def test_an_acknowledged_call_whose_escalation_is_gone_calls_no_person() -> None:
    """Anna keeps her time to answer; people hear at once that nobody is called after it, and again when it is over."""
    play = called()
    play.command("acknowledge", 2, actor="anna")
    headline = (
        "anna has people, and nobody is called where they do not answer: acme v1 has no such escalation: Help — c"
    )
    over = change_over(play, ALERTING, "carry", 3)
    assert told(over.effects) == [("note", headline), ("notify", "slack:#alert", headline)]
    gone = "people is not in the policy any more, nobody else is called: Help — c"
    assert ("notify", "slack:#alert", gone) in told(play.wake(17).effects)


def test_acknowledged_at_a_step_that_is_gone() -> None:
    """The step that Anna acknowledged is gone from the escalation: its first step is called when her time is over."""
    play = called()
    play.wake(6)
    play.command("acknowledge", 7, actor="anna")
    change_over(play, calling("people", '[{notify: "slack:#only", wait: 5m}]'), "carry", 8)
    assert told(play.wake(22).effects)[-1] == ("call", "people.1/1.1~1", "slack:#only")


def in_turn(*people: str, wait: str = "5m") -> Policy:
    """Return a policy whose escalation calls these channels one after the other."""
    steps = ", ".join(f'{{notify: "slack:#{who}", wait: {wait}}}' for who in people)
    return calling("people", f"[{steps}]")


@pytest.mark.parametrize(
    ("before", "after", "heard"),
    [
        ("ann bob", "bob", "bob"),
        ("ann bob", "bob ann", "bob ann"),
        ("ann bob", "cy ann bob", "cy ann bob"),
        ("ann bob cy", "ann cy", "cy"),
        ("ann bob", "ann bob cy", "bob cy"),
        ("ann bob", "ann", ""),
    ],
)
def test_each_person_of_a_changed_ladder_is_called(before: str, after: str, heard: str) -> None:
    """After the first step another version has other steps: each person that it names and was not called is called."""
    play = Play(in_turn(*before.split()), delivers=True)
    play.tell("tag_added", 1, tag="help")
    effects = [*change_over(play, in_turn(*after.split()), "carry", 2).effects]
    for minute in (6, 7, 12, 17, 22):
        effects += play.wake(minute).effects
    calls = [words[2].removeprefix("slack:#") for words in told(effects) if words[0] == "call"]
    assert calls == heard.split()


def test_another_wait_calls_each_target_once() -> None:
    """The steps only wait longer in the new version: the call goes on at its step."""
    play = Play(in_turn("ann", "bob"), delivers=True)
    play.tell("tag_added", 1, tag="help")
    assert told(change_over(play, in_turn("ann", "bob", wait="10m"), "carry", 2).effects) == []
    assert told(play.wake(6).effects) == [("call", "people.1/1.2", "slack:#bob")]


def test_a_ladder_whose_steps_change_while_a_person_has_it() -> None:
    """Anna acknowledged and does not answer; the steps are others now: the first of them is called after her time."""
    play = called()
    play.command("acknowledge", 2, actor="anna")
    change_over(play, calling("people", OTHERS), "carry", 3)
    assert told(play.wake(17).effects)[-1] == ("call", "people.1/1.1~1", "slack:#other")


def test_two_calls_become_one() -> None:
    """Two runs of the old policy go on by one escalation of the new policy: its people are called once."""
    play = called()
    other = policy_of(
        RULE.replace("NAME", "people"), f"escalations: {{people: {{steps: {STEPS}}}, too: {{steps: {OTHERS}}}}}\n"
    )
    change_over(play, other, "carry", 2)
    play.command("call", 3, to="too")
    over = change_over(play, calling("watch", rule=False, alert="watch"), "carry", 4)
    assert told(over.effects) == [("update", "too.1", "stood_down")]
    assert [(run.id, run.ladder) for run in play.now.on_call.running] == [("people.1", "watch")]


def test_a_call_that_is_put_off() -> None:
    """During a hold the new escalation calls nobody; its first step is called when the hold ends."""
    play = called()
    play.command("hold", 2, note="later")
    assert [
        line for line in told(change_over(play, calling("watch", OTHERS), "carry", 3).effects) if line[0] == "call"
    ] == []
    play.wake(10)
    assert ("call", "people.1/1.1~1", "slack:#other") in told(play.command("release", 12).effects)


def test_a_call_that_an_incident_holds_back() -> None:
    """While an incident calls for the conversation nothing changes; afterwards the new escalation begins."""
    play = called()
    play.tell("folded", 2, page="people.1", incident="i")
    assert told(change_over(play, calling("watch", OTHERS), "carry", 3).effects) == []
    assert told(play.tell("unfolded", 9, incident="i").effects)[-1] == ("call", "people.1/1.1~1", "slack:#other")


def test_a_drill_of_a_ladder_that_is_gone() -> None:
    """A drill whose escalation is gone ends, and the lead hears of it."""
    play = Play(BEFORE, drill="people", delivers=True)
    over = change_over(play, calling("watch", OTHERS, rule=False, alert="watch"), "carry", 3)
    assert play.now.lifecycle.is_resolved
    assert (
        "notify",
        "slack:#leads",
        "people ends, nobody else is called: acme v1 has no such escalation: DRILL: people, please acknowledge",
    ) in told(over.effects)


def incident(policy: Policy) -> Play:
    """Return the incident's own conversation, which calls for five others."""
    play = Play(policy, incident={"escalation": "people", "cause": "help", "total": 5}, delivers=True)
    assert play.now.on_call.running != ()
    return play


def test_an_incident_is_called_by_what_its_rule_calls_now() -> None:
    """The rule that made the incident calls another escalation now: the incident goes on with its first step."""
    over = change_over(incident(BEFORE), calling("watch", OTHERS), "carry", 3)
    assert ("call", "people.1/1.1~1", "slack:#other") in told(over.effects)


def test_an_incident_without_a_ladder_ends() -> None:
    """An incident whose escalation is gone ends, so that each conversation calls for itself again."""
    over = change_over(incident(BEFORE), ALERTING, "carry", 3)
    assert ("end", "") in told(over.effects)
    assert [line[1] for line in told(over.effects) if line[0] == "notify"] == ["slack:#alert"]
