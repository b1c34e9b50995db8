"""Open outages for conversations that begin, and the check of an outage's condition."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from activities.outages.checking import trouble_with
from activities.outages.open_outages import OpenOutages
from policies.loading.load import SHIPPED, load_catalog

DOCUMENTS = load_catalog(SHIPPED, today=datetime(2026, 1, 5, tzinfo=UTC).date())


async def test_a_server_that_lists_nothing_delays_no_conversation() -> None:
    """Where the server can't be asked, a conversation begins without the outages, and the server is left alone."""
    client = await Client.connect("127.0.0.1:9", lazy=True)
    found = OpenOutages(client, "Outage", fresh_for=60)
    assert await found.now() == ()
    assert await found.now() == ()


@pytest.mark.parametrize(
    ("when", "policy", "trouble"),
    [
        ('conversation.tags.exists(t, t == "checkout")', "", ""),
        ('customer.tier == "enterprise" && now.hour > 8', "tiered", ""),
        ("conversation.tags", "", "when:1:1: a condition must be true or false, but this is a list"),
        ("conversation.priority ==", "tiered", "when:1:"),
        ("true", "teired", "policy: there is no policy teired: did you mean `tiered`?"),
    ],
)
def test_a_condition_is_checked_as_those_of_rules_are(when: str, policy: str, trouble: str) -> None:
    """A condition that conversations could not judge is told with line and column; so is an unknown policy."""
    found = trouble_with(when, policy, DOCUMENTS)
    assert found.startswith(trouble)
    assert bool(found) == bool(trouble)
