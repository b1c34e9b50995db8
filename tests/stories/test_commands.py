"""Commands that people give to Baton, and the answers they get."""

from collections.abc import Awaitable, Callable

import pytest
from temporalio.client import WorkflowUpdateFailedError

from tests.stories.conftest import Story, next_weekday
from worker.process.hosting import OutsideSystems

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
SATURDAY = next_weekday(5, 10)


async def refusal(story: Story, update: str, **body: object) -> str:
    """Return the sentence that a refused caller gets."""
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await story.order(update, **body)
    return str(caught.value.cause).removeprefix("Refused: ")


async def test_reassigning_by_command(start: Start, house: OutsideSystems) -> None:
    """A reassignment through Baton reaches the helpdesk with its note, and the promise follows the new team."""
    story = await start(MONDAY_10_AM)
    result = await story.order("reassign", team="technical", assignee="sam", note="API keys", actor="jane")
    assert (result["team"], result["assignee"]) == ("technical", "sam")
    state = await story.settled()
    assert state["clocks"][0]["target"] == "PT1H"
    desk = await house.desk.conversation(story.id)
    assert desk is not None
    assert (desk.team, desk.assignee) == ("technical", "sam")
    notes = [note.body for note in await house.desk.notes(story.id)]
    assert notes == ["Handed over to Specialists — Technical / sam by jane — API keys"]


async def test_the_answer_to_a_command_is_about_its_team(start: Start) -> None:
    """An agent who reassigns at night is told until when the team is closed, not that a rule holds a reply back."""
    story = await start(SATURDAY, policy="flat", customer={"id": "ada"})
    result = await story.order("reassign", team="lead", actor="jane")
    assert "not_replied" in await story.kinds()
    assert result["because"].startswith("Support Lead is closed until Mon ")


async def test_the_life_of_a_conversation_by_commands(start: Start) -> None:
    """The commands escalate, take, hold, release, de-escalate and resolve each do what they say."""
    story = await start(MONDAY_10_AM)
    note = {"tried": "reset", "think": "defect", "need": "a look at the logs"}
    assert (await story.order("escalate", note=note))["team"] == "tier-2"
    assert (await story.order("take", actor="sam"))["assignee"] == "sam"
    await story.order("hold", note="waiting for the vendor")
    await story.after(hours=30)
    assert (await story.settled())["sla_state"] == "paused"
    await story.order("release")
    assert (await story.order("deescalate", team="tier-1", note="solved, please close"))["team"] == "tier-1"
    assert (await story.order("resolve", note="done"))["status"] == "resolved"
    state = await story.settled()
    assert [(clock["name"], clock["state"]) for clock in state["clocks"]] == [
        ("first_response", "cancelled"),
        ("resolution", "met"),
    ]


async def test_acknowledging_stops_the_ladder(start: Start) -> None:
    """When a person acknowledges and answers, nobody else is called; a second person is told who was first."""
    story = await start(MONDAY_10_AM)
    await story.after(minutes=16)
    await story.settled()
    await story.order("acknowledge", actor="kim")
    await story.tell("message", author="agent", author_id="kim", text="I am looking into it.")
    await story.after(hours=2)
    assert (await story.kinds()).count("paged") == 1
    said = await refusal(story, "acknowledge", actor="lee")
    assert said == "nobody is being called for this conversation any more: acknowledged by kim"


async def test_refusals_are_sentences(start: Start) -> None:
    """A command that can't be carried out is refused with a sentence that names the remedy, and changes nothing."""
    story = await start(MONDAY_10_AM)
    before = await story.settled()
    assert await refusal(story, "reassign", team="teir-2") == "unknown team teir-2: did you mean tier-2?"
    unknown = await refusal(story, "adopt_policy", policy="teired", mode="carry")
    assert unknown == "unknown policy teired: did you mean tiered?"
    assert await refusal(story, "reassign") == "reassign: name a team, an assignee or both"
    assert await refusal(story, "reassign", team="tier-1") == "the conversation is already with Tier 1 — General"
    silent = await refusal(story, "escalate")
    assert silent.startswith("escalate: note is missing. The next person needs note: {tried: What was done so far.")
    assert await refusal(story, "deescalate", team="tier-2", note="x") == (
        "Tier 2 — Senior is not below Tier 1 — General: use reassign"
    )
    assert await refusal(story, "release") == "the conversation is not on hold"
    assert await refusal(story, "take", actor="") == "take: actor: it is empty"
    assert await story.settled() == before


async def test_a_policy_that_is_sent_along_is_checked_like_a_file(start: Start) -> None:
    """A document that would break the conversation is refused with every reason, and changes nothing."""
    story = await start(MONDAY_10_AM)
    before = await story.settled()
    document = {
        "policy": "broken",
        "version": 2,
        "teams": {"a": {"name": "A", "sla": "gold"}},
        "channels": {"email": "b"},
        "rules": [{"name": "power", "on": ["message"], "do": [{"note": "{{ 7 ** 9999999 }}"}]}],
    }
    assert await refusal(story, "adopt_policy", policy="broken", mode="carry", document=document) == (
        "the policy can't be used: teams.a.sla: there is no SLA `gold`: there are none yet; channels.email: there is "
        "no team `b`: the teams are `a`; rules[0].do[0].note: a power has at most 4,096 bits in a text: use a smaller "
        "one"
    )
    assert await story.settled() == before


async def test_the_same_command_twice_is_carried_out_once(start: Start) -> None:
    """A caller who repeats a command under the same id gets the answer again, and the command is carried out once."""
    story = await start(MONDAY_10_AM)
    for _ in range(2):
        result = await story.order("reassign", team="tier-2", command_id="cmd-1")
        assert result["team"] == "tier-2"
    assert (await story.kinds()).count("reassigned") == 1


async def test_a_cancellation_breaks_no_promise(start: Start) -> None:
    """The UI's cancel button leaves an entry in the timeline, and the customer's promise stands."""
    story = await start(MONDAY_10_AM)
    await story.settled()
    await story.handle.cancel()
    await story.after(minutes=12)
    kinds = await story.kinds()
    assert kinds.count("rejected") == 1
    assert "clock_at_risk" in kinds
