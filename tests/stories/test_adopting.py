"""Adopting another policy in conversations that are under way: first a look, then the change."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from activities.catalog import pin
from policies.document.document import Document
from policies.loading.load import load_policy
from tests.fakes.slack import FakeSlack
from tests.stories.calling.messages import messages_for
from tests.stories.conftest import STORY_POLICIES, Story, next_weekday
from tests.stories.teams import until
from worker.adoption import adopting
from worker.adoption.adopting import Adopted, Survey
from worker.adoption.preview import Change
from worker.temporal.commanding import refusal_in

Start = Callable[..., Awaitable[Story]]
MONDAY_10_AM = next_weekday(0, 10)
BEFORE = (STORY_POLICIES / "adopting.yaml").read_text()


def after(*changes: tuple[str, str]) -> Document:
    """Return version 2 of the policy, with each `one` replaced by its `other`; each `one` must occur in the text."""
    text = BEFORE.replace("version: 1", "version: 2")
    for one, other in changes:
        assert one in text
        text = text.replace(one, other)
    return load_policy(text, file="adopting.yaml", today=datetime.now(UTC).date())


QUICK = after(("first_response: 20m", "first_response: 5m"))


async def begin(start: Start, *, answered: bool = False) -> Story:
    """Start a conversation that has waited nine minutes, or that was answered after two."""
    story = await start(MONDAY_10_AM, policy="adopting")
    if answered:
        await story.after(minutes=2)
        await story.tell("message", author="agent", author_id="sam", text="Hello.")
    await story.after(minutes=9)
    await story.settled()
    return story


def only(*stories: Story) -> str:
    """Return a visibility query that finds only these stories, not what other tests have left running."""
    return " OR ".join(f"WorkflowId = '{story.handle.id}'" for story in stories)


async def look(*stories: Story, document: Document = QUICK, mode: adopting.Mode = "carry") -> Survey:
    """Return the survey, once the server's lists show these conversations."""
    client, query = stories[0].clockwork.client, only(*stories)

    async def are_listed() -> bool:
        return len(await adopting.running(client, query)) == len(stories)

    await until(are_listed)
    return await adopting.survey(client, document, mode, MONDAY_10_AM + timedelta(minutes=9), query=query)


async def apply(*stories: Story, document: Document = QUICK, mode: adopting.Mode = "carry") -> list[tuple[str, str]]:
    """Adopt the policy in these conversations, and return (outcome, reason) for each."""
    ids = [story.id for story in stories]
    found = await adopting.apply(stories[0].clockwork.client, document, mode, ids, actor="lea")
    assert [each.conversation for each in found] == ids
    return [(each.outcome, each.why) for each in found]


def standing(state: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (name, state, length) of each clock."""
    return [(clock["name"], clock["state"], clock["target"]) for clock in state["clocks"]]


async def test_looking_first_and_changing_then(start: Start) -> None:
    """The survey names only the conversation that would be breached and changes nothing; adopting does what it said."""
    waits, answered = await begin(start), await begin(start, answered=True)
    stories, due = (waits, answered), MONDAY_10_AM + timedelta(minutes=20)
    before = [await story.state() for story in stories]
    survey = await look(*stories)
    breach = Change(
        waits.id, "first_response", "breached", "running", "breached", due, MONDAY_10_AM + timedelta(minutes=9)
    )
    assert (survey.changes, survey.already, survey.unreachable) == ((breach,), 0, {})
    assert {each.conversation: each.policy for each in survey.prospects} == {
        waits.id: "adopting v1",
        answered.id: "adopting v1",
    }
    assert [await story.state() for story in stories] == before
    assert await apply(*stories) == [("adopted", ""), ("adopted", "")]
    assert [standing(await story.state()) for story in stories] == [
        [("first_response", "breached", "PT5M"), ("resolution", "running", "PT8H")],
        [("first_response", "met", "PT20M"), ("resolution", "running", "PT8H")],
    ]
    told = [entry["text"] for entry in await waits.timeline() if entry["kind"] == "policy_adopted"]
    assert told == ["lea changed the policy to adopting v2: elapsed time counts"]


async def test_adopting_twice_is_harmless(start: Start) -> None:
    """A lead who adopts the same policy again, after a lost connection or by mistake, changes nothing more."""
    story = await begin(start)
    restarted = [await apply(story, mode="restart")]
    state = await story.state()
    restarted.append(await apply(story, mode="restart"))
    assert restarted == [[("adopted", "")], [("adopted", "")]]
    assert await story.state() == state
    assert (await story.kinds()).count("policy_adopted") == 1
    survey = await look(story)
    assert (survey.prospects, survey.already) == ((), 1)


async def test_going_back_and_forth_is_told(start: Start) -> None:
    """A conversation that adopted this policy and left it again is not counted as having it."""
    story = await begin(start)
    first = after(("version: 2", "version: 1"))
    assert await apply(story) == [("adopted", "")]
    assert await apply(story, document=first) == [("adopted", "")]
    why = "it adopted exactly this version before and has another one now: raise `version` to adopt it again"
    assert await apply(story) == [("refused", why)]
    assert (await story.state())["policy"]["name"] == "adopting v1"


async def test_a_wish_changes_nothing(start: Start) -> None:
    """With `pin` the command is on record, and the conversation keeps the policy it has."""
    story = await begin(start)
    assert (await look(story, mode="pin")).changes == ()
    assert await apply(story, mode="pin") == [("adopted", "")]
    assert (await story.state())["policy"]["name"] == "adopting v1"


MODES = ("pin", "carry", "restart")
UNKNOWN = {
    "a misspelt name": ({"policy": "tierd"}, "unknown policy tierd: did you mean tiered?"),
    "another version": (
        {"policy": "adopting", "version": 99},
        "policy adopting has version 1 here, not 99: deploy that version, or name none",
    ),
    "another policy's document": (
        {"policy": "tiered", "document": pin(QUICK).document},
        "the document is policy adopting, and the command names tiered: name the document's",
    ),
    "a document that is no policy": (
        {"policy": "adopting", "document": {"policy": "adopting", "version": 2}},
        "the policy can't be used: a policy needs `teams`: add `teams: …`; "
        "a policy needs `channels`: add `channels: …`",
    ),
}


@pytest.mark.parametrize("mode", MODES)
async def test_a_policy_that_no_worker_has_is_refused(start: Start, mode: str) -> None:
    """In every mode, an unknown policy is refused with a sentence, and the timeline says nothing of it."""
    story = await begin(start)
    for asked, why in UNKNOWN.values():
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await story.order("adopt_policy", mode=mode, **asked)
        assert refusal_in(refused.value) == why
    assert (await story.state())["policy"]["name"] == "adopting v1"
    assert "policy_adopted" not in await story.kinds()


async def test_conversations_of_other_policies_are_left_alone(start: Start) -> None:
    """Conversations of other policies are not asked to change, and one that has closed is reported as closed."""
    tiered = await start(MONDAY_10_AM)
    await tiered.settled()
    survey = await look(tiered)
    assert (survey.prospects, survey.already) == ((), 0)
    gone = await adopting.apply(tiered.clockwork.client, QUICK, "carry", ["never-was"], actor="lea")
    assert gone == (Adopted("never-was", "closed"),)


CALLING = (STORY_POLICIES / "calling.yaml").read_text()


async def acknowledged(start: Start) -> Story:
    """Start a conversation for which a person was called and acknowledged, under version 1."""
    story = await start(MONDAY_10_AM, policy="calling")
    await story.tell("tag_added", tag="urgent")
    await story.settled()
    await story.order("acknowledge", step="nights.1/1.2")
    return story


@pytest.mark.slow
async def test_a_renamed_ladder_is_called_for_an_unanswered_customer(start: Start, slack: FakeSlack) -> None:
    """The new policy renames an acknowledged, unanswered ladder: the survey says so, and people are called."""
    story = await acknowledged(start)
    renamed = CALLING.replace("nights", "watch").replace("version: 1", "version: 2")
    document = load_policy(renamed, file="calling.yaml", today=datetime.now(UTC).date())
    text = "op has nights: watch is called where they do not answer in time"
    assert [each.text for each in (await look(story, document=document)).turnarounds] == [text]
    assert await apply(story, document=document) == [("adopted", "")]
    assert text in [entry["text"] for entry in await story.timeline()]
    await story.after(minutes=31)
    await story.settled()
    # The lead hears of the step that reaches nobody, in a lane of its own: before the call or after it.
    first, again = (message for message in messages_for(slack, story) if message.channel.startswith("@"))
    assert (again.channel, "op acknowledged, but the customer still waits" in first.words) == (first.channel, True)
    [run] = (await story.state())["pages"]
    assert (run["escalation"], run["by"], run["step"], run["ended"]) == ("nights", "watch", 2, "")


async def test_a_shipped_policy_without_the_ladder_says_so(start: Start, slack: FakeSlack) -> None:
    """A conversation adopts a shipped policy that lacks its ladder: the alert channel hears that nobody is called."""
    story = await start(MONDAY_10_AM, policy="calling")
    await story.tell("tag_added", tag="urgent")
    await story.settled()
    await story.order("adopt_policy", policy="vip", mode="carry")
    await story.settled()
    last = messages_for(slack, story)[-1]
    assert last.channel == "#support"
    assert last.text.startswith("nights ends, nobody else is called: vip v3 has no such escalation: Urgent")
    assert (await story.state())["pages"][0]["ended"] == "vip v3 has no such escalation"
