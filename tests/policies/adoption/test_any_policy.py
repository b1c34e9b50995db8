"""Any valid policy may follow any other at any moment: nothing breaks, and no customer is forgotten."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policies.adoption.policies import BASES, EDITS, policy_with
from tests.policies.adoption.promises import adopts, hold, is_still
from tests.policies.adoption.worlds import ACTS, STARTS, Act, World, performs

POLICIES = st.tuples(
    st.sampled_from([*sorted(BASES), *3 * ["everything"]]),
    st.lists(st.sampled_from(sorted(EDITS)), max_size=2).map(tuple),
)
MODES = st.sampled_from(["carry", "carry", "restart", "pin"])


@dataclass(frozen=True)
class Story:
    """Some hours of a conversation; `parts` are acts, each followed by the adoption of a policy in a mode."""

    began: int
    body: dict[str, Any]
    policy: tuple[str, tuple[str, ...]]
    parts: list[tuple[list[Act], tuple[str, tuple[str, ...]], str]]
    rest: list[Act]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw a story whose policies are mostly edits of one policy."""
    base, edits = draw(POLICIES)
    others = st.one_of(POLICIES, POLICIES.map(lambda other: (base, other[1])))
    acts = st.lists(ACTS, max_size=14)
    body = draw(STARTS)
    kind = draw(st.sampled_from(["", "", "", "", "", "drill", "incident"]))
    if kind:
        ladders = [*policy_with(base, edits).document.escalations, "none"]
        which = ladders[draw(st.integers(0, 5)) % len(ladders)]
        body |= {kind: which if kind == "drill" else {"escalation": which, "cause": "help", "total": 5}}
    parts = draw(st.lists(st.tuples(acts, others, MODES), min_size=1, max_size=3))
    return Story(draw(st.sampled_from([0, 0, 440, 900])), body, (base, edits), parts, draw(acts))


def check(story: Story) -> None:
    """Play the story with its adoptions, and let two days pass."""
    world = World(policy_with(*story.policy), story.began, story.body)
    for acts, policy, mode in story.parts:
        for act in acts:
            performs(world, *act)
        adopts(world, policy_with(*policy), mode)
    for act in story.rest:
        performs(world, *act)
    for _ in range(50):
        world.settles()
        assert [run.id for run in world.situation.on_call.running if is_still(run, world.situation, world)] == []
        world.waits(60)
    hold(world.situation, world.policy)
    keys = [effect.key for effect in world.effects]
    assert len(keys) == len(set(keys)), "something would not be done, because its key was used before"


@settings(max_examples=2, deadline=None)
@given(stories())
def test_any_policy_may_follow_any_other(story: Story) -> None:
    """After any story and any adoption no waiting customer is forgotten, and no call ends without a word to people."""
    check(story)


@pytest.mark.soak
@settings(max_examples=3000, deadline=None)
@given(stories())
def test_any_policy_may_follow_any_other_many_times(story: Story) -> None:
    """Thousands of other stories and policies forget no customer, either."""
    check(story)
