"""Record histories of conversations, to be replayed by every later version.

    python -m tests.replay.record EDITION [NAME…]

Names are those of the demo's conversations, and `queue` (a conversation and its team), `storm` (an incident and two of
its conversations), `assisted` (messages that are read), `judged` (answers to how it went) and `hands` (all changes of
team and assignee, heard by a rule); and the plays of `edition_3` and `edition_4`, which meet what changed in
them. All of them, if none is named.

An edition stays open until the work on it is done; until then its histories may be recorded anew. Those of closed
editions are never changed.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from policies.document.document import Document
from tests.replay import edition_3, edition_4
from tests.replay.keeping import keep, until
from worker.demo.calendar import calendar_of
from worker.demo.script import load_scripts
from worker.demo.stage import close, play, settled
from worker.environment.settings import Settings
from worker.process.hosting import load_policies, make_worker, open_house
from worker.temporal.skipping import Clockwork, skipping_server

POLICIES = Path(__file__).parent / "policies"
_PLAYS = edition_3.PLAYS | edition_4.PLAYS


async def record(edition: int, names: list[str]) -> None:
    """Play the named conversations to their end, or all of them, and keep each history as JSON."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/baton.db",
            slack_token="",
            http_port=0,
            edition_max=edition,
            policies=POLICIES,
        )
        documents = load_policies(settings)
        async with open_house(settings) as house, skipping_server() as clockwork:

            def serve(**later: Document) -> AbstractAsyncContextManager[object]:
                return make_worker(clockwork.client, settings, house, documents | later)

            for name in names or [
                *(script.name for script in load_scripts(only=[])),
                *_BESIDE_THE_DEMO,
                *_PLAYS,
            ]:
                if name in _PLAYS:
                    await _PLAYS[name](clockwork, f"edition-{edition}-{name}", serve)
                    continue
                async with serve():
                    if name in _BESIDE_THE_DEMO:
                        await _BESIDE_THE_DEMO[name](clockwork, f"edition-{edition}")
                    else:
                        await _demo(clockwork, f"edition-{edition}", name, documents["tiered"])


async def _demo(clockwork: Clockwork, prefix: str, name: str, policy: Document) -> None:
    """Play one of the demo's conversations."""
    (script,) = load_scripts(only=[name])
    played = await play(clockwork, script, calendar_of(policy).opening(script, datetime.now(UTC)))
    await close(clockwork, played)
    await keep(clockwork.client.get_workflow_handle(f"conversation/{played.conversation_id}"), f"{prefix}-{name}")


async def _queue(clockwork: Clockwork, prefix: str) -> None:
    """Play a conversation that waits in a queue until an agent is available, accepts, answers and resolves it."""
    client, opens = clockwork.client, datetime.now(UTC) + timedelta(days=1)
    body = {"conversation_id": "queue", "policy": "queued", "channel": "web_chat", "tags": ["refund"]}
    conversation = await clockwork.start(body, opens)
    await settled(conversation)
    team = client.get_workflow_handle("team/specialists")
    await until(team, lambda state: len(state["line"]) == 1)
    await team.execute_update("set_presence", {"actor": "casey", "presence": "available"})
    await until(team, lambda state: bool(state["with"]))
    await team.execute_update("accept", {"actor": "casey", "conversation_id": "queue"})
    await until(team, lambda state: [row["state"] for row in state["with"]] == ["owned"])
    await conversation.signal("message", {"event_id": "a", "author": "agent", "author_id": "casey", "text": "Done."})
    await conversation.execute_update("resolve", {"actor": "casey"})
    await until(team, lambda state: not state["with"])
    await settled(conversation)
    await clockwork.forward(conversation, timedelta(hours=25))
    await conversation.result()
    await keep(conversation, f"{prefix}-queue-conversation")
    await keep(team, f"{prefix}-queue-team")


async def _storm(clockwork: Clockwork, prefix: str) -> None:
    """Play eleven missed first responses at once: an incident calls for all of them, and is released."""
    client, opens = clockwork.client, datetime.now(UTC) + timedelta(days=1)
    started = [
        await clockwork.start({"conversation_id": f"storm-{number}", "channel": "chat", "policy": "tiered"}, opens)
        for number in range(11)
    ]
    for conversation in started:
        await conversation.signal("reassigned", {"event_id": "r", "team": "tier-1-on-call"})
        await settled(conversation)
        await clockwork.forward(conversation, timedelta(minutes=16))
        await settled(conversation)
    folded = [(await settled(conversation))["pages"][0]["incident"] for conversation in started]
    incident = client.get_workflow_handle(f"conversation/{folded[-1]}")
    await incident.execute_update("release", {"actor": "casey"})
    for conversation in started:
        await until(conversation, lambda state: state["pages"][0]["incident"] == "" and not state["waiting_effects"])
    await settled(incident)
    await keep(incident, f"{prefix}-storm-incident")
    await keep(started[0], f"{prefix}-storm-first")
    await keep(started[-1], f"{prefix}-storm-last")


async def _assisted(clockwork: Clockwork, prefix: str) -> None:
    """Play a conversation in which the customer asks the assistant for a person, and gets one."""
    body = {"conversation_id": "assisted", "policy": "assisted", "channel": "web_chat"}
    conversation = await clockwork.start(body, datetime.now(UTC) + timedelta(days=1))
    said = (
        ("customer", "Where is my parcel?"),
        ("assistant", "It is on its way."),
        ("customer", "That does not help. I want to talk to a real person!"),
    )
    for number, (author, text) in enumerate(said):
        await conversation.signal("message", {"event_id": f"m-{number}", "author": author, "text": text})
        await settled(conversation)
    await until(conversation, lambda state: state["escalations"] == 1)
    await conversation.execute_update("resolve", {"actor": "casey"})
    await settled(conversation)
    await clockwork.forward(conversation, timedelta(hours=25))
    await conversation.result()
    await keep(conversation, f"{prefix}-assisted")


async def _judged(clockwork: Clockwork, prefix: str) -> None:
    """Play a late call: an agent answers, and people say how it went, also hours after the end."""
    body = {"conversation_id": "judged", "policy": "tiered", "channel": "chat", "customer": {"name": "Ada"}}
    conversation = await clockwork.start(body, datetime.now(UTC) + timedelta(days=1))
    await conversation.signal("reassigned", {"event_id": "r", "team": "tier-1-on-call"})
    await settled(conversation)
    await clockwork.forward(conversation, timedelta(minutes=16))
    await settled(conversation)
    await conversation.signal("message", {"event_id": "a", "author": "agent", "author_id": "casey", "text": "Done."})
    await until(conversation, lambda state: bool(state["pages"][0]["stood_down"]))
    await conversation.execute_update("resolve", {"actor": "casey"})
    await settled(conversation)
    await clockwork.forward(conversation, timedelta(hours=5))
    pressed = {"step": "support-on-call.1/1.1", "by": "casey"}
    for number, needed in enumerate((True, False)):
        await conversation.signal("feedback", {"event_id": f"f-{number}", "needed": needed, **pressed})
        await settled(conversation)
    await conversation.signal("feedback", {"event_id": "f-3", "repeated": True, "missing": "the invoice number"})
    await conversation.signal("rated", {"event_id": "s", "score": 4})
    await clockwork.forward(conversation, timedelta(hours=25))
    await conversation.result()
    await keep(conversation, f"{prefix}-judged")


async def _hands(clockwork: Clockwork, prefix: str) -> None:
    """Play a conversation that a queue, business hours, a rule and people give to one team or agent after another."""
    afternoon = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(16), UTC)
    conversation = await clockwork.start({"conversation_id": "hands", "policy": "hands", "channel": "email"}, afternoon)
    await settled(conversation)
    team = clockwork.client.get_workflow_handle("team/front")
    await until(team, lambda state: len(state["line"]) == 1)
    await team.execute_update("set_presence", {"actor": "ann", "presence": "available"})
    await until(team, lambda state: bool(state["with"]))
    await team.execute_update("accept", {"actor": "ann", "conversation_id": "hands"})
    await until(conversation, lambda state: state["assignee"] == "ann")
    await clockwork.forward(conversation, timedelta(minutes=31))
    await until(conversation, lambda state: state["assignee"] == "")
    await clockwork.go_to(conversation, afternoon.replace(hour=17, minute=1))
    await until(conversation, lambda state: state["team"] == "night")
    await clockwork.go_to(conversation, afternoon.replace(hour=9, minute=1) + timedelta(days=1))
    await until(conversation, lambda state: state["team"] == "front")
    await conversation.signal("tag_added", {"event_id": "t", "tag": "hard", "by": "ann"})
    await until(conversation, lambda state: state["team"] == "experts")
    await conversation.execute_update("take", {"actor": "bob"})
    await conversation.execute_update("reassign", {"actor": "bob", "team": "night", "note": "till tonight"})
    await conversation.execute_update("resolve", {"actor": "bob"})
    await settled(conversation)
    await clockwork.forward(conversation, timedelta(hours=25))
    await conversation.result()
    await keep(conversation, f"{prefix}-hands")


_BESIDE_THE_DEMO: dict[str, Callable[[Clockwork, str], Awaitable[None]]] = {
    "queue": _queue,
    "storm": _storm,
    "assisted": _assisted,
    "judged": _judged,
    "hands": _hands,
}


if __name__ == "__main__":
    asyncio.run(record(int(sys.argv[1]), sys.argv[2:]))
