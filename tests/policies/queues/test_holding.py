"""A conversation on hold frees the room of its agent; afterwards the agent has it again, or it goes back in line."""

from typing import Any

import pytest

from policies.state.conversation import Decision
from policies.state.effects import AskTeam, TellOwner
from tests.policies.queues.queueing_stories import Queueing, heard
from tests.policies.queues.teams.crews import Crew, told
from tests.policies.stories import START, at, minutes

ONE_EACH = "{capacity: 1, offer: 2m}"
HOLDS: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]]]] = {
    "an operator's hold": (("hold", {"note": "n"}), ("release", {"actor": "lead"})),
    "on hold in the helpdesk": (
        ("status_changed", {"status": "on_hold", "by": "bob"}),
        ("status_changed", {"status": "open", "by": "lead"}),
    ),
}


def happens(play: Queueing, name: str, when: float, **body: Any) -> Decision:
    """Send a command, or report a fact."""
    return play.tell(name, when, **body) if name == "status_changed" else play.command(name, when, **body)


def owner_told(decision: Decision) -> list[tuple[bool, bool, bool]]:
    """Return what a team hears of its agent: whether the customer waits, it is on hold, and it comes back."""
    told = [effect for effect in decision.effects if isinstance(effect, TellOwner)]
    return [(effect.is_waiting, effect.is_on_hold, effect.is_back) for effect in told]


@pytest.mark.parametrize("how", HOLDS)
def test_hold_frees_room_for_owned_conversations_too(how: str) -> None:
    """The team hears that a conversation with an agent is on hold, and when it comes back; the agent keeps it."""
    play, (hold, back) = Queueing(), HOLDS[how]
    play.granted(3, "bob")
    assert owner_told(happens(play, hold[0], 10, **hold[1])) == [(False, True, False)]
    assert (play.entry.state, play.entry.agent, play.now.responsible.assignee) == ("owned", "bob", "bob")
    assert owner_told(happens(play, back[0], 60, **back[1])) == [(True, False, True)]
    assert play.entry.lease is not None
    assert (play.entry.lease.spent, play.entry.lease.since) == (minutes(7), at(60))


def test_an_agent_who_ends_the_hold_has_it_again_in_any_case() -> None:
    """An agent who releases their own conversation wants to work on it: the team takes it from them in no case."""
    play = Queueing()
    play.granted(3, "bob")
    play.command("hold", 10, note="n")
    assert owner_told(play.command("release", 60, actor="bob")) == [(True, False, False)]


def test_without_room_it_goes_back_in_line_at_its_old_place() -> None:
    """The agent has no room left after the hold: the conversation is in line again, by the customer's old wait."""
    play = Queueing()
    play.granted(3, "bob")
    play.command("hold", 10, note="n")
    play.command("release", 60, actor="lead")
    back = play.reclaimed(61, "bob", because="bob has no room for it after the hold", is_full=True)
    assert heard(back) == [
        ("assign", "care"),
        ("note", "Taken back from bob: bob has no room for it after the hold. It keeps its place in line."),
        ("ask", "care", "reclaimed-61"),
    ]
    asked = [effect for effect in back.effects if isinstance(effect, AskTeam)]
    assert [(effect.since, effect.returned_by, effect.failed) for effect in asked] == [(START, "", ())]
    assert (play.entry.state, play.entry.entered_at) == ("waiting", at(60))


def test_a_conversation_of_an_older_edition_frees_no_room() -> None:
    """A conversation of edition 2 tells its team of no hold, so that its history can be replayed."""
    play = Queueing(edition=2)
    play.granted(3, "bob")
    assert play.command("hold", 10, note="n").effects == ()
    assert play.command("release", 60, actor="lead").effects == ()


def test_a_choice_that_is_told_again_late_does_not_end_the_hold() -> None:
    """The team chose Bob before the hold, and says so again after it: it hears of no end of the hold."""
    play = Queueing()
    play.granted(3, "bob", offer="1")
    play.command("hold", 10, note="n")
    assert owner_told(play.granted(5, "bob", offer="1", seen=12)) == []


# The team


def busy_crew(edition: int = 3) -> Crew:
    """Return a team whose only agent there has one conversation, on hold since minute 2, while another waits."""
    crew = Crew(ONE_EACH, there=("ann",), edition=edition)
    crew.asks(0, "first")
    crew.answers(0.5, "ann", "first")
    crew.owned(1, "first", "ann")
    crew.asks(1.5, "second")
    crew.owned(2, "first", "ann", is_waiting=False, is_on_hold=True)
    return crew


def test_the_next_customer_gets_the_room() -> None:
    """An agent whose only conversation is on hold is offered the next one."""
    assert busy_crew().given == {"first": ("owned", "ann"), "second": ("offered", "ann")}
    assert busy_crew(edition=2).given == {"first": ("owned", "ann")}


def test_back_from_hold_the_agent_has_it_again_where_there_is_room() -> None:
    """A conversation that comes back from hold to an agent with room is theirs, and takes up their room."""
    crew = busy_crew()
    crew.leaves(3, "second")
    assert told(crew.owned(4, "first", "ann", is_back=True)) == []
    crew.asks(5, "third")
    assert (crew.given, crew.line) == ({"first": ("owned", "ann")}, ["third"])


def test_back_from_hold_it_is_taken_back_where_there_is_none() -> None:
    """A conversation that comes back from hold to an agent whose room is taken goes back in line."""
    crew = busy_crew()
    crew.answers(3, "ann", "second")
    crew.owned(3.5, "second", "ann")
    assert told(crew.owned(4, "first", "ann", is_back=True)) == [("first", "reclaimed", "ann")]
    crew.asks(5, "first", since=0, ticket="first.2")
    crew.leaves(6, "second")
    assert (crew.given, crew.member("ann").reclaimed) == ({"first": ("offered", "ann")}, 0)


def test_an_agent_keeps_what_comes_back_while_no_customer_waits() -> None:
    """A conversation that comes back from hold without a waiting customer stays with its agent, whatever they have."""
    crew = busy_crew()
    crew.answers(3, "ann", "second")
    crew.owned(3.5, "second", "ann")
    assert told(crew.owned(4, "first", "ann", is_back=True, is_waiting=False)) == []


def test_the_helpdesk_that_chooses_keeps_its_choice() -> None:
    """Where the helpdesk chooses, a conversation that comes back from hold is taken from no agent."""
    crew = Crew("{capacity: 1, led_by: desk}", there=("ann",))
    crew.owned(1, "first", "ann", is_waiting=False, is_on_hold=True)
    crew.owned(2, "second", "ann")
    assert told(crew.owned(3, "first", "ann", is_back=True)) == []
