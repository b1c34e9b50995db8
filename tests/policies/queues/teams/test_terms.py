"""Another version of the policy for a team's queue: people leave, the leader changes, or the queue is dropped."""

from policies.queues.teams.terms import has_queue
from tests.policies.queues.teams.crews import HEAD, PEOPLE, Crew, crew_policy, reasons, told
from tests.policies.stories import at, policy_of

WITHOUT_ANN = "  bob: {team: care}\n"


def test_an_agent_who_left_gives_back_waiting_customers() -> None:
    """Ann is no longer in the team: a conversation with a waiting customer is taken back, an answered one stays."""
    crew = Crew(there=("ann",))
    crew.owned(1, "waits", "ann")
    crew.owned(1, "answered", "ann", is_waiting=False)
    decision = crew.adopts(5, crew_policy(people=WITHOUT_ANN))
    assert told(decision) == [("waits", "reclaimed", "ann")]
    assert reasons(decision) == [
        "Under desk v3 from now on",
        "waits taken back: ann is not in this team any more",
    ]
    assert crew.given == {"answered": ("owned", "ann"), "waits": ("owned", "ann")}


def test_an_answered_conversation_comes_back_with_the_next_word() -> None:
    """Ann left the team after she had answered: once the customer writes again, the conversation is taken back."""
    crew = Crew(there=("ann",))
    crew.owned(1, "c", "ann", is_waiting=False)
    crew.adopts(5, crew_policy(people=WITHOUT_ANN))
    assert told(crew.owned(9, "c", "ann")) == [("c", "reclaimed", "ann")]


def test_a_grant_that_arrives_late_is_taken_back() -> None:
    """Ann leaves the team while a conversation is on its way to her: when it reports that she has it, it comes back."""
    crew = Crew(there=("ann",))
    crew.asks(1, "c")
    crew.adopts(2, crew_policy(people=WITHOUT_ANN))
    assert told(crew.owned(3, "c", "ann")) == [("c", "reclaimed", "ann")]


def test_a_person_who_comes_back_keeps_what_they_are_given() -> None:
    """Ann is in the team again by the next version of the policy: nothing is taken back from her any more."""
    crew = Crew(there=("ann",))
    crew.adopts(2, crew_policy(people=WITHOUT_ANN))
    crew.adopts(3, crew_policy())
    crew.comes(4, "ann")
    assert told(crew.owned(5, "c", "ann")) == []


def test_a_person_who_never_was_in_the_team_keeps_what_the_helpdesk_gave_them() -> None:
    """The helpdesk gives a conversation to a person whom the policy does not have: they keep it, and it is noted."""
    crew = Crew(there=("ann",))
    assert told(crew.owned(1, "c", "zoe")) == []
    assert crew.team.strangers == ("zoe",)


def test_a_conversation_just_given_to_an_agent_who_left_is_given_to_others() -> None:
    """Ann was chosen a moment ago and is no longer in the team: Bob gets the conversation at its position."""
    crew = Crew(there=("ann",))
    crew.asks(1, "c")
    assert crew.given == {"c": ("granted", "ann")}
    crew.comes(2, "bob")
    decision = crew.adopts(3, crew_policy(people=WITHOUT_ANN))
    assert told(decision) == [("c", "granted", "bob")]


def test_an_offer_to_who_left_goes_to_others() -> None:
    """An offer to Ann goes to Bob once she is no longer in the team."""
    crew = Crew("{offer: 3m}", there=("ann",))
    crew.asks(1, "c")
    crew.comes(2, "bob")
    assert told(crew.adopts(2.5, crew_policy("{offer: 3m}", WITHOUT_ANN))) == [("c", "offered", "bob")]


def test_a_helpdesk_that_chooses_takes_nothing_back() -> None:
    """Where the helpdesk leads the queue, agents who left the team keep their conversations until it moves them."""
    crew = Crew("{led_by: desk}", there=("ann",))
    crew.owned(1, "c", "ann")
    assert told(crew.adopts(5, crew_policy("{led_by: desk}", WITHOUT_ANN))) == []


def test_baton_takes_over_a_queue_that_the_helpdesk_led() -> None:
    """Ann went offline before Baton led the queue: her conversation is taken back, and the waiting one goes to Bob."""
    crew = Crew("{led_by: desk}", there=("ann", "bob"))
    crew.owned(1, "c", "ann")
    crew.asks(1, "d")
    crew.goes(2, "ann")
    assert told(crew.wakes(30)) == []
    assert told(crew.adopts(31, crew_policy("{}", PEOPLE))) == [("c", "reclaimed", "ann"), ("d", "granted", "bob")]


def test_the_helpdesk_takes_over_a_queue() -> None:
    """Waiting conversations keep their position, an offer may be accepted, and Baton chooses no agent any more."""
    crew = Crew("{offer: 3m}", there=("ann",))
    crew.asks(1, "c")
    crew.asks(1, "d")
    crew.adopts(2, crew_policy("{led_by: desk}"))
    assert crew.given == {"c": ("offered", "ann"), "d": ("offered", "ann")}
    crew.answers(3, "ann", "c")
    crew.wakes(5)
    assert (crew.given, crew.line) == ({"c": ("granted", "ann")}, ["d"])


def test_less_room_and_other_skills_take_nothing_away() -> None:
    """An agent with more than the new capacity keeps everything, and gets nothing more."""
    crew = Crew(there=("ann",))
    crew.owned(1, "c", "ann")
    crew.adopts(2, crew_policy("{capacity: 1}", "  ann: {team: care}\n"))
    crew.asks(3, "d")
    assert (crew.given, crew.line) == ({"c": ("owned", "ann")}, ["d"])


def test_a_version_without_the_queue_closes_it() -> None:
    """Team Care is deleted: those that wait, are offered or are with a person have to go, and each is told once."""
    crew = Crew("{offer: 3m}", there=("ann",))
    crew.asks(1, "offered", version=3, policy="desk")
    crew.owned(2, "with ann", "ann", version=3, policy="desk")
    crew.asks(3, "waits", version=3, policy="desk", needs=[{"skill": "law"}])
    decision = crew.loses_its_queue(4)
    closed = [("offered", "team_closed", "desk v4"), ("with ann", "team_closed", "desk v4")]
    assert [message for message in told(decision) if message[1] == "team_closed"] == [
        *closed,
        ("waits", "team_closed", "desk v4"),
    ]
    assert reasons(decision)[0] == (
        "The queue is closed, because desk v4 has none for this team: 3 conversations go where it routes them"
    )
    assert told(crew.wakes(5)) == []


def test_until_they_have_left_the_old_terms_hold() -> None:
    """A conversation whose worker does not have the new version yet is still given to an agent of the old one."""
    crew = Crew()
    crew.asks(1, "c", policy="desk", version=3)
    crew.loses_its_queue(2)
    assert told(crew.comes(3, "ann")) == [("c", "granted", "ann")]


def test_a_conversation_that_comes_later_is_told_so() -> None:
    """A conversation under the old version is reopened after the queue has closed: it is told to go, too."""
    crew = Crew()
    crew.loses_its_queue(1)
    assert reasons(crew.decisions[-1])[0].endswith("no conversation is in it")
    assert ("c", "team_closed", "desk v4") in told(crew.asks(2, "c", policy="desk", version=3))
    assert ("d", "team_closed", "desk v4") in told(crew.owned(3, "d", "ann", policy="desk", version=3))
    assert ("c", "team_closed", "desk v4") in told(crew.asks(4, "c", policy="desk", version=3, priority="high"))


def test_conversations_of_other_policies_stay_in_the_queue() -> None:
    """Another policy has a team of the same name: its conversations wait on, and those of later versions do."""
    crew = Crew()
    crew.asks(1, "other", policy="shop", version=1)
    crew.asks(1, "later", policy="desk", version=5)
    assert told(crew.loses_its_queue(2)) == []
    assert crew.line == ["later", "other"]


def test_a_version_that_has_the_queue_again_opens_it() -> None:
    """The team was deleted by mistake, and the next version has it again: no conversation is sent away any more."""
    crew = Crew()
    crew.loses_its_queue(1)
    crew.adopts(2, crew_policy(people=WITHOUT_ANN))
    assert "team_closed" not in {message[1] for message in told(crew.asks(3, "c", policy="desk", version=3))}


def test_time_in_the_queue_before_a_new_name_counts() -> None:
    """The team is renamed while a customer waits for a lawyer: after an hour in both queues, anybody will do."""
    relaxed = [{"skill": "law", "steps": [[0, 1], [3600, 0]]}]
    crew = Crew(there=("ann",))
    crew.asks(40, "c", since=0, entered_at=at(0).isoformat(), needs=relaxed)
    assert crew.line == ["c"]
    assert told(crew.wakes(60)) == [("c", "granted", "ann")]


def test_before_edition_3_a_version_without_the_queue_changed_nothing() -> None:
    """A team that began earlier keeps its terms, and its conversations still wait under them."""
    crew = Crew(edition=2)
    crew.asks(1, "c")
    assert reasons(crew.loses_its_queue(2)) == ["Its terms stay as they were: desk v4 has no queue for this team"]
    assert told(crew.comes(3, "ann")) == [("c", "granted", "ann")]


def test_which_versions_can_be_followed() -> None:
    """A version can be followed if it has the team, with a queue."""
    policy = policy_of(PEOPLE, base=HEAD.replace("QUEUE}", "{}}\n  night: {name: Night}"))
    assert [has_queue(policy, team) for team in ("care", "night", "gone")] == [True, False, False]
