"""Stories of one escalation ladder: a tag asks for help, and people are called."""

from policies.state.effects import Notify
from tests.cases import case
from tests.policies.stories import ACME, Play, policy_of

PEOPLE = case("policies/on_call/people")


def ladder(steps: str, *, more: str = "") -> Play:
    """Return a conversation with a ladder of these steps, whose first call was delivered at once."""
    policy = policy_of(PEOPLE, f"escalations:\n  people: {{steps: [{steps}], lead: 'slack:#leads'{more}}}\n", base=ACME)
    play = Play(policy, delivers=True)
    play.tell("tag_added", 1, tag="help")
    return play


def called(play: Play) -> list[tuple[str, tuple[str, ...]]]:
    """Return each call's target and the people behind it."""
    calls = [effect for effect in play.effects if isinstance(effect, Notify) and effect.page]
    return [(call.target, tuple(person.person for person in call.people)) for call in calls]
