"""What a new run begins with where an old one is lost, of a conversation or of a team.

There are four cases, the first that can be had: what the run before handed on, where the lost one did nothing with it;
the start, where the lost run did nothing; what the lost run says of itself; what the ledger knew last. A team begins
empty. Must not start or end anything.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.asking import Asker, NoAnswer
from activities.audit.lost_runs.endings import RunEnding, Signal
from activities.catalog import plain_name
from activities.ledger.standings import Standings
from policies.importing import HANDED_ON, LADDERS, ladders_of

TAKEN_OVER = "taken_over"
"""The mark of an input that an ended run handed on to one which could do nothing with it, and that is used again."""
_HANDED_ON = ("carried", "unread")
_HANDED_ON_MOST = 200_000
"""Bytes of what was handed on that a new run is given to look for messages in: more may be what its runs died of."""
_ASKED_MOST = 20
"""Conversations that are asked which policy their team is under."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a new run begins with. `known_at` is when the ledger knew it; None where the ended run said it itself."""

    inputs: Sequence[Any]
    known_at: datetime | None = None

    def lacks(self, signal: Signal) -> bool:
        """Whether a message came too late to be part of it."""
        return not signal.is_read if self.known_at is None else signal.at >= self.known_at


class Openings:
    """Finds what is known of lost runs."""

    def __init__(self, client: Client, asker: Asker, standings: Standings) -> None:
        self._client = client
        self._asker = asker
        self._standings = standings

    async def of(self, ending: RunEnding, why: str) -> NewRun | None:
        """Return what a new run begins with; None where nothing is known. `why` goes on the timeline."""
        start = await self._start(ending)
        handed_on = _handed_on(ending, start)
        if handed_on is not None and TAKEN_OVER not in handed_on:
            return NewRun([{**handed_on, TAKEN_OVER: True}])
        if ending.is_team:
            return await self._team(ending, start)
        if handed_on is None and not ending.has_decided:
            return NewRun([RawValue(each) for each in ending.start.payloads] if ending.start else [{}])
        known = await self._conversation(ending, why, handed_on)
        # A run that took over what another one handed on did nothing, either: better the same again than nothing.
        return NewRun([handed_on]) if known is None and handed_on is not None else known

    async def _conversation(self, ending: RunEnding, why: str, handed_on: Mapping[str, Any] | None) -> NewRun | None:
        """How the ended run says it stood, or else what the ledger last knew of it.

        Messages that nobody has judged are in what was `handed_on` to it, and are taken from there.
        """
        known_at: datetime | None = None
        situation = await self._last_words(ending)
        if situation is None:
            if (found := await self._standings.of(ending.name)) is None:
                return None
            situation, known_at = found
        taken_in = [each for each in ending.signals if not NewRun((), known_at).lacks(each)]
        seen = [*await self._standings.events(ending.name), *await self._ids(taken_in)]
        named = {"policy": _policy_in(situation), "channel": situation.get("channel", "")}
        imported = {**situation, "seen": seen, "why": why}
        if handed_on is not None and len(json.dumps(handed_on)) <= _HANDED_ON_MOST:
            imported[HANDED_ON] = {name: handed_on[name] for name in _HANDED_ON if name in handed_on}
        return NewRun([{"conversation_id": ending.name, **named, "imported": imported}], known_at)

    async def _team(self, ending: RunEnding, start: Any) -> NewRun | None:
        """A team begins empty, and its conversations are told to it again (`queues`). None: there was no such team."""
        if ending.start is None:
            return None
        return NewRun([{"team": ending.name, "policy": await self._policy_of(ending, start)}])

    async def _policy_of(self, ending: RunEnding, start: Any) -> str:
        """The plain name of a team's policy: of its start, of the ended run, or of conversations of the team."""
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
        """What some open conversations of a team say of themselves."""
        there = f"WorkflowType = 'Conversation' AND ExecutionStatus = 'Running' AND BatonTeam = {json.dumps(team)}"
        async for row in self._client.list_workflows(there, limit=_ASKED_MOST):
            with suppress(RPCError):
                answers = await self._asker.ask(self._client.get_workflow_handle(row.id), row.task_queue, "state")
                if not isinstance(answers, NoAnswer):
                    yield answers[0]

    async def _start(self, ending: RunEnding) -> Any:
        """What an ended run was begun with; None where that is gone, or can't be read."""
        with suppress(ValueError, RuntimeError):
            bodies = await self._client.data_converter.decode(ending.start.payloads) if ending.start else []
            return bodies[0] if len(bodies) == 1 else None
        return None

    async def _ids(self, signals: Iterable[Signal]) -> list[str]:
        """The ids of messages that were taken in: sent again, they must not count again."""
        ids: list[str] = []
        for signal in signals:
            with suppress(ValueError, RuntimeError):  # what can't be decoded was never taken in under an id
                body: Any = (await self._client.data_converter.decode(signal.input.payloads) or [None])[0]
                if isinstance(body, dict) and "event_id" in body:
                    ids.append(str(cast("dict[str, Any]", body)["event_id"]))
        return ids

    async def _last_words(self, ending: RunEnding) -> dict[str, Any] | None:
        """An ended run can still be asked while its history is there and a worker can play it."""
        handle = self._client.get_workflow_handle(ending.workflow_id, run_id=ending.run_id)
        questions = ("state",) if ending.is_team else ("state", "policy")
        try:
            answers = await self._asker.ask(handle, ending.task_queue, *questions)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return None
        if isinstance(answers, NoAnswer) or not answers[0].get("policy") or "not_shown" in answers[0]:
            return None
        return dict(answers[0]) if ending.is_team else {**answers[0], **_ladders_in(*answers)}


def _handed_on(ending: RunEnding, start: Any) -> dict[str, Any] | None:
    """What the run before handed on to one that did nothing with it; None of other runs."""
    if ending.has_decided or not isinstance(start, Mapping):
        return None
    body = dict(cast("Mapping[str, Any]", start))
    is_handed_on = any(name in body for name in _HANDED_ON) and (ending.is_continued or body.get(TAKEN_OVER) is True)
    return body if is_handed_on else None


def _ladders_in(state: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    """The escalations of a conversation's calls: the policy that it goes on under may have others."""
    calls = (page["by"] or page["escalation"] for page in state.get("pages", ()))
    return {LADDERS: ladders_of(calls, policy.get("document", {}))}


def _policy_in(state: Mapping[str, Any]) -> str:
    """The plain name of the policy that a conversation or a team is under; empty where that is not known."""
    policy: Any = state.get("policy") or ""
    return plain_name(policy if isinstance(policy, str) else policy["name"])
