"""Feedback on calls and escalations: asked in Slack, answered by a press, kept for those who write the policy."""

import json
from collections.abc import Awaitable, Callable

import pytest

from activities.database.tables import engine
from activities.ledger.feedback import Feedback, FeedbackRow
from activities.slack.rendering.buttons import (
    ACKNOWLEDGE,
    NEEDED,
    NOT_NEEDED,
    NOT_REPEATED,
    NOT_SOLVED,
    SOLVED,
    WRONG_TEAM,
)
from tests.fakes.slack import FakeSlack, Message
from tests.stories.calling.phones import Phones
from tests.stories.conftest import Story, next_weekday
from worker.environment.settings import Settings
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)
ASKED = ["👍 Needed", "👎 Not needed", "Right team", "Wrong team"]


@pytest.fixture
async def over(clockwork: Clockwork, request: pytest.FixtureRequest, phones: Phones) -> Callable[[], Awaitable[Story]]:
    """Return a function that starts a conversation for which Kim was called, and that Kim answered and resolved."""

    async def begin() -> Story:
        body = {"conversation_id": request.node.name, "policy": "buttons", "channel": "email"}
        story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, request.node.name)
        await story.tell("tag_added", tag="urgent")
        await story.settled()
        await phones.press(ACKNOWLEDGE, story, by="U0KIM")
        await story.tell("message", author="agent", author_id="kim", text="Done.")
        await story.order("resolve")
        await story.settled()
        return story

    return begin


Over = Callable[[], Awaitable[Story]]


def message_of(story: Story, slack: FakeSlack) -> Message:
    """Return the message in #on-call that called a person for this conversation."""
    return next(message for message in slack.in_channel("#on-call") if story.id in message.key)


async def kept(settings: Settings, story: Story) -> list[FeedbackRow]:
    """Return the answers that the ledger counts for one conversation."""
    store = engine(settings.database_url)
    found = [answer for answer in await Feedback(store).answers() if answer.conversation_id == story.id]
    await store.dispose()
    return found


async def test_a_press_after_the_end(over: Over, phones: Phones, slack: FakeSlack, settings: Settings) -> None:
    """People give feedback hours after the end: all see it on the message, and it is kept with the rule that called."""
    story = await over()
    assert message_of(story, slack).buttons == ASKED
    await story.after(hours=5)
    assert await phones.press(NEEDED, story, by="U0KIM") == []
    assert await phones.press(WRONG_TEAM, story, by="U0LEE") == []
    assert await phones.press(NOT_NEEDED, story, by="U0KIM") == []
    await story.settled()
    message = message_of(story, slack)
    assert "*Needed:* 👎 Kim · *Right team:* 👎 Lee" in message.words
    assert "answered by kim" in message.words
    assert message.buttons == ASKED
    await story.after(hours=25)
    await story.handle.result()
    assert [(row.by, row.question, row.answer) for row in await kept(settings, story)] == [
        ("kim", "needed", 0.0),
        ("lee", "right_team", 0.0),
    ]
    (about,) = {(row.rule, row.reason, row.call, row.team, row.answered_by) for row in await kept(settings, story)}
    assert about == ("urgent", "policy", "on-call.1", "support", "kim")


async def test_an_answer_that_slack_delivers_twice(over: Over, phones: Phones, settings: Settings) -> None:
    """A press that Slack delivers three times counts as one answer."""
    story = await over()
    value = f'{{"c":"{story.id}","s":"on-call.1/1.1"}}'
    payload = phones.workspace.press(NEEDED, value, user="U0KIM")
    assert [await phones.repeat(payload) for _ in range(3)] == [[], [], []]
    assert [entry["text"] for entry in await story.timeline() if entry["kind"] == "feedback"] == [
        "Feedback by kim: “needed: yes”"
    ]
    await story.after(hours=25)
    await story.handle.result()
    assert len(await kept(settings, story)) == 1


async def test_a_press_on_a_conversation_that_has_closed(over: Over, phones: Phones) -> None:
    """A person who gives feedback after the conversation has closed is told that it can't be counted any more."""
    story = await over()
    await story.after(hours=25)
    await story.handle.result()
    assert await phones.press(NEEDED, story, by="U0KIM") == [
        "This conversation has closed for good, so your answer could not be counted any more."
    ]


async def test_only_people_of_the_policy_are_asked(over: Over, phones: Phones) -> None:
    """Only people whom the policy names can give feedback."""
    story = await over()
    (told,) = await phones.press(NEEDED, story, by="U0MAX")
    assert told.startswith("Baton does not know you")
    assert "feedback" not in await story.kinds()


async def test_by_signal_and_by_the_customer(start: Callable[..., Awaitable[Story]], settings: Settings) -> None:
    """A helpdesk's own form and the customer's rating are kept like presses, with the rule that caused the move."""
    story = await start(MONDAY_10_AM)
    await story.tell("tag_added", tag="billing", by="jane")
    await story.tell("feedback", by="omar", right_team=True, repeated="no", solved="perhaps", missing="the invoice")
    await story.tell("rated", score=4)
    await story.order("resolve")
    await story.after(hours=25)
    await story.handle.result()
    rows = sorted(await kept(settings, story), key=lambda row: row.question)
    assert [(row.by, row.question, row.answer) for row in rows] == [
        ("customer", "rating", 4.0),
        ("omar", "repeated", 0.0),
        ("omar", "right_team", 1.0),
    ]
    (about,) = {(row.rule, row.reason, row.from_team, row.team, row.tier, row.policy) for row in rows}
    assert about == ("billing topic", "policy", "tier-1", "billing", 3, "tiered")


@pytest.fixture
def escalated(start: Callable[..., Awaitable[Story]]) -> Callable[[], Awaitable[Story]]:
    """Return a function that starts a conversation which was escalated, and which Kim answered and resolved."""

    async def begin() -> Story:
        story = await start(MONDAY_10_AM, policy="judged", channel="email", subject="The export fails")
        await story.tell("tag_added", tag="hard")
        await story.tell("message", author="agent", author_id="kim", text="Mended.")
        await story.order("resolve")
        await story.settled()
        return story

    return begin


def question_of(story: Story, slack: FakeSlack) -> Message:
    """Return the one message that asks Kim how this conversation went."""
    (message,) = [message for message in slack.in_channel("@U0KIM") if story.id in message.key]
    return message


def step_of(message: Message) -> str:
    """Return the step that the message's buttons name."""
    (value,) = {
        element["value"] for block in message.blocks if block["type"] == "actions" for element in block["elements"]
    }
    return str(json.loads(value)["s"])


async def test_the_agent_who_answered_says_how_it_went(
    escalated: Over, phones: Phones, slack: FakeSlack, settings: Settings
) -> None:
    """After an escalation that called nobody, the agent who answered gets one question, which shows the answers."""
    story = await escalated()
    message = question_of(story, slack)
    assert message.buttons == [*ASKED, "Said it once", "Had to repeat", "Solved at once", "Took more"]
    for words in ("How did it go? — The export fails", "From First line to Second line: hard"):
        assert words in message.words
    for action in (NOT_NEEDED, NOT_REPEATED, SOLVED, NOT_SOLVED, NEEDED):
        assert await phones.press(action, story, by="U0KIM", step=step_of(message)) == []
    await story.settled()
    shown = question_of(story, slack)
    assert "*Needed:* 👍 Kim · *Said it once:* 👍 Kim · *Solved at once:* 👎 Kim" in shown.words
    assert (shown.buttons, shown.thread_ts) == (message.buttons, "")
    await story.after(hours=25)
    await story.handle.result()
    rows = await kept(settings, story)
    assert {(row.question, row.answer) for row in rows} == {("needed", 1.0), ("repeated", 0.0), ("solved", 0.0)}
    assert {(row.by, row.rule, row.reason, row.from_team, row.team, row.call) for row in rows} == {
        ("kim", "hard", "policy", "first", "second", "")
    }


async def test_a_thank_you_brings_no_second_question(escalated: Over, phones: Phones, slack: FakeSlack) -> None:
    """A thank-you that reopens a conversation brings no second question; a day after the end a press is too late."""
    story = await escalated()
    await story.tell("message", author="customer", text="Thank you!")
    await story.settled()
    await story.order("resolve")
    await story.settled()
    step = step_of(question_of(story, slack))
    payload = phones.workspace.press(SOLVED, json.dumps({"c": story.id, "s": step}), user="U0KIM")
    assert [await phones.repeat(payload) for _ in range(2)] == [[], []]
    await story.settled()
    assert [entry["text"] for entry in await story.timeline() if entry["kind"] == "feedback"] == [
        "Feedback by kim: “solved: yes”"
    ]
    await story.after(hours=25)
    await story.handle.result()
    assert await phones.press(SOLVED, story, by="U0KIM", step=step) == [
        "This conversation has closed for good, so your answer could not be counted any more."
    ]
