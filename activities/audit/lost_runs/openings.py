"""The input of a new run of a conversation or a team whose old run is lost.

There are four cases, and the first possible one is taken: the state that the run before handed on, where the lost run
did nothing with it; the lost run's own start, where it did nothing; the lost run's answer about itself; the last state
in the ledger. A team begins empty. Must not start or end anything.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.service import RPCError

from activities.audit.asking import Asker, NoAnswer
from activities.audit.lost_runs.endings import RunEnding, Signal
from activities.catalog import plain_name
from activities.effects.missing import unless_missing
from activities.ledger.standings import Standings
from policies.importing import HANDED_ON, LADDERS, ladders_of

TAKEN_OVER = "taken_over"
"""The mark of an input that is used again, because the run it was handed on to ended before it used it."""
_HANDED_ON = ("carried", "unread")
_HANDED_ON_MOST = 200_000
"""Bytes. A larger input that was handed on is not searched for messages: its size may be what ended its runs."""
_ASKED_MOST = 20
"""The most conversations that are asked which policy their team has."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """The input of a new run. `known_at` is when the ledger knew the state; None where the ended run told it itself."""

    inputs: Sequence[Any]
    known_at: datetime | None = None

    def lacks(self, signal: Signal) -> bool:
        """Return whether a message came too late to be part of the input."""
        return not signal.is_read if self.known_at is None else signal.at >= self.known_at


class Openings:
    """Finds the inputs for new runs."""

    def __init__(self, client: Client, asker: Asker, standings: Standings) -> None:
        self._client = client
        self._asker = asker
        self._standings = standings

    async def of(self, ending: RunEnding, why: str) -> NewRun | None:
        """Return the input of the new run; None where nothing is known. `why` goes on the timeline."""
        start = await self._start(ending)
        handed_on = _handed_on(ending, start)
        if handed_on is not None and TAKEN_OVER not in handed_on:
            return NewRun([{**handed_on, TAKEN_OVER: True}])
        if ending.is_team:
            return await self._team(ending, start)
        if handed_on is None and not ending.history.has_decided:
            return NewRun([RawValue(each) for each in ending.history.start.payloads] if ending.history.start else [{}])
        known = await self._conversation(ending, why, handed_on)
        # The lost run, too, did nothing with an input that had been handed on twice: to try the same input again is
        # better than nothing.
        return NewRun([handed_on]) if known is None and handed_on is not None else known

    async def _conversation(self, ending: RunEnding, why: str, handed_on: Mapping[str, Any] | None) -> NewRun | None:
        """Return an input with the ended run's answer about itself, or else with the last state in the ledger.

        Messages that were not judged yet are in the state `handed_on` to the ended run, and are taken from there.
        """
        known_at: datetime | None = None
        situation = await self._last_words(ending)
        if situation is None:
            if (found := await self._standings.of(ending.name)) is None:
                return None
            situation, known_at = found
        taken_in = [each for each in ending.history.signals if not NewRun((), known_at).lacks(each)]
        seen = [*await self._standings.events(ending.name), *await self._ids(taken_in)]
        named = {"policy": _policy_in(situation), "channel": situation.get("channel", "")}
        imported = {**situation, "seen": seen, "why": why}
        if handed_on is not None and len(json.dumps(handed_on)) <= _HANDED_ON_MOST:
            imported[HANDED_ON] = {name: handed_on[name] for name in _HANDED_ON if name in handed_on}
        return NewRun([{"conversation_id": ending.name, **named, "imported": imported}], known_at)

    async def _team(self, ending: RunEnding, start: Any) -> NewRun | None:
        """Return the input of an empty team; its conversations are told to it again (`queues`). None with no start."""
        if ending.history.start is None:
            return None
        return NewRun([{"team": ending.name, "policy": await self._policy_of(ending, start)}])

    async def _policy_of(self, ending: RunEnding, start: Any) -> str:
        """Return the plain name of a team's policy: from its start, the ended run, or conversations of the team."""
        named = start.get("policy") if isinstance(start, Mapping) else None
        if isinstance(named, str) and named:
            return plain_name(named)
        if known := await self._last_words(ending):
            return _policy_in(known)
        async for state in self._conversations_of(ending.name):
            if found := _policy_in(state):
                return found
        return ""

    async def _conversations_of(self, team: str) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the states of some open conversations of a team."""
        there = f"WorkflowType = 'Conversation' AND ExecutionStatus = 'Running' AND BatonTeam = {json.dumps(team)}"
        async for row in self._client.list_workflows(there, limit=_ASKED_MOST):
            with suppress(RPCError):
                answers = await self._asker.ask(self._client.get_workflow_handle(row.id), row.task_queue, "state")
                if not isinstance(answers, NoAnswer):
                    yield answers[0]

    async def _start(self, ending: RunEnding) -> Any:
        """Return the input that an ended run began with; None where it is gone or can't be read."""
        with suppress(ValueError, RuntimeError):
            bodies = (
                await self._client.data_converter.decode(ending.history.start.payloads) if ending.history.start else []
            )
            return bodies[0] if len(bodies) == 1 else None
        return None

    async def _ids(self, signals: Iterable[Signal]) -> list[str]:
        """Return the ids of the messages that were taken in, so that they do not count again if sent again."""
        ids: list[str] = []
        for signal in signals:
            with suppress(ValueError, RuntimeError):  # a body that can't be decoded has no id
                body: Any = (await self._client.data_converter.decode(signal.input.payloads) or [None])[0]
                if isinstance(body, dict) and "event_id" in body:
                    ids.append(str(cast("dict[str, Any]", body)["event_id"]))
        return ids

    async def _last_words(self, ending: RunEnding) -> dict[str, Any] | None:
        """Return an ended run's answer about itself; None where its history is gone or no worker can replay it."""
        handle = self._client.get_workflow_handle(ending.workflow_id, run_id=ending.run_id)
        questions = ("state",) if ending.is_team else ("state", "policy")
        answers = await unless_missing(self._asker.ask(handle, ending.task_queue, *questions))
        if (
            answers is None
            or isinstance(answers, NoAnswer)
            or not answers[0].get("policy")
            or "not_shown" in answers[0]
        ):
            return None
        return dict(answers[0]) if ending.is_team else {**answers[0], **_ladders_in(*answers)}


def _handed_on(ending: RunEnding, start: Any) -> dict[str, Any] | None:
    """Return the input that the run before handed on, where the ended run did nothing with it; None for other runs."""
    if ending.history.has_decided or not isinstance(start, Mapping):
        return None
    body = dict(cast("Mapping[str, Any]", start))
    is_handed_on = any(name in body for name in _HANDED_ON) and (
        ending.history.is_continued or body.get(TAKEN_OVER) is True
    )
    return body if is_handed_on else None


def _ladders_in(state: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the escalations of a conversation's calls, because its next policy may have others."""
    calls = (run["by"] or run["escalation"] for run in state.get("pages", ()))
    return {LADDERS: ladders_of(calls, policy.get("document", {}))}


def _policy_in(state: Mapping[str, Any]) -> str:
    """Return the plain name of the policy in a conversation's or team's state; empty where it is not known."""
    policy: Any = state.get("policy") or ""
    return plain_name(policy if isinstance(policy, str) else policy["name"])
