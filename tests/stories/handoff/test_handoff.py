"""Handoffs on the real server: the assistant goes silent once an agent is there, and that agent can answer at once."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from policies.handoff.reader import Reader
from tests.fakes.slack import FakeSlack
from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
KIM = {"id": "kim-7", "name": "Kim Larsen", "tier": "pro", "since": "2024-03-01", "value": 4800}


async def asked_for_a_person(start: Start, **how: object) -> Story:
    """Start a conversation whose customer got nowhere with the assistant and asks for a person."""
    body = {"policy": "assisted", "channel": "web_chat", "customer": KIM, "page": "https://acme.example/orders", **how}
    story = await start(MONDAY_10_AM, **body)
    await story.tell("message", author="customer", text="Where is my parcel? It was due on Friday.")
    await story.tell("message", author="assistant", author_id="robot", text="I did not get that.", failed=True)
    await story.tell("message", author="customer", text="Let me talk to a real person please")
    await story.settled()
    return story


async def briefings(story: Story, house: OutsideSystems) -> list[str]:
    notes = await house.desk.notes(story.id)
    return [note.body for note in notes if note.body.startswith("BRIEFING")]


async def is_muted(story: Story, house: OutsideSystems) -> bool:
    """True where the helpdesk keeps the assistant silent."""
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    return desk.is_assistant_muted


async def replies(story: Story, house: OutsideSystems) -> list[str]:
    return [note.body for note in await house.desk.notes(story.id) if note.kind == "reply"]


async def test_the_receiver_is_briefed_and_the_customer_knows(start: Start, house: OutsideSystems) -> None:
    """A customer asks for a person: the team gets the problem, attempts and transcript; the customer gets choices."""
    story = await asked_for_a_person(start)
    (briefing,) = await briefings(story, house)
    lines = briefing.splitlines()
    assert lines[0] == (
        "BRIEFING: Handoff from Assistant to Tier 1 — General, because the customer asked for a person "
        "(asks for a human)"
    )
    assert lines[2] == "2. Begin with the first sentence below, then answer “Where is my parcel?”"
    assert "• Problem: “Where is my parcel? It was due on Friday.”" in lines
    assert "- robot (assistant) answered once, 1 of them failed, last" in briefing
    assert "Transcript: 3 messages, attached" in briefing
    (attached,) = await house.desk.attachments(story.id)
    assert attached.name == "transcript-1.txt"
    # The words to the customer follow where they went out before the transcript.
    assert [line for line in attached.text.splitlines() if line and not line[0].isdigit()][1:4] == [
        "Where is my parcel? It was due on Friday.",
        "I did not get that.",
        "Let me talk to a real person please",
    ]
    (reply,) = await replies(story, house)
    assert reply.startswith("I am getting our support team for you, as you asked.")
    assert reply.endswith(
        "1. Stay with the assistant\n2. Wait for a person\n3. Be called back\n4. Go on by phone\n5. Go on by e-mail\n"
        "6. Have a manager look at it"
    )
    handoff = await story.handle.query("handoff")
    assert (handoff["stage"], handoff["summary"][1]) == (
        "requested",
        "Problem: “Where is my parcel? It was due on Friday.”",
    )
    assert handoff["briefing"].startswith("BRIEFING: Handoff from Assistant")


@pytest.mark.parametrize(("zone", "read_in"), [("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", "America/New_York")])
async def test_customers_read_times_by_their_own_clock(
    start: Start, house: OutsideSystems, zone: str, read_in: str
) -> None:
    """A customer reads times in their own language and time zone, or in the policy's zone if theirs is unknown."""
    story = await asked_for_a_person(start, customer={**KIM, "locale": "de-DE", "timezone": zone})
    (reply,) = await replies(story, house)
    (due,) = [clock["due_at"] for clock in (await story.settled())["clocks"] if clock["name"] == "first_response"]
    promised = Reader(("de",), ZoneInfo(read_in)).time(datetime.fromisoformat(due))
    assert reply.startswith("Ich hole unser Support-Team dazu, wie gewünscht.")
    assert f"Bis {promised} antwortet Ihnen jemand." in reply


async def test_the_assistant_is_muted_by_a_handoff_and_speaks_again_on_return(
    start: Start, house: OutsideSystems
) -> None:
    """The assistant is muted only when a handoff is committed, and speaks again when the conversation comes back."""
    story = await asked_for_a_person(start)
    assert not await is_muted(story, house)
    await story.order("take", actor="anna")
    state = await story.settled()
    assert (state["handoff"]["state"], state["handoff"]["accepted_by"]) == ("committed", "anna")
    muted = await house.desk.conversation(story.id)
    assert muted is not None
    assert (muted.assignee, muted.is_assistant_muted) == ("anna", True)
    await story.order("deescalate", actor="anna", team="assistant", note="It only was about opening hours")
    state = await story.settled()
    assert (state["team"], state["is_assistant_muted"]) == ("assistant", False)
    assert not await is_muted(story, house)


async def test_an_untaken_handoff_goes_to_another_team_and_the_customer_hears(
    start: Start, house: OutsideSystems, slack: FakeSlack
) -> None:
    """An untaken handoff is told to the channel and the customer after three minutes; after ten the seniors get it."""
    story = await asked_for_a_person(start)
    await story.after(minutes=4)
    assert [message.channel for message in slack.messages if message.key.startswith(f"{story.id}/")] == [
        "#support-escalations"
    ]
    assert (await replies(story, house))[1].startswith("Nobody is free yet after 3 minutes; I have asked again.")
    await story.after(minutes=11)
    assert (await story.settled())["team"] == "tier-2"


async def test_a_customer_who_stays_with_the_assistant_is_left_with_it(start: Start, house: OutsideSystems) -> None:
    """A customer who answers "1" goes back to the assistant at once, and that choice comes first in the next offer."""
    story = await asked_for_a_person(start)
    await story.tell("message", author="customer", text="1")
    state = await story.settled()
    assert (state["team"], state["handoff"]["state"]) == ("assistant", "returned")
    assert state["preferences"] == [["handoff", "assistant"]]
    assert (await replies(story, house))[-1] == "You are back with me, the assistant. Ask for a person at any time."


async def test_the_customers_other_conversations_are_in_the_briefing(start: Start, house: OutsideSystems) -> None:
    """The briefing has one line about each of the customer's other conversations."""
    customer = {**KIM, "id": "returning-9"}
    before = await start(MONDAY_10_AM, policy="assisted", channel="email", subject="Wrong size", customer=customer)
    await before.tell("message", author="customer", text="The shoes are too small")
    await before.order("resolve", actor="anna")
    await before.settled()
    story = await asked_for_a_person(start, customer=customer)
    (briefing,) = await briefings(story, house)
    assert f"resolved, email: “Wrong size” ({before.id})" in briefing


@pytest.mark.slow
async def test_a_second_receiver_reads_what_was_asked_of_them(start: Start, house: OutsideSystems) -> None:
    """An agent escalates with a note: the next briefing has what that agent needs, and what was noted before."""
    story = await asked_for_a_person(start)
    await story.order("add_note", actor="anna", tried="asked the carrier", think="lost", need="send another")
    await story.order(
        "escalate", actor="anna", team="tier-2", note={"tried": "traced it", "think": "lost", "need": "refund it"}
    )
    await story.settled()
    shown = (await briefings(story, house))[-1]
    assert "- Need (anna): refund it" in shown
    assert "asked the carrier; needed: send another" in shown
    assert [attached.name for attached in await house.desk.attachments(story.id)] == [
        "transcript-1.txt",
        "transcript-2.txt",
    ]


async def test_a_customer_who_chooses_a_callback_is_told_when(
    start: Start, house: OutsideSystems, slack: FakeSlack
) -> None:
    """A customer who answers "3" hears when they are called back; no clock is breached, and the team hears in time."""
    story = await asked_for_a_person(start)
    await story.tell("message", author="customer", text="3")
    await story.settled()
    assert (await replies(story, house))[-1].startswith("Somebody will call you back ")
    await story.after(hours=4, minutes=2)
    assert "clock_breached" not in await story.kinds()
    told = [message.text for message in slack.messages if message.key.startswith(f"{story.id}/")]
    assert [text.splitlines()[0].split(" — ")[0] for text in told] == ["Now call them back"]
    assert "Now: call the customer back." in [note.body for note in await house.desk.notes(story.id)]


async def test_a_manager_is_asked_and_the_customer_hears_of_it(start: Start, house: OutsideSystems) -> None:
    """A customer who asks for a manager goes up a tier at once, and is told that their wish was passed on."""
    story = await asked_for_a_person(start)
    await story.tell("choice_made", choice="manager")
    assert (await story.settled())["team"] == "tier-2"
    assert (await replies(story, house))[-1].startswith("Thank you, I have passed that on.")


async def test_an_account_in_danger_is_not_left_to_the_assistant(start: Start, house: OutsideSystems) -> None:
    """A hacked customer is never offered the assistant, and choosing it does not end the call to people."""
    story = await start(MONDAY_10_AM, policy="assisted", channel="web_chat", customer=KIM)
    await story.tell("message", author="customer", text="Somebody hacked my account")
    await story.settled()
    await story.after(minutes=4)
    assert all("assistant" not in reply for reply in await replies(story, house))
    await story.tell("choice_made", choice="assistant")
    state = await story.settled()
    assert (state["team"], [page["ended"] for page in state["pages"]]) == ("trust", [""])


@pytest.mark.slow
async def test_an_unanswered_handoff_given_back_unmutes_the_assistant(start: Start, house: OutsideSystems) -> None:
    """An agent gives an unanswered handoff back: the assistant speaks again, and the team is asked again."""
    story = await asked_for_a_person(start)
    await story.order("take", actor="anna")
    assert (await story.settled())["is_assistant_muted"]
    await story.order("reassign", actor="anna", team="tier-1", assignee="")
    state = await story.settled()
    assert (state["handoff"]["state"], state["is_assistant_muted"]) == ("requested", False)
    assert not await is_muted(story, house)
    await story.after(minutes=4)
    assert (await replies(story, house))[-1].startswith("Nobody is free yet after 3 minutes")


async def test_without_consent_only_our_own_conversations_are_shown(start: Start, house: OutsideSystems) -> None:
    """A customer refuses context from other systems: the briefing still lists their own conversations with the team."""
    customer = {**KIM, "id": "private-3", "consent": {"context": False}}
    before = await start(MONDAY_10_AM, policy="assisted", channel="email", subject="Wrong size", customer=customer)
    await before.tell("message", author="customer", text="The shoes are too small")
    await before.order("resolve", actor="anna")
    await before.settled()
    story = await asked_for_a_person(start, customer=customer)
    (briefing,) = await briefings(story, house)
    assert f"resolved, email: “Wrong size” ({before.id})" in briefing
