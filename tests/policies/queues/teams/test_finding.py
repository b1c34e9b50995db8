"""A conversation that was ended from outside keeps no queue entry: the team asks after silent conversations."""

from typing import Any

from policies.queues.teams.decide import TeamDecision
from policies.queues.teams.events import Ask, ConversationGone
from tests.policies.queues.teams.crews import Crew, reasons, told
from tests.policies.stories import at


def asked_after(decision: TeamDecision) -> list[tuple[str, str, str]]:
    """Return the conversations that the team asks after, with ticket and run."""
    return [(each.conversation, each.ticket, each.run) for each in decision.asked_after]


def is_over(crew: Crew, when: float, asked: Ask) -> TeamDecision:
    """Tell the team that the conversation does not run any more."""
    gone: dict[str, Any] = {"event_id": f"gone-{when}", "occurred_at": at(when), "ticket": asked.ticket}
    return crew.feed(ConversationGone.model_validate({**gone, "conversation": asked.conversation}), when)


def test_a_silent_conversation_is_asked_after_once_an_hour() -> None:
    """A conversation that says nothing for an hour is asked after, at most once an hour, all silent ones together."""
    crew = Crew()
    crew.asks(0, "a", run="1")
    crew.asks(30, "b", run="2")
    assert crew.next_deadline() == (60, "conversations that keep silent are looked for")
    assert asked_after(crew.wakes(59)) == []
    assert asked_after(crew.wakes(60)) == [("a", "a.1", "1")]
    assert crew.next_deadline() == (120, "conversations that keep silent are looked for")
    crew.asks(110, "a", run="1")
    assert asked_after(crew.wakes(120)) == [("b", "b.1", "2")]


def test_a_conversation_that_speaks_is_not_asked_after() -> None:
    """A conversation that asks for an agent or reports its assignee is alive, and is not asked after."""
    crew = Crew(there=("ann",))
    crew.asks(0, "a")
    crew.owned(50, "a", "ann")
    assert asked_after(crew.wakes(100)) == []
    assert asked_after(crew.wakes(110)) == [("a", "a.1", "")]


def test_a_conversation_that_is_over_frees_its_person() -> None:
    """Ann's conversation was terminated: when the team learns of it, she gets the next one, on the record."""
    crew = Crew("{capacity: 1}", there=("ann",))
    crew.asks(0, "a", run="1")
    crew.owned(1, "a", "ann", run="1")
    crew.asks(2, "b")
    assert crew.line == ["b"]
    [asked] = crew.wakes(61).asked_after
    over = is_over(crew, 61.1, asked)
    assert (told(over), reasons(over)[0]) == ([("b", "granted", "ann")], "a (ann): it is over")


def test_a_conversation_that_asks_anew_meanwhile_keeps_its_entry() -> None:
    """The answer is about the conversation that was ended: a later one with the same name keeps its position."""
    crew = Crew()
    crew.asks(0, "a", run="1")
    [asked] = crew.wakes(60).asked_after
    crew.asks(60.1, "a", ticket="a.2", run="2")
    assert reasons(is_over(crew, 60.2, asked)) == []
    assert crew.line == ["a"]
