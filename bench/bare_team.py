"""A team's queue written by hand for Temporal and nothing else: Baton's queue is measured against it.

It has the same signals by the same activities: a conversation asks, the team grants many at a time, the conversation
tells the team its assignee. The agent with the least load gets the next conversation. No policy, presence, line,
offers, reasons, duplicates.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.desk.port import DeskActivities
    from activities.workflows.conversations import Conversations, MessageBatch
    from activities.workflows.teams import Teams
    from bench.crews import POLICY, by_name
    from policies.queues.teams.events import Message
    from policies.state.effects import AskTeam, Assign, TellOwner
    from workflows.contract import ASSIGNEE, STATUS, TEAM

TEAM_TYPE, TEAM_PREFIX = "BareTeam", "bare-team/"
PREFIX = "bare/"
_BATCH = 100
_OUTWARD: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=20),
    "schedule_to_close_timeout": timedelta(hours=1),
    "retry_policy": RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)),
}


@workflow.defn(name=TEAM_TYPE)
class BareTeam:
    """A team's workflow, which the benchmark or the first conversation that asks starts."""

    @workflow.init
    def __init__(self, start: dict[str, Any]) -> None:
        self._name = str(start["team"])
        self._load: Counter[str] = Counter(dict.fromkeys(by_name(self._name).people, 0))
        self._with: dict[str, str] = {}
        self._outgoing: list[Message] = []

    @workflow.signal
    def asked(self, body: dict[str, Any]) -> None:
        agent = min(self._load, key=lambda person: (self._load[person], person))
        self._load[agent] += 1
        conversation, key = body["conversation"], f"{self._name}/{body['conversation']}"
        told = {"event_id": key, "team": self._name, "agent": agent}
        self._outgoing.append(Message(conversation=conversation, name="granted", key=key, at=workflow.now(), body=told))

    @workflow.signal
    def owned(self, body: dict[str, Any]) -> None:
        self._with[body["conversation"]] = body["agent"]

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Send the waiting messages to conversations, for ever."""
        while True:
            await workflow.wait_condition(lambda: bool(self._outgoing))
            batch = MessageBatch(messages=tuple(self._outgoing[:_BATCH]))
            await workflow.execute_activity_method(Conversations.tell_all, batch, **_OUTWARD)
            del self._outgoing[: len(batch.messages)]


@workflow.defn(name="BareWaiting")
class BareWaiting:
    """A conversation that comes to a team, asks for a person, and takes the one it is given."""

    @workflow.init
    def __init__(self, start: dict[str, Any]) -> None:
        self._id = workflow.info().workflow_id.removeprefix(PREFIX)
        self._inbox: list[tuple[str, dict[str, Any]]] = []

    @workflow.signal
    def reassigned(self, body: dict[str, Any]) -> None:
        self._inbox.append(("reassigned", body))

    @workflow.signal
    def granted(self, body: dict[str, Any]) -> None:
        self._inbox.append(("granted", body))

    @workflow.run
    async def run(self, start: dict[str, Any]) -> None:
        """Take in signals, for ever."""
        workflow.upsert_search_attributes([STATUS.value_set("open"), TEAM.value_set("lobby")])
        while True:
            await workflow.wait_condition(lambda: bool(self._inbox))
            name, body = self._inbox.pop(0)
            await (self._ask(body["team"]) if name == "reassigned" else self._take(body["team"], body["agent"]))

    async def _ask(self, team: str) -> None:
        workflow.upsert_search_attributes([TEAM.value_set(team)])
        terms = {"team": team, "ticket": f"{self._id}/1", "policy": POLICY, "version": 1, "channel": "email"}
        ask = AskTeam(key=f"{self._id}/ask", since=workflow.now(), subject=self._id, **terms, **self._common())
        await workflow.execute_activity_method(Teams.ask, ask, **_OUTWARD)

    async def _take(self, team: str, agent: str) -> None:
        workflow.upsert_search_attributes([ASSIGNEE.value_set(agent)])
        terms = {"team": team, "ticket": f"{self._id}/1", "policy": POLICY, "version": 1, "channel": "email"}
        own = TellOwner(
            key=f"{self._id}/own", agent=agent, is_waiting=True, subject=self._id, **terms, **self._common()
        )
        assign = Assign(key=f"{self._id}/assign", team=team, team_name=team, assignee=agent, **self._common())
        await asyncio.gather(
            workflow.execute_activity_method(Teams.own, own, **_OUTWARD),
            workflow.execute_activity(DeskActivities.assign, assign, **_OUTWARD),  # pyright: ignore
        )

    def _common(self) -> dict[str, Any]:
        return {"conversation_id": self._id, "due_at": workflow.now(), "because": "somebody waits"}
