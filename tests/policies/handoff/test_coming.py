"""An agent has accepted a handoff but is not there: after a while the handoff is open to other agents again."""

from policies.state.effects import Assign
from tests.policies.handoff.worlds import asks, chat, confirm, helped, said
from tests.policies.stories import Play, reasons

POLICY = helped('alert: "slack:#ops"\n')
NOT_MADE = "Handoff 1: anna accepted, and the helpdesk has not made them the assignee"


def accepted() -> Play:
    """Return a chat that Anna took after the customer asked for a person; the helpdesk has not confirmed it yet."""
    play = chat(POLICY)
    asks(play, 1)
    play.command("take", 3, actor="anna")
    return play


def stage(play: Play) -> tuple[str, str, bool]:
    """Return the handoff's state, the agent who accepted it, and whether the assistant is silent."""
    handoff = play.now.handoffs.latest
    assert handoff is not None
    return handoff.state, handoff.accepted_by, play.now.handoffs.is_assistant_muted


def test_a_helpdesk_that_does_not_answer_is_waited_for_ten_minutes() -> None:
    """The helpdesk is down: after ten minutes people are told, and the wait for an agent counts anew."""
    play = accepted()
    assert said(play.wake(12.9).effects) == []
    over = play.wake(13)
    assert said(over.effects) == [("notify", "slack:#ops", f"{NOT_MADE}; another agent is awaited — Kim")]
    assert reasons(over) == [f"{NOT_MADE}; another agent is awaited"]
    assert stage(play) == ("requested", "", False)
    assert said(play.wake(60).effects) == []


def test_when_the_helpdesk_is_back_they_are_there() -> None:
    """The helpdesk confirms an hour late: Anna has the conversation, and the assistant is silent."""
    play = accepted()
    play.wake(13)
    assert confirm(play, play.asked(Assign)[-1], 60) == [("mute",)]
    assert stage(play) == ("committed", "anna", True)


def test_a_helpdesk_that_refuses_is_waited_for_no_longer() -> None:
    """The helpdesk does not know Anna: people are told the reason at once, and another agent may accept."""
    play = accepted()
    refused = play.failed(play.asked(Assign)[-1], 4, why="no such agent")
    assert said(refused.effects) == [
        ("notify", "slack:#ops", f"{NOT_MADE}: no such agent; another agent is awaited — Kim")
    ]
    play.command("reassign", 5, team="tier-1", assignee="ben")
    assert stage(play)[:2] == ("accepted", "ben")


def test_an_agent_who_takes_it_again_has_the_whole_time_again() -> None:
    """An agent who takes the conversation again, after their first acceptance ran out, has ten minutes again."""
    play = accepted()
    play.wake(13)
    play.command("reassign", 14, team="tier-1", assignee="")
    play.command("take", 15, actor="anna")
    assert stage(play)[:2] == ("accepted", "anna")
    play.wake(25)
    assert stage(play)[:2] == ("requested", "")


def test_an_answer_or_a_hold_needs_no_helpdesk() -> None:
    """An agent who answers has arrived without the helpdesk's word; on hold no agent is awaited."""
    play = accepted()
    play.command("hold", 5, note="The bank answers on Thursday")
    assert said(play.wake(30).effects) == []
    play.command("release", 31)
    assert said(play.answer(31.5, by="anna").effects)[0] == ("mute",)
