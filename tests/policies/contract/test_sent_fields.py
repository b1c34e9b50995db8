"""The lines about messages in the Temporal UI: each is read off the message's own model."""

import pytest
from pydantic import BaseModel

from policies.contract.requests import COMMANDS, Escalate
from policies.contract.sent_fields import description
from policies.queues.teams import messages as team_messages
from policies.queues.teams.events import PresenceChanged
from policies.state.events import SIGNALS, CustomerUpdated, TagAdded

EVERY = [*SIGNALS.values(), *COMMANDS.values(), *team_messages.SIGNALS.values(), *team_messages.COMMANDS.values()]


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (TagAdded, "A tag was put on the conversation: {tag, by}"),
        (PresenceChanged, "An agent came, went, or is busy: {agent, presence: available|busy|away|offline}"),
        (
            Escalate,
            "Give the conversation to a higher tier, with a note that lets the receiver start at once: "
            "{actor, step, team, note: {tried, think, need}, reason}",
        ),
        (
            CustomerUpdated,
            "More became known of the customer: {id, name, tier, plan, locale, timezone, value, since, health, "
            "preferences, account_manager, consent, …}",
        ),
    ],
)
def test_an_operator_reads_what_a_message_says_and_which_fields_it_has(model: type[BaseModel], line: str) -> None:
    """The Temporal UI shows one sentence about a message, and its fields with the words that they may have."""
    assert description(model) == line


@pytest.mark.parametrize("model", EVERY)
def test_every_message_has_a_line(model: type[BaseModel]) -> None:
    """No signal or update is without a sentence and its fields."""
    sentence, fields = description(model).rsplit(": {", 1)[0], description(model)
    assert sentence[0].isupper()
    assert fields.endswith("}")
