"""A rule unassigns a conversation within its team."""

from policies.state.effects import AskTeam, Assign
from tests.policies.queues.queueing_stories import DESK, Queueing
from tests.policies.stories import Play, at, policy_of, reasons

SILENT = """
rules:
  - {name: silent, on: {assignee_silent: 30m}, do: [unassign]}
  - {name: heard, on: reassigned, when: event.cause == "rule" && event.assignee == "", do: [{tag: unassigned}]}
"""


def test_a_rule_unassigns_within_the_team() -> None:
    """A rule takes a conversation from a silent assignee, and the team keeps it; desk and rules hear of it."""
    play = Play(policy_of(SILENT))
    play.tell("reassigned", 1, team="tier-1", assignee="anna")
    play.wake(40)
    assert (play.now.responsible.team, play.now.responsible.assignee) == ("tier-1", "")
    assert [(effect.team, effect.assignee, effect.because) for effect in play.asked(Assign)][-1] == (
        "tier-1",
        "",
        "silent",
    )
    assert play.now.contact.tags == ("unassigned",)


def test_a_missing_assignee_is_said() -> None:
    """Where the conversation has no assignee, the rule changes nothing, and the timeline says so."""
    play = Play(policy_of("rules: [{name: free, on: message, do: [{unassign: true}]}]"))
    assert "Assigned to nobody in Tier 1 already: free" in reasons(play.customer(1))
    assert len(play.asked(Assign)) == 1


def test_an_unassigned_conversation_is_in_line_again() -> None:
    """In a team with a queue it is back in line at its place, and another agent is chosen before the silent one."""
    play = Queueing(policy_of("rules: [{name: silent, on: {assignee_silent: 3m}, do: [unassign]}]", base=DESK))
    play.granted(1, "ada")
    play.wake(5)
    asked = play.asked(AskTeam)[-1]
    assert (play.entry.state, play.entry.entered_at) == ("waiting", play.now.opened_at)
    assert (asked.failed, asked.returned_by) == (("ada",), "ada")


def test_an_answered_conversation_goes_to_another_agent() -> None:
    """Ada answered, and a rule takes the conversation from her: another agent is chosen, though Ada knows them."""
    play = Queueing(policy_of("rules: [{name: free, on: tag_added, do: [unassign]}]", base=DESK))
    play.granted(1, "ada")
    play.answer(5, by="ada")
    play.tell("tag_added", 6, tag="give-back")
    asked = play.asked(AskTeam)[-1]
    assert (play.entry.state, play.entry.entered_at, play.entry.wait) == ("waiting", at(6), None)
    assert (asked.failed, asked.returned_by, asked.since) == (("ada",), "ada", at(6))
