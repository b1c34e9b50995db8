"""The look-up of a conversation's policy, with the question whether earlier events or an earlier run are on record."""

import asyncio
from datetime import date

import pytest

from activities.catalog import ASKED_MOST, AskLedger, Begun, Catalog, Resolved, TakenIn, WasOver
from policies.loading.load import SHIPPED, load_catalog
from policies.state.seen import Seen
from tests.activities.conftest import Attempt

DOCUMENTS = load_catalog(SHIPPED, today=date(2026, 1, 1))
BEGUN = Begun(conversation_id="c", event_ids=("a", "b"))


async def answers(begun: Begun) -> TakenIn:
    """Answer as a ledger that has the events "a" and "z"."""
    assert begun.conversation_id == "c"
    return TakenIn(tuple(each for each in begun.event_ids if each == "a"), Seen(["a", "z"]))


async def is_away(_begun: Begun) -> TakenIn:
    """Fail as a ledger whose database is down."""
    raise ConnectionError("no database")


async def hangs(_begun: Begun) -> TakenIn:
    """Hang as a ledger whose database does not answer."""
    await asyncio.Event().wait()
    return TakenIn((), Seen())


async def knows_as_open(_begun: Begun) -> TakenIn:
    """Answer as a ledger with an earlier run that did not close."""
    return TakenIn((), Seen(), {"policy": "flat v1"})


async def is_over(_workflow_id: str, _run_id: str) -> bool:
    """Answer that a person terminated the earlier run."""
    return True


async def is_lost(_workflow_id: str, _run_id: str) -> bool:
    """Answer that the server ended the earlier run."""
    return False


async def says_nothing(_workflow_id: str, _run_id: str) -> bool:
    """Hang as a server that does not answer."""
    await asyncio.Event().wait()
    return True


async def is_down(_workflow_id: str, _run_id: str) -> bool:
    """Fail as a server that can't be reached."""
    raise ConnectionError("no server")


@pytest.mark.parametrize(
    ("was_over", "goes_on"), [(is_over, False), (is_lost, True), (says_nothing, True), (is_down, True)]
)
async def test_a_conversation_that_a_person_ended_does_not_go_on(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch, was_over: WasOver, goes_on: bool
) -> None:
    """A conversation goes on under its own policy, unless the server says within a second that a person ended it."""
    monkeypatch.setattr("activities.catalog._SERVER_WITHIN", 0.01)
    found = await attempt(Catalog(DOCUMENTS, "tiered", knows_as_open, was_over).resolve, "", BEGUN)
    policy = "flat" if goes_on else "tiered"
    assert (found.standing is not None, found.document["policy"]) == (goes_on, policy)


async def resolved(attempt: Attempt, taken_in: AskLedger | None, begun: Begun | None = BEGUN) -> Resolved:
    """Return the activity's result."""
    return await attempt(Catalog(DOCUMENTS, "tiered", taken_in).resolve, "", begun)


@pytest.mark.parametrize(
    ("taken_in", "expected"),
    [(answers, (("a",), False)), (is_away, ((), True)), (None, ((), False))],
)
async def test_events_of_before_are_found(
    attempt: Attempt, taken_in: AskLedger | None, expected: tuple[tuple[str, ...], bool]
) -> None:
    """The ledger names the events that it has; if it can't be asked, the result says so and still has the policy."""
    found = await resolved(attempt, taken_in)
    assert ((found.taken_in, found.is_unknown), found.document["policy"]) == (expected, "tiered")
    assert ["z" in found.earlier, "y" in found.earlier] == [bool(found.taken_in), False]


async def test_a_ledger_that_hangs_is_waited_for_a_second(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that hangs is waited for a second; then the conversation begins without its answer."""
    monkeypatch.setattr("activities.catalog._LEDGER_WITHIN", 0.01)
    assert (await resolved(attempt, hangs)).is_unknown


async def test_a_team_asks_nothing(attempt: Attempt) -> None:
    """A team's look-up does not ask the ledger."""
    assert not (await resolved(attempt, is_away, None)).is_unknown


async def test_no_more_than_500_events_are_asked_about(attempt: Attempt) -> None:
    """A run that begins with thousands of events asks the ledger only about the first ones."""
    asked: list[int] = []

    async def counts(begun: Begun) -> TakenIn:
        asked.append(len(begun.event_ids))
        return TakenIn((), Seen())

    many = Begun(conversation_id="c", event_ids=tuple(map(str, range(ASKED_MOST + 1))))
    await resolved(attempt, counts, many)
    assert asked == [ASKED_MOST]
