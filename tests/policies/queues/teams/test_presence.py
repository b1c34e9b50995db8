"""Agents at work: coming and going, falling silent, the end of a shift, and where their conversations go."""

import pytest

from tests.policies.queues.teams.crews import PEOPLE, Crew, crew_policy, reasons, told
from tests.policies.stories import at

HOUR = 60


def with_ann(queue: str = "{}", people: str = PEOPLE) -> Crew:
    """Return a team where ann has a conversation whose customer waits, and bob is absent."""
    crew = Crew(queue, people, there=("ann",))
    crew.asks(0, "c")
    crew.owned(0, "c", "ann")
    return crew


@pytest.mark.parametrize("presence", ["busy", "away", "offline"])
def test_only_who_is_available_gets_something_new(presence: str) -> None:
    """Agents who are busy, away or offline get nothing new."""
    crew = Crew(there=("ann",))
    crew.comes(1, "ann", presence)
    assert told(crew.asks(2, "c")) == [("c", "queued", 1)]
    assert told(crew.comes(3, "ann")) == [("c", "granted", "ann")]


def test_coming_and_going_is_on_record_once() -> None:
    """A change of presence is recorded; the same presence reported again is not."""
    crew = Crew()
    assert reasons(crew.comes(1, "ann")) == ["ann is available"]
    assert reasons(crew.comes(2, "ann")) == []
    assert reasons(crew.goes(3, "ann")) == ["ann is offline"]
    assert crew.member("ann").since == at(3)


@pytest.mark.parametrize("presence", ["busy", "away"])
def test_a_busy_agent_keeps_their_conversations(presence: str) -> None:
    """An agent who is at lunch keeps their conversations."""
    crew = with_ann()
    crew.comes(1, "ann", presence)
    assert told(crew.wakes(HOUR)) == []
    assert crew.given == {"c": ("owned", "ann")}


# Grace after going offline


def test_an_agent_gone_for_good_loses_waiting_customers() -> None:
    """Five minutes after the agent went offline, and not before, the conversation is asked to find another agent."""
    crew = with_ann()
    crew.goes(1, "ann")
    assert crew.ahead() == (6, "ann counts as gone for good")
    assert told(crew.wakes(5.9)) == []
    gone = crew.wakes(6)
    assert told(gone) == [("c", "reclaimed", "ann")]
    assert reasons(gone) == ["c taken back: ann is gone"]
    assert told(crew.wakes(7)) == []
    assert crew.ahead() is None


def test_flapping_costs_nothing() -> None:
    """An agent who comes back within the grace, however often, keeps everything."""
    crew = with_ann()
    for start in range(0, 50, 5):
        crew.goes(start + 1, "ann")
        assert told(crew.comes(start + 5, "ann")) == []
    assert crew.given == {"c": ("owned", "ann")}


def test_each_absence_has_a_grace_of_its_own() -> None:
    """Each absence has the whole grace: two absences of four minutes do not add up."""
    crew = with_ann()
    crew.goes(1, "ann")
    crew.comes(5, "ann")
    crew.goes(6, "ann")
    assert crew.ahead() == (11, "ann counts as gone for good")


def test_an_absence_is_counted_from_its_beginning() -> None:
    """A second report of the same absence does not prolong the grace."""
    crew = with_ann()
    crew.goes(1, "ann")
    crew.goes(4, "ann")
    assert told(crew.wakes(6)) == [("c", "reclaimed", "ann")]


def test_answered_customers_stay_with_who_is_gone() -> None:
    """Only waiting customers are taken from an agent who is gone; an answered one is when the customer writes again."""
    crew = Crew(there=("ann",))
    crew.owned(0, "c", "ann", is_waiting=False)
    crew.goes(1, "ann")
    assert told(crew.wakes(6)) == []
    assert told(crew.owned(HOUR, "c", "ann")) == [("c", "reclaimed", "ann")]
    crew.comes(61, "ann")
    assert told(crew.owned(62, "c", "ann")) == []


def test_the_longest_wait_is_handed_over_first() -> None:
    """Among several customers who wait for an agent who is gone, the longest wait is taken back first."""
    crew = Crew("{capacity: 2}", there=("ann",))
    for minute, name in ((1, "late"), (0, "soon")):
        crew.asks(2, name, since=minute)
        crew.owned(2, name, "ann")
    crew.goes(3, "ann")
    assert told(crew.wakes(8)) == [("soon", "reclaimed", "ann"), ("late", "reclaimed", "ann")]


def test_an_offer_to_who_leaves_ends_at_once() -> None:
    """An offer ends when the agent goes offline; it does not count as missed, so they may be asked again."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    gone = crew.goes(1, "ann")
    assert told(gone) == [("c", "queued", 1)]
    assert reasons(gone) == ["ann is offline", "c: ann is gone"]
    assert (crew.entry("c").not_to, crew.member("ann").missed) == ((), 0)
    assert told(crew.comes(2, "ann")) == [("c", "offered", "ann")]


def test_a_choice_of_an_agent_who_left_meanwhile_is_taken_back() -> None:
    """The conversation confirms an agent who has gone for good in the meantime: it is asked to find another."""
    crew = Crew(there=("ann",))
    crew.asks(0, "c")
    crew.goes(1, "ann")
    crew.wakes(6)
    assert told(crew.owned(7, "c", "ann")) == [("c", "reclaimed", "ann")]


def test_a_choice_of_the_helpdesk_is_not_taken_back() -> None:
    """Where the helpdesk chooses, Baton takes nothing back, even if no presence is reported."""
    crew = Crew("{led_by: desk}")
    crew.asks(0, "c")
    crew.owned(1, "c", "ann")
    assert told(crew.wakes(HOUR)) == []
    assert told(crew.owned(61, "c", "ann")) == []


# Heartbeats


def test_an_agent_without_heartbeats_counts_as_offline() -> None:
    """An agent whose heartbeats stop is offline after the policy's time, and gone when the grace has passed, too."""
    crew = with_ann("{silent_after: 2m}")
    crew.tell("heartbeat", 1, agent="ann")
    assert crew.ahead() == (3, "ann counts as offline without a heartbeat")
    crew.wakes(3)
    assert crew.ahead() == (8, "ann counts as gone for good")
    assert told(crew.wakes(8)) == [("c", "reclaimed", "ann")]


def test_a_heartbeat_keeps_the_agent_at_work() -> None:
    """A heartbeat just in time keeps the agent at work, and so does a change of presence."""
    crew = with_ann("{silent_after: 2m}")
    crew.tell("heartbeat", 1, agent="ann")
    crew.tell("heartbeat", 2.9, agent="ann")
    crew.comes(4, "ann", "busy")
    assert crew.ahead() == (6, "ann counts as offline without a heartbeat")
    crew.tell("heartbeat", 20, agent="ann")  # offline from 6 on, gone from 11 on
    assert crew.member("ann").gone_since is None


def test_silence_is_noticed_only_of_who_has_spoken() -> None:
    """With a helpdesk that sends no heartbeats, silence makes no agent offline."""
    crew = with_ann("{silent_after: 2m}")
    assert crew.ahead() is None
    assert told(crew.wakes(HOUR)) == []


def test_a_heartbeat_does_not_bring_an_offline_agent_back() -> None:
    """A heartbeat of a browser tab that was left open does not bring back an agent who went offline."""
    crew = Crew("{silent_after: 2m}", there=("ann",))
    crew.goes(1, "ann")
    crew.tell("heartbeat", 2, agent="ann")
    assert told(crew.asks(3, "c")) == [("c", "queued", 1)]


def test_a_heartbeat_brings_back_who_was_only_silent() -> None:
    """An agent whose program was restarted is back with its next heartbeat."""
    crew = Crew("{silent_after: 2m}", there=("ann",))
    crew.tell("heartbeat", 0, agent="ann")
    assert told(crew.asks(3, "c")) == [("c", "queued", 1)]
    assert told(crew.tell("heartbeat", 4, agent="ann")) == [("c", "granted", "ann")]


# Shifts

EARLY = "  ann: {team: care, shift: early}\n  bob: {team: care}\n"
"""The story begins at ten; ann's shift ends at 14:00."""


def test_an_agent_gets_nothing_new_after_their_shift() -> None:
    """From the end of her shift ann gets nothing new, though her program still reports her as available."""
    crew = Crew(people=EARLY, there=("ann",))
    assert told(crew.asks(4 * HOUR - 0.1, "c")) == [("c", "granted", "ann")]
    assert told(crew.asks(4 * HOUR, "d")) == [("d", "queued", 1)]


def test_the_end_of_a_shift_hands_over_after_the_grace() -> None:
    """After the shift an agent may finish within the grace; then a waiting customer goes to another agent."""
    crew = with_ann(people=EARLY)
    assert crew.ahead() == (4 * HOUR, "the shift of ann changes")
    assert told(crew.wakes(4 * HOUR)) == []
    assert crew.ahead() == (4 * HOUR + 5, "ann counts as gone for good")
    gone = crew.wakes(4 * HOUR + 5)
    assert told(gone) == [("c", "reclaimed", "ann")]
    assert reasons(gone) == ["c taken back: the shift of ann has ended"]


def test_the_next_shift_begins_by_itself() -> None:
    """An agent who is reported available gets waiting conversations at the minute when their shift begins."""
    crew = Crew(people=EARLY, there=("ann",))
    crew.asks(5 * HOUR, "c")
    assert crew.ahead() == (20 * HOUR, "the shift of ann changes")
    assert told(crew.wakes(20 * HOUR)) == [("c", "granted", "ann")]


def test_by_shift_people_are_there_during_their_shifts() -> None:
    """With `presence: by_shift` the shift plan counts where no presence is reported."""
    crew = Crew("{presence: by_shift}", people=EARLY.replace("bob: {", "bob: {shift: early, "))
    assert told(crew.asks(0, "c")) == [("c", "granted", "ann")]
    crew.leaves(1, "c")
    assert told(crew.asks(5 * HOUR, "d")) == [("d", "queued", 1)]


def test_by_shift_a_word_of_theirs_counts_more() -> None:
    """With `presence: by_shift` an agent who reports that they are away counts as away."""
    crew = Crew("{presence: by_shift}", people="  ann: {team: care, shift: early}\n")
    crew.comes(1, "ann", "away")
    assert told(crew.asks(2, "c")) == [("c", "queued", 1)]


# People who are not in the team


def test_a_stranger_is_recorded_and_changes_nothing() -> None:
    """A person who is not in this team according to the policy is ignored, and the record says how to add them."""
    crew = Crew()
    ignored = crew.comes(1, "zoe")
    assert reasons(ignored) == ["zoe is not in this team: ignored. Add `team: care` under `people:`"]
    crew.tell("heartbeat", 2, agent="yan")
    assert (crew.team.strangers, "zoe" in crew.team.members) == (("zoe", "yan"), False)
    crew.comes(3, "zoe")
    assert crew.team.strangers == ("yan", "zoe")


def test_twenty_strangers_are_remembered() -> None:
    """Only the last twenty strangers are remembered, in case a whole helpdesk reports to the wrong team."""
    crew = Crew()
    for number in range(30):
        crew.comes(number, f"p{number:02}")
    assert crew.team.strangers == tuple(f"p{number:02}" for number in range(10, 30))


def test_an_agent_who_left_the_team_is_offered_nothing() -> None:
    """The policy drops an agent who thinks about an offer: a colleague gets it, and a late yes changes nothing."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    without_ann = crew_policy("{offer: 2m}", "  bob: {team: care}\n")
    assert told(crew.adopts(1, without_ann)) == [("c", "queued", 1)]
    late = crew.answers(1.5, "ann", "c")
    assert (told(late), reasons(late)) == ([], ["ann answered for c, which is not offered to them"])
    assert told(crew.comes(2, "bob")) == [("c", "offered", "bob")]


def test_an_agent_who_left_the_team_keeps_their_conversations() -> None:
    """An agent who is no longer in the team keeps an assigned conversation, and takes none of the team's room."""
    crew = with_ann()
    crew.adopts(1, crew_policy("{}", "  bob: {team: care}\n"))
    assert told(crew.wakes(HOUR)) == []
    assert crew.given == {"c": ("owned", "ann")}
    assert told(crew.leaves(61, "c")) == []
