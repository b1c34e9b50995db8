"""Lists of conversations: the most urgent first, with what only the conversations know."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.temporal.listing import LATE, listing

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


async def test_a_list_begins_with_the_most_urgent(start: Start) -> None:
    """`baton list` sorts by urgency, with subject, customer, late since and assignee."""
    calm = await start(MONDAY_10_AM, subject="Hello", customer={"id": "7"})
    late = await start(MONDAY_10_AM, subject="Charged twice", customer={"name": "Ada", "tier": "vip"})
    await late.after(minutes=16)
    await late.settled()
    await late.order("take", actor="kim")
    client, ours = late.clockwork.client, f"WorkflowId = '{calm.handle.id}' OR WorkflowId = '{late.handle.id}'"

    async def is_listed() -> bool:
        rows = await listing(client, ours, 10)
        return [(row.sla, row.assignee) for row in rows] == [("breached", "kim"), ("running", "")]

    await until(is_listed)
    first, second = await listing(client, ours, 10)
    assert (first.id, first.assignee, first.subject, first.customer) == (late.id, "kim", "Charged twice", "Ada (vip)")
    assert first.late_since == MONDAY_10_AM + timedelta(minutes=15)
    assert (second.id, second.subject, second.customer, second.late_since) == (calm.id, "Hello", "7", None)
    assert [row.id for row in await listing(client, f"{LATE} AND ({ours})", 10)] == [late.id]
    assert [row.id for row in await listing(client, ours, 1)] == [late.id]
