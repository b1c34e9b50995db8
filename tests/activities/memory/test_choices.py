"""The choices of customers in the database, on both engines: each once, the latest word counts, and for a time only."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.statements import read
from activities.database.tables import engine as connect
from activities.effects.accepted import Accepted
from activities.memory.choices import FORGOTTEN_FOR, CustomerChoices, customer_choices
from policies.state.effects import ForgetChoices, RecallChoices, RememberChoices
from tests.activities.conftest import STARTED_AT, Attempt

DAY = timedelta(days=1)
CALLBACK, PERSON = (("handoff", "callback"),), (("channel", "phone"), ("handoff", "wait"))


@pytest.fixture
def choices(engine: AsyncEngine) -> CustomerChoices:
    return CustomerChoices(engine)


def effect(kind: Any, customer: str, day: int = 0, **fields: Any) -> Any:
    """Return an effect that fell due so many days after the attempts of these tests."""
    about = {"key": f"{customer}/{day}", "conversation_id": "c", "because": "a test", "customer": customer}
    return kind(due_at=STARTED_AT + day * DAY, **about, **fields)


def remembers(customer: str, chosen: tuple[tuple[str, str], ...], day: int = 0, days: int = 180) -> RememberChoices:
    at = STARTED_AT + day * DAY
    return effect(RememberChoices, customer, day, choices=chosen, chosen_at=at, until=at + days * DAY)


async def recalled(choices: CustomerChoices, attempt: Attempt, customer: str, day: int = 0) -> dict[str, str] | None:
    """Return what a conversation of the customer gets so many days later."""
    asks = effect(RecallChoices, customer, day)
    accepted: Accepted = await attempt(choices.recall, asks, at=STARTED_AT + day * DAY)
    return accepted.choices


async def test_a_choice_is_there_for_the_next_conversation(
    choices: CustomerChoices, attempt: Attempt, conversation_id: str
) -> None:
    """A choice that was kept twice, as after a lost confirmation, is there once, and of no other customer."""
    for number in (1, 2):
        await attempt(choices.remember, remembers(conversation_id, PERSON), number=number)
    assert await recalled(choices, attempt, conversation_id, 1) == {"channel": "phone", "handoff": "wait"}
    assert await recalled(choices, attempt, f"{conversation_id}-else", 1) == {}


async def test_the_latest_choice_counts_in_any_order(
    choices: CustomerChoices, attempt: Attempt, conversation_id: str
) -> None:
    """A choice that arrives late does not replace a later one; kinds of choices don't replace each other."""
    await attempt(choices.remember, remembers(conversation_id, CALLBACK, day=2))
    await attempt(choices.remember, remembers(conversation_id, PERSON, day=1))
    assert await recalled(choices, attempt, conversation_id, 3) == {"channel": "phone", "handoff": "callback"}


async def test_a_choice_ends_with_its_time(choices: CustomerChoices, attempt: Attempt, conversation_id: str) -> None:
    """After its time a choice is not found, and the next write of any customer removes its row."""
    await attempt(choices.remember, remembers(conversation_id, CALLBACK, days=30))
    assert await recalled(choices, attempt, conversation_id, 29) == {"handoff": "callback"}
    assert await recalled(choices, attempt, conversation_id, 30) == {}


async def test_a_forgotten_choice_stays_forgotten(
    choices: CustomerChoices, attempt: Attempt, conversation_id: str
) -> None:
    """Forget a customer who withdrew, also where a choice from before was still on its way; a new yes counts."""
    await attempt(choices.remember, remembers(conversation_id, PERSON))
    await attempt(choices.forget, effect(ForgetChoices, conversation_id, 2))
    assert await recalled(choices, attempt, conversation_id, 2) == {}
    await attempt(choices.remember, remembers(conversation_id, PERSON, day=1))
    assert await recalled(choices, attempt, conversation_id, 3) == {}
    await attempt(choices.remember, remembers(conversation_id, CALLBACK, day=4))
    assert await recalled(choices, attempt, conversation_id, 5) == {"handoff": "callback"}


async def test_rows_name_no_customer_and_go(
    choices: CustomerChoices, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """No row has the customer's id or, after a no, a choice; later writes remove the rows that are over."""
    await attempt(choices.remember, remembers(conversation_id, PERSON))
    await attempt(choices.forget, effect(ForgetChoices, conversation_id, 1))
    rows = await read(engine, select(customer_choices))
    assert conversation_id not in str(rows)
    later = STARTED_AT + 2 * DAY + FORGOTTEN_FOR
    await attempt(choices.forget, effect(ForgetChoices, "another", 100), at=later)
    assert [row for row in await read(engine, select(customer_choices)) if row["until"] <= later] == []


async def test_without_a_database_nothing_is_remembered(attempt: Attempt, tmp_path: Any) -> None:
    """Where the database can't be asked, the answer comes at once, and says nothing."""
    away = connect(f"sqlite:///{tmp_path}/no/such/folder.db")
    assert await recalled(CustomerChoices(away), attempt, "kim") == {}
    await away.dispose()
