"""Messages in Slack that outlive their conversation: its id was used again, and people still press their buttons."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from activities.slack.rendering.buttons import (
    ACCEPT,
    ACKNOWLEDGE,
    ADD_NOTE,
    ALL,
    DECLINE,
    NEEDED,
    OF_A_CALL,
    RESOLVE,
    SNOOZE,
    TAKE,
    decode,
    encode,
)
from tests.fakes.slack import FakeSlack
from tests.stories.calling.phones import Phones
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems
from worker.temporal.skipping import Clockwork

pytestmark = pytest.mark.slow

MONDAY_10_AM = next_weekday(0, 10)
OLD = (
    "This message is about an earlier conversation with the same id, which has ended. Nothing was changed; "
    "the conversation that runs now has messages of its own."
)
NOTE = {"tried": "Restarted the sync.", "think": "A stuck job.", "need": "A person with access to the queue."}

Called = Callable[[str], Awaitable[Story]]


@pytest.fixture
def called(clockwork: Clockwork) -> Called:
    """Return a function that starts the conversation with this id, for which Kim and Lee are being called."""

    async def begin(name: str) -> Story:
        body = {"conversation_id": name, "policy": "buttons", "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)
        await story.tell("tag_added", tag="urgent", event_id=f"{name}-{story.handle.first_execution_run_id}")
        await story.settled()
        return story

    return begin


async def closed(story: Story) -> None:
    """Resolve the conversation and wait until it has closed for good."""
    await story.order("resolve")
    await story.after(hours=25)
    await story.handle.result()


def values_of(story: Story, slack: FakeSlack) -> dict[str, str]:
    """Return the value of each button on the latest message in #on-call about this conversation, by its action."""
    message = [message for message in slack.in_channel("#on-call") if story.id in message.key][-1]
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {button["action_id"]: button["value"] for row in rows for button in row}


def life_in(value: str) -> str:
    """Return the life that a button's value carries."""
    press = decode(value)
    assert press is not None
    assert press.life
    return press.life


async def test_an_old_message_changes_nothing(called: Called, phones: Phones, slack: FakeSlack) -> None:
    """After an id is used again, each button of last week's messages says so, and this week's conversation goes on."""
    story = await called("weekly")
    last_week = values_of(story, slack)
    assert set(last_week) == set(OF_A_CALL)
    life = life_in(last_week[TAKE])
    await closed(story)
    last_week |= values_of(story, slack)  # by now the message asks how it went
    assert NEEDED in last_week
    last_week |= {action: encode(story.id, "support/1", life) for action in (ACCEPT, DECLINE)}
    last_week |= {action: encode(story.id, "asked:x", life) for action in ALL if action not in last_week}
    again = await called("weekly")
    before = await again.settled()
    assert [run["ended"] for run in before["pages"]] == [""]
    for action in ALL:
        pressed = phones.workspace.press(action, last_week[action], user="U0KIM")
        assert await phones.repeat(pressed) == [OLD], action
    assert phones.workspace.forms == []
    assert await again.settled() == before
    assert before["feedback"] == []
    this_week = values_of(again, slack)
    assert life_in(this_week[TAKE]) != life
    assert await phones.repeat(phones.workspace.press(ACKNOWLEDGE, this_week[ACKNOWLEDGE], user="U0KIM")) == []
    assert (await again.settled())["pages"][0]["acknowledged_by"] == "kim"


@pytest.mark.parametrize(("button", "filled"), [(ADD_NOTE, NOTE), (SNOOZE, {"until": "1h"})])
async def test_an_old_form_keeps_its_text(
    called: Called, phones: Phones, slack: FakeSlack, house: OutsideSystems, button: str, filled: dict[str, Any]
) -> None:
    """A form that was open while the conversation ended stays open, says why, and changes nothing of the next one."""
    story = await called(f"form of {button}")
    await phones.repeat(phones.workspace.press(button, values_of(story, slack)[button], user="U0KIM"))
    await closed(story)
    again = await called(f"form of {button}")
    before, notes = await again.settled(), await house.desk.notes(again.id)
    assert await phones.send(filled, by="U0KIM") == {
        "response_action": "errors",
        "errors": {next(iter(filled)): OLD},
    }
    assert await again.settled() == before
    assert await house.desk.notes(again.id) == notes


async def test_a_button_of_a_call_that_is_over(called: Called, phones: Phones) -> None:
    """A call that stood down resolves, takes and snoozes nothing when the customer is back, whatever Slack shows."""
    story = await called("reopened")
    await story.order("resolve")
    await story.tell("message", author="customer", text="It is back.")
    before = await story.settled()
    over = "The call on-call.1 is over: resolved. Nothing was changed."
    for action in (TAKE, RESOLVE):
        assert await phones.press(action, story, by="U0KIM") == [over]
    await phones.press(SNOOZE, story, by="U0KIM")
    answer = await phones.send({"until": "1h"}, by="U0KIM")
    assert answer == {"response_action": "errors", "errors": {"until": over}}
    assert await story.settled() == before
    await phones.press(ADD_NOTE, story, by="U0KIM")
    assert await phones.send(NOTE, by="U0KIM") == {}
