"""Buttons that people on call press in Slack, what each changes, and what the person is told."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from temporalio.client import Client

from activities.slack.rendering.buttons import ACKNOWLEDGE, ADD_NOTE, ESCALATE, OF_A_CALL, RESOLVE, SNOOZE, TAKE, encode
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.socket_mode import FakeWorkspace
from tests.fakes.wire import Wire
from tests.stories.calling.phones import FIRST_STEP, Phones
from tests.stories.conftest import Story, next_weekday
from worker.buttons.carrying_out import CarryingOut
from worker.process.hosting import OutsideSystems
from worker.slack.interactions import Interactions
from worker.temporal.skipping import Clockwork
from workflows.payloads.decoding import data_converter

MONDAY_10_AM = next_weekday(0, 10)
NOTE = {"tried": "Restarted the sync.", "think": "A stuck job.", "need": "Somebody with access to the queue."}
LATE = "Baton does not answer at the moment, so this may not be done yet. Try again in a minute: twice is no harm."


@pytest.fixture
def called(clockwork: Clockwork, request: pytest.FixtureRequest) -> Callable[..., Awaitable[Story]]:
    """Return a function that starts a conversation for which people are being called.

    It never uses the worker that replays at every step: that one can take ten seconds, and people are answered sooner.
    """

    async def begin(tag: str = "urgent") -> Story:
        body = {"conversation_id": request.node.name, "policy": "buttons", "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, request.node.name)
        await story.tell("tag_added", tag=tag)
        await story.settled()
        return story

    return begin


Called = Callable[..., Awaitable[Story]]


async def told_kinds(story: Story, *kinds: str) -> list[str]:
    """Return the texts of the timeline entries of these kinds."""
    return [entry["text"] for entry in await story.timeline() if entry["kind"] in kinds]


async def test_the_first_press_wins(called: Called, phones: Phones) -> None:
    """The first person to press Acknowledge stops the call; the second one is told who was first."""
    story = await called()
    assert await phones.press(ACKNOWLEDGE, story, by="U0KIM") == []
    assert await phones.press(ACKNOWLEDGE, story, by="U0LEE") == [
        "Nobody is being called for this conversation any more: acknowledged by kim. Nothing was changed."
    ]
    await story.after(minutes=20)
    assert await told_kinds(story, "paged") == ["on-call round 1, step 1: slack:#on-call"]


async def test_the_buttons_of_a_page(called: Called, phones: Phones, slack: FakeSlack) -> None:
    """Baton answers all buttons of a call's message, and the message shows everybody who acknowledged."""
    story = await called()
    message = message_of(story, slack)
    assert list(buttons_of(message)) == [*OF_A_CALL]
    pressed = phones.workspace.press(ACKNOWLEDGE, buttons_of(message)[ACKNOWLEDGE], user="U0KIM")
    assert await phones.repeat(pressed) == []
    await story.settled()
    message = message_of(story, slack)
    assert "acknowledged by Kim" in message.words


def message_of(story: Story, slack: FakeSlack) -> Message:
    """Return the one message in #on-call that calls people for this conversation."""
    (message,) = [message for message in slack.in_channel("#on-call") if story.id in message.key]
    return message


def buttons_of(message: Message) -> dict[str, str]:
    """Return the value that Slack would send for each button, by action."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {button["action_id"]: button["value"] for row in rows for button in row}


async def test_slack_says_it_twice(called: Called, phones: Phones) -> None:
    """A press that Slack delivers three times counts once and is not refused."""
    story = await called()
    payload = phones.workspace.press(ACKNOWLEDGE, encode(story.id, FIRST_STEP), user="U0KIM")
    assert [await phones.repeat(payload) for _ in range(3)] == [[], [], []]
    assert len(await told_kinds(story, "acknowledged")) == 1


async def test_a_button_of_an_earlier_call(called: Called, phones: Phones) -> None:
    """A button of an earlier call says that it is outdated, and the new call goes on."""
    story = await called()
    await story.order("resolve")
    await story.tell("message", author="customer", text="It is back.")
    await story.tell("tag_removed", tag="urgent")
    await story.tell("tag_added", tag="urgent")
    before = await story.settled()
    for action in (ACKNOWLEDGE, TAKE, ESCALATE, RESOLVE):
        assert await phones.press(action, story, by="U0KIM") == [
            "That was for an earlier call, on-call.1; the latest is on-call.2: still calling people. "
            "Nothing was changed."
        ]
    assert await story.settled() == before


async def test_a_person_unknown_to_baton_changes_nothing(called: Called, phones: Phones) -> None:
    """A person who is not named in the policy is told how to get in, and changes nothing."""
    story = await called()
    before = await story.settled()
    for action in (TAKE, ADD_NOTE):
        assert await phones.press(action, story, by="U0MAX") == [
            "Baton does not know you: no person under `people` of the policy buttons has your Slack member ID. "
            "Have yourself added there, such as `people: {your-name: {slack: U0MAX}}`; a conversation that runs "
            "already takes it over with `baton policy adopt`. Nothing was changed."
        ]
    assert await story.settled() == before
    assert phones.workspace.forms == []


async def test_taking_a_conversation(called: Called, phones: Phones, house: OutsideSystems) -> None:
    """Take makes the person the assignee, in the helpdesk, too, and ends the call."""
    story = await called()
    assert await phones.press(TAKE, story, by="U0LEE") == ["It is yours now."]
    assert (await story.settled())["assignee"] == "lee"
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    assert desk.assignee == "lee"
    await story.after(minutes=20)
    assert len(await told_kinds(story, "paged")) == 1


async def test_taking_a_taken_conversation_changes_nothing(called: Called, phones: Phones) -> None:
    """A person who presses Take after another person took it is told who has it, and nothing changes."""
    story = await called()
    assert await phones.press(TAKE, story, by="U0KIM") == ["It is yours now."]
    assert await phones.press(TAKE, story, by="U0LEE") == [
        "Kim has it already: ask them, or use reassign. Nothing was changed."
    ]
    assert (await story.settled())["assignee"] == "kim"


async def test_calling_others(called: Called, phones: Phones) -> None:
    """Escalate calls the next step at once, without its wait."""
    story = await called()
    assert await phones.press(ESCALATE, story, by="U0KIM") == [
        "The next step is called: on-call round 1, step 2: slack:#leads."
    ]
    assert await told_kinds(story, "paged", "called") == [
        "on-call round 1, step 1: slack:#on-call",
        "kim had on-call go on",
        "on-call round 1, step 2: slack:#leads",
    ]


async def test_a_note_for_the_next_person(called: Called, phones: Phones, house: OutsideSystems) -> None:
    """A person writes in a form what was tried, thought and needed; it becomes an internal note in the helpdesk."""
    story = await called()
    assert await phones.press(ADD_NOTE, story, by="U0KIM") == []
    assert [block["label"]["text"] for block in phones.workspace.forms[0]["blocks"]] == [
        "What was tried",
        "What you think it is",
        "What is needed now",
    ]
    assert await phones.send(NOTE, by="U0KIM") == {}
    assert phones.workspace.said[0]["text"] == "Your note is with the conversation."
    await story.settled()
    assert [note.body for note in await house.desk.notes(story.id)][-1] == (
        "Note by kim\nTried: Restarted the sync.\nThink: A stuck job.\nNeed: Somebody with access to the queue."
    )


async def test_a_note_sent_twice_is_one_note(called: Called, phones: Phones, house: OutsideSystems) -> None:
    """A form that is sent twice leaves one internal note."""
    story = await called()
    await phones.press(ADD_NOTE, story, by="U0KIM")
    assert [await phones.send(NOTE, by="U0KIM") for _ in range(2)] == [{}, {}]
    await story.settled()
    assert len([note for note in await house.desk.notes(story.id) if note.body.startswith("Note by")]) == 1


async def test_a_form_that_slack_opens_once(called: Called, phones: Phones) -> None:
    """When Slack delivers a press on Note twice, only one form opens."""
    story = await called()
    payload = phones.workspace.press(ADD_NOTE, encode(story.id, FIRST_STEP), user="U0KIM")
    assert [await phones.repeat(payload) for _ in range(2)] == [[], []]
    assert len(phones.workspace.forms) == 1


async def test_a_form_that_slack_does_not_open(called: Called, phones: Phones) -> None:
    """When Slack can't open a form, the person who pressed is asked to press again."""
    story = await called()
    phones.workspace.refuse("views.open", "expired_trigger_id")
    assert await phones.press(ADD_NOTE, story, by="U0KIM") == [
        "Slack did not open the form (expired_trigger_id). Press the button again."
    ]


async def test_a_form_of_an_earlier_call(called: Called, phones: Phones, house: OutsideSystems) -> None:
    """A form of an earlier call is refused with a sentence under its first field, so the typed text is not lost."""
    story = await called()
    await phones.press(ADD_NOTE, story, by="U0KIM")
    await story.order("resolve")
    await story.tell("message", author="customer", text="It is back.")
    await story.tell("tag_removed", tag="urgent")
    await story.tell("tag_added", tag="urgent")
    await story.settled()
    assert await phones.send(NOTE, by="U0KIM") == {
        "response_action": "errors",
        "errors": {
            "tried": "That was for an earlier call, on-call.1; the latest is on-call.2: still calling people. "
            "Nothing was changed."
        },
    }
    assert [note for note in await house.desk.notes(story.id) if note.body.startswith("Note by")] == []


async def test_resolving(called: Called, phones: Phones) -> None:
    """Resolve closes the conversation and ends the call; pressing it again says that it is resolved."""
    story = await called()
    assert await phones.press(RESOLVE, story, by="U0KIM") == ["Resolved."]
    assert (await story.settled())["status"] == "resolved"
    assert await phones.press(RESOLVE, story, by="U0LEE") == [
        "The conversation is resolved: send a message or set its status to open first. Nothing was changed."
    ]


@pytest.mark.parametrize("hours", [1, 4])
async def test_snoozing_for_a_while(called: Called, phones: Phones, hours: int) -> None:
    """Snooze puts the conversation aside for the chosen time, and says that the promises run on."""
    story = await called()
    await phones.press(SNOOZE, story, by="U0KIM")
    assert await phones.send({"until": f"{hours}h"}, by="U0KIM") == {}
    assert phones.workspace.said[0]["text"] == f"Snoozed for {hours}h. The promises to the customer run on."
    asked_at = next(entry["at"] for entry in await story.timeline() if entry["kind"] == "snoozed")
    until = (await story.settled())["snoozed_until"]
    assert datetime.fromisoformat(until) - datetime.fromisoformat(asked_at) == timedelta(hours=hours)


async def test_snoozing_until_tomorrow_morning(called: Called, phones: Phones) -> None:
    """Tomorrow morning is nine o'clock in the time zone of the person who presses."""
    story = await called()
    await phones.press(SNOOZE, story, by="U0LEE")
    assert await phones.send({"until": "tomorrow"}, by="U0LEE") == {}
    berlin = ZoneInfo("Europe/Berlin")
    nine = datetime.combine(MONDAY_10_AM.astimezone(berlin).date() + timedelta(days=1), time(9), berlin)
    assert datetime.fromisoformat((await story.settled())["snoozed_until"]) == nine
    told = nine.strftime("%a %-d %b %H:%M %Z")
    assert phones.workspace.said[0]["text"] == f"Snoozed until {told}. The promises to the customer run on."


async def test_everyone_must_acknowledge(called: Called, phones: Phones) -> None:
    """Where everyone has to acknowledge, each person is told who is still missing."""
    story = await called("everybody")
    step = "all-hands.1/1.1"
    assert await phones.press(ACKNOWLEDGE, story, by="U0KIM", step=step) == [
        "Noted: kim acknowledged all-hands at step 1; lee still has to."
    ]
    await phones.press(ACKNOWLEDGE, story, by="U0LEE", step=step)
    assert (await story.settled())["pages"][0]["ended"] == "acknowledged by lee"


@pytest.mark.slow
@pytest.mark.usefixtures("as_for_people")
async def test_temporal_does_not_answer(called: Called, clockwork: Clockwork, house: OutsideSystems) -> None:
    """While Temporal is unreachable the form opens and keeps its text, and it is accepted once Temporal is back."""
    story = await called()
    host, _, port = clockwork.client.service_client.config.target_host.rpartition(":")
    async with FakeWorkspace() as workspace, Wire(host, int(port)) as wire:
        client = await Client.connect(f"127.0.0.1:{wire.port}", data_converter=data_converter)
        phones = Phones(
            workspace, Interactions(CarryingOut(client), AsyncWebClient("xoxb-test", base_url=workspace.url))
        )
        wire.cut()
        assert await phones.press(ADD_NOTE, story, by="U0KIM") == []
        assert await phones.send(NOTE, by="U0KIM") == {"response_action": "errors", "errors": {"tried": LATE}}
        assert await phones.press(TAKE, story, by="U0KIM") == [LATE]
        wire.mend()
        assert await phones.send(NOTE, by="U0KIM") == {}
    await story.settled()
    assert len([note for note in await house.desk.notes(story.id) if note.body.startswith("Note by")]) == 1
