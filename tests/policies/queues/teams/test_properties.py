"""Any story of two teams, with late and repeated messages: no agent has too much, and no customer is forgotten."""

import pytest
from hypothesis import given, settings

from policies.document.document import Document
from policies.running.policy import build
from tests.policies.queues.teams.mornings import AGENTS, Story, play, stories
from tests.policies.queues.teams.worlds import World
from tests.policies.stories import minutes


def check_a_morning(story: Story) -> None:
    """Play the story, then let all agents come and work, and check that no customer is forgotten."""
    policy = build(Document.model_validate(story.document))
    world = World(policy, delays=story.delays, late=story.late, skews=story.skews, has_echoes=story.has_echoes)
    play(world, story.acts)
    world.is_eager = True
    for _ in range(30):
        for agent in AGENTS:
            world.report("presence", agent, presence="available")
            world.report("heartbeat", agent)
        for name in list(world.conversations):
            world.work(name)
        world.settle()
        if not _forgotten(world):
            return _both_sides_agree(world)
        world.go_on(60)
    raise AssertionError(f"after thirty hours of work nobody has {_forgotten(world)}")


def _both_sides_agree(world: World) -> None:
    """Check that each conversation is in a queue, owned or resolved, and that its team says the same."""
    for name in world.conversations:
        s = world.situation(name)
        world.promises.hold_for(name, s, world.teams, quiet=True)
        assert s.lifecycle.is_resolved or s.queue_entry is not None, f"{name} is nowhere"
    known = [name for team in world.teams.values() for name in team.tickets]
    assert sorted(known) == sorted(world.entries)


def _forgotten(world: World) -> list[str]:
    """Return the conversations with a waiting customer whom an agent could help but does not."""
    waiting = [name for name in world.conversations if world.situation(name).is_waiting]
    return [name for name in waiting if not _is_cared_for(world, name)]


def _is_cared_for(world: World, name: str) -> bool:
    s = world.situation(name)
    if s.responsible.assignee:  # an agent whom the helpdesk chose: Baton may not take the conversation back
        person = world.policy.document.people.get(s.responsible.assignee)
        return person is None or person.team != s.responsible.team
    if _is_too_slow(world, s.responsible.team):
        return True
    entry = world.teams[s.responsible.team].tickets[name]
    return not world.promises.can_ever(s.responsible.team, name, entry.weight)


def _is_too_slow(world: World, team: str) -> bool:
    """True where messages take so long that no offer can be answered in time, and every agent misses every offer."""
    queue = world.policy.document.teams[team].queue
    return queue is not None and queue.offer is not None and 2 * minutes(min(world.delays)) >= queue.offer


@pytest.mark.slow
@settings(max_examples=20)
@given(stories())
def test_no_conversation_is_forgotten(story: Story) -> None:
    """In the end every conversation has an agent, waits where no agent can take it, or is resolved."""
    check_a_morning(story)


@pytest.mark.soak
@settings(max_examples=3000)
@given(stories(most=60))
def test_no_conversation_is_forgotten_many_times(story: Story) -> None:
    """Thousands of other mornings end well, too."""
    check_a_morning(story)
