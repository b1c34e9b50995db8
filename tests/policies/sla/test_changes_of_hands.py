"""Changes of hands: rules on `reassigned` hear each of them, with its cause, as the conversation's edition says."""

from collections.abc import Callable

import pytest

from policies.editions import NEWEST
from policies.state.conversation import Decision
from policies.state.events import EditionChanged
from tests.policies.queues.queueing_stories import DESK, Queueing
from tests.policies.stories import ACME, Play, at, change_over, policy_of, reasons, told

HEARD = """
rules:
  - name: heard
    on: reassigned
    do: [{note: "{{ event.cause }} {{ event.is_new_team }}: {{ event.team }}/{{ event.assignee }}"}]
"""
ROUTES = """  - {name: routes, on: tag_added, when: 'event.tag == "billing"', do: [{assign: billing}]}
  - {name: away, on: reassigned, when: 'event.cause == "hours" && event.is_new_team', do: [{tag: night}]}
"""
ACME_HEARD = policy_of(HEARD, ROUTES)
DESK_HEARD = policy_of(HEARD, base=DESK)
LATER_ACME = policy_of(
    HEARD,
    ROUTES,
    base=ACME.replace("tier-1: {name: Tier 1", "front: {name: Front").replace("email: tier-1", "email: front"),
)
EVENING, MORNING = 7 * 60, 47 * 60
"""Minutes after Monday 10 AM until closing time, and until Wednesday 9 AM: Tuesday is a holiday."""


def heard(decision: Decision) -> list[str]:
    """Return what the rule heard of changes of hands."""
    causes = ("person", "rule", "hours", "queue", "policy")
    return [line[1] for line in told_of(decision) if line[0] == "note" and line[1].partition(" ")[0] in causes]


def told_of(decision: Decision) -> list[tuple[str, ...]]:
    """Return the internal notes among the effects."""
    return told(effect for effect in decision.effects if effect.kind == "add_internal_note")


def by_the_desk(edition: int) -> Decision:
    return Play(ACME_HEARD, edition=edition).tell("reassigned", 1, team="tier-2", assignee="bo", by="bo")


def by_a_command(edition: int) -> Decision:
    return Play(ACME_HEARD, edition=edition).command(
        "escalate", 1, team="tier-2", note={"tried": "x", "think": "y", "need": "z"}
    )


def by_taking(edition: int) -> Decision:
    return Play(ACME_HEARD, edition=edition).command("take", 1)


def by_a_rule(edition: int) -> Decision:
    return Play(ACME_HEARD, edition=edition).tell("tag_added", 1, tag="billing")


def at_closing_time(edition: int) -> Decision:
    return Play(ACME_HEARD, edition=edition).wake(EVENING)


def at_opening_time(edition: int) -> Decision:
    play = Play(ACME_HEARD, edition=edition)
    play.wake(EVENING)
    return play.wake(MORNING)


def by_the_queue(edition: int) -> Decision:
    return Queueing(DESK_HEARD, edition=edition).granted(1, "ann")


def taken_back_by_the_queue(edition: int) -> Decision:
    play = Queueing(DESK_HEARD, edition=edition)
    play.granted(1, "ann")
    return play.wake(40)


def by_another_policy(edition: int) -> Decision:
    return change_over(Play(ACME_HEARD, edition=edition), LATER_ACME, "carry", 1)


CHANGES: tuple[tuple[Callable[[int], Decision], list[str], list[str]], ...] = (
    (by_the_desk, ["person True: tier-2/bo"], ["person True: tier-2/bo"]),
    (by_a_command, ["person True: tier-2/"], ["person True: tier-2/"]),
    (by_taking, [], ["person False: tier-1/anna"]),
    (by_a_rule, ["rule True: billing/"], ["rule True: billing/"]),
    (at_closing_time, [], ["hours True: on-call/"]),
    (at_opening_time, [], ["hours True: tier-1/"]),
    (by_the_queue, ["queue False: care/ann"], ["queue False: care/ann"]),
    (taken_back_by_the_queue, [], ["queue False: care/"]),
    (by_another_policy, ["policy True: front/"], ["policy True: front/"]),
)
"""Each change: what rules heard of it in edition 1, and what they hear since edition 2."""


@pytest.mark.parametrize(("change", "before", "since"), CHANGES, ids=[change.__name__ for change, *_ in CHANGES])
def test_rules_hear_who_or_what_changed_hands(
    change: Callable[[int], Decision], before: list[str], since: list[str]
) -> None:
    """A rule on `reassigned` hears every change of team or assignee; in edition 1 it heard some of them."""
    assert (heard(change(1)), heard(change(2))) == (before, since)


def test_the_first_team_is_no_change() -> None:
    """A conversation that begins with a team sets off no rule on `reassigned`."""
    assert heard(Play(ACME_HEARD).decisions[0]) == []


def test_a_rule_chooses_by_the_cause() -> None:
    """A rule that asks for changes by business hours fires at closing time, not when a person moves it."""
    play = Play(ACME_HEARD)
    play.tell("reassigned", 1, team="tier-2", by="bo")
    assert play.now.contact.tags == ()
    play = Play(ACME_HEARD)
    play.wake(EVENING)
    assert play.now.contact.tags == ("night",)


def test_two_rules_that_pass_a_conversation_on_end() -> None:
    """Two rules that pass a conversation to and fro end after one round: no rule sets itself off."""
    ping = "rules:\n  - {name: ping, on: reassigned, do: [{assign: billing}]}\n"
    play = Play(policy_of(ping, "  - {name: pong, on: reassigned, do: [{assign: tier-2}]}\n"))
    decision = play.tell("reassigned", 1, team="tier-2", by="bo")
    assert [said for said in reasons(decision) if said.startswith("Rule")] == [
        "Rule “ping”",
        "Rule “pong”",
        "Rule “pong”",
    ]
    assert play.now.responsible.team == "tier-2"


def test_a_late_fact_is_judged_by_the_edition_of_its_time() -> None:
    """A message that arrives late retracts nothing that an earlier edition had decided, and adds nothing to it."""
    play = Play(ACME_HEARD, edition=1)
    play.wake(EVENING)
    changed = EditionChanged(event_id="edition", occurred_at=at(EVENING + 1), source="baton", edition=NEWEST)
    play.feed(changed, EVENING + 1)
    decision = play.tell("tag_added", 1, seen=EVENING + 2, tag="late")
    assert decision.effects == ()
    assert heard(play.wake(MORNING)) == ["hours True: tier-1/"]
