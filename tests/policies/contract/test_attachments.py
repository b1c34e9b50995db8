"""Attachments of messages and the words of long ones are kept for people, within limits, and nothing is fetched."""

from typing import Any

import pytest

from policies.contract.messages import read_facts
from policies.state.events import Attachment, EventRejected, MessageReceived
from policies.state.limits import ATTACHED_LIMIT, TRANSCRIPT_LIMIT
from policies.text.cutting import CUT
from tests.policies.stories import Play, at, policy_of

BILL = {
    "name": "bill.pdf",
    "type": "application/pdf",
    "url": "https://files.acme.example/4711?sig=a%2Fb",
    "size": 48_213,
}


def received(edition: int = 4, **body: Any) -> tuple[MessageReceived, list[str]]:
    """Return the message as it was read, and the sentences on what was left out."""
    facts = read_facts("message", {"author": "customer", **body}, now=at(1), fallback_id="m", edition=edition)
    assert isinstance(facts[0], MessageReceived)
    return facts[0], [fact.why for fact in facts[1:] if isinstance(fact, EventRejected)]


def test_an_attachment_is_kept_as_it_was_sent() -> None:
    """A file keeps its name, type, address and size; people read the size as such."""
    message, lost = received(text="See the bill", attachments=[BILL])
    assert message.attachments == (Attachment.model_validate(BILL),)
    assert message.attachments[0].described == "bill.pdf (application/pdf, 48 kB)"
    assert lost == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://x.example/a/photo%201.png", Attachment(name="photo 1.png", url="https://x.example/a/photo%201.png")),
        ("bill.pdf", Attachment(name="bill.pdf")),
        ({"url": "https://x.example/"}, Attachment(name="a file", url="https://x.example/")),
        ({"name": 4711, "size": "900"}, Attachment(name="4711", size=900)),
        ({"name": "a\n\nb", "size": -1, "type": ["x"]}, Attachment(name="a b")),
        ({"name": "a", "size": 1e300}, Attachment(name="a")),
        ({"name": "ü" * 300}, Attachment(name=f"{'ü' * 98}…")),
    ],
)
def test_odd_attachments_are_read_as_well_as_can_be(sent: Any, kept: Attachment) -> None:
    """An address or a name alone is an attachment; what can't be a type or a size is left out."""
    assert received(attachments=[sent])[0].attachments == (kept,)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd",
        "https://user:secret@x.example/a",
        "https://x.example/a b",
        "https://x.example/<script>",
        f"https://x.example/{'a' * 1000}",
        {"href": "https://x.example"},
    ],
)
def test_an_address_that_is_not_safe_to_open_is_not_kept(url: Any) -> None:
    """Only addresses of the web are kept; the file keeps its name, and the timeline says why the rest is missing."""
    message, lost = received(attachments=[{"name": "a.pdf", "url": url}])
    assert message.attachments == (Attachment(name="a.pdf"),)
    assert lost == ["attachments: an address that is not http or https, or longer than 1000, is not kept"]


def test_a_value_that_names_no_file_is_told() -> None:
    """A value that names no file is left out, and the timeline says what to write."""
    message, lost = received(attachments=[7, {"size": 3}, BILL])
    assert [file.name for file in message.attachments] == ["bill.pdf"]
    assert lost == ["; ".join(["attachments: write a list of {name, type, url, size}"] * 2)]


def test_attachments_are_bounded() -> None:
    """Ten files of one message are kept, and the last ten of a conversation; the timeline counts the others."""
    message, lost = received(attachments=[{**BILL, "name": f"{number}.pdf"} for number in range(13)])
    assert [file.name for file in message.attachments] == [f"{number}.pdf" for number in range(10)]
    assert lost == ["attachments: 3 more than 10 are not kept"]
    play = Play(policy_of(), channel="email")
    for number in range(4):
        files = [{"name": f"{number}-{each}.pdf"} for each in range(4)]
        play.tell("message", number, author="customer", text="More", attachments=files, event_id=f"m{number}")
    kept = [each.file.name for each in play.now.told.attachments]
    assert (len(kept), kept[0], kept[-1]) == (ATTACHED_LIMIT, "1-2.pdf", "3-3.pdf")
    assert "Customer: “More”, with 4 attachments" in [entry.text for entry in play.now.told.timeline]


def test_the_words_of_a_long_message_reach_the_ledger_whole() -> None:
    """Rules and the state have 4,000 characters of a message; 64 kB are kept for the transcript."""
    said = "I need help with this. " * 1000
    message, _ = received(text=said)
    assert (len(message.text), message.whole) == (4000, said)
    assert received(text="short")[0].whole == ""
    assert received(text="short", whole="made up")[0].whole == ""
    play = Play(policy_of(), channel="email")
    play.feed(message, 1)
    assert [fact.whole for fact in play.conversation.tail if isinstance(fact, MessageReceived)] == [""]


def test_beyond_64_kb_a_message_is_cut_visibly() -> None:
    """The ledger gets 64 kB of a message at most, and half of a character never."""
    for text in ("a" * 70_000, "😀" * 20_000, "\ud83d" * 70_000):
        whole = received(text=text)[0].whole
        assert TRANSCRIPT_LIMIT - 4 < len(whole.encode()) <= TRANSCRIPT_LIMIT
        assert whole.endswith(CUT)


def test_an_earlier_edition_drops_both() -> None:
    """A conversation that runs since edition 3 goes on without attachments, and without a line about them."""
    message, lost = received(edition=3, text="x" * 5000, attachments=[7, BILL])
    assert (message.attachments, message.whole, lost) == ((), "", [])
