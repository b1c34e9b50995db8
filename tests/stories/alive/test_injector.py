"""The injector's tests: each function of `policies/` that a workflow calls from another module raises, one at a time.

No conversation and no team stops. Each function is tried with the first play that calls it: broken from the start, and
again broken later if the play calls it later, too.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from activities.insight.tagging.tagger_file import write_tagger
from tests.conftest import BUSY, asked, story_policies
from tests.fakes.slack import FakeSlack
from tests.labelled import examples
from tests.reached import Reached, reached
from tests.stories.alive.breaking import Breaking, Broken
from tests.stories.alive.runs import SOMETHING_CAME, has_begun
from tests.stories.conftest import Story
from tests.stories.plays import MONDAY_10_AM, PLAYS, MoodyDesk, Play, Stage, team_policies, was_accepted
from tests.stories.teams import PATIENCE, until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.tagger.training import train
from worker.temporal.skipping import Clockwork, skipping_server

HALF_AN_HOUR = timedelta(minutes=31)
FROM_THE_START, LATER = "from the start", "later"
AT_ONCE = 4
MOST_RUNS, MOST_EVENTS = 20, 1_200
"""The limits of one play, in which runs continue as new a minute after each error: more would be a loop."""
OURS = (
    Reached("workflows.conversations.carried", "carried_on", "workflows.conversation", "carried_on"),
    Reached("workflows.carrying.packing", "packed_whole", "workflows.frame.shell", "packed_whole"),
    Reached("workflows.queues.carried", "team_carried_on", "workflows.team", "team_carried_on"),
    Reached("workflows.conversations.outcomes", "fact_of", "workflows.conversations.outcomes", "fact_of"),
    Reached("workflows.conversations.observing", "recorded", "workflows.conversations.observing", "recorded"),
)
"""Functions of `workflows/` on which much depends."""
FUNCTIONS = {str(function): function for function in (*reached(), *OURS)}
PARTS = 12
TIMES = 4
"""How often a try is repeated until its function is called.

Facts that come one after another are judged together or not, by chance, and then other functions are called.
"""
OF_THE_START = ("channel", "subject", "customer")
"""Fields that only the start sets: where it was lost, they are empty in the end."""
CHOSEN = (
    ("workflows.conversations.state:prepare", FROM_THE_START),
    ("workflows.conversations.state:repeated", LATER),
    ("workflows.conversation:is_wanted", LATER),
    ("workflows.conversations.state:next_deadline", LATER),
    ("workflows.conversations.state:has_to_follow", LATER),
    ("policies.decide:play", FROM_THE_START),
    ("policies.rules:fire", LATER),
)
"""The functions of the slow tests: four that once stopped a conversation, and two in the middle of the code."""


NOT_CALLED: Mapping[str, tuple[str, ...]] = {
    "bound to its place when the module is loaded, so that nothing can break it from outside": (
        "policies.document.document:one_or_many",
        "policies.running.conditions.vocabulary:words_match",
        "policies.state.events:headers_in",
    ),
    "called where a policy is checked, which no workflow does": (
        "policies.running.conditions.cost:program_size",
        "policies.running.conditions.comparing:never_because",
        "policies.running.conditions.evaluating:patterns_in",
        "policies.running.conditions.evaluating:place",
        "policies.running.conditions.evaluating:problem",
        "policies.running.conditions.evaluating:problems_of_texts",
        "policies.running.conditions.evaluating:sentences",
        "policies.running.conditions.evaluating:word",
        "policies.running.conditions.moments:did_you_mean",
        "policies.running.conditions.patterns:shown",
        "policies.running.conditions.syntax_errors:first_only",
        "policies.running.conditions.syntax_errors:sentence",
        "policies.running.conditions.wording:fields_of",
        "policies.running.conditions.wording:how_to_declare",
        "policies.time.hours:holiday_problems",
        "policies.time.hours:years_named",
        "policies.running.texts.rendering:beyond_budget",
        "policies.running.texts.rendering:did_you_mean",
        "policies.running.texts.rendering:event_type",
        "policies.running.texts.rendering:fields_of",
        "policies.running.texts.rendering:how_to_declare",
        "policies.running.texts.rendering:syntax_error",
    ),
    "called for a state of megabytes: see tests/workflows/conversations/test_carried.py": (
        "workflows.conversations.carried:cut",
        "workflows.carrying.pinned:prepare",
        "workflows.conversations.state:go_on_from",
        "workflows.carrying.fitting:cut",
        "workflows.frame.guarded_state:prepare",
        "workflows.queues.carried:cut",
    ),
    "called where a run fails twice to begin: see tests/stories/audit/test_restarting.py": (
        "workflows.conversations.state:is_numbered",
    ),
    "called where a run goes on from another one: see tests/stories/alive/test_editions.py": (
        "workflows.arrivals.beginning:known",
    ),
    "called where a run ends with something set aside: tried below": (
        "workflows.conversation:carried_on",
        "workflows.frame.shell:packed_whole",
        "workflows.team:team_carried_on",
    ),
    "called where decisions are judged again, which no workflow does: see tests/worker/conversations/test_verify.py": (
        "policies.recorded.judgements:adopt",
        "policies.recorded.judgements:decide",
        "policies.recorded.judgements:decide_all",
        "policies.recorded.judgements:opened",
    ),
    "called in editions before the third alone: see tests/policies/understanding/test_signs.py": (
        "policies.running.conditions.vocabulary:as_text",
        "policies.running.turn:written",
        "policies.understanding.mentions:matches",
        "policies.understanding.mentions:written",
    ),
    "called where a deadline is set aside: tried below": ("workflows.conversations.state:deadlines",),
    "called where a timeline is full: see tests/policies/state/test_timeline.py": (
        "policies.state.conversation:beginning_of",
    ),
    "called while its module is loaded": (
        "policies.state.situation:flat_schema",
        "policies.state.situation:records_of",
        "workflows.arrivals.handlers:description",
    ),
    "called where a text is too long: see tests/policies/text, tests/policies/running and tests/workflows/limits": (
        "policies.running.texts.rendering:cut",
        "policies.text.cutting:size_of",
        "workflows.limits.shortening:cut",
    ),
    "called once in a process, before any workflow asks: the result is remembered": (
        "policies.handoff.reader:languages_in",
        "policies.running.conditions.comparing:comparable",
        "policies.running.conditions.comparing:fields_of",
        "policies.running.conditions.comparing:shown",
        "policies.running.conditions.comparing:written_for_comparable",
        "policies.running.conditions.evaluating:changed",
        "policies.running.conditions.moments:parts_of",
        "policies.running.conditions.patterns:as_typed",
        "policies.running.conditions.patterns:problem",
        "policies.time.hours:instant",
        "policies.time.hours:read",
        "policies.time.hours:readings",
    ),
    "called where half a character is found in what Baton says itself: see tests/contract/test_payloads.py": (
        "workflows.payloads.decoding:whole_texts",
    ),
}
"""Functions that no play calls, by the reason: they are not tried."""
NOW_AND_THEN = {
    "policies.handoff.briefings.sheet:lasting",
    "policies.handoff.reader:known_zones",
    "policies.outages.joining:compile_condition",
    "policies.time.hours:joined",
    "policies.time.hours:windows",
    "policies.queues.queueing:format_span",
    "policies.queues.queueing:reach_deadline",
    "policies.document.rotation:read_every",
    "workflows.conversations.late_news:decide",
    "workflows.conversations.state:order",
}
"""Functions that may not be called in a try: the process caches their results, or facts come together by chance."""


@dataclass(frozen=True)
class Try:
    """One function that raises in one play, in its conversation or team, and others `beside` it that raise, too."""

    function: str
    when: str
    play: Play
    in_team: bool = False
    beside: tuple[str, ...] = ()

    @property
    def functions(self) -> tuple[str, ...]:
        """Return all functions that raise."""
        return self.function, *self.beside

    def __str__(self) -> str:
        return f"{self.function} {self.when}{' in the team' if self.in_team else ''}"


@dataclass(frozen=True)
class Told:
    """The end of a play, and the functions called from the start and later, in its conversation and in its team."""

    ending: dict[str, Any]
    called: dict[tuple[str, bool], frozenset[str]]


class NotCalledError(Exception):
    """An error for a function that should have raised and was not called."""


class Theatre:
    """A server and a worker on which functions can be broken."""

    def __init__(self, clockwork: Clockwork, slack: FakeSlack, desk: MoodyDesk) -> None:
        self.clockwork = clockwork
        self.desk = desk
        self.slack = slack
        self.breaking = Breaking()
        self._ids, self._teams = itertools.count(), itertools.count()
        self._sound: dict[str, Told] = {}

    async def sound(self, play: Play) -> Told:
        """Return the end of this play when nothing raises; it is played for the first try and kept for the others."""
        if play.name not in self._sound:
            await self.tell(play)  # fills the caches; later plays don't call what filled them
            self._sound[play.name] = await self.tell(play)
        return self._sound[play.name]

    async def tell(self, play: Play, attempt: Try | None = None) -> Told:
        """Return the end of this play with the functions of `attempt` broken, or none where it is None."""
        id = f"{attempt or 'nothing'} {play.name} {next(self._ids)}".replace(":", " ")
        stage, breaks = await self._begin(play, id, attempt)
        before = self._calls(stage)
        if attempt and attempt.when == LATER:
            now = await self.clockwork.client.get_workflow_handle(breaks).describe()
            self.breaking.broken[breaks] = Broken(attempt.functions, now.run_id, now.history_length)
        await play.act(stage)
        await self._have_begun(stage)
        await stage.answers()
        await self._people_heard(stage)
        for function in attempt.functions if attempt else ():
            if (breaks, function) not in self.breaking.hit:
                raise NotCalledError(function)
        self.breaking.broken.pop(breaks, None)
        calls = self._calls(stage)
        await self._judged_again(stage)
        await stage.send_again()
        await self._end(stage)
        called = {(FROM_THE_START, in_team): frozenset(found) for in_team, found in calls.items()}
        later = {(LATER, in_team): frozenset(found - before[in_team]) for in_team, found in calls.items()}
        return Told(await self._ending(stage, play), {**called, **later})

    async def _begin(self, play: Play, id: str, attempt: Try | None) -> tuple[Stage, str]:
        number = next(self._teams) if play.has_team else 0
        breaks = f"team/team-of-{number}" if attempt and attempt.in_team else f"conversation/{id}"
        if attempt and attempt.when == FROM_THE_START:
            self.breaking.broken[breaks] = Broken(attempt.functions)
        team = None
        if play.before is not None:
            await play.before(self.clockwork.client)
        if play.has_team:
            start = {"team": f"team-of-{number}", "policy": play.team_policy or f"queue-of-{number}"}
            team = await self.clockwork.client.start_workflow(
                "Team", start, id=f"team/team-of-{number}", task_queue="baton"
            )
        body = {"conversation_id": id, **({"policy": f"queue-of-{number}"} if play.has_team else {}), **play.start}
        if "imported" in body:
            at = MONDAY_10_AM.isoformat()
            known = {"conversation_id": id, "opened_at": at, "at": at, "team": "support", "life": "abc"}
            body["imported"] = {**known, **body["imported"]}
        handle = await self._start_with(body, play.begins_with) if play.begins_with else None
        handle = handle or await self.clockwork.start(body, MONDAY_10_AM)
        story = Story(handle, self.clockwork, MONDAY_10_AM, id)
        stage = Stage(story, self.desk, team)
        await self._have_begun(stage)
        if attempt is None or attempt.when == LATER:
            await story.settled()
        return stage, breaks

    async def _have_begun(self, stage: Stage) -> None:
        """Wait for the first tasks of the present runs: nothing may be asked before.

        What raises in a task that a query has split is marked nowhere (0019), and mended code could not replay it.
        """
        for handle in (stage.story.handle, stage.team):
            if handle is not None:
                await has_begun(handle)

    async def _start_with(self, body: dict[str, Any], text: str) -> WorkflowHandle[Any, Any]:
        """Start the conversation now, with its message: a message would make even a delayed start begin at once."""
        id = body["conversation_id"]
        message = {"event_id": f"{id}-first", "author": "customer", "text": text}
        return await self.clockwork.client.start_workflow(
            "Conversation",
            body,
            id=f"conversation/{id}",
            task_queue="baton",
            start_signal="message",
            start_signal_args=[message],
        )

    def _calls(self, stage: Stage) -> dict[bool, Any]:
        ids = {False: stage.story.handle.id, True: stage.team.id if stage.team else ""}
        return {in_team: self.breaking.calls[id].copy() for in_team, id in ids.items()}

    async def _people_heard(self, stage: Stage) -> None:
        """Check that people were told of what was set aside, if the policy has a ladder that can call them."""
        policy = await asked(stage.story.handle, "policy")
        is_aside = "set_aside" in [entry["kind"] for entry in await asked(stage.story.handle, "timeline")]
        if not policy["document"].get("escalations") or not is_aside:
            return
        root = f"{stage.story.id}/"

        async def heard() -> bool:
            messages = [message for message in self.slack.messages if message.key.startswith(root)]
            return any("could not be judged" in message.text for message in messages)

        await until(heard)

    async def _judged_again(self, stage: Stage) -> None:
        for handle in (stage.story.handle, stage.team):
            if handle is None:
                continue
            await handle.signal("retry", {})
            while await self._has_aside(handle):
                await self.clockwork.forward(handle, HALF_AN_HOUR)

    async def _has_aside(self, handle: Any) -> bool:
        if handle.id.startswith("conversation/"):
            return bool((await asked(handle, "state"))["set_aside"])
        state = await asked(handle, "state")
        return bool(state["set_aside"]) or state["policy"] is None

    async def _end(self, stage: Stage) -> None:
        """Have an agent take the conversation, answer and resolve it."""
        story = stage.story
        if stage.team is not None:
            await self._found_by_the_team(stage)
        await was_accepted(story.handle, "release", actor="anna")
        await was_accepted(story.handle, "take", actor="anna")
        await story.tell("message", author="agent", author_id="anna", text="Here is your money")
        await was_accepted(story.handle, "resolve", actor="anna")

    async def _found_by_the_team(self, stage: Stage) -> None:
        """Let an agent of the team accept the conversation, unless it has gone to another team."""
        await stage.there("ann")
        await stage.there("bob")
        while await stage.is_in_team():
            entry = await stage.entry_now()
            if entry.get("state") == "owned":
                return
            if entry.get("state") == "offered":
                await was_accepted(stage.crew, "accept", actor=entry["agent"], conversation_id=stage.story.id)
            if ahead := (await asked(stage.crew, "state"))["next"]:
                await self.clockwork.go_to(stage.crew, datetime.fromisoformat(ahead["at"]))

    async def _ending(self, stage: Stage, play: Play) -> dict[str, Any]:
        state, kinds = await stage.story.settled(), await stage.story.kinds()
        ids = [stage.story.handle.id, *([stage.team.id] if stage.team else [])]
        return {
            **{name: state[name] for name in ("status", "attributes", "messages", *OF_THE_START)},
            "tags": [tag for tag in state["tags"] if tag not in play.tags_in_time],
            **{kind: kinds.count(kind) for kind in ("message", "note_added", "tag_added", "rated", "feedback")},
            "breached": "clock_breached" in kinds if play.keeps_promises else None,
            "failed": [each for id in ids for each in await failed_tasks(self.clockwork, id)],
        }


async def failed_tasks(clockwork: Clockwork, id: str) -> list[str]:
    """Return why workflow tasks of any run failed, and whether there were too many runs or events."""
    runs = [run async for run in clockwork.client.list_workflows(f"WorkflowId = '{id}'")]
    found = [f"{len(runs)} runs"] if len(runs) > MOST_RUNS else []
    for run in runs:
        history = await clockwork.client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        found += [f"{len(history.events)} events"] if len(history.events) > MOST_EVENTS else []
        found += [
            event.workflow_task_failed_event_attributes.failure.message
            for event in history.events
            if event.HasField("workflow_task_failed_event_attributes")
            and event.workflow_task_failed_event_attributes.cause != SOMETHING_CAME
            and BUSY not in event.workflow_task_failed_event_attributes.failure.message
        ]
    return found


@pytest.fixture(scope="module")
async def theatre(
    settings: Settings, house: OutsideSystems, slack: FakeSlack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Theatre]:
    """Yield a theatre on which all these functions can be broken, with a trained tagger and a desk that can fail."""
    file, trained = tmp_path_factory.mktemp("injector") / "tagger.npz", train(examples(), 0.95)
    write_tagger(file, trained.tagger, trained.about)
    settings, desk = settings.model_copy(update={"tagger": file, "max_cached_workflows": 5_000}), MoodyDesk(house.store)
    house = replace(house, desk=desk)
    slack.refuse("#unheard", "internal_error")
    async with skipping_server() as clockwork:
        theatre = Theatre(clockwork, slack, desk)
        with theatre.breaking.breakable(FUNCTIONS.values()):
            documents = {**load_policies(settings), **story_policies(), **team_policies()}
            async with make_worker(clockwork.client, settings, house, documents):
                yield theatre


async def tries(theatre: Theatre) -> list[Try]:
    """Return a try for each function with the first play that calls it, in a conversation and in a team."""
    found: dict[tuple[str, str, bool], Try] = {}
    for play in PLAYS:
        for (when, in_team), functions in (await theatre.sound(play)).called.items():
            for function in functions:
                found.setdefault((function, when, in_team), Try(function, when, play, in_team))
    return sorted(found.values(), key=str)


async def differing(theatre: Theatre, chosen: Iterable[Try]) -> dict[str, Any]:
    """Return the differences between each try and its faultless play, with at most `AT_ONCE` plays at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def told(one: Try) -> Any:
        async with gate:
            sound = (await theatre.sound(one.play)).ending
            for _ in range(TIMES):
                try:
                    async with asyncio.timeout(PATIENCE):
                        found = (await theatre.tell(one.play, one)).ending
                except NotCalledError:
                    continue
                except Exception as error:
                    return repr(error)
                return {key: value for key, value in found.items() if value != sound[key]}
            return "" if one.function in NOW_AND_THEN else f"not called, {TIMES} times"

    names = list(chosen)
    found = await asyncio.gather(*(told(one) for one in names))
    return {f"{one} ({one.play.name})": each for one, each in zip(names, found, strict=True) if each}


def test_the_list_of_functions_follows_the_source() -> None:
    """The list has functions that are imported by name, and functions that are called through their module."""
    assert {
        "policies.decide:play",
        "workflows.conversations.state:decide_all",
        "workflows.conversations.showing:entries_of",
        "policies.rules:fire",
        "workflows.queues.state:decide",
    } <= set(FUNCTIONS)
    assert len(FUNCTIONS) == len(reached()) + len(OURS)


@pytest.mark.slow
async def test_the_play_without_a_fault(theatre: Theatre) -> None:
    """The first play without a fault ends with its tag, messages, attribute and note, and with a broken promise."""
    ending = dict((await theatre.sound(PLAYS[0])).ending)
    assert ending.pop("customer")["id"] == "carla"
    assert ending == {
        "channel": "email",
        "subject": "",
        "status": "resolved",
        "tags": ["billing"],
        "attributes": [["plan", "gold"]],
        "messages": 2,
        "message": 2,
        "note_added": 1,
        "tag_added": 1,
        "rated": 0,
        "feedback": 0,
        "breached": True,
        "failed": [],
    }


@pytest.mark.slow
async def test_functions_that_raise_stop_nothing(theatre: Theatre) -> None:
    """A part of the code fails for an hour: the conversation ends as if it had not, and people were told."""
    assert await differing(theatre, (Try(function, when, PLAYS[0]) for function, when in CHOSEN)) == {}


@pytest.mark.slow
async def test_a_deadline_that_cannot_be_told_any_more_stops_nothing(theatre: Theatre) -> None:
    """A breach can't be judged and its deadline can't be listed either: the conversation ends as if both worked."""
    beside = ("workflows.conversations.state:deadlines",)
    assert await differing(theatre, [Try("policies.sla.sla:reach", LATER, PLAYS[0], beside=beside)]) == {}


@pytest.mark.slow
@pytest.mark.parametrize("whole", [(), ("packed_whole",)], ids=["only the shrinking", "every form"])
async def test_a_state_that_cannot_be_handed_on_stops_nothing(theatre: Theatre, whole: tuple[str, ...]) -> None:
    """The state can't be handed to the next run: the present run goes on and tries again, for a team as well."""
    of_conversation = Try(
        "workflows.conversation:carried_on",
        LATER,
        PLAYS[0],
        beside=("workflows.conversations.state:repeated", *(f"workflows.frame.shell:{name}" for name in whole)),
    )
    of_team = Try(
        "workflows.team:team_carried_on",
        LATER,
        next(play for play in PLAYS if play.has_team),
        in_team=True,
        beside=("workflows.queues.state:next_deadline", *(f"workflows.frame.shell:{name}" for name in whole)),
    )
    assert await differing(theatre, (of_conversation, of_team)) == {}


@pytest.mark.soak
async def test_every_function_is_called_in_a_play_or_has_a_reason(theatre: Theatre) -> None:
    """Every function is called in a play, or the table says why it is not."""
    called = {one.function for one in await tries(theatre)}
    listed = {name for names in NOT_CALLED.values() for name in names}
    uncalled = set(FUNCTIONS) - called - NOW_AND_THEN
    unlisted, stale = sorted(uncalled - listed), sorted(listed - uncalled)
    assert not unlisted, "Neither called nor in the table:\n" + "\n".join(unlisted)
    assert not stale, "In the table, but called in a play:\n" + "\n".join(stale)
    ever_called = {name for calls in theatre.breaking.calls.values() for name in calls}
    assert sorted(NOW_AND_THEN - ever_called) == []


@pytest.mark.soak
async def test_every_eighth_function_stops_nothing(theatre: Theatre) -> None:
    """Every eighth function fails in turn: each play ends as if it had not, and people were told."""
    assert await differing(theatre, (await tries(theatre))[::8]) == {}


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
async def test_no_function_that_raises_stops_a_conversation_or_a_team(theatre: Theatre, part: int) -> None:
    """Every function fails in turn: each play ends as if it had not, and people were told."""
    assert await differing(theatre, (await tries(theatre))[part::PARTS]) == {}
