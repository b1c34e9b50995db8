"""Transcripts: every message whole, and whose conversation it was, on record for the next person."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from activities.context.earlier import EarlierConversations
from activities.context.port import Subject
from policies.state.context import Earlier
from policies.state.events import Customer
from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems
from workflows.outgoing.journal import Journal
from workflows.waits.in_task import InTask

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
LONG = "I was charged twice in March, and nobody answers. " * 40


async def close(story: Story) -> None:
    """Resolve the conversation, and let it linger until it completes."""
    await story.order("resolve")
    await story.after(hours=25)
    await story.handle.result()


async def test_everything_that_was_said_is_on_record(start: Start, house: OutsideSystems) -> None:
    """A transcript has every message once and whole, in the order in which they were said."""
    story = await start(MONDAY_10_AM)
    await story.tell("message", author="customer", author_id="ada", text=LONG)
    await story.tell("message", author="agent", author_id="kim", text="Looks like our mistake", public=False)
    await story.tell("message", author="agent", author_id="kim", text="Refunded", event_id="m-1")
    await story.tell("message", author="agent", author_id="kim", text="Refunded", event_id="m-1")
    await story.tell("message", author="customer", text="Before all that", at=MONDAY_10_AM + timedelta(milliseconds=1))
    await close(story)
    said = [(line.author, line.author_id, line.text, line.public) for line in await house.ledger.transcript(story.id)]
    assert said == [
        ("customer", "", "Before all that", True),
        ("customer", "ada", LONG, True),
        ("agent", "kim", "Looks like our mistake", False),
        ("agent", "kim", "Refunded", True),
    ]


async def test_the_same_words_in_the_same_second_are_two_messages(start: Start, house: OutsideSystems) -> None:
    """A customer says "ok" three times within a second: a helpdesk that reports whole seconds loses none of them."""
    story = await start(MONDAY_10_AM)
    at = MONDAY_10_AM + timedelta(seconds=5)
    await story.after(seconds=10)
    for event_id in ("m-9", "m-8", "m-7"):
        await story.tell("message", author="customer", text="ok", event_id=event_id, at=at)
    await close(story)
    assert sorted(line.event_id for line in await house.ledger.transcript(story.id)) == ["m-7", "m-8", "m-9"]
    lines = [entry for entry in await house.ledger.entries(story.id) if entry.kind == "message"]
    assert [(entry.because, entry.occurred_at) for entry in lines] == [("Customer: “ok”", at)] * 3


async def known_of(house: OutsideSystems, customer: str) -> list[Earlier]:
    subject = Subject(
        conversation_id="another", customer=Customer(id=customer), channel="", subject="", tags=(), asked=""
    )
    return list((await EarlierConversations(house.store, within=5).look_up(subject)).earlier)


async def test_a_customers_conversations_are_known(start: Start, house: OutsideSystems) -> None:
    """An agent who gets a conversation learns of the customer's other conversations, and their status."""
    ada: dict[str, Any] = {"customer": {"id": "ada"}}
    open_one = await start(MONDAY_10_AM, subject="Login", **ada)
    await open_one.settled()
    await open_one.tell("status_changed", status="pending_customer")
    await open_one.settled()
    await open_one.after(hours=30)
    done = await start(MONDAY_10_AM, subject="Invoice", **ada)
    await close(done)
    merged = await start(MONDAY_10_AM, subject="Invoice again", **ada)
    await merged.tell("merged", into=(await start(MONDAY_10_AM)).id)
    await merged.settled()
    await merged.after(hours=25)
    await merged.handle.result()
    shown = {
        earlier.conversation_id: (earlier.subject, earlier.status, earlier.opened_at)
        for earlier in await known_of(house, "ada")
    }
    assert shown == {
        open_one.id: ("Login", "pending_customer", MONDAY_10_AM),
        done.id: ("Invoice", "resolved", MONDAY_10_AM),
        merged.id: ("Invoice again", "merged", MONDAY_10_AM),
    }


async def test_a_customer_who_comes_back_has_it_open_again(start: Start, house: OutsideSystems) -> None:
    """A reopened conversation counts as open, and is known also where its customer is named after the start."""
    story = await start(MONDAY_10_AM)
    await story.tell("customer_updated", id="bea")
    await story.tell("message", author="agent", text="Done")
    await story.order("resolve")
    await story.tell("message", author="customer", text="It is not")
    await story.settled()
    await story.after(hours=30)
    (earlier,) = await known_of(house, "bea")
    assert (earlier.conversation_id, earlier.status) == (story.id, "open")


async def test_a_drill_is_no_conversation_of_the_customer(
    start: Start, house: OutsideSystems, slack: FakeSlack
) -> None:
    """Drills don't show up among a customer's conversations."""
    story = await start(MONDAY_10_AM, drill="support-on-call", customer={"id": "cleo"})
    await story.after(hours=30)
    assert await known_of(house, "cleo") == []


def test_a_database_that_is_away_for_long_costs_words_not_conversations() -> None:
    """While the ledger can't be written, a conversation keeps 800 kB of text, then the beginning of each message."""
    journal = Journal("c", [], InTask())
    for _ in range(300):
        journal.note(now=MONDAY_10_AM, occurred_at=MONDAY_10_AM, kind="message", because="", body={"text": "x" * 4000})
    texts = [entry.body["text"] for entry in journal.unwritten]
    assert [len(text) for text in texts[:201]] == [4000] * 201
    assert set(texts[201:]) == {"x" * 280 + " … (cut: the ledger could not be written)"}
    assert len(journal.unwritten) == 300


async def test_a_long_message_and_its_files_reach_the_receiver(start: Start, house: OutsideSystems) -> None:
    """A mail of 40 kB with two files is handed over: the transcript has all of it, the briefing its files."""
    said = "\n".join(f"Line {number}: the export fails, and I need help with it." for number in range(800))
    files = [
        {"name": "log.txt", "type": "text/plain", "url": "https://files.acme.example/log", "size": 48_213},
        {"name": "page.html", "url": "javascript:alert(1)"},
    ]
    story = await start(MONDAY_10_AM, policy="assisted", channel="web_chat", page="/", customer={"name": "Kim"})
    await story.tell("message", author="customer", text=said, attachments=files)
    await story.tell("message", author="customer", text="Let me talk to a real person please")
    state = await story.settled()
    kept = [(each["file"]["name"], each["file"]["url"]) for each in state["attachments"]]
    assert kept == [("log.txt", "https://files.acme.example/log"), ("page.html", "")]
    (attached,) = await house.desk.attachments(story.id)
    assert said in attached.text
    shown = "[attached: log.txt (text/plain, 48 kB) https://files.acme.example/log]\n[attached: page.html]\n"
    assert f"{said}\n{shown}" in attached.text
    (briefing,) = [note.body for note in await house.desk.notes(story.id) if note.body.startswith("BRIEFING")]
    assert "Kim: log.txt (text/plain, 48 kB) https://files.acme.example/log\n" in briefing
    assert "javascript" not in f"{briefing}{attached.text}"
    handoff = await story.handle.query("handoff")
    assert [line.partition("Kim: ")[2] for line in handoff["attachments"]] == [
        "log.txt (text/plain, 48 kB) https://files.acme.example/log",
        "page.html",
    ]
    assert handoff["next_steps"][-1].startswith("Begin with the first sentence below")
    await close(story)
    lines = [line for line in await house.ledger.transcript(story.id) if line.author == "customer"]
    assert next((line.text, len(line.attachments)) for line in lines) == (said, 2)
    assert len(said) > 40_000
