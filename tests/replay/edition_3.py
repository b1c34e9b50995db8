"""Plays that meet what changed in edition 3: earlier editions would take another course in each of them."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowUpdateFailedError

from policies.document.document import Document
from policies.loading.load import load_policy
from tests.conftest import Story
from tests.replay.keeping import keep, until
from tests.stories.teams import Crew
from worker.temporal.skipping import Clockwork

POLICIES = Path(__file__).parent / "policies"
Serve = Callable[..., AbstractAsyncContextManager[object]]
"""Makes a worker, which knows these policies in place of those of their names."""


def _morning() -> datetime:
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(10), UTC)


async def begun(clockwork: Clockwork, name: str, policy: str, **body: Any) -> Story:
    """Begin a conversation tomorrow morning."""
    begins = _morning()
    body = {"conversation_id": name, "policy": policy, "channel": "email", **body}
    story = Story(await clockwork.start(body, begins), clockwork, begins, name)
    await story.settled()
    return story


async def closed(story: Story, name: str) -> None:
    """Resolve the conversation, let it close, and keep it."""
    await story.order("resolve")
    await story.settled()
    await story.clockwork.forward(story.handle, timedelta(hours=25))
    await story.handle.result()
    await keep(story.handle, name)


async def _refused(story: Story, command: str, **body: Any) -> None:
    try:
        await story.order(command, **body)
    except WorkflowUpdateFailedError:
        return
    raise AssertionError(f"{command} was carried out")


async def _tell_each(story: Story, *facts: tuple[str, dict[str, Any]]) -> None:
    for name, body in facts:
        await story.tell(name, **body)
        await story.settled()


async def _rules(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """Keywords, values that are known already, a rule that is muted, machines that write, names that are misspelt."""
    async with serve():
        story = await begun(clockwork, "rules", "ways", customer={"id": "ada"})
        out = {"author": "customer", "text": "I am out of office", "headers": {"Auto-Submitted": "auto-replied"}}
        long = "\n".join([*(f"> quoted line {number}" for number in range(400)), "My lawyer\u2019s letter"])
        await _tell_each(
            story,
            ("message", {"author": "customer", "text": long}),
            *[("attribute_changed", {"name": "plan", "value": "gold"})] * 2,
            *[("customer_updated", {"tier": "gold"})] * 2,
            *[("reassigned", {"team": "desk", "assignee": "anna", "by": "lead"})] * 2,
            *[("tag_added", {"tag": f"noise-{number}"}) for number in range(5)],
            ("attribute_changed", {"name": "plan", "value": "silver"}),
            ("message", {"author": "agent", "author_id": "anna", "text": "I look at it."}),
            ("message", out),
            ("message", {"author": "customer", "text": "And?"}),
            ("tag_added", {"tag": "calm", "bye": "anna"}),
        )
        await _refused(story, "hold", note="The bank", untill="2030-01-01T09:00:00Z")
        await closed(story, name)


async def _promises(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """A promise that is used up, silences, an answer and a close at one instant, an undone close, a night."""
    async with serve():
        story = await begun(clockwork, "promises", "ways", customer={"id": "ben", "account_manager": "carl"})
        await story.after(minutes=30)
        await story.order("hold", note="The supplier answers tomorrow")
        await story.tell("tag_added", tag="outage")
        await until(story.handle, lambda state: bool(state["pages"]))
        await story.order("release")
        for minute, agent in enumerate(("anna", "ben", "anna"), start=1):
            await story.tell("reassigned", assignee=agent, by="lead")
            await story.after(minutes=30 + 31 * minute)
            await story.settled()
        await _answered_and_closed(story, await clockwork.now(story.handle))
        await _refused(story, "take", actor="ben", step="callers.1/1.1")
        await _tell_each(
            story,
            ("message", {"author": "customer", "text": "One more question"}),
            ("status_changed", {"status": "resolved", "by": "anna"}),
        )
        await clockwork.forward(story.handle, timedelta(minutes=2))
        await story.tell("status_changed", status="open", by="anna")
        await clockwork.forward(story.handle, timedelta(minutes=9))
        await story.settled()
        await story.tell("tag_added", tag="managed")
        await clockwork.go_to(story.handle, _morning().replace(hour=17, minute=1))
        await story.tell("reassigned", team="desk", by="lead")
        await story.tell("message", author="customer", text="And the other one?")
        await closed(story, name)


async def _begun_by_us(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """A conversation that we began owes nothing until the customer writes, and then an answer."""
    async with serve():
        story = await begun(clockwork, "begun-by-us", "ways", direction="outbound", customer={"id": "eve"})
        await story.after(minutes=50)
        await story.settled()
        await story.tell("message", author="customer", text="What is this about?")
        await clockwork.forward(story.handle, timedelta(minutes=61))
        await story.settled()
        await story.tell("message", author="agent", author_id="anna", text="About your order.")
        await closed(story, name)


async def _answered_and_closed(story: Story, at: datetime) -> None:
    await story.tell("status_changed", at=at, event_id="a", status="resolved", by="anna")
    await story.tell("message", at=at, event_id="m", author="agent", author_id="anna", text="Here it is")
    await story.settled()


async def _pairs(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """A team of two: a hold that frees room, a language none of them speaks, a close by mistake, and one leaves."""
    crew = Crew("pair", clockwork.client.get_workflow_handle("team/pair"), clockwork)
    german = {"customer": {"locale": "de_DE.UTF-8"}}
    async with serve():
        first = await begun(clockwork, "pairs-first", "pairs", **german)
        await crew.there("ann", "bob")
        await _owned(crew, first, "ann")
        second = await begun(clockwork, "pairs-second", "pairs", **german)
        await _in_line(crew, second)
        await first.order("hold", note="The bank answers tomorrow")
        await _owned(crew, second, "ann")
        await first.order("release")
        await _in_line(crew, first)
        polish = await begun(clockwork, "pairs-polish", "pairs", customer={"preferences": {"language": "pl"}})
        await until(polish.handle, lambda state: state["team"] == "others")
        await first.tell("status_changed", status="resolved", by="ann")
        await until(crew.handle, lambda state: not state["line"])
        await first.tell("status_changed", status="open", by="ann")
        await _in_line(crew, first)
        await second.tell("message", author="agent", author_id="ann", text="I look at it.")
        await first.tell("message", author="agent", author_id="lead", text="We are on it.")
        await first.settled()
        await _in_line(crew, first)
    async with serve(pairs=_version_2()):
        third = await begun(clockwork, "pairs-third", "pairs", customer={"locale": "en"})
        await until(crew.handle, lambda state: state["policy"]["name"] == "pairs v2")
        await _offered(crew, third)
        await third.tell("message", author="agent", author_id="lead", text="We are on it.")
        await third.settled()
        await _owned(crew, third, "bob")
        await second.tell("message", author="customer", text="And?")
        await until(second.handle, lambda state: state["assignee"] == "")
        for story in (first, second, third, polish):
            await closed(story, f"{name}-{story.id.removeprefix('pairs-')}")
        await keep(crew.handle, f"{name}-team")


async def _in_line(crew: Crew, story: Story) -> None:
    await until(crew.handle, lambda state: story.id in [row["conversation"] for row in state["line"]])


def _version_2() -> Document:
    """Return the policy without Ann."""
    lines = (POLICIES / "pairs.yaml").read_text().replace("version: 1", "version: 2").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("  ann:"))
    return load_policy(text, file="pairs.yaml", today=datetime.now(UTC).date())


async def _offered(crew: Crew, story: Story) -> None:
    await until(
        crew.handle,
        lambda state: (story.id, "offered") in [(row["conversation"], row["state"]) for row in state["with"]],
    )


async def _owned(crew: Crew, story: Story, agent: str) -> None:
    await _offered(crew, story)
    await crew.say(agent, "accept", story)
    await until(story.handle, lambda state: state["assignee"] == agent)


async def _imported(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """A conversation of five days ago, and one of hours ago whose answer came with its start."""
    async with serve():
        old = await _started_late(clockwork, "imported", timedelta(days=5), {"author": "customer", "text": "Hello?"})
        answer = {"author": "agent", "author_id": "ann", "text": "Hello"}
        answered = await _started_late(clockwork, "answered", timedelta(hours=20), answer)
        await closed(old, name)
        await closed(answered, f"{name}-answered")


async def _started_late(clockwork: Clockwork, name: str, ago: timedelta, said: dict[str, str]) -> Story:
    opened_at = datetime.now(UTC) - ago
    handle = await clockwork.client.start_workflow(
        "Conversation",
        {"conversation_id": name, "policy": "ways", "channel": "email", "opened_at": opened_at.isoformat()},
        id=f"conversation/{name}",
        task_queue="baton",
        start_signal="message",
        start_signal_args=[{"event_id": "m", "occurred_at": (opened_at + timedelta(seconds=5)).isoformat(), **said}],
    )
    story = Story(handle, clockwork, opened_at, name)
    await story.settled()
    return story


PLAYS: dict[str, Callable[[Clockwork, str, Serve], Awaitable[None]]] = {
    "rules": _rules,
    "promises": _promises,
    "pairs": _pairs,
    "imported": _imported,
    "begun-by-us": _begun_by_us,
}
