"""Waiting conversations find an agent: on the real server, with a team's workflow and its conversations."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from activities.slack.rendering.buttons import ACCEPT, DECLINE, decode
from tests.fakes.slack import FakeSlack
from tests.stories.calling.phones import Phones
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import Crew, in_queue, until
from worker.process.hosting import OutsideSystems
from worker.temporal.skipping import Clockwork

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
_numbers = itertools.count(1)


@pytest.fixture
async def crew(clockwork: Clockwork) -> Crew:
    """Start a team that no other story uses."""
    number = f"{next(_numbers):02}"
    handle = await clockwork.client.start_workflow(
        "Team", {"team": f"team-{number}", "policy": f"queue-{number}"}, id=f"team/team-{number}", task_queue="baton"
    )
    return Crew(number, handle, clockwork)


async def waiting(start: Start, crew: Crew, **body: object) -> Story:
    """Start a conversation whose customer waits for this team."""
    story = await start(MONDAY_10_AM, policy=f"queue-{crew.name}", **body)
    await story.settled()
    return story


async def assignee(story: Story) -> str:
    """Return the conversation's assignee, once no effect is waiting; empty where there is none."""
    return str((await story.settled())["assignee"])


async def owned(story: Story, crew: Crew, agent: str) -> None:
    """Wait until conversation and team agree that this agent has the conversation."""

    async def agreed() -> bool:
        has = (await crew.has()).get(story.id)
        return has == ("owned", agent) and await assignee(story) == agent

    await until(agreed)


async def offered(story: Story, crew: Crew, agent: str) -> None:
    """Wait until the conversation knows that it is offered to this agent."""

    async def knows() -> bool:
        entry = (await story.settled())["place"]
        return entry is not None and (entry["state"], entry["agent"]) == ("offered", agent)

    await until(knows)


async def test_an_agent_who_accepts_gets_the_conversation(
    start: Start, crew: Crew, house: OutsideSystems, slack: FakeSlack
) -> None:
    """The team offers a conversation to an available agent; accepting makes them the assignee, also in the helpdesk."""
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
    """An agent who declines is not asked again, but the next agent is; when all have declined, the seniors get it."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.say("ann", "decline", story)
    await offered(story, crew, "bob")
    await crew.say("bob", "decline", story)

    async def gone() -> bool:
        return await crew.waiting() == []

    await until(gone)
    state = await story.settled()
    assert (state["team"], state["place"]) == (f"seniors-{crew.name}", None)


async def test_an_offer_without_an_answer_expires(start: Start, crew: Crew) -> None:
    """After two minutes without an answer the next agent is asked, the miss is counted, a late accept is refused."""
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


async def test_the_first_in_the_queue_is_served_first(start: Start, crew: Crew) -> None:
    """When an agent becomes available, the customer who waits longest is offered first; the others keep their order."""
    first = await waiting(start, crew)
    await in_queue(first, crew)
    second = await waiting(start, crew)
    await in_queue(second, crew)
    assert await crew.waiting() == [first.id, second.id]
    await crew.there("bob")
    await offered(first, crew, "bob")
    assert await crew.waiting() == [second.id]


@pytest.mark.slow
async def test_slow_news_cost_no_customer_their_position(start: Start, crew: Crew) -> None:
    """A helpdesk reports a customer's message late: the customer still stands before one who wrote after them."""
    first = await waiting(start, crew)
    await first.tell("message", author="agent", author_id="ann", text="Anything else?")
    await first.after(minutes=30)
    second = await waiting(start, crew)
    await in_queue(second, crew)
    wrote_at = (MONDAY_10_AM + timedelta(minutes=10)).isoformat()
    await first.tell("message", author="customer", text="Yes.", occurred_at=wrote_at)
    await in_queue(first, crew)
    assert await crew.waiting() == [first.id, second.id]


async def test_the_customer_hears_where_they_stand(start: Start, crew: Crew, house: OutsideSystems) -> None:
    """With no agent available the customer is told so, and hears their number in the queue again every ten minutes."""
    story = await waiting(start, crew)
    await in_queue(story, crew)
    await crew.after(minutes=10)

    async def told() -> bool:
        return len(await house.desk.notes(story.id)) == 2

    await until(told)
    assert [note.body for note in await house.desk.notes(story.id)] == [
        "Nobody is here at the moment. You are number 1 in line.",
        "You are number 1 in line.",
    ]


async def test_a_need_gets_smaller_with_time(start: Start, crew: Crew) -> None:
    """A refund needs an expert; after five minutes without one, an agent with less skill gets the offer."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew, tags=["refund"])
    await in_queue(story, crew)
    await crew.after(minutes=5)
    await offered(story, crew, "ann")


async def test_an_agent_who_does_not_answer_loses_the_conversation(start: Start, crew: Crew) -> None:
    """An agent does not answer for half an hour: the conversation returns to the queue and goes to another agent."""
    await crew.there("ann")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await crew.say("ann", "accept", story)
    await owned(story, crew, "ann")
    await story.after(minutes=31)
    await in_queue(story, crew)
    assert await assignee(story) == ""
    await crew.there("bob")
    await offered(story, crew, "bob")
    people = {row["agent"]: row["reclaimed"] for row in (await crew.state())["people"]}
    assert people == {"ann": 1, "bob": 0}


async def test_an_agent_who_goes_offline_hands_over(start: Start, crew: Crew) -> None:
    """An agent who is offline for five minutes loses conversations whose customers wait; four minutes cost nothing."""
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
    await in_queue(story, crew)
    given_back = [entry["text"] for entry in await story.timeline() if entry["kind"] == "given_back"]
    assert given_back == ["Taken back from ann: ann is gone"]


async def test_an_answered_conversation_stays_with_who_has_it(start: Start, crew: Crew) -> None:
    """An offline agent keeps a conversation that is answered, and loses it when the customer writes again."""
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
    await in_queue(story, crew)


@pytest.mark.slow
async def test_an_untaken_conversation_goes_to_another_team(start: Start, crew: Crew) -> None:
    """After two hours in the queue the conversation goes to the seniors, and the team's queue is empty."""
    story = await waiting(start, crew)
    await in_queue(story, crew)
    await story.after(hours=2, minutes=1)
    state = await story.settled()
    assert (state["team"], state["place"]) == (f"seniors-{crew.name}", None)

    async def gone() -> bool:
        return await crew.waiting() == []

    await until(gone)


async def test_the_helpdesk_assigns_and_the_team_knows(start: Start, crew: Crew) -> None:
    """The helpdesk assigns an agent: the team withdraws its offer, and offers that agent, now at capacity, no more."""
    await crew.there("ann", "bob")
    story = await waiting(start, crew)
    await offered(story, crew, "ann")
    await story.tell("reassigned", assignee="bob", by="lead")
    await owned(story, crew, "bob")
    another = await waiting(start, crew)
    await offered(another, crew, "ann")


async def test_resolved_means_room_for_the_next(start: Start, crew: Crew) -> None:
    """An agent at capacity gets the next offer when one of their conversations is resolved."""
    await crew.there("bob")
    first = await waiting(start, crew)
    await offered(first, crew, "bob")
    await crew.say("bob", "accept", first)
    await owned(first, crew, "bob")
    second = await waiting(start, crew)
    await in_queue(second, crew)
    await first.order("resolve")
    await offered(second, crew, "bob")


async def test_strangers_and_nonsense_change_nothing(start: Start, crew: Crew) -> None:
    """An unknown agent or an unreadable message is recorded and shown, and the queue goes on."""
    await crew.handle.signal("presence", {"agent": "zoe", "presence": "available"})
    await crew.handle.signal("presence", {"agent": "ann", "presence": "asleep"})
    await crew.handle.signal("lunch", 12)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await crew.there("any")  # answered once the policy is loaded and all earlier signals have been read
    assert str(refused.value.cause) == f"Refused: any is not in team-{crew.name}: did you mean `ann`?"
    state = await crew.state()
    assert state["strangers"] == ["zoe"]
    kinds = [entry["kind"] for entry in await crew.handle.query("timeline")]
    assert kinds == ["unknown_agent", "rejected", "rejected"]


async def test_an_agent_who_presses_accept_in_slack_has_it(
    start: Start, crew: Crew, phones: Phones, slack: FakeSlack
) -> None:
    """Only the agent with the offer can accept it in Slack; then the message names the assignee and has no buttons."""
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
    assert await phones.press(ACCEPT, story, by="UBOB", step=offer.step) == ["You will have it in a moment."]
    await owned(story, crew, "bob")
    [message] = [message for message in slack.messages if message.key.startswith(f"{story.id}/") and message.blocks]
    assert not [block for block in message.blocks if block["type"] == "actions"]
    assert "it is yours" in message.words
    [late] = await phones.press(DECLINE, story, by="UBOB", step=offer.step)
    assert late == f"It is too late: bob has {story.id} already. Nothing was changed."


@pytest.mark.slow
async def test_hold_frees_room_and_its_end_takes_it_again_or_queues(
    start: Start, crew: Crew, house: OutsideSystems
) -> None:
    """Hold frees Bob's room for the next customer; back from hold, the conversation is in line until Bob has room."""
    await crew.there("bob")
    first = await waiting(start, crew)
    await offered(first, crew, "bob")
    await crew.say("bob", "accept", first)
    await owned(first, crew, "bob")
    second = await waiting(start, crew)
    await in_queue(second, crew)
    await first.order("hold", note="The bank answers tomorrow")
    await offered(second, crew, "bob")
    await crew.say("bob", "accept", second)
    await owned(second, crew, "bob")
    assert (await assignee(first), (await crew.has())[first.id]) == ("bob", ("owned", "bob"))
    await first.order("release")
    await in_queue(first, crew)
    desk = await house.desk.conversation(first.id)
    assert (await assignee(first), desk.assignee if desk else None) == ("", "")
    await second.order("resolve", note="done")
    await offered(first, crew, "bob")


async def test_a_close_by_mistake_is_undone_with_the_place_in_line(start: Start, crew: Crew) -> None:
    """An agent closes a conversation by mistake and opens it again: it is in line, and the answer is due as before."""
    story = await waiting(start, crew)
    await in_queue(story, crew)
    await story.tell("status_changed", status="resolved", by="ann")

    async def gone() -> bool:
        return await crew.waiting() == []

    await until(gone)
    await story.tell("status_changed", status="open", by="ann")
    await in_queue(story, crew)
    state = await story.settled()
    assert state["waiting_since"] == state["place"]["wait"] == MONDAY_10_AM.isoformat().replace("+00:00", "Z")
    first = state["clocks"][0]
    assert (first["state"], first["due_at"]) == (
        "running",
        (MONDAY_10_AM + timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
    )
    assert "close_undone" in await story.kinds()
