"""Known outages on real servers of their own, because an outage is told to every open conversation of a server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle

from tests.conftest import Story, asked, next_weekday, replay_all, story_policies
from tests.fakes.slack import FakeSlack
from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.outages.matching import matching
from worker.outages.requests import outages, show
from worker.process.hosting import OutsideSystems, load_policies, make_worker, open_house
from worker.temporal.skipping import Clockwork, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
CHECKOUT = 'conversation.tags.exists(t, t == "checkout")'
WORDS = {"": "We know that the checkout is down.", "de": "Wir wissen, dass die Kasse nicht geht."}
OVER = {"": "The checkout works again.", "de": "Die Kasse geht wieder."}
Handle = WorkflowHandle[Any, Any]


class Place:
    """A server of its own, a worker that can be stopped, and the outages and conversations there."""

    def __init__(self, clockwork: Clockwork, house: OutsideSystems, settings: Settings) -> None:
        self.clockwork, self.house, self._settings = clockwork, house, settings
        self._worker = AsyncExitStack()

    async def work(self) -> None:
        """Start the worker."""
        documents = {**load_policies(self._settings), **story_policies()}
        await self._worker.enter_async_context(
            make_worker(self.clockwork.client, self._settings, self.house, documents)
        )

    async def rest(self) -> None:
        """Stop the worker."""
        await self._worker.aclose()

    async def open(self, name: str, **body: Any) -> Handle:
        """Open an outage on Monday at 10, for four hours unless `body` says otherwise."""
        told = {"when": CHECKOUT, "text": WORDS, "over_text": OVER, "for": "4h", "policy": "outages", **body}
        wait = MONDAY_10_AM - datetime.now(UTC)
        options: dict[str, Any] = {"id": f"outage/{name}", "task_queue": "baton", "start_delay": wait}
        handle: Handle = await self.clockwork.client.start_workflow("Outage", told, **options)
        await self.clockwork.forward(handle, wait)
        await until(self._is_listed)
        return handle

    async def _is_listed(self) -> bool:
        return any(row.until for row in await outages(self.clockwork.client, only_open=True))

    async def begin(self, name: str, **body: Any) -> Story:
        """Start a conversation on Monday at 10."""
        start = {"conversation_id": name, "policy": "outages", "channel": "email", **body}
        return Story(await self.clockwork.start(start, MONDAY_10_AM), self.clockwork, MONDAY_10_AM, name)

    async def replies(self, story: Story) -> list[str]:
        """Return what the customer was told, in order."""
        await story.settled()
        return [note.body for note in await self.house.desk.notes(story.id) if note.kind == "reply"]  # pyright: ignore


@pytest.fixture
async def place(database: str, settings: Settings) -> AsyncIterator[Place]:
    """Open a server, a database and a worker for one story; at its end all histories are replayed."""
    own = settings.model_copy(update={"database_url": database})
    async with skipping_server() as clockwork, open_house(own) as house:
        found = Place(clockwork, house, own)
        await found.work()
        yield found
        await replay_all(clockwork)
        await found.rest()


async def is_part_of(story: Story, name: str) -> None:
    """Wait until the conversation is part of this outage; of none where the name is empty."""

    async def part() -> bool:
        link = (await asked(story.handle, "state"))["outage"]
        return (link["name"] if link else "") == name

    await until(part)


def calls(slack: FakeSlack, story: Story) -> list[str]:
    """Return the channels in which people were called for a conversation; replies in threads notify nobody."""
    heard = [message for message in slack.messages if message.thread_ts in ("", message.ts)]
    return [message.channel for message in heard if message.key.startswith(f"{story.id}/")]


async def test_customers_are_told_once_each_and_once_again_at_the_end(place: Place) -> None:
    """Customers are told of the outage once each, and once of its end, though the worker stops in between."""
    locales = ("de", "en", "fr")
    bodies: list[dict[str, Any]] = [
        {"tags": ["checkout"], "customer": {"id": f"in-{each}", "locale": each}} for each in locales
    ]
    stories = [await place.begin(f"told-{number}", **body) for number, body in enumerate(bodies)]
    other = await place.begin("told-other", tags=["refund"])
    outage = await place.open("checkout-down")
    await place.rest()
    await place.work()
    for story in stories:
        await is_part_of(story, "checkout-down")
    await outage.signal("close", {"by": "ana"})
    await place.rest()
    await place.work()
    for story, language in zip(stories, ("de", "", ""), strict=True):
        await is_part_of(story, "")
        assert await place.replies(story) == [WORDS[language], OVER[language]]
    assert await place.replies(other) == []
    assert (await other.state())["outage"] is None


async def test_a_conversation_that_begins_or_comes_to_match_is_told(place: Place, slack: FakeSlack) -> None:
    """A conversation that begins during the outage is part of it at once, another one as soon as it gets the tag."""
    await place.open("checkout-down")
    first = await place.begin("begins", tags=["checkout"])
    await is_part_of(first, "checkout-down")
    later = await place.begin("gets-the-tag")
    await later.settled()
    assert await place.replies(later) == []
    await later.tell("tag_added", tag="checkout")
    await is_part_of(later, "checkout-down")
    await later.tell("tag_added", tag="payment")
    await later.after(minutes=70)
    assert await place.replies(later) == [WORDS[""]]
    assert calls(slack, later) == []
    kinds = await later.kinds()
    assert [kinds.count(kind) for kind in ("call_withheld", "clock_breached")] == [2, 1]
    shown = await show(place.clockwork.client, "checkout-down")
    await until(lambda: _lists(place, "checkout-down", ["begins", "gets-the-tag"]))
    assert (shown["state"], shown["when"]) == ("open", CHECKOUT)


async def _lists(place: Place, name: str, conversations: list[str]) -> bool:
    return sorted((await show(place.clockwork.client, name))["conversations"]) == conversations


async def test_an_outage_that_ends_by_time_calls_once_for_all_that_still_wait(place: Place, slack: FakeSlack) -> None:
    """When the time of an outage is over, its late conversations call as usual, and so become one incident."""
    await place.open("checkout-down")
    names = [f"by-time-{number}" for number in range(5)]
    stories = [await place.begin(name, tags=["checkout"]) for name in names]
    answered = await place.begin("by-time-answered", tags=["checkout"])
    for story in (*stories, answered):
        await is_part_of(story, "checkout-down")
    await answered.tell("message", author="agent", author_id="kim", text="It will work soon.")
    for story in (*stories, answered):
        await story.after(hours=4, seconds=1)
        await is_part_of(story, "")
        await story.settled()
    assert [len(calls(slack, story)) for story in (*stories, answered)] == [1, 1, 0, 0, 0, 0]
    for story in (*stories, answered):
        assert await place.replies(story) == [WORDS[""], OVER[""]]


async def test_a_terminated_outage_keeps_no_conversation(place: Place) -> None:
    """Where the outage's workflow is terminated, its conversations take it for over at the end that they know."""
    outage = await place.open("checkout-down", **{"for": "2h"})
    story = await place.begin("terminated", tags=["checkout"])
    await is_part_of(story, "checkout-down")
    await outage.terminate()
    await story.after(minutes=119)
    assert (await story.state())["outage"]["name"] == "checkout-down"
    await story.after(minutes=121)
    assert (await story.state())["outage"] is None
    assert await place.replies(story) == [WORDS[""], OVER[""]]


async def test_a_person_takes_a_conversation_out(place: Place, slack: FakeSlack) -> None:
    """A conversation that a person takes out of the outage calls people as usual, and is not told of its end."""
    outage = await place.open("checkout-down")
    story = await place.begin("taken-out", tags=["checkout"])
    await is_part_of(story, "checkout-down")
    await story.after(minutes=70)
    assert calls(slack, story) == []
    await story.order("leave_outage", note="This is about a refund")
    await slack.posted(1)
    await story.settled()
    assert calls(slack, story) == ["#nights"]
    await outage.signal("change", {"for": "5h", "by": "ana"})
    await outage.signal("close", {"text": "All is well.", "by": "ana"})
    await until(lambda: _is_over(outage))
    assert await place.replies(story) == [WORDS[""]]


async def _is_over(outage: Handle) -> bool:
    shown = await asked(outage, "state")
    return (shown["state"], shown["ended_by"]) == ("over", "ana")


async def test_an_outage_without_a_sound_condition_is_refused(place: Place) -> None:
    """An outage whose condition can't be judged, or that has no end within a week, is refused with a sentence."""
    client = place.clockwork.client
    for number, (body, why) in enumerate(
        [
            ({"when": 'conversation.tag == "checkout"'}, "when:1:13: `conversation` has no `tag`"),
            ({"when": "true", "for": "30d"}, "for: an outage lasts 7d at most"),
            ({"when": "true", "policy": "outage"}, "policy: there is no policy outage: did you mean `outages`?"),
            ({"text": "We know."}, "when is missing"),
        ]
    ):
        handle: Handle = await client.start_workflow("Outage", body, id=f"outage/bad-{number}", task_queue="baton")
        with pytest.raises(WorkflowFailureError) as refused:
            await handle.result()
        assert why in str(refused.value.cause)


async def test_a_dry_run_says_which_conversations_match(place: Place) -> None:
    """Before an outage is opened, a support lead sees which open conversations match it now."""
    for name, tag in (("dry-1", "checkout"), ("dry-2", "refund"), ("dry-3", "checkout")):
        await (await place.begin(name, tags=[tag], subject=name.upper())).settled()
    found = await matching(place.clockwork.client, CHECKOUT, "", MONDAY_10_AM + timedelta(minutes=1))
    assert sorted(match.conversation for match in found.matches) == ["dry-1", "dry-3"]
    assert (found.asked, found.silent) == (3, ())
    assert await outages(place.clockwork.client, only_open=True) == []
