"""The order in which an agent is chosen, and a reason for each agent who is not."""

from datetime import timedelta
from itertools import permutations

import pytest

from policies.queues.routing import AgentChoice, Candidate, Presence, Wanted, choose, why_not
from tests.policies.stories import START


def candidate(
    agent: str,
    *,
    skills: dict[str, int] | None = None,
    languages: tuple[str, ...] = (),
    capacity: int = 4,
    load: int = 0,
    presence: Presence = "available",
    is_on_shift: bool = True,
    granted: int = 0,
    idle: float | None = None,
) -> Candidate:
    """Return an agent who is present, free and idle unless told otherwise; `idle` is minutes, None for no work yet."""
    since = START - timedelta(minutes=idle) if idle is not None else None
    return Candidate(agent, skills or {}, languages, capacity, load, presence, is_on_shift, granted, since)


ORDER = [
    pytest.param(
        Wanted(last_agent="zoe"),
        [candidate("ann"), candidate("zoe", load=3, granted=9, idle=1)],
        "zoe knows the customer, has 3 of 4; before ann",
        id="who knows the customer, though they have more",
    ),
    pytest.param(
        Wanted(prefers=(("refunds", 2),)),
        [candidate("ann"), candidate("zoe", skills={"refunds": 2}, load=3)],
        "zoe knows refunds, has 3 of 4, most room or longest idle; before ann",
        id="who has the skill that helps, though they have more",
    ),
    pytest.param(
        Wanted(languages=("de-AT",)),
        [candidate("ann", languages=("en",)), candidate("zoe", languages=("de",), load=3)],
        "zoe has 3 of 4, most room or longest idle; before ann",
        id="who speaks the language, though they have more",
    ),
    pytest.param(
        Wanted(prefers=(("refunds", 1), ("law", 1))),
        [candidate("ann", skills={"refunds": 1}), candidate("zoe", skills={"refunds": 1, "law": 1}, load=3)],
        "zoe knows refunds, law, has 3 of 4, most room or longest idle; before ann",
        id="who has more of the skills that help",
    ),
    pytest.param(
        Wanted(),
        [candidate("ann", capacity=4, load=2), candidate("zoe", capacity=10, load=4)],
        "zoe has 4 of 10, most room or longest idle; before ann",
        id="who has most room, by their own measure",
    ),
    pytest.param(
        Wanted(),
        [candidate("ann", granted=3, idle=90), candidate("zoe", granted=2, idle=1)],
        "zoe has 0 of 4, most room or longest idle; before ann",
        id="who got fewest lately",
    ),
    pytest.param(
        Wanted(),
        [candidate("ann", idle=5), candidate("zoe", idle=6)],
        "zoe has 0 of 4, most room or longest idle; before ann",
        id="who is idle longest",
    ),
    pytest.param(
        Wanted(),
        [candidate("ann", idle=5), candidate("zoe")],
        "zoe has 0 of 4, most room or longest idle; before ann",
        id="who had none yet",
    ),
    pytest.param(
        Wanted(),
        [candidate("zoe"), candidate("ann")],
        "ann has 0 of 4, most room or longest idle; before zoe",
        id="by name where nothing else tells them apart",
    ),
]


@pytest.mark.parametrize(("wanted", "people", "because"), ORDER)
def test_the_order_of_choice(wanted: Wanted, people: list[Candidate], because: str) -> None:
    """The agent who knows the customer is first, then skills, most room, fewest grants, longest idle, the name."""
    for listed in permutations(people):
        choice = choose(wanted, listed)
        assert (choice.agent, choice.because, choice.suitable) == (because.split()[0], because, 2)


WHY_NOT = [
    (Wanted(not_to=("ann",)), candidate("ann", presence="offline"), "declined or did not answer"),
    (Wanted(needs=(("refunds", 1),)), candidate("ann", presence="offline"), "lacks refunds"),
    (Wanted(needs=(("refunds", 3),)), candidate("ann", skills={"refunds": 2}), "lacks refunds 3"),
    (Wanted(needs=(("refunds", 2),)), candidate("ann", skills={"refunds": 2}), ""),
    (
        Wanted(languages=("de",), is_language_required=True),
        candidate("ann", languages=("en", "fr")),
        "does not speak de",
    ),
    (Wanted(languages=("de",), is_language_required=True), candidate("ann", languages=("DE-at",)), ""),
    (Wanted(languages=("de",), is_language_required=True), candidate("ann"), ""),
    (Wanted(is_language_required=True), candidate("ann", languages=("en",)), ""),
    (Wanted(languages=("de",)), candidate("ann", languages=("en",)), ""),
    (Wanted(), candidate("ann", presence="offline", is_on_shift=False), "is off shift"),
    (Wanted(), candidate("ann", presence="busy"), "is busy"),
    (Wanted(), candidate("ann", presence="away"), "is away"),
    (Wanted(), candidate("ann", presence="offline"), "is offline"),
    (Wanted(), candidate("ann", load=4), "has no room (4 of 4)"),
    (Wanted(weight=2), candidate("ann", load=3), "has no room (3 of 4)"),
    (Wanted(weight=2), candidate("ann", load=2), ""),
    (Wanted(), candidate("ann", load=7), "has no room (7 of 4)"),
    (Wanted(last_agent="ann"), candidate("ann", load=4), "has no room (4 of 4)"),
]


@pytest.mark.parametrize(("wanted", "person", "reason"), WHY_NOT)
def test_each_agent_passed_over_has_one_reason(wanted: Wanted, person: Candidate, reason: str) -> None:
    """Each agent who does not get the conversation has one reason; reasons that pass with time are considered last."""
    assert why_not(wanted, person) == reason


def test_the_others_are_told_with_their_reasons() -> None:
    """The reason names the chosen agent, the suitable others, and why the rest were not chosen, in one line."""
    people = [
        candidate("ann", skills={"refunds": 1}),
        candidate("bob", skills={"refunds": 3}, load=1),
        candidate("cid", skills={"refunds": 2}, load=3),
        candidate("dora", skills={"refunds": 2}, presence="busy"),
    ]
    assert choose(Wanted(needs=(("refunds", 2),)), people) == AgentChoice(
        "bob",
        "bob knows refunds, has 1 of 4, most room or longest idle; before cid; not ann lacks refunds 2, dora is busy",
        2,
    )


def test_the_only_one_is_not_said_to_have_most_room() -> None:
    """The reason does not compare agents where only one could be chosen."""
    assert choose(Wanted(), [candidate("ann", load=2)]) == AgentChoice("ann", "ann has 2 of 4", 1)


def test_choosing_no_agent_has_reasons_too() -> None:
    """Agents who are only full are counted as suitable where nobody can take the conversation now."""
    people = [candidate("ann", load=4), candidate("bob", presence="away"), candidate("cid", is_on_shift=False)]
    because = "nobody can take it: ann has no room (4 of 4), bob is away, cid is off shift"
    assert choose(Wanted(), people) == AgentChoice("", because, 1)
    assert choose(Wanted(), []) == AgentChoice("", "nobody can take it: the team has nobody", 0)


def test_a_big_team_is_told_in_short() -> None:
    """The reason names eight of forty colleagues and counts the others, so the line stays readable."""
    people = [candidate(f"p{number:02}", idle=number) for number in range(40)]
    choice = choose(Wanted(), people)
    assert choice.because == (
        "p39 has 0 of 4, most room or longest idle; before p00, p01, p02, p03, p04, p05, p06, p07 and 31 others"
    )


def test_the_first_of_hundreds_of_agents_are_named() -> None:
    """In a team of five hundred, the reason names eight free and eight unsuitable colleagues, and counts the others."""
    free = [candidate(f"free-{number:03}", load=1) for number in range(300)]
    full = [candidate(f"full-{number:03}", load=4) for number in range(200)]
    choice = choose(Wanted(), [*free, *full, candidate("zoe")])
    assert (choice.agent, choice.suitable) == ("zoe", 501)
    free_told, full_told = choice.because.split("; ")[1:]
    assert free_told == f"before {', '.join(f'free-{n:03}' for n in range(8))} and 292 others"
    assert full_told == f"not {', '.join(f'full-{n:03} has no room (4 of 4)' for n in range(8))} and 192 others"
