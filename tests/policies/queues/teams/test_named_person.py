"""A person whom a rule names: the team asks them first, and no customer waits for one who is away."""

from tests.policies.queues.teams.crews import Crew, reasons, told

CREW = "  ann: {team: care, skills: {refunds: 3}}\n  bob: {team: care}\n  cat: {team: care, shift: early}\n"
NEEDS_REFUNDS = "{capacity: 1, needs: [{skill: refunds}]}"


def test_the_named_person_comes_before_all_others() -> None:
    """The person gets it before colleagues with more room, and before the agent who knows the customer."""
    crew = Crew("{capacity: 3}", CREW, there=("ann", "bob"))
    crew.owned(1, "x", "bob")
    decision = crew.asks(2, "a", person="bob", last_agent="ann")
    assert told(decision) == [("a", "granted", "bob")]
    assert reasons(decision)[0] == "Granted a: bob is asked first by a rule, has 1 of 3; before ann; not cat is offline"


def test_the_named_person_needs_no_skill() -> None:
    """The rule knows the person, so neither a skill nor a language of the queue keeps them from it."""
    crew = Crew(NEEDS_REFUNDS, CREW, there=("bob",))
    assert told(crew.asks(1, "a", person="bob", needs=[{"skill": "refunds"}])) == [("a", "granted", "bob")]


def test_the_queue_goes_on_at_once_without_a_person_who_is_away() -> None:
    """A person who is away, busy, off shift or not in the team costs the customer no minute."""
    crew = Crew("{capacity: 5}", CREW, there=("ann", "cat"), hours="always")
    crew.comes(1, "bob", "busy")
    for conversation, person in (("a", "bob"), ("b", "zoe"), ("c", "")):
        assert told(crew.asks(2, conversation, person=person, last_agent="ann")) == [(conversation, "granted", "ann")]
    late = Crew("{capacity: 5}", CREW, there=("ann", "cat"))
    assert told(late.asks(5 * 60, "d", person="cat", last_agent="ann")) == [("d", "granted", "ann")]


def test_a_person_without_room_is_waited_for_within_the_grace() -> None:
    """A named person who is at work without room is waited for as long as `grace`; then the queue goes on."""
    crew = Crew("{capacity: 1, grace: 5m}", CREW, there=("ann", "bob"))
    crew.owned(1, "x", "bob")
    assert told(crew.asks(2, "a", person="bob")) == [("a", "queued", 1)]
    assert crew.ahead() == (7, "a waits for bob no longer")
    assert told(crew.asks(3, "b")) == [("b", "granted", "ann")]  # other customers go on
    crew.leaves(4, "b")
    assert crew.line == ["a"]
    assert told(crew.wakes(7)) == [("a", "granted", "ann")]


def test_room_within_the_grace_brings_the_named_person() -> None:
    """A named person who gets room within the grace gets the conversation."""
    crew = Crew("{capacity: 1, grace: 5m}", CREW, there=("ann", "bob"))
    crew.owned(1, "x", "bob")
    crew.asks(2, "a", person="bob")
    assert told(crew.leaves(3, "x")) == [("a", "granted", "bob")]


def test_a_named_person_who_leaves_or_declines_is_waited_for_no_longer() -> None:
    """When the person goes offline, or declines the offer, a colleague is asked at once."""
    crew = Crew("{capacity: 1, grace: 5m}", CREW, there=("ann", "bob"))
    crew.owned(1, "x", "bob")
    crew.asks(2, "a", person="bob")
    assert told(crew.goes(3, "bob")) == [("a", "granted", "ann")]
    offers = Crew("{capacity: 1, offer: 3m}", CREW, there=("ann", "bob"))
    assert told(offers.asks(1, "a", person="bob")) == [("a", "offered", "bob")]
    assert told(offers.answers(2, "bob", "a", yes=False)) == [("a", "offered", "ann")]


def test_a_wish_under_the_same_request_begins_its_own_grace() -> None:
    """A rule that names a person later has them waited for from then on; the same wish again changes nothing."""
    crew = Crew("{capacity: 1, grace: 5m}", CREW, there=("bob",))
    crew.owned(1, "x", "bob")
    crew.asks(2, "a", since=2)
    crew.asks(4, "a", since=2, person="bob")
    crew.asks(6, "a", since=2, person="bob", priority="high")
    assert crew.ahead() == (9, "a waits for bob no longer")
