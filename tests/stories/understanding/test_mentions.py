"""Keywords on the real server: heard in any script, and beneath a quotation of any length."""

from collections.abc import Awaitable, Callable

import pytest

from tests.stories.conftest import Story, next_weekday

QUOTE = "> Has your lawyer's letter come?\n" * 1_600
Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
WROTE = "On Mon, 3 Nov 2025 at 10:00, ACME <help@acme.example> wrote:\n"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (f"{WROTE}{QUOTE}\nMy lawyer’s letter is on its way.", ["lawyer"]),
        (f"Thanks!\n\n{WROTE}{QUOTE}", []),
        ("Мой адвокат вам напишет.", ["lawyer"]),
    ],
    ids=["beneath a long quote", "only in a long quote", "in Russian"],
)
async def test_a_keyword_is_heard_in_a_mail(start: Start, text: str, tags: list[str]) -> None:
    """A customer who answers beneath 54 kB of quoted mail, or writes Russian, is heard; a quotation says nothing."""
    story = await start(MONDAY_10_AM, policy="mentions")
    await story.tell("message", author="customer", text=text)
    assert (await story.settled())["tags"] == tags
