"""Sunday nights on the real server, under shipped policies: on call keeps a customer, or they read when we are back."""

import re
from collections.abc import Awaitable, Callable

from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
SUNDAY_3_AM = next_weekday(6, 3)
ADA = {"name": "Ada", "tier": "enterprise", "locale": "de_DE.UTF-8", "timezone": "Europe/Berlin"}


async def test_a_specialists_topic_stays_with_on_call(start: Start) -> None:
    """An enterprise customer with a billing question on a Sunday is promised an answer that night, not on Monday."""
    story = await start(SUNDAY_3_AM, customer=ADA)
    await story.tell("tag_added", tag="billing", by="jane")
    state = await story.settled()
    assert state["team"] == "tier-1-on-call"
    assert ("0:15:00", "First response breached") in await story.upcoming()
    assert any("back to Specialists — Billing" in what for _, what in await story.upcoming())


async def test_a_small_team_says_when_it_is_back(start: Start, house: OutsideSystems) -> None:
    """Under `flat` nobody works on a Sunday: the customer reads in German and by their clock when the team is back."""
    story = await start(SUNDAY_3_AM, policy="flat", customer=ADA)
    await story.settled()
    [reply] = [note.body for note in await house.desk.notes(story.id)]
    assert re.search(r"back, from \w\w\., \d+\. \w+\.?, 1[45]:00 MES?Z\.$", reply)
