"""Clocks on the real server: a new policy, a merge, a pause budget, silence, a snooze, a new priority, a long hold."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.loading.load import load_policy
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday
from tests.stories.teams import until
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
FRIDAY_4_PM = next_weekday(4, 16)


async def clock(story: Story, name: str = "first_response") -> dict[str, Any]:
    """Return the latest clock of that name."""
    state = await story.settled()
    return [found for found in state["clocks"] if found["name"] == name][-1]


def due(found: dict[str, Any], opened_at: datetime) -> str:
    """Return how long after the opening the clock is due, in whole seconds: the server's time adds milliseconds."""
    return str(timedelta(seconds=(datetime.fromisoformat(found["due_at"]) - opened_at) // timedelta(seconds=1)))


@pytest.mark.parametrize(("mode", "expected"), [("carry", "2:00:00"), ("restart", "2:20:00")])
async def test_another_policy_is_adopted_as_it_was_sent(start: Start, mode: str, expected: str) -> None:
    """A policy sent along with the command makes one hour two: counted from the opening, or anew from the command."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=20)
    text = (STORY_POLICIES / "clocks.yaml").read_text()
    text = text.replace("version: 1", "version: 2").replace("first_response: 1h", "first_response: 2h")
    document = load_policy(text, file="clocks.yaml", today=datetime.now(UTC).date()).model_dump(mode="json")
    told = await story.order("adopt_policy", policy="clocks", mode=mode, document=document, command_id="adopt")
    again = await story.order("adopt_policy", policy="clocks", mode=mode, document=document, command_id="adopt")
    assert told["because"].startswith("op changed the policy to clocks v2")
    assert again == told
    assert due(await clock(story), MONDAY_10_AM) == expected
    state = await story.settled()
    assert state["policy"]["name"] == "clocks v2"
    await story.after(hours=2, minutes=30)
    assert (await story.kinds()).count("clock_breached") == 1


async def test_a_merged_conversations_wait_goes_on_in_the_other(start: Start) -> None:
    """A merged customer's wait goes on in the surviving conversation: waiting since ten, the answer is due at noon."""
    gone, stays = await start(MONDAY_10_AM, policy="clocks"), await start(MONDAY_10_AM, policy="clocks")
    await stays.after(minutes=5)
    await stays.tell("message", author="agent", author_id="ann", text="Hello")
    for story in (gone, stays):
        await story.after(minutes=40)
    await gone.tell("merged", into=stays.id, by="ann")
    state = await gone.settled()
    assert (state["status"], state["merged_into"]) == ("resolved", stays.id)
    state = await stays.settled()
    assert datetime.fromisoformat(state["waiting_since"]) == MONDAY_10_AM
    assert state["absorbed"] == [gone.id]
    assert due(await clock(stays, "next_response"), MONDAY_10_AM) == "2:00:00"


async def test_a_conversation_merged_into_an_unknown_one_goes_on(start: Start, house: OutsideSystems) -> None:
    """A conversation merged into one that does not exist is open again, and a note tells the team why."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.tell("merged", into="nobody-there", by="ann")
    await until(lambda: _is_open(story))
    state = await story.settled()
    assert (state["merged_into"], datetime.fromisoformat(state["waiting_since"])) == ("", MONDAY_10_AM)
    assert (await clock(story, "next_response"))["state"] == "running"
    notes = [note.body for note in await house.desk.notes(story.id)]
    assert any(
        note.startswith("Not merged into nobody-there: Conversation nobody-there is not running") for note in notes
    )


async def _is_open(story: Story) -> bool:
    return (await story.settled())["status"] == "open"


async def test_two_merged_into_each_other_at_once_leave_one(start: Start) -> None:
    """Two agents merge two conversations into each other at once: one goes on, and its customer's clocks run."""
    one, other = await start(MONDAY_10_AM, policy="clocks"), await start(MONDAY_10_AM, policy="clocks")
    for story in (one, other):
        await story.after(minutes=10)
    await asyncio.gather(one.tell("merged", into=other.id), other.tell("merged", into=one.id))

    async def goes_on() -> bool:
        state = await one.settled()
        return state["waiting_since"] is not None and state["status"] == "open"

    await until(goes_on)
    stays, gone = await one.settled(), await other.settled()
    assert (stays["merged_into"], gone["merged_into"]) == ("", one.id)
    assert datetime.fromisoformat(stays["waiting_since"]) == MONDAY_10_AM
    assert [found["state"] for found in gone["clocks"]] == ["cancelled"] * len(gone["clocks"])
    assert (await clock(one, "resolution"))["state"] == "running"


async def test_a_pause_budget_over_a_weekend(start: Start) -> None:
    """A pause from Friday 16:10 ends after four business hours, on Monday at 12:10; the answer is due at 13:00."""
    story = await start(FRIDAY_4_PM, policy="clocks")
    await story.after(minutes=10)
    await story.tell("status_changed", status="pending_customer", by="ann")
    await story.after(days=2, hours=20, minutes=9)
    assert (await clock(story))["state"] == "paused"
    await story.after(days=2, hours=20, minutes=11)
    found = await clock(story)
    assert (found["state"], due(found, FRIDAY_4_PM)) == ("running", "2 days, 21:00:00")


async def test_a_silent_customer_is_reminded_and_then_let_go(start: Start, house: OutsideSystems) -> None:
    """A customer is silent: after two days they are reminded, after four the conversation is resolved with a note."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=5)
    await story.tell("message", author="agent", author_id="ann", text="Did that help?")
    await story.tell("status_changed", status="pending_customer", by="ann")
    await story.after(days=4, minutes=10)
    state = await story.settled()
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    assert (state["status"], desk.status) == ("resolved", "resolved")
    assert [note.body for note in await house.desk.notes(story.id)] == [
        "Is there anything else?",
        "No word from the customer for four days",
    ]
    fired = [(entry["rule"], entry["at"]) for entry in await story.timeline() if entry["kind"] == "rule_fired"]
    assert [rule for rule, _ in fired] == ["remind", "close"]
    spans = [datetime.fromisoformat(at) - MONDAY_10_AM for _, at in fired]
    assert [span.days for span in spans] == [2, 4]
    assert all(timedelta(minutes=5) <= span - timedelta(days=span.days) < timedelta(minutes=6) for span in spans)


async def test_a_snooze_moves_no_promise(start: Start) -> None:
    """A snooze of two hours moves no breach; the reminder comes after 30 minutes without the snooze."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=5)
    await story.order("snooze", note="After lunch", until=(MONDAY_10_AM + timedelta(minutes=125)).isoformat())
    assert ("2:05:00", "the snooze ends") in await story.upcoming()
    await story.after(minutes=149)
    assert ((await clock(story))["state"], (await story.settled())["tags"]) == ("breached", [])
    await story.after(minutes=151)
    assert (await story.settled())["tags"] == ["waits"]


async def test_urgent_after_the_fact_is_late_from_now_on(start: Start) -> None:
    """A rule raises the priority after twenty minutes, to a promise of fifteen: the breach comes at once, and once."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=20)
    await story.tell("tag_added", tag="outage", by="ann", at=MONDAY_10_AM + timedelta(minutes=20))
    await story.after(minutes=49)
    found = [(entry["text"], entry["at"]) for entry in await story.timeline() if entry["clock"] == "first_response.1"]
    at_once = (MONDAY_10_AM + timedelta(minutes=20)).isoformat()
    assert found == [
        ("First response is now due within 15m (Tier 1)", at_once),
        ("First response breached by the change: 20m used of 15m", at_once),
    ]


async def test_urgent_while_on_hold_is_late_from_then_on(start: Start) -> None:
    """On hold after twenty minutes, and then the promise becomes fifteen: late from then on, not met afterwards."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=20)
    await story.order("hold", note="The supplier is down")
    await story.after(minutes=30)
    await story.tell("tag_added", tag="outage", by="ann", at=MONDAY_10_AM + timedelta(minutes=30))
    assert (await clock(story))["state"] == "breached"
    await story.tell("message", author="agent", author_id="ann", text="Hello")
    found = [(entry["kind"], entry["at"]) for entry in await story.timeline() if entry["kind"].startswith("clock_")]
    assert found[1] == ("clock_breached", (MONDAY_10_AM + timedelta(minutes=30)).isoformat())
    assert found[2][0] == "clock_late"


async def test_sixty_days_of_waiting_cost_nothing(start: Start) -> None:
    """A conversation on hold adds nothing to its history for a month; released, its clock continues at 20 minutes."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=20)
    await story.order("hold", note="The supplier is on strike", **{"for": "90d"})
    await story.after(days=30)  # by now the timer armed before the hold has fired, once
    before = (await story.handle.describe()).history_length
    await story.after(days=60)
    assert [what for _, what in await story.upcoming()] == ["the hold ends"]
    assert (await story.handle.describe()).history_length - before <= 2  # from the test's own time skipping
    await story.order("release")
    assert (await clock(story))["spent"].startswith("PT20M")


async def test_send_and_close_in_one_second_keeps_the_promise(start: Start) -> None:
    """A helpdesk reports an answer and its close in the same second, the close first: the first response is met."""
    story = await start(MONDAY_10_AM, policy="clocks")
    await story.after(minutes=20)
    second = MONDAY_10_AM + timedelta(minutes=20)
    await story.tell("status_changed", at=second, event_id="evt-1", status="resolved", by="ann")
    await story.tell("message", at=second, event_id="msg-2", author="agent", author_id="ann", text="Here you are.")
    found = await clock(story)
    assert (found["state"], (await story.settled())["status"]) == ("met", "resolved")


async def test_a_campaign_promises_an_answer_once_the_customer_writes(start: Start) -> None:
    """A conversation begun by us owes nothing until the customer writes; a broken promise is told each half hour."""
    story = await start(MONDAY_10_AM, policy="clocks", direction="outbound")
    await story.tell("message", author="agent", author_id="ann", text="There is a new plan for you")
    await story.after(hours=4)
    state = await story.settled()
    assert (state["status"], state["clocks"], state["sla_state"]) == ("pending_customer", [], "none")
    await story.tell("message", author="customer", text="Tell me more")
    state = await story.settled()
    assert due(await clock(story), datetime.fromisoformat(state["waiting_since"])) == "1:00:00"
    await story.after(hours=6, minutes=10)
    kinds = await story.kinds()
    assert (kinds.count("clock_breached"), kinds.count("clock_overdue"), kinds.count("note_sent")) == (1, 2, 2)
    assert (await story.settled())["status"] == "open"
