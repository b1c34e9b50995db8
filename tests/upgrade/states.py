"""Conversations in all kinds of states, as an upgrade finds them.

Each function brings one conversation, which has just begun, into its state. Shipped policies only, so that the code of
an earlier edition knows them, too.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.temporal.skipping import Clockwork

MONDAY_10_AM, MONDAY_7_PM = next_weekday(0, 10), next_weekday(0, 19)
IN_AN_INCIDENT = 11
"""The conversations that call for the same reason until an incident calls for them."""
Prepare = Callable[[Story], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Given:
    """A conversation's start, and the way into its state."""

    name: str
    prepare: Prepare
    policy: str = "tiered"
    channel: str = "email"
    opened_at: datetime = MONDAY_10_AM
    tags: tuple[str, ...] = ()

    async def begin(self, clockwork: Clockwork) -> Story:
        """Start the conversation and bring it into its state."""
        body = {"conversation_id": self.name, "policy": self.policy, "channel": self.channel, "tags": list(self.tags)}
        story = Story(await clockwork.start(body, self.opened_at), clockwork, self.opened_at, self.name)
        await story.settled()
        await self.prepare(story)
        await story.settled()
        return story


async def waiting(story: Story) -> None:
    """Leave the customer waiting for a first answer."""
    await story.tell("message", author="customer", text="Where is my parcel?")


async def answered(story: Story) -> None:
    """Let an agent answer, and the customer write again."""
    await story.tell("message", author="agent", author_id="anna", text="It is on its way.")
    await story.tell("message", author="customer", text="Since when?")


async def at_risk(story: Story) -> None:
    """Let three quarters of the first response's target pass."""
    await story.after(minutes=12)


async def called(story: Story) -> None:
    """Let the on-call ladder call people: the on-call team has missed the first response."""
    await story.tell("reassigned", team="tier-1-on-call")
    await story.settled()
    await story.after(minutes=16)
    assert (await story.settled())["pages"]


async def acknowledged(story: Story) -> None:
    """Let a person acknowledge the call, and not answer yet."""
    await called(story)
    await story.tell("acknowledged", by="casey")


async def late(story: Story) -> None:
    """Report an answer ten minutes late."""
    await story.after(minutes=11)
    await story.tell(
        "message", author="agent", author_id="anna", text="Done.", at=story.opened_at + timedelta(minutes=1)
    )
    await story.tell("message", author="customer", text="Thanks, but …")


async def queued(story: Story) -> None:
    """Let the customer wait in the queue of a team in which no agent is available."""
    team = story.clockwork.client.get_workflow_handle("team/specialists")
    await until(lambda: _knows(team, "line", story.id))


async def owned(story: Story) -> None:
    """Let an agent accept what the queue offers."""
    team = story.clockwork.client.get_workflow_handle("team/specialists")
    await team.execute_update("set_presence", {"actor": "casey", "presence": "available"})
    await until(lambda: _knows(team, "with", story.id))
    await team.execute_update("accept", {"actor": "casey", "conversation_id": story.id})
    await until(lambda: _is_with(story, "casey"))


async def _knows(team: Any, part: str, conversation: str) -> bool:
    return conversation in str((await team.query("state"))[part])


async def _is_with(story: Story, agent: str) -> bool:
    return bool((await story.settled())["assignee"] == agent)


async def asks_for_a_person(story: Story) -> None:
    """Let the customer ask the assistant for a person."""
    await story.tell("message", author="customer", text="That does not help. I want to talk to a real person!")
    await until(lambda: _is_handed_off(story))


async def _is_handed_off(story: Story) -> bool:
    return (await story.settled())["handoff"] is not None


async def handed_off(story: Story) -> None:
    """Let a person take over from the assistant, and answer."""
    await asks_for_a_person(story)
    await story.order("take", actor="anna")
    await story.tell("message", author="agent", author_id="anna", text="I am here.")


async def promised(story: Story) -> None:
    """Promise to call the customer back in three hours."""
    at = (story.opened_at + timedelta(hours=3)).isoformat()
    await story.handle.signal("callback_promised", {"event_id": "promised", "at": at, "by": "anna"})


def after(update: str, **body: Any) -> Prepare:
    """Return the way into a state by one command."""
    return lambda story: story.order(update, **body)


def told(signal: str, **body: Any) -> Prepare:
    """Return the way into a state by one fact."""
    return lambda story: story.tell(signal, **body)


GIVEN = (
    Given("waiting", waiting),
    Given("answered", answered),
    Given("at-risk", at_risk),
    Given("called", called),
    Given("acknowledged", acknowledged),
    Given("late", late),
    Given("held", after("hold", note="waits for the bank")),
    Given("snoozed", after("snooze", **{"for": "2h"})),
    Given("noted", after("add_note", tried="a refund", think="a bug", need="a developer")),
    Given("escalated", after("escalate", team="tier-2", note={"tried": "x", "think": "y", "need": "z"})),
    Given("taken", after("take", actor="anna")),
    Given("pending", told("status_changed", status="pending_customer", by="anna")),
    Given("tagged", told("tag_added", tag="billing", by="anna")),
    Given("reassigned", told("reassigned", team="tier-2", assignee="omar", by="anna")),
    Given("promised", promised),
    Given("resolved", after("resolve", note="Done")),
    Given("merged", told("merged", into="waiting")),
    Given("evening", waiting, opened_at=MONDAY_7_PM),
    Given("queued", queued, policy="queued", channel="web_chat", tags=("refund",)),
    Given("owned", owned, policy="queued", channel="web_chat", tags=("refund",)),
    Given("asks", asks_for_a_person, policy="assisted", channel="web_chat"),
    Given("handed-off", handed_off, policy="assisted", channel="web_chat"),
    *(Given(f"incident-{number}", called, channel="chat") for number in range(IN_AN_INCIDENT)),
)
"""Every conversation, in the order in which they begin."""
