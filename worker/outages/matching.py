"""Which open conversations match a condition now, found without changing anything.

Each conversation is asked how it stands and judged here, as it would judge itself. Must not print.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from policies import rules
from policies.outages.joining import matches
from policies.running.policy import Policy, prepare
from policies.running.turn import Turn
from policies.state.records.outages.known import KnownOutage
from policies.state.situation import Situation
from worker.temporal.listing import running
from workflows.contract import ID_PREFIX

_ANSWERS_WITHIN = timedelta(seconds=10)
_SIDE_BY_SIDE = 20
_SITUATION = TypeAdapter(Situation)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Match:
    """A conversation that matches, in a few words."""

    conversation: str
    team: str
    subject: str


@dataclass(frozen=True, slots=True)
class Matches:
    """The open conversations that match, how many were asked, and those that gave no answer."""

    matches: tuple[Match, ...]
    asked: int
    silent: tuple[str, ...]


async def matching(client: Client, when: str, policy: str, now: datetime) -> Matches:
    """Return which open conversations match a condition now. Raises TroubleError where the server lists none."""
    found, asking = await running(client), _Asking(client, when, policy, now)
    results = await asyncio.gather(*map(asking.one, found))
    found_matching = tuple(result for result in results if isinstance(result, Match))
    silent = tuple(name for name, result in zip(found, results, strict=True) if result is False)
    return Matches(found_matching, len(found), silent)


class _Asking:
    def __init__(self, client: Client, when: str, policy: str, now: datetime) -> None:
        self._client, self._now = client, now
        self._outage = KnownOutage("dry-run", "", when, _FOR_EVER, policy=policy)
        self._policies: dict[str, Policy] = {}
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(self, conversation: str) -> Match | bool | None:
        """Return the match; None where it does not match or has closed; False where it gives no answer."""
        handle = self._client.get_workflow_handle(ID_PREFIX + conversation)
        async with self._turns:
            try:
                state: Mapping[str, Any] = await handle.query("state", rpc_timeout=_ANSWERS_WITHIN)
                if state["policy"] is None:
                    return None
                if (digest := state["policy"]["digest"]) not in self._policies:
                    answer = await handle.query("policy", rpc_timeout=_ANSWERS_WITHIN)
                    self._policies[digest] = prepare(answer["digest"], answer["document"])
                return self._judged(_SITUATION.validate_python(state), self._policies[digest])
            except RPCError as error:
                return None if error.status == RPCStatusCode.NOT_FOUND else False
            except (WorkflowQueryFailedError, ValidationError):
                return False

    def _judged(self, situation: Situation, policy: Policy) -> Match | None:
        turn = Turn(situation, policy, max(self._now, situation.at), listen=rules.fire)
        if situation.lifecycle.is_resolved or not matches(turn, self._outage):
            return None
        team, subject = policy.team_name(situation.responsible.team), situation.contact.subject
        return Match(situation.conversation_id, team, subject)
