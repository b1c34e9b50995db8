"""Who is at work: coming and going, flapping, falling silent, the end of a shift, and what becomes of their work."""

import pytest

from tests.policies.queues.teams.crews import PEOPLE, Crew, crew_policy, reasons, told
from tests.policies.stories import at

HOUR = 60


def with_ann(queue: str = "{}", people: str = PEOPLE) -> Crew:
    """Ann has a conversation whose customer waits; bob is not there."""
    crew = Crew(queue, people, there=("ann",))
    crew.asks(0, "c")
    crew.owned(0, "c", "ann")
    return crew


@pytest.mark.parametrize("presence", ["busy", "away", "offline"])
def test_only_who_is_available_gets_something_new(presence: str) -> None:
    """Busy, away and offline people are left alone."""
    crew = Crew(there=("ann",))
    crew.comes(1, "ann", presence)
    assert told(crew.asks(2, "c")) == [("c", "queued", 1)]
    assert told(crew.comes(3, "ann")) == [("c", "granted", "ann")]


def test_coming_and_going_is_on_record_once() -> None:
    """A change is a line; the same said again is none."""
    crew = Crew()
    assert reasons(crew.comes(1, "ann")) == ["ann is available"]
    assert reasons(crew.comes(2, "ann")) == []
    assert reasons(crew.goes(3, "ann")) == ["ann is offline"]
    assert crew.member("ann").since == at(3)


@pytest.mark.parametrize("presence", ["busy", "away"])
def test_who_is_busy_keeps_what_they_have(presence: str) -> None:
    """Lunch is not leaving."""
    crew = with_ann()
    crew.comes(1, "ann", presence)
    assert told(crew.wakes(HOUR)) == []
    assert crew.given == {"c": ("owned", "ann")}


# The grace


def test_who_is_gone_for_good_loses_whom_they_let_wait() -> None:
    """Five minutes after leaving, and not before, the conversation is asked to look for somebody else."""
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
    """Whoever comes back within the grace, however often, finds everything as it was."""
    crew = with_ann()
    for start in range(0, 50, 5):
        crew.goes(start + 1, "ann")
        assert told(crew.comes(start + 5, "ann")) == []
    assert crew.given == {"c": ("owned", "ann")}


def test_each_absence_has_a_grace_of_its_own() -> None:
    """Four minutes, back, and four minutes more are not eight."""
    crew = with_ann()
    crew.goes(1, "ann")
    crew.comes(5, "ann")
    crew.goes(6, "ann")
    assert crew.ahead() == (11, "ann counts as gone for good")


def test_an_absence_is_counted_from_its_beginning() -> None:
    """A second report that says the same does not prolong the grace."""
    crew = with_ann()
    crew.goes(1, "ann")
    crew.goes(4, "ann")
    assert told(crew.wakes(6)) == [("c", "reclaimed", "ann")]


def test_answered_customers_stay_with_who_is_gone() -> None:
    """Only who waits is handed over; when one of the others waits again, they are, too."""
    crew = Crew(there=("ann",))
    crew.owned(0, "c", "ann", is_waiting=False)
    crew.goes(1, "ann")
    assert told(crew.wakes(6)) == []
    assert told(crew.owned(HOUR, "c", "ann")) == [("c", "reclaimed", "ann")]
    crew.comes(61, "ann")
    assert told(crew.owned(62, "c", "ann")) == []


def test_the_longest_wait_is_handed_over_first() -> None:
    """Of several who wait for somebody gone, the first in line is taken back first."""
    crew = Crew("{capacity: 2}", there=("ann",))
    for minute, name in ((1, "late"), (0, "soon")):
        crew.asks(2, name, since=minute)
        crew.owned(2, name, "ann")
    crew.goes(3, "ann")
    assert told(crew.wakes(8)) == [("soon", "reclaimed", "ann"), ("late", "reclaimed", "ann")]


def test_an_offer_to_who_leaves_ends_at_once() -> None:
    """Who is gone can't say yes. It was no fault of theirs, so they may be asked again."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    gone = crew.goes(1, "ann")
    assert told(gone) == [("c", "queued", 1)]
    assert reasons(gone) == ["ann is offline", "c: ann is gone"]
    assert (crew.ticket("c").not_to, crew.member("ann").missed) == ((), 0)
    assert told(crew.comes(2, "ann")) == [("c", "offered", "ann")]


def test_who_was_chosen_and_left_before_the_confirmation_is_taken_back() -> None:
    """The conversation confirms somebody who has been gone for good meanwhile: it is asked to look again."""
    crew = Crew(there=("ann",))
    crew.asks(0, "c")
    crew.goes(1, "ann")
    crew.wakes(6)
    assert told(crew.owned(7, "c", "ann")) == [("c", "reclaimed", "ann")]


def test_where_the_helpdesk_chooses_nobody_is_taken_back() -> None:
    """Baton follows the helpdesk's choice there, also where nobody reports who is at work."""
    crew = Crew("{led_by: desk}")
    crew.asks(0, "c")
    crew.owned(1, "c", "ann")
    assert told(crew.wakes(HOUR)) == []
    assert told(crew.owned(61, "c", "ann")) == []


# Heartbeats


def test_who_falls_silent_counts_as_offline() -> None:
    """Whoever sends heartbeats and stops is offline after the time the policy says, and gone a grace later."""
    crew = with_ann("{silent_after: 2m}")
    crew.tell("heartbeat", 1, agent="ann")
    assert crew.ahead() == (3, "ann counts as offline without a heartbeat")
    crew.wakes(3)
    assert crew.ahead() == (8, "ann counts as gone for good")
    assert told(crew.wakes(8)) == [("c", "reclaimed", "ann")]


def test_a_heartbeat_keeps_somebody_at_work() -> None:
    """Just before the silence is long enough is soon enough; a change of presence is a sign of life, too."""
    crew = with_ann("{silent_after: 2m}")
    crew.tell("heartbeat", 1, agent="ann")
    crew.tell("heartbeat", 2.9, agent="ann")
    crew.comes(4, "ann", "busy")
    assert crew.ahead() == (6, "ann counts as offline without a heartbeat")
    crew.tell("heartbeat", 20, agent="ann")  # silent from 6 on, gone from 11 on
    assert crew.member("ann").gone_since is None


def test_silence_is_noticed_only_of_who_has_spoken() -> None:
    """A helpdesk that sends no heartbeats makes nobody offline."""
    crew = with_ann("{silent_after: 2m}")
    assert crew.ahead() is None
    assert told(crew.wakes(HOUR)) == []


def test_a_heartbeat_brings_nobody_back_who_said_they_left() -> None:
    """A browser tab that was left open is no person."""
    crew = Crew("{silent_after: 2m}", there=("ann",))
    crew.goes(1, "ann")
    crew.tell("heartbeat", 2, agent="ann")
    assert told(crew.asks(3, "c")) == [("c", "queued", 1)]


def test_a_heartbeat_brings_back_who_was_only_silent() -> None:
    """The program was restarted: the person is where they were."""
    crew = Crew("{silent_after: 2m}", there=("ann",))
    crew.tell("heartbeat", 0, agent="ann")
    assert told(crew.asks(3, "c")) == [("c", "queued", 1)]
    assert told(crew.tell("heartbeat", 4, agent="ann")) == [("c", "granted", "ann")]


# Shifts

EARLY = "  ann: {team: care, shift: early}\n  bob: {team: care}\n"
"""The story begins at ten; ann's shift ends at two."""


def test_nobody_gets_something_after_their_shift() -> None:
    """At two o'clock ann has gone home, whatever her program says."""
    crew = Crew(people=EARLY, there=("ann",))
    assert told(crew.asks(4 * HOUR - 0.1, "c")) == [("c", "granted", "ann")]
    assert told(crew.asks(4 * HOUR, "d")) == [("d", "queued", 1)]


def test_the_end_of_a_shift_hands_over_after_the_grace() -> None:
    """Who stays a little longer may finish; then the waiting customer goes to somebody else."""
    crew = with_ann(people=EARLY)
    assert crew.ahead() == (4 * HOUR, "the shift of ann changes")
    assert told(crew.wakes(4 * HOUR)) == []
    assert crew.ahead() == (4 * HOUR + 5, "ann counts as gone for good")
    gone = crew.wakes(4 * HOUR + 5)
    assert told(gone) == [("c", "reclaimed", "ann")]
    assert reasons(gone) == ["c taken back: the shift of ann has ended"]


def test_the_next_shift_begins_by_itself() -> None:
    """Who is reported available and comes on shift gets what waits, at that minute."""
    crew = Crew(people=EARLY, there=("ann",))
    crew.asks(5 * HOUR, "c")
    assert crew.ahead() == (20 * HOUR, "the shift of ann changes")
    assert told(crew.wakes(20 * HOUR)) == [("c", "granted", "ann")]


def test_by_shift_people_are_there_during_their_shifts() -> None:
    """Where nobody reports presence the plan counts: no word, and ann gets what comes before two."""
    crew = Crew("{presence: by_shift}", people=EARLY.replace("bob: {", "bob: {shift: early, "))
    assert told(crew.asks(0, "c")) == [("c", "granted", "ann")]
    crew.leaves(1, "c")
    assert told(crew.asks(5 * HOUR, "d")) == [("d", "queued", 1)]


def test_by_shift_a_word_of_theirs_counts_more() -> None:
    """Who says that they are away is not taken for present because of a plan."""
    crew = Crew("{presence: by_shift}", people="  ann: {team: care, shift: early}\n")
    crew.comes(1, "ann", "away")
    assert told(crew.asks(2, "c")) == [("c", "queued", 1)]


# Strangers


def test_a_stranger_is_recorded_and_changes_nothing() -> None:
    """Somebody the policy does not have in this team is ignored, with the remedy."""
    crew = Crew()
    ignored = crew.comes(1, "zoe")
    assert reasons(ignored) == ["zoe is not in this team: ignored. Add `team: care` under `people:`"]
    crew.tell("heartbeat", 2, agent="yan")
    assert (crew.team.strangers, "zoe" in crew.team.members) == (("zoe", "yan"), False)
    crew.comes(3, "zoe")
    assert crew.team.strangers == ("yan", "zoe")


def test_twenty_strangers_are_remembered() -> None:
    """A whole helpdesk that reports to the wrong team fills no memory."""
    crew = Crew()
    for number in range(30):
        crew.comes(number, f"p{number:02}")
    assert crew.team.strangers == tuple(f"p{number:02}" for number in range(10, 30))


def test_who_leaves_the_team_is_offered_nothing_any_more() -> None:
    """The policy changes while somebody thinks about an offer: it goes to a colleague, and a late yes is refused."""
    crew = Crew("{offer: 2m}", there=("ann",))
    crew.asks(0, "c")
    without_ann = crew_policy("{offer: 2m}", "  bob: {team: care}\n")
    assert told(crew.adopts(1, without_ann)) == [("c", "queued", 1)]
    late = crew.answers(1.5, "ann", "c")
    assert (told(late), reasons(late)) == ([], ["ann answered for c, which is not offered to them"])
    assert told(crew.comes(2, "bob")) == [("c", "offered", "bob")]


def test_who_leaves_the_team_keeps_what_they_have() -> None:
    """What somebody had stays theirs under the new policy, and costs the team no room."""
    crew = with_ann()
    crew.adopts(1, crew_policy("{}", "  bob: {team: care}\n"))
    assert told(crew.wakes(HOUR)) == []
    assert crew.given == {"c": ("owned", "ann")}
    assert told(crew.leaves(61, "c")) == []
