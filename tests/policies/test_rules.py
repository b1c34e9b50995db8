"""Rules: the events that fire them, the actions they take, and the limit that stops a policy whose rules loop."""

from datetime import timedelta

import pytest

from policies.adoption.adopting import adopt
from policies.state.effects import Notify
from policies.state.events import PolicyAdopted
from tests.policies.stories import ACME, Play, at, policy_of, reasons, told

TWO_THIRDS = """
  technical: {name: Technical, tier: 3, sla: quick}
channels:"""


def rules(*lines: str, more: str = "") -> Play:
    """Play a conversation under ACME's policy with these rules."""
    return Play(policy_of("rules:\n" + "".join(f"  - {line}\n" for line in lines), more))


def test_rules_set_each_other_off() -> None:
    """A tag that a rule sets fires other rules like any other tag."""
    play = rules(
        "{name: one, on: tag_added, when: 'event.tag == \"a\"', do: [{tag: b}]}",
        "{name: two, on: tag_added, when: 'event.tag == \"b\"', do: [{tag: c}]}",
        "{name: three, on: tag_added, when: 'event.tag == \"c\"', do: [{assign: billing}]}",
        "{name: four, on: reassigned, when: 'event.team == \"billing\"', do: [{set_priority: high}]}",
    )
    decision = play.tell("tag_added", 1, tag="a", event_id="e")
    assert [(effect.key, line) for effect, line in zip(decision.effects, told(decision.effects), strict=True)] == [
        ("c/e/one/add_tag/0", ("tag", "b")),
        ("c/e/one/two/add_tag/0", ("tag", "c")),
        ("c/e/one/two/three/assign/0", ("assign", "billing")),
        ("c/e/one/two/three/four/set_priority/0", ("priority", "high")),
    ]


def test_a_rule_never_sets_itself_off() -> None:
    """A rule never fires itself, so two rules that put a tag on and off end after one round."""
    play = rules(
        "{name: on, on: [tag_added, tag_removed], do: [{tag: x}]}",
        "{name: off, on: tag_added, when: 'event.tag == \"x\"', do: [{untag: x}]}",
    )
    decision = play.tell("tag_added", 1, tag="a")
    assert [reason for reason in reasons(decision) if reason.startswith("Rule")] == ["Rule “on”", "Rule “off”"]
    assert play.now.contact.tags == ("a",)
    assert told(decision.effects) == [("untag", "x")]  # a tag taken off again at once is not put on


def test_a_policy_that_runs_wild_is_stopped_loudly() -> None:
    """Rules that answer their own failures are stopped at the budget, and the alert channel hears of it."""
    play = rules(
        "{name: tell, on: effect_failed, do: [{notify: 'slack:#gone'}]}",
        "{name: begin, on: tag_added, do: [{notify: 'slack:#gone'}]}",
        more="rule_budget: 5\nalert: slack:#ops\n",
    )
    decision = play.tell("tag_added", 1, tag="a")
    for when in range(2, 20):
        notified = [effect for effect in decision.effects if isinstance(effect, Notify)]
        if not notified:
            break
        decision = play.failed(notified[0], when)
    text = (
        "Rule “tell” is muted: it left effects 5 times within an hour. It works again after an hour with fewer than 3. "
        "Check the policy for a loop"
    )
    assert told(play.effects) == [
        ("assign", "tier-1"),
        ("notify", "slack:#gone", "Begin — c"),
        *[("notify", "slack:#gone", "Tell — c")] * 5,
        ("note", text),
        ("notify", "slack:#ops", text),
    ]
    assert [muted.rule for muted in play.now.rule_budget.muted] == ["tell"]
    assert told(play.tell("tag_added", 30, tag="b").effects) == [("notify", "slack:#gone", "Begin — c")]


def test_a_mended_policy_lets_the_rules_work_again() -> None:
    """Rules that were stopped for a loop fire again once a person adopts a new version of the policy."""
    play = rules("{name: loop, on: message, do: [{note: again}]}", more="rule_budget: 1\n")
    for when in (1, 2):
        play.customer(when)
    assert play.now.rule_budget.is_tripped
    asked = {"event_id": "adopt", "occurred_at": at(3), "source": "command", "policy": "acme", "mode": "carry"}
    event = PolicyAdopted.model_validate({**asked, "by": "lead"})
    adopted = adopt(play.conversation, event, at(3), policy=play.policy, adopted=play.policy)
    assert not adopted.conversation.situation.rule_budget.is_tripped


def test_a_busy_day_is_no_loop() -> None:
    """A policy that fires fewer rules than the budget in each hour is not stopped, however many it fires in a day."""
    play = rules("{name: count, on: tag_added, do: [{note: 'again'}]}", more="rule_budget: 6\n")
    for number in range(40):
        play.tell("tag_added", 10 * number, tag=f"t{number}")
    assert (len(play.effects), play.now.rule_budget.is_tripped) == (41, False)


def test_a_condition_that_cannot_be_judged_is_on_the_record() -> None:
    """A condition that fails is put on the timeline with its error, and the other rules are judged all the same."""
    play = rules(
        "{name: broken, on: tag_added, when: '1 / conversation.reopened > 0', do: [{tag: broken}]}",
        "{name: fine, on: tag_added, do: [{tag: fine}]}",
    )
    decision = play.tell("tag_added", 1, tag="a")
    assert reasons(decision)[:2] == [
        "Tag a added",
        "Rule “broken” could not be judged: it divides by zero: ask before whether the number is 0",
    ]
    assert play.now.contact.tags == ("a", "fine")


@pytest.mark.parametrize(
    ("here", "target", "effects", "why"),
    [
        ("tier-1", "tier-2", [("assign", "tier-2")], "Escalated to Tier 2: up"),
        ("tier-1", "next", [("assign", "tier-2")], "Escalated to Tier 2: up"),
        ("tier-2", "next", [("assign", "billing")], "Escalated to Billing: up"),
        ("on-call", "next", [("assign", "tier-2")], "Escalated to Tier 2: up"),
        ("partners", "next", [("assign", "tier-1")], "Escalated to Tier 1: up"),
        ("tier-2", "tier-2", [], "Not escalated: already with Tier 2 (up)"),
        ("billing", "tier-2", [], "Not escalated: already with Billing (up)"),
        ("billing", "next", [], "Not escalated: already with Billing (up)"),
    ],
)
def test_escalating_is_always_upwards(here: str, target: str, effects: list[tuple[str, ...]], why: str) -> None:
    """An escalation goes to a higher tier or nowhere: never down, never sideways, and never to an on-call team."""
    play = rules(f"{{name: up, on: tag_added, do: [{{escalate: {target}}}]}}")
    play.tell("reassigned", 1, team=here)
    decision = play.tell("tag_added", 2, tag="a")
    assert (told(decision.effects), why in reasons(decision)) == (effects, True)
    assert play.now.responsible.escalations == len(effects)


def test_the_first_of_several_teams_above_is_next() -> None:
    """Where two teams share the next tier, `escalate: next` takes the one that the policy lists first."""
    base = ACME.replace("\nchannels:", TWO_THIRDS)
    play = Play(policy_of("rules:\n  - {name: up, on: tag_added, do: [{escalate: next}]}\n", base=base), channel="chat")
    assert told(play.tell("tag_added", 2, tag="a").effects) == [("assign", "billing")]


def test_assigning_to_where_it_is_already_does_nothing() -> None:
    """Assigning a conversation to the team that has it changes nothing, and the timeline says so."""
    play = rules("{name: home, on: tag_added, do: [{assign: tier-1}]}")
    decision = play.tell("tag_added", 2, tag="a")
    assert (decision.effects, reasons(decision)[-1]) == ((), "Already with Tier 1: home")


def test_failures_can_be_answered() -> None:
    """A rule can tell people that the helpdesk refused an effect, and why."""
    play = rules(
        "{name: desk refuses, on: effect_failed, when: 'event.effect == \"assign\"',"
        " do: [{notify: 'slack:#leads'}, {note: '{{ event.why }}'}]}"
    )
    decision = play.failed(play.effects[0], 1, "no such team")
    assert told(decision.effects) == [("notify", "slack:#leads", "Desk refuses — c"), ("note", "no such team")]
    assert reasons(decision) == ["Could not assign: no such team", "Rule “desk refuses”"]


def test_a_share_of_the_time_sets_a_rule_off_once() -> None:
    """A rule at half of a clock's time fires before the breach, and not again after a pause."""
    play = rules("{name: half, on: {clock: first_response, at: 50%}, do: [{tag: hurry}]}")
    assert (play.wake(9.99).effects, told(play.wake(10).effects)) == ((), [("tag", "hurry")])
    play.tell("status_changed", 12, status="pending_customer")
    play.tell("status_changed", 15, status="open")
    assert play.wake(22).effects == ()


def test_a_long_wait_sets_a_rule_off_once_for_every_wait() -> None:
    """A rule on fifteen minutes of waiting fires once for every unanswered question."""
    play = rules("{name: long, on: {waiting: 15m}, do: [{note: 'waits {{ event.waiting_minutes }} minutes'}]}")
    assert told(play.wake(15).effects) == [("note", "waits 15 minutes")]
    assert play.wake(40).effects == ()
    play.answer(41)
    play.customer(50)
    assert told(play.wake(65).effects) == [("note", "waits 15 minutes")]


def test_why_it_was_escalated_is_kept_for_reports() -> None:
    """A clock's escalation counts as SLA, one of a rule with a reason as that reason, every other one as policy."""
    by_clock = rules("{name: up, on: {clock: first_response, at: breach}, do: [{escalate: next}]}")
    by_clock.wake(20)
    own = rules("{name: up, on: tag_added, reason: security, do: [{escalate: next}]}")
    own.tell("tag_added", 1, tag="a")
    plain = rules("{name: up, on: tag_added, do: [{escalate: next}]}")
    plain.tell("tag_added", 1, tag="a")
    assert [play.now.responsible.reason for play in (by_clock, own, plain)] == ["sla", "security", "policy"]
    assert plain.policy.document.linger == timedelta(hours=24)


def test_all_that_a_rule_can_do() -> None:
    """A rule's actions become effects in the order in which the document lists them."""
    play = rules(
        "{name: all, on: tag_added, do: [{tag: seen}, {untag: a}, {set_priority: urgent},"
        " {note: 'Hi {{ customer.name }}'}, {reply: 'We are on it'}, {notify: 'slack:@U1'}, {assign: tier-2}]}"
    )
    play.tell("customer_updated", 1, name="Ada")
    assert told(play.tell("tag_added", 2, tag="a").effects) == [
        ("tag", "seen"),
        ("untag", "a"),
        ("priority", "urgent"),
        ("note", "Hi Ada"),
        ("reply", "We are on it"),
        ("notify", "slack:@U1", "All — Ada"),
        ("assign", "tier-2"),
    ]


def test_a_policy_that_ran_wild_still_keeps_its_promises() -> None:
    """The rule budget does not apply to rules on clocks: they fire although a loop has stopped the others."""
    play = rules(
        "{name: flap, on: tag_added, do: [{note: flap}]}",
        "{name: late, on: {clock: first_response, at: breach}, do: [{notify: 'slack:#late'}]}",
        more="rule_budget: 2\n",
    )
    for when in range(1, 5):
        play.tell("tag_added", when, tag=f"t{when}")
    assert play.now.rule_budget.is_tripped
    assert told(play.wake(20).effects) == [("notify", "slack:#late", "Late — c")]
    assert play.tell("tag_added", 21, tag="x").effects == ()
