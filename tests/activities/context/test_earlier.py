"""The customer's other conversations, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.context.earlier import EarlierConversations
from activities.context.port import Gathering
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from policies.state.context import Context, Earlier, Volume
from policies.state.effects import GatherContext
from policies.state.events import Customer
from tests.activities.conftest import STARTED_AT, Attempt

NINE = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
PATIENT = 5


@pytest.fixture
def ledger(engine: AsyncEngine) -> Ledger:
    return Ledger(engine)


def standing(seq: int, customer: str, status: str = "open", **more: Any) -> LedgerEntry:
    """Return a ledger entry after which a conversation stands like this; `seq` is also the minute after nine."""
    at = NINE + timedelta(minutes=seq)
    body = {"customer": {"id": customer}, "subject": "Login", "channel": "email", "status": status} | more
    return LedgerEntry(
        seq=seq,
        recorded_at=at,
        occurred_at=at,
        kind="status_changed",
        because="",
        body={"opened_at": NINE.isoformat(), **body},
    )


async def record(ledger: Ledger, conversation: str, *entries: LedgerEntry) -> None:
    await ledger.record(LedgerBatch(conversation_id=conversation, entries=list(entries)))


async def look_up(engine: AsyncEngine, attempt: Attempt, conversation: str, **customer: Any) -> list[tuple[str, str]]:
    context = await gathered(engine, attempt, conversation, **customer)
    assert context.missing == ()
    return [(earlier.conversation_id.rpartition("/")[2], earlier.status) for earlier in context.earlier]


async def gathered(engine: AsyncEngine, attempt: Attempt, conversation: str, **customer: Any) -> Context:
    effect = GatherContext(
        key="k",
        conversation_id=conversation,
        due_at=STARTED_AT,
        because="asked for a person",
        asked="I was charged twice again",
        customer=Customer.model_validate(customer),
    )
    accepted = await attempt(Gathering([EarlierConversations(engine, within=PATIENT)]).gather, effect, seconds=2)
    return accepted.context


async def test_open_conversations_of_the_customer_come_first(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """An agent sees at most five other conversations: open ones first, then those that changed last."""
    stood = ["resolved", "open", "merged", "pending_customer", "resolved", "open", "resolved", "open"]
    for number, status in enumerate(stood):
        await record(ledger, f"{conversation_id}/{number}", standing(number, conversation_id, status))
    await record(ledger, f"{conversation_id}/else", standing(9, "somebody else"))
    found = await look_up(engine, attempt, f"{conversation_id}/7", id=conversation_id)
    assert found == [("5", "open"), ("3", "pending_customer"), ("1", "open"), ("6", "resolved"), ("4", "resolved")]


async def test_a_conversation_is_shown_as_it_is_known(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """The agent sees a conversation's subject, channel, status and opening: enough to decide whether to look there."""
    await record(ledger, f"{conversation_id}/1", standing(1, conversation_id, subject="Half a \ud83d\x00"))
    context = await gathered(engine, attempt, f"{conversation_id}/2", id=conversation_id)
    shown = Earlier(
        conversation_id=f"{conversation_id}/1",
        subject="Half a \ufffd\ufffd",
        channel="email",
        status="open",
        opened_at=NINE,
    )
    assert context.earlier == (shown,)


async def test_a_customer_without_an_id_has_no_other_conversations(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """Customers without an id are not taken for one another."""
    await record(ledger, conversation_id, standing(1, ""))
    assert await look_up(engine, attempt, "another", name="Ada") == []


async def test_a_batch_that_comes_late_or_again_changes_nothing(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """A batch that a dying worker wrote late does not reopen a conversation that was resolved since."""
    name, here = conversation_id, f"{conversation_id}/1"
    await record(ledger, here, standing(1, name), standing(2, name, "pending_customer"))
    await record(ledger, here, standing(4, name, "resolved"))
    await record(ledger, here, standing(3, name, "open"))
    await record(ledger, here, standing(1, name), standing(2, name, "pending_customer"))
    assert await look_up(engine, attempt, "another", id=name) == [("1", "resolved")]


async def test_a_conversation_follows_its_customer(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """When a customer turns out to be another one, the conversation moves to that customer."""
    await record(ledger, f"{conversation_id}/1", standing(1, f"{conversation_id} wrong"))
    await record(ledger, f"{conversation_id}/1", standing(2, conversation_id))
    assert await look_up(engine, attempt, "another", id=f"{conversation_id} wrong") == []
    assert await look_up(engine, attempt, "another", id=conversation_id) == [("1", "open")]


async def test_an_id_of_any_length_finds_its_customer(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """An odd or very long customer id stops neither the ledger nor the list."""
    odd = conversation_id + "ü\x00" * 20_000
    await record(ledger, f"{conversation_id}/1", standing(1, odd))
    assert await look_up(engine, attempt, "another", id=odd) == [("1", "open")]
    assert len(await ledger.entries(f"{conversation_id}/1")) == 1


async def test_consent_is_about_other_systems(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """A customer who refuses context from other systems: the agent still sees their conversations with the team."""
    await record(ledger, f"{conversation_id}/1", standing(1, conversation_id))
    found = await look_up(engine, attempt, "another", id=conversation_id, consent={"context": False})
    assert found == [("1", "open")]


async def test_the_same_problem_and_the_volume_are_told(
    ledger: Ledger, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """An agent sees whether the customer had this problem before, and how many conversations they began lately."""
    for number in range(8):
        began = STARTED_AT - timedelta(days=9 * number)
        said = {"subject": "Charged twice in May" if number == 7 else "Login", "opened_at": began.isoformat()}
        await record(ledger, f"{conversation_id}/{number}", standing(20 - number, conversation_id, "resolved", **said))
    context = await gathered(engine, attempt, f"{conversation_id}/now", id=conversation_id)
    shown = [(each.conversation_id.rpartition("/")[2], each.is_same) for each in context.earlier]
    assert shown == [("0", False), ("1", False), ("2", False), ("3", False), ("7", True)]
    assert context.volume == Volume(lately=4, before=3)
