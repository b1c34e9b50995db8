"""Waiting conversations find a person: on the real server, with a team and its conversations beside each other."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from activities.slack.rendering.buttons import ACCEPT, DECLINE, decode
from tests.fakes.slack import FakeSlack
from tests.stories.calling.phones import Phones
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, until
from worker.process.hosting import OutsideSystems
from worker.temporal.skipping import Clockwork

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
_numbers = itertools.count(1)


@pytest.fixture
async def crew(clockwork: Clockwork) -> Crew:
    """A team that no other story uses."""
    number = f"{next(_numbers):02}"
    handle = await clockwork.client.start_workflow(
        "Team", {"team": f"team-{number}", "policy": f"queue-{number}"}, id=f"team/team-{number}", task_queue="baton"
    )
    return Crew(number, handle, clockwork)


async def waiting(start: Start, crew: Crew, **body: object) -> Story:
    """A customer of the team waits."""
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}", **body)
    await story.settled()
    return story


async def assignee(story: Story) -> str:
    """Whose conversation it is."""
    return str((await story.settled())["assignee"])


async def owned(story: Story, crew: Crew, agent: str) -> None:
    """Wait until conversation and team agree on who has it."""

    async def agreed() -> bool:
        has = (await crew.has()).get(story.id)
        return has == ("owned", agent) and await assignee(story) == agent

    await until(agreed)


async def in_line(story: Story, crew: Crew) -> None:
    """Wait until the conversation stands in line."""

    async def stands() -> bool:
        place = (await story.settled())["place"]
        return story.id in await crew.line() and place is not None and place["state"] == "waiting"

    await until(stands)


async def offered(story: Story, crew: Crew, agent: str) -> None:
    """Wait until the conversation knows to whom it is offered."""

    async def knows() -> bool:
        place = (await story.settled())["place"]
        return place is not None and (place["state"], place["agent"]) == ("offered", agent)

    await until(knows)


async def test_who_says_yes_gets_the_conversation(
    start: Start, crew: Crew, house: OutsideSystems, slack: FakeSlack
) -> None:
    """The team offers a conversation to somebody who is there; a yes makes it theirs, in Baton and in the helpdesk."""
    await crew.there("bob")
    story = await waiting(start, crew, subject="Charged twice")
    await offered(story, crew, "bob")
    [message] = [message for message in slack.messages if message.key.startswith(f"{story.id}/")]
    assert message.channel == "@UBOB"
    assert message.text.startswith("For you? Charged twice — offered until ")
    await crew.say("bob", "accept", story)
    await owned(story, crew, "bob")
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    assert desk.assignee == "bob"
    granted = [entry["text"] for entry in await story.timeline() if entry["kind"] == "assigned"]
    assert granted[-1] == f"Assigned to bob: chosen by Team {crew.name}: bob has 0 of 1; not ann is offline; accepted"


async def test_a_no_goes_to_the_next_person_and_never_back(start: Start, crew: Crew) -> None:
    """Whoever declines is not asked again; the next person is, and with nobody left the seniors have it at once."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.say("ann", "decline", story)
    await offered(story, crew, "bob")
    await crew.say("bob", "decline", story)

    async def gone() -> bool:
        return await crew.line() == []

    await until(gone)
    state = await story.settled()
    assert (state["team"], state["place"]) == (f"seniors-{crew.name}", None)


async def test_an_offer_that_nobody_answers_expires(start: Start, crew: Crew) -> None:
    """Two minutes without an answer: the next person is asked, the miss is counted, and a late yes is refused."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.after(minutes=2)
    await offered(story, crew, "bob")
    people = {row["agent"]: row["missed"] for row in (await crew.state())["people"]}
    assert people == {"ann": 1, "bob": 0}
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await crew.say("ann", "accept", story)
    assert str(refused.value.cause) == f"Refused: there is no offer of {story.id} to ann: it is offered to bob now"


async def test_the_first_in_line_is_served_first(start: Start, crew: Crew) -> None:
    """When somebody comes, whoever waits longest is offered first, and the others keep their order."""
    first = await waiting(start, crew)
    await in_line(first, crew)
    second = await waiting(start, crew)
    await in_line(second, crew)
    assert await crew.line() == [first.id, second.id]
    await crew.there("bob")
    await offered(first, crew, "bob")
    assert await crew.line() == [second.id]


async def test_slow_news_cost_nobody_their_place(start: Start, crew: Crew) -> None:
    """A helpdesk tells us late of a customer who wrote first: they stand before who wrote meanwhile."""
    first = await waiting(start, crew)
    await first.tell("message", author="agent", author_id="ann", text="Anything else?")
    await first.after(minutes=30)
    second = await waiting(start, crew)
    await in_line(second, crew)
    wrote_at = (MONDAY_10_AM + timedelta(minutes=10)).isoformat()
    await first.tell("message", author="customer", text="Yes.", occurred_at=wrote_at)
    await in_line(first, crew)
    assert await crew.line() == [first.id, second.id]


async def test_the_customer_hears_where_they_stand(start: Start, crew: Crew, house: OutsideSystems) -> None:
    """With nobody there the customer is told so, and hears their place again every ten minutes."""
    story = await waiting(start, crew)
    await in_line(story, crew)
    await crew.after(minutes=10)

    async def told() -> bool:
        return len(await house.desk.notes(story.id)) == 2

    await until(told)
    assert [note.body for note in await house.desk.notes(story.id)] == [
        "Nobody is here at the moment. You are number 1 in line.",
        "You are number 1 in line.",
    ]


async def test_a_need_gets_smaller_with_time(start: Start, crew: Crew) -> None:
    """A refund needs an expert; after five minutes without one, somebody who knows a little gets it."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew, tags=["refund"])
    await in_line(story, crew)
    await crew.after(minutes=5)
    await offered(story, crew, "ann")


async def test_who_does_not_answer_the_customer_loses_the_conversation(start: Start, crew: Crew) -> None:
    """Half an hour without an answer: the conversation goes back to its place in line, and to somebody else."""
    await crew.there("ann")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.say("ann", "accept", story)
    await owned(story, crew, "ann")
    await story.after(minutes=31)
    await in_line(story, crew)
    assert await assignee(story) == ""
    await crew.there("bob")
    await offered(story, crew, "bob")
    people = {row["agent"]: row["reclaimed"] for row in (await crew.state())["people"]}
    assert people == {"ann": 1, "bob": 0}


async def test_who_goes_offline_hands_over(start: Start, crew: Crew) -> None:
    """Somebody gone for five minutes loses the conversations whose customers wait; a flicker costs nothing."""
    await crew.there("ann")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.say("ann", "accept", story)
    await owned(story, crew, "ann")
    await crew.there("ann", presence="offline")
    await crew.after(minutes=4)
    await crew.there("ann")
    await crew.after(minutes=4)
    assert await assignee(story) == "ann"
    await crew.there("ann", presence="offline")
    await crew.after(minutes=5)
    await in_line(story, crew)
    given_back = [entry["text"] for entry in await story.timeline() if entry["kind"] == "given_back"]
    assert given_back == ["Taken back from ann: ann is gone"]


async def test_an_answered_conversation_stays_with_who_has_it(start: Start, crew: Crew) -> None:
    """Nobody waits, so nothing is taken from somebody who is offline; when the customer writes again, it is."""
    await crew.there("ann")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.say("ann", "accept", story)
    await owned(story, crew, "ann")
    await story.tell("message", author="agent", author_id="ann", text="Done.")
    await crew.there("ann", presence="offline")
    await crew.after(minutes=6)
    assert await assignee(story) == "ann"
    await story.after(minutes=20)
    await story.tell("message", author="customer", text="Not quite.")
    await in_line(story, crew)


async def test_nobody_took_it_so_another_team_does(start: Start, crew: Crew) -> None:
    """Two hours in line: the conversation goes on to the seniors, and the team's line is empty."""
    story = await waiting(start, crew)
    await in_line(story, crew)
    await story.after(hours=2, minutes=1)
    state = await story.settled()
    assert (state["team"], state["place"]) == (f"seniors-{crew.name}", None)

    async def gone() -> bool:
        return await crew.line() == []

    await until(gone)


async def test_the_helpdesk_assigns_and_the_team_knows(start: Start, crew: Crew) -> None:
    """Assigned in the helpdesk: the team counts it, takes back its own offer, and offers that person nothing more."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await story.tell("reassigned", assignee="bob", by="lead")
    await owned(story, crew, "bob")
    another = await waiting(start, crew)
    await offered(another, crew, "ann")


async def test_resolved_means_room_for_the_next(start: Start, crew: Crew) -> None:
    """Whoever has all they can have gets the next one when the first is resolved."""
    await crew.there("bob")
    first = await waiting(start, crew)
    await offered(first, crew, "bob")
    await crew.say("bob", "accept", first)
    await owned(first, crew, "bob")
    second = await waiting(start, crew)
    await in_line(second, crew)
    await first.order("resolve")
    await offered(second, crew, "bob")


async def test_strangers_and_nonsense_change_nothing(start: Start, crew: Crew) -> None:
    """An unknown agent or an unreadable message is recorded and shown, and the queue goes on."""
    await crew.handle.signal("presence", {"agent": "zoe", "presence": "available"})
    await crew.handle.signal("presence", {"agent": "ann", "presence": "asleep"})
    await crew.handle.signal("lunch", 12)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await crew.there("any")  # answered once the policy is there and everything before has been read
    assert str(refused.value.cause) == f"Refused: any is not in team-{crew.name}: did you mean `ann`?"
    state = await crew.state()
    assert state["strangers"] == ["zoe"]
    kinds = [entry["kind"] for entry in await crew.handle.query("timeline")]
    assert kinds == ["unknown_agent", "rejected", "rejected"]


async def test_who_presses_accept_in_slack_has_it(start: Start, crew: Crew, phones: Phones, slack: FakeSlack) -> None:
    """The message has two buttons; who presses Accept has the conversation, and the message says so, without them."""
    await crew.there("bob")
    story = await waiting(start, crew)
    await offered(story, crew, "bob")
    [message] = [message for message in slack.messages if message.key.startswith(f"{story.id}/")]
    [row] = [block for block in message.blocks if block["type"] == "actions"]
    assert [button["action_id"] for button in row["elements"]] == [ACCEPT, DECLINE]
    offer = decode(row["elements"][0]["value"])
    assert offer is not None
    [stranger] = await phones.press(ACCEPT, story, by="UZOE", step=offer.step)
    assert stranger.startswith("Baton does not know you")
    [other] = await phones.press(ACCEPT, story, by="UANN", step=offer.step)
    assert other == f"There is no offer of {story.id} to ann: it is offered to bob now. Nothing was changed."
    assert await phones.press(ACCEPT, story, by="UBOB", step=offer.step) == ["It is yours in a moment."]
    await owned(story, crew, "bob")
    [message] = [message for message in slack.messages if message.key.startswith(f"{story.id}/") and message.blocks]
    assert not [block for block in message.blocks if block["type"] == "actions"]
    assert "it is yours" in message.words
    [late] = await phones.press(DECLINE, story, by="UBOB", step=offer.step)
    assert late == f"It is too late: bob has {story.id} already. Nothing was changed."
