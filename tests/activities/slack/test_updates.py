"""Messages of calls after an acknowledgement, or once nobody is needed any more."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.slack.errors import SlackUnavailableError
from activities.slack.real import Slack
from activities.slack.recorded import RecordedSlack
from activities.slack.workspace import client
from policies.state.effects import Addressee, Notify, UpdateNotification
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.slack import FakeSlack

ANNA = Addressee(person="anna", slack="U0ANNA")


def call(conversation_id: str, step: str = "1.1", target: str = "slack:#support", **fields: Any) -> Notify:
    return Notify(
        key=f"{conversation_id}/page:on-call.2/{step}/notify/0",
        conversation_id=conversation_id,
        due_at=STARTED_AT,
        target=target,
        page=f"on-call.2/{step}",
        people=(ANNA,),
        **{"headline": "First response at risk", "because": "75% of 15m have passed", **fields},
    )


def outcome(conversation_id: str, outcome: str = "acknowledged", text: str = "Acknowledged by Ben, 10:05") -> Any:
    return UpdateNotification(
        key=f"{conversation_id}/page:on-call.2/{outcome}/update_notification/0",
        conversation_id=conversation_id,
        due_at=STARTED_AT,
        because=text,
        page="on-call.2",
        outcome=outcome,  # type: ignore[arg-type]
        text=text,
    )


@pytest.fixture
def slack(workspace: FakeSlack, engine: AsyncEngine) -> Slack:
    return Slack(client("xoxb-test", workspace.url), engine, digest_above=0)


async def test_later_steps_reply_in_the_thread_and_are_seen_in_the_channel(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """One escalation is one thread in the channel; later calls reply in it, and the channel sees them."""
    for step in ("1.1", "1.2", "2.1"):
        await attempt(slack.notify, call(conversation_id, step))
    first, second, third = workspace.messages
    assert (first.thread_ts, second.thread_ts, third.thread_ts) == ("", first.ts, first.ts)
    assert second.is_broadcast
    assert third.is_broadcast


async def test_another_run_is_another_message(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A new on-call run of the same conversation gets a message of its own, outside the last one's thread."""
    await attempt(slack.notify, call(conversation_id))
    again = call(conversation_id).model_copy(
        update={"key": f"{conversation_id}/page:on-call.3/1.1/notify/0", "page": "on-call.3/1.1"}
    )
    await attempt(slack.notify, again)
    assert [message.thread_ts for message in workspace.messages] == ["", ""]


async def test_a_person_gets_a_new_message_each_time(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A second call to a person is a new message, so that it notifies them again."""
    for step in ("1.1", "2.1"):
        await attempt(slack.notify, call(conversation_id, step, "person:anna"))
    assert [message.thread_ts for message in workspace.in_channel("@U0ANNA")] == ["", ""]


async def test_a_reply_whose_confirmation_was_lost_is_found_in_its_thread(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A connection breaks after a reply was posted: the retry finds it in its thread, and nobody is called twice."""
    await attempt(slack.notify, call(conversation_id))
    workspace.fail_next(lost=True)
    with pytest.raises(SlackUnavailableError):
        await attempt(slack.notify, call(conversation_id, "1.2"))
    assert (await attempt(slack.notify, call(conversation_id, "1.2"), number=2)).repeated
    assert len(workspace.messages) == 2


@pytest.mark.parametrize(
    ("what", "text", "headline", "left"),
    [
        ("acknowledged", "Acknowledged by Ben, 10:05", "✅", ["Take", "Escalate", "Add note", "Resolve", "Snooze"]),
        ("stood_down", "Stood down: answered by anna", "🏁", []),
        ("exhausted", "Nobody acknowledged", "❗", ["Take", "Add note", "Resolve"]),
        ("resumed", "Goes on", "🔔", ["Acknowledge", "Take", "Escalate", "Add note", "Resolve", "Snooze"]),
    ],
)
async def test_a_message_shows_what_came_of_it(
    slack: Slack,
    workspace: FakeSlack,
    attempt: Attempt,
    conversation_id: str,
    what: str,
    text: str,
    headline: str,
    left: list[str],
) -> None:
    """A call's message shows its outcome and only buttons that still make sense; the thread has the outcome, too."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.update, outcome(conversation_id, what, text))
    message, line = workspace.messages
    assert message.blocks[0]["text"]["text"] == f"{headline} First response at risk"
    assert message.blocks[1]["text"]["text"] == f"*{text}*"
    assert message.text == f"{headline} {text} — First response at risk"
    assert message.buttons == left
    assert (line.thread_ts, line.is_broadcast, line.text) == (message.ts, False, f"{headline} {text}")


async def test_in_the_end_a_message_asks_how_it_went(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """After a call people are asked for feedback, and the message shows their answers without new replies."""
    await attempt(slack.notify, call(conversation_id))
    stood_down = outcome(conversation_id, "stood_down", "answered by anna").model_copy(update={"asks": True})
    await attempt(slack.update, stood_down)
    message, line = workspace.messages
    assert message.buttons == ["👍 Needed", "👎 Not needed", "Right team", "Wrong team"]
    assert "Was it right?" in message.words
    answers = (("needed", False, "Anna"), ("needed", True, "Ben"), ("right_team", True, "<!channel>"))
    answered = stood_down.model_copy(
        update={"key": f"{conversation_id}/press/update_notification/0", "answers": answers}
    )
    await attempt(slack.update, answered)
    message, *lines = workspace.messages
    assert "*Needed:* 👎 Anna, 👍 Ben · *Right team:* 👍 &lt;!channel&gt;" in message.words
    assert message.buttons == ["👍 Needed", "👎 Not needed", "Right team", "Wrong team"]
    assert message.blocks[1]["text"]["text"] == "*answered by anna*"
    assert lines == [line]


async def test_a_message_takes_whatever_many_people_answer(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A message of Slack's full length still shows as many answers as fit."""
    long = call(conversation_id, facts=tuple((f"Fact {n}", "x" * 250) for n in range(9)), because="y" * 900)
    await attempt(slack.notify, long)
    answers = tuple((question, True, f"Somebody {n}") for n in range(200) for question in ("needed", "right_team"))
    shown = outcome(conversation_id, "stood_down", "z" * 600).model_copy(update={"asks": True, "answers": answers})
    await attempt(slack.update, shown)
    assert "… (cut)" in workspace.messages[0].words


async def test_every_message_of_the_run_is_changed(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """All messages of the run, in channels and direct, show the acknowledgement; messages of other runs don't."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.notify, call(conversation_id, "1.2"))
    await attempt(slack.notify, call(conversation_id, "1.3", "person:anna"))
    await attempt(slack.notify, call(f"{conversation_id}-2"))
    accepted = await attempt(slack.update, outcome(conversation_id))
    changed = [message for message in workspace.messages if message.revisions]
    assert [f"{message.channel_id}/{message.ts}" for message in changed] == accepted.ref.split(", ")
    assert [message.channel for message in changed] == ["#support", "#support", "@U0ANNA"]
    lines = [message for message in workspace.messages if message.text == "✅ Acknowledged by Ben, 10:05"]
    assert [message.channel for message in lines] == ["#support", "@U0ANNA"]


async def test_showing_it_again_changes_nothing(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A retry leaves messages and threads as they are."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.update, outcome(conversation_id))
    before = list(workspace.messages)
    await attempt(slack.update, outcome(conversation_id), number=2)
    assert workspace.messages == before


async def test_outcomes_replace_one_another(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A message shows the latest outcome, and its thread shows all of them in order."""
    await attempt(slack.notify, call(conversation_id))
    for what, text in (("acknowledged", "Acknowledged by Ben"), ("resumed", "Goes on"), ("stood_down", "Answered")):
        await attempt(slack.update, outcome(conversation_id, what, text))
    message, *lines = workspace.messages
    assert [line.text for line in lines] == ["✅ Acknowledged by Ben", "🔔 Goes on", "🏁 Answered"]
    assert message.blocks[0]["text"]["text"] == "🏁 First response at risk"
    assert [block["text"]["text"] for block in message.blocks[1:3]] == [
        "*Answered*",
        "*Why now*\n75% of 15m have passed",
    ]


async def test_a_retry_goes_on_where_it_was_stopped(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """In a busy channel each attempt gets further, and none repeats what is done."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.notify, call(conversation_id, "1.2"))
    update = outcome(conversation_id)
    workspace.fail_next("", times=0)
    workspace.calls.clear()
    for failing in ("chat.update", "chat.postMessage"):
        workspace.fail_next(retry_after=1, method=failing)
        with pytest.raises(ApplicationError, match="asked to be called again in 1 s"):
            await attempt(slack.update, update)
    await attempt(slack.update, update, number=2)
    assert [message.revisions for message in workspace.in_channel("#support")] == [1, 1]
    assert workspace.calls.count("chat.update") == 3
    assert len(workspace.messages) == 3


async def test_a_message_that_cannot_be_changed_holds_back_no_other(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """Slack fails for the first of two messages: the second one and the thread still show the acknowledgement."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.notify, call(conversation_id, "1.2"))
    update = outcome(conversation_id)
    workspace.fail_next("internal_error", method="chat.update")
    with pytest.raises(SlackUnavailableError, match="internal_error"):
        await attempt(slack.update, update)
    assert [message.revisions for message in workspace.in_channel("#support")] == [0, 1]
    assert len(workspace.messages) == 3
    await attempt(slack.update, update, number=2)
    assert [message.revisions for message in workspace.in_channel("#support")] == [1, 1]
    assert len(workspace.messages) == 3


async def test_a_line_whose_confirmation_was_lost_is_not_written_twice(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A connection breaks after the thread's line was posted: the retry does not post it twice."""
    await attempt(slack.notify, call(conversation_id))
    workspace.fail_next(lost=True)
    with pytest.raises(SlackUnavailableError):
        await attempt(slack.update, outcome(conversation_id))
    await attempt(slack.update, outcome(conversation_id), number=2)
    assert len(workspace.messages) == 2


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_message_that_is_gone_is_no_failure(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str, error: str
) -> None:
    """A message was deleted or is too old to change: that is recorded, and the other messages are changed."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.notify, call(conversation_id, "1.3", "person:anna"))
    workspace.fail_next(error, method="chat.update")
    accepted = await attempt(slack.update, outcome(conversation_id))
    first, second, *_ = workspace.messages
    assert accepted.ref == f"C001/{first.ts} gone ({error}), D002/{second.ts}"
    assert second.buttons == ["Take", "Escalate", "Add note", "Resolve", "Snooze"]


async def test_a_deleted_message_needs_no_thread(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A deleted message gets no reply below it."""
    await attempt(slack.notify, call(conversation_id))
    workspace.delete(workspace.messages[0])
    accepted = await attempt(slack.update, outcome(conversation_id))
    assert "gone (message_not_found)" in accepted.ref
    assert workspace.messages == []


async def test_an_untold_escalation_changes_no_message(slack: Slack, attempt: Attempt, conversation_id: str) -> None:
    """A ladder that stands down before it has reached anybody changes no message."""
    assert (await attempt(slack.update, outcome(conversation_id))).ref == "nothing was sent for this run"


async def test_buttons_stay_those_of_the_step_they_were_made_for(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """The buttons of an old message keep its step, also after the message was changed."""
    await attempt(slack.notify, call(conversation_id))
    await attempt(slack.update, outcome(conversation_id, "resumed", "Goes on"))
    (row,) = [block for block in workspace.messages[0].blocks if block["type"] == "actions"]
    assert row["block_id"] == "baton.page"
    assert {element["value"] for element in row["elements"]} == {f'{{"c":"{conversation_id}","s":"on-call.2/1.1"}}'}


async def test_the_rest_of_a_long_message_is_in_the_thread(
    slack: Slack, workspace: FakeSlack, attempt: Attempt, conversation_id: str
) -> None:
    """A long message has its whole text in the thread, and a retry does not repeat that."""
    facts = tuple((f"Fact {number}", "x" * 400) for number in range(12))
    await attempt(slack.notify, call(conversation_id, facts=facts))
    await attempt(slack.notify, call(conversation_id, facts=facts), number=2)
    message, details = workspace.messages
    assert (details.thread_ts, details.is_broadcast) == (message.ts, False)
    assert all("x" * 400 in block["text"]["text"] for block in details.blocks[2:])
    assert len(details.blocks) == 14


async def test_a_page_does_not_wait_for_its_details(
    workspace: FakeSlack, attempt: Attempt, conversation_id: str, engine: AsyncEngine
) -> None:
    """When Slack takes the call but not its long text, the call counts as delivered."""
    slack = Slack(client("xoxb-test", workspace.url), engine, digest_above=0)
    workspace.allow(per_second=0.1)
    await attempt(slack.notify, call(conversation_id, facts=(("Long", "x" * 400),)))
    assert len(workspace.messages) == 1


async def test_without_slack_the_outcome_is_recorded(
    engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """A team that tries Baton without Slack can read each outcome, once."""
    recorded = RecordedSlack(engine)
    await attempt(recorded.notify, call(conversation_id))
    for number in (1, 2):
        accepted = await attempt(recorded.update, outcome(conversation_id), number=number)
        assert (accepted.ref, accepted.repeated) == ("recorded (no Slack token)", number == 2)
    mine = [message for message in await recorded.messages() if message.key.startswith(f"{conversation_id}/")]
    assert sorted(message.text for message in mine) == [
        "First response at risk — 75% of 15m have passed",
        "✅ Acknowledged by Ben, 10:05",
    ]
