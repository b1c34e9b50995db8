"""A rule that fires leaves its effects, for the second time too."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.decide import order
from policies.document.clocks import ClockName
from policies.document.document import SILENCES, Do, EventTrigger, Rule, Trigger
from policies.running.policy import Policy, build
from policies.state.effects import AddInternalNote
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
    Trigger(mentioned="lawyer", times=1),
    Trigger(mentioned="lawyer", times=2),
)
NOTES = tuple(Rule(name=f"note {number}", on=trigger, do=(Do(note="…"),)) for number, trigger in enumerate(TRIGGERS))
SUBJECTS = pytest.mark.parametrize(
    "stories", [each.STORIES for each in (busy, calls, clocks, handoffs, queueing)], ids=str
)


def noting(policy: Policy) -> Policy:
    """Return the policy with a rule for each trigger, which only adds a note."""
    document = policy.document
    return build(document.model_copy(update={"rules": (*document.rules, *NOTES), "rule_budget": 10_000}))


def check(stories: Stories, story: Sequence[Fact]) -> None:
    """Check for each decision, with each event seen as it happens, that each rule that fired left its note."""
    play = Play(noting(stories.policy))
    ours = {rule.name for rule in NOTES}
    happening = order(play.conversation)
    each_at_its_own = {event.occurred_at: event for event in sorted(story, key=happening, reverse=True)}
    for event in sorted(each_at_its_own.values(), key=happening):
        play.feed(event, (event.occurred_at - at(0)).total_seconds() / 60)
    play.wake(stories.until)
    for decision in play.decisions:
        fired = Counter(entry.rule for entry in decision.because if entry.kind == "rule_fired" and entry.rule in ours)
        noted = Counter(effect.because for effect in decision.effects if isinstance(effect, AddInternalNote))
        assert fired == Counter({rule: noted[rule] for rule in fired})


@SUBJECTS
@settings(max_examples=20)
@given(drawn=st.data())
def test_a_rule_that_fires_leaves_its_effects(stories: Stories, drawn: st.DataObject) -> None:
    """A rule leaves its effects by any trigger, and for the second time too."""
    check(stories, drawn.draw(stories.drawn))


@pytest.mark.slow
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
