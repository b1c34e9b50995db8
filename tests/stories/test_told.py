"""The words that Baton told a person or a channel, in the timeline, the ledger and the transcript."""

from collections.abc import Awaitable, Callable
from typing import Any

from activities.desk.transcripts import text_of
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)


async def told(story: Story) -> dict[str, list[str]]:
    """Return the words that Baton brought to people and the customer, by the kind of line."""
    lines: dict[str, list[str]] = {}
    for entry in await story.timeline():
        if entry["kind"] in ("note_sent", "reply_sent", "notification_sent", "call_sent"):
            lines.setdefault(entry["kind"], []).append(entry["text"])
    return lines


async def test_notes_and_calls_are_entries_with_their_words(start: Start, house: OutsideSystems) -> None:
    """Notes, notifications and calls are entries of the timeline, with their words and with the person or channel."""
    story = await start(MONDAY_10_AM, subject="Charged twice")
    await story.order("reassign", team="technical", assignee="sam", note="API keys", actor="jane")
    await story.after(hours=1, minutes=16)
    await story.settled()
    lines = await told(story)
    notes = [f"Internal note: “{' · '.join(note.body.splitlines())}”" for note in await house.desk.notes(story.id)]
    assert lines["note_sent"] == [note for note in notes if note in lines["note_sent"]] != []
    assert "Internal note: “Handed over to Specialists — Technical / sam by jane — API keys”" in lines["note_sent"]
    assert all(line.startswith("Called ") and "Charged twice" in line for line in lines["call_sent"])


async def test_the_transcript_has_everything_the_customer_saw(start: Start, house: OutsideSystems) -> None:
    """Replies to the customer are entries with their choices, and stand in the transcript once, reported or not."""
    story = await start(MONDAY_10_AM, policy="assisted", channel="web_chat")
    await story.tell("message", author="customer", text="I want to talk to a human, please")
    await story.settled()
    replies = [note for note in await house.desk.notes(story.id) if note.kind == "reply"]
    (line, *_) = (await told(story))["reply_sent"]
    assert line.startswith("Reply to the customer: “")
    assert ", with the choices " in line
    await story.after(minutes=1)
    await story.tell("message", author="assistant", author_id="baton", text=replies[0].body, automatic=True)
    await story.order("resolve")
    await story.after(hours=25)
    said: list[Any] = list(await house.ledger.transcript(story.id))
    assert [each.text for each in said if each.text in {reply.body for reply in replies}] == [
        reply.body for reply in replies
    ]
    assert replies[0].body in text_of(story.id, said)
