"""Every function of `policies/` that a workflow reaches from another module raises, one at a time: nothing stops."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import WorkflowTaskFailedCause
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from tests.conftest import story_policies
from tests.fakes.slack import FakeSlack
from tests.reached import reached
from tests.stories.breaking import Breaking
from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.hosting import House, load_policies, make_worker
from worker.settings import Settings
from worker.skipping import Clockwork, skipping_server

MONDAY_10_AM = next_weekday(0, 10)
HALF_AN_HOUR = timedelta(minutes=31)
FROM_THE_START, LATER = "from the start", "later"
AT_ONCE = 4
SOMETHING_CAME = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
"""The server does not let a run end while an event waits for it; the task is done again, and nothing has failed."""
MOST_RUNS = 8
"""Of a story in which a run continues as new once a minute at most, and is asked to once: more would be a loop."""
FUNCTIONS = {str(function): function for function in reached()}
OF_TEAMS = sorted(name for name in FUNCTIONS if name.startswith(("policies.teams.", "workflows.team")))
OF_CONVERSATIONS = sorted(set(FUNCTIONS) - set(OF_TEAMS))
CHOSEN = (
    ("workflows.conversation_state:prepare", FROM_THE_START),
    ("workflows.conversation_state:repeated", LATER),
    ("workflows.conversation:is_wanted", LATER),
    ("workflows.conversation_state:next_deadline", LATER),
    ("policies.decide:play", FROM_THE_START),
    ("policies.rules:fire", LATER),
)
"""Those that run by default: where an exception had found a way to stop a conversation, and two in the middle."""


class Stage:
    """A server and a worker on which functions can be broken."""

    def __init__(self, clockwork: Clockwork, slack: FakeSlack) -> None:
        self.clockwork = clockwork
        self.slack = slack
        self.breaking = Breaking()

    async def tell(self, name: str, when: str) -> dict[str, Any]:
        """How a conversation ended of which that function raised; an empty name breaks nothing."""
        story_id = f"{name or 'nothing'} {when}"
        if when == FROM_THE_START:
            self._break(f"conversation/{story_id}", name)
        body = {"conversation_id": story_id, "policy": "tiered", "channel": "email", "customer": {"id": "carla"}}
        handle = await self.clockwork.start(body, MONDAY_10_AM)
        story = Story(handle, self.clockwork, MONDAY_10_AM, story_id)
        if when == LATER:
            await story.settled()
            self._break(handle.id, name)
        await story.tell("tag_added", tag="billing")
        await story.tell("message", author="customer", text="I was charged twice")
        await story.tell("attribute_changed", name="plan", value="gold")
        was_noted = await was_accepted(handle, "add_note", actor="op", tried="a", think="b", need="c")
        await story.after(minutes=16)
        await story.after(minutes=75)

        async def people_heard() -> bool:
            return self._people_heard(story)

        await until(people_heard)
        self.breaking.broken.pop(handle.id, None)
        await self._judged_again(story)
        if not was_noted:
            await answered(handle, "add_note", actor="op", tried="a", think="b", need="c")
        await answered(handle, "take", actor="anna")
        await story.tell("message", author="agent", text="Here is your money")
        await answered(handle, "resolve", actor="anna")
        return await self._told(story)

    def _break(self, id: str, name: str) -> None:
        if name:
            self.breaking.broken[id] = FUNCTIONS[name]

    async def _judged_again(self, story: Story) -> None:
        await story.handle.signal("retry", {})
        while (await story.settled())["set_aside"]:
            await self.clockwork.forward(story.handle, HALF_AN_HOUR)

    def _people_heard(self, story: Story) -> bool:
        """Of the promise that was broken, or that something could not be judged."""
        texts = [message.text for message in self.slack.messages if message.key.startswith(f"{story.id}/")]
        return any("First response breached" in text or "could not be judged" in text for text in texts)

    async def _told(self, story: Story) -> dict[str, Any]:
        state, kinds = await story.settled(), await story.kinds()
        return {
            **{name: state[name] for name in ("status", "team", "assignee", "tags", "attributes", "messages")},
            "said": kinds.count("message"),
            "notes": kinds.count("note_added"),
            "breached": any(clock["state"] == "breached" for clock in state["clocks"]) or "clock_breached" in kinds,
            "failed": await failed_tasks(self.clockwork, story.handle.id),
        }


async def failed_tasks(clockwork: Clockwork, id: str) -> list[str]:
    """Why workflow tasks of any run have failed, and whether there were more runs than can be explained."""
    runs = [run async for run in clockwork.client.list_workflows(f"WorkflowId = '{id}'")]
    found = [f"{len(runs)} runs"] if len(runs) > MOST_RUNS else []
    for run in runs:
        history = await clockwork.client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        found += [
            event.workflow_task_failed_event_attributes.failure.message
            for event in history.events
            if event.HasField("workflow_task_failed_event_attributes")
            and event.workflow_task_failed_event_attributes.cause != SOMETHING_CAME
        ]
    return found


async def was_accepted(handle: WorkflowHandle[Any, Any], command: str, **body: Any) -> bool:
    """Whether a command was carried out, or refused; one that comes while a run moves on is sent again."""
    while True:
        try:
            await handle.execute_update(command, body)
        except WorkflowUpdateFailedError as error:
            if "moving on" not in str(error.cause):
                return False
        else:
            return True


async def answered(handle: WorkflowHandle[Any, Any], command: str, **body: Any) -> None:
    """Have a command carried out."""
    assert await was_accepted(handle, command, **body), command


@pytest.fixture(scope="module")
async def stage(settings: Settings, house: House, slack: FakeSlack) -> AsyncIterator[Stage]:
    """A stage on which every function of conversations can be broken."""
    async with skipping_server() as clockwork:
        stage = Stage(clockwork, slack)
        with stage.breaking.breakable(FUNCTIONS.values()):
            documents = {**load_policies(settings), **story_policies()}  # with storms, one call would stand for many
            async with make_worker(clockwork.client, settings, house, documents):
                yield stage


@pytest.fixture(scope="module")
async def sound(stage: Stage) -> dict[str, Any]:
    """How the story ends in which nothing raises."""
    return await stage.tell("", LATER)


def test_the_list_of_functions_follows_the_source() -> None:
    """Functions are found where they are imported by name, and where they are called by their module."""
    assert {
        "policies.decide:play",
        "workflows.conversation_state:decide_all",
        "workflows.showing:entries_of",
        "policies.rules:fire",
        "workflows.team_state:decide",
    } <= set(FUNCTIONS)
    assert len(FUNCTIONS) == len(reached())


async def test_the_story_without_a_fault(sound: dict[str, Any]) -> None:
    """A tag, a message, an attribute, a note, a broken promise, an answer: this is what has to come out of each."""
    assert sound == {
        "status": "resolved",
        "team": "billing",
        "assignee": "anna",
        "tags": ["billing"],
        "attributes": [["plan", "gold"]],
        "messages": 2,
        "said": 2,
        "notes": 1,
        "breached": True,
        "failed": [],
    }


async def differing(stage: Stage, sound: dict[str, Any], chosen: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What came out otherwise than it should where these functions raised, a few stories at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def told(name: str, when: str) -> Any:
        async with gate:
            try:
                async with asyncio.timeout(120):
                    found = await stage.tell(name, when)
            except (TimeoutError, AssertionError) as error:
                return repr(error), await failed_tasks(stage.clockwork, f"conversation/{name} {when}")
            return {key: value for key, value in found.items() if value != sound[key]}

    names = list(chosen)
    found = await asyncio.gather(*(told(name, when) for name, when in names))
    return {f"{name} {when}": each for (name, when), each in zip(names, found, strict=True) if each}


async def test_functions_that_raise_stop_nothing(stage: Stage, sound: dict[str, Any]) -> None:
    """Where a part of the code fails for an hour, the conversation ends as if it had not, and people were called."""
    assert await differing(stage, sound, CHOSEN) == {}
    assert {f"conversation/{name} {when}" for name, when in CHOSEN} <= stage.breaking.hit


@pytest.mark.soak
@pytest.mark.parametrize("module", sorted({name.partition(":")[0] for name in OF_CONVERSATIONS}))
@pytest.mark.parametrize("when", [FROM_THE_START, LATER])
async def test_no_function_that_raises_stops_a_conversation(
    stage: Stage, sound: dict[str, Any], module: str, when: str
) -> None:
    """Whichever function fails, in all parts of the code: the same end, and people were called."""
    names = [name for name in OF_CONVERSATIONS if name.partition(":")[0] == module]
    assert await differing(stage, sound, ((name, when) for name in names if (name, when) not in CHOSEN)) == {}
