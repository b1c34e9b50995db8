"""Routing: to which team a conversation goes first, and what moves it on."""

from collections.abc import Awaitable, Callable

from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


async def test_an_email_lands_in_tier_1(start: Start, house: OutsideSystems) -> None:
    """A new e-mail during business hours belongs to Tier 1, also in the helpdesk."""
    story = await start(MONDAY_10_AM)
    state = await story.settled()
    assert (state["team"], state["status"], state["sla_state"]) == ("tier-1", "open", "running")
    assert await story.upcoming() == [
        ("0:11:15", "First response at risk (75%)"),
        ("0:15:00", "First response breached"),
        ("6:00:00", "Resolution at risk (75%)"),
        ("8:00:00", "Resolution breached"),
        ("8:00:00", "closing time: Tier 1 — On-Call if still unanswered"),
    ]
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    assert (desk.team, desk.team_name) == ("tier-1", "Tier 1 — General")


async def test_a_billing_tag_goes_to_the_specialists(start: Start, house: OutsideSystems, slack: FakeSlack) -> None:
    """A conversation tagged billing goes to the billing specialists at once, with a note and a Slack message."""
    story = await start(MONDAY_10_AM, subject="Charged twice")
    await story.tell("tag_added", tag="billing", by="jane")
    state = await story.settled()
    assert (state["team"], state["tags"]) == ("billing", ["billing"])
    assert [note.body for note in await house.desk.notes(story.id)] == ["Auto-routed: billing topic detected"]
    assert [message.channel for message in slack.messages if story.id in message.key] == ["#support-billing"]


async def test_an_unanswered_breach_escalates(start: Start) -> None:
    """When nobody answers within 15 minutes, Tier 2 gets the conversation, and the on-call ladder calls people."""
    story = await start(MONDAY_10_AM)
    await story.after(minutes=16)
    state = await story.settled()
    assert (state["team"], state["sla_state"], state["reason"]) == ("tier-2", "breached", "sla")
    await story.after(minutes=26)
    assert (await story.kinds()).count("paged") == 3


async def test_a_late_reply_that_was_in_time_retracts_the_breach(start: Start) -> None:
    """A reply that happened in time but was reported late retracts the breach, and the timeline says so."""
    story = await start(MONDAY_10_AM)
    await story.after(minutes=16)
    await story.settled()
    await story.tell("message", author="agent", text="On it", at=story.opened_at.replace(minute=10))
    state = await story.settled()
    assert (state["team"], state["clocks"][0]["state"]) == ("tier-1", "met")
    assert "retracted" in await story.kinds()
