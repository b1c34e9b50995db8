"""Adopts another policy in running conversations, and previews what it would change in each of them.

Promises that the preview changes nothing, that repeating is harmless, and that never more conversations are asked at
once than the caller allows. Must not print, and must not judge promises itself: `policies.adoption.adopting` does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.catalog import PinnedPolicy, pin
from policies.adoption.adopting import foresee, preview
from policies.document.document import Document
from policies.running.policy import Policy, prepare
from policies.state.situation import Situation
from worker.adoption.preview import Change, Turnaround, badness, changes, turnarounds
from worker.temporal.asking import is_unanswered, refused
from worker.temporal.commanding import execute_command, refusal_in
from worker.temporal.listing import running
from worker.trouble import TroubleError
from workflows.contract import ID_PREFIX

Mode = Literal["carry", "restart", "pin"]
Progress = Callable[[int, int], None]
"""A function that is called after each batch with the number of conversations done, and of all."""

ANSWER_WITHIN = timedelta(seconds=10)
"""The time one conversation may take to answer; a healthy one needs milliseconds."""
_NO_WORKER = "no worker answers for it"
_SITUATION = TypeAdapter(Situation)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Prospect:
    """One running conversation: its policy, and what adopting would change. `trouble` says why that is not known."""

    conversation: str
    policy: str = ""
    digest: str = ""
    changes: tuple[Change, ...] = ()
    trouble: str = ""
    turnarounds: tuple[Turnaround, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """All running conversations of a policy, except those that run under the same content: `already` counts these."""

    prospects: tuple[Prospect, ...]
    already: int

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of all promises, the worst first, and among equally bad ones the soonest."""
        found = (change for prospect in self.prospects for change in prospect.changes)
        return tuple(sorted(found, key=badness))

    @property
    def turnarounds(self) -> tuple[Turnaround, ...]:
        """The other things that would go on differently or end, conversation by conversation."""
        return tuple(each for prospect in self.prospects for each in prospect.turnarounds)

    @property
    def unreachable(self) -> dict[str, str]:
        """The conversations that could not be asked, with the reasons."""
        return {prospect.conversation: prospect.trouble for prospect in self.prospects if prospect.trouble}


@dataclass(frozen=True, slots=True)
class Adopted:
    """The result for one conversation; `why` is empty where it is as it should be."""

    conversation: str
    outcome: Literal["adopted", "closed", "refused", "unreachable"]
    why: str = ""


async def survey(
    client: Client,
    document: Document,
    mode: Mode,
    now: datetime,
    *,
    query: str = "",
    at_once: int = 20,
    progress: Progress = lambda done, total: None,
) -> Survey:
    """Return how every running conversation of this policy stands now and would stand.

    Raises TroubleError if none answers.
    """
    survey = _Surveying(client, pinned(document), mode, now)
    found: list[Prospect] = []
    async for batch in _in_batches(await running(client, query), survey.look, at_once, progress):
        found.extend(prospect for prospect in batch if prospect is not None)
        if found and all(prospect.trouble for prospect in found):
            raise TroubleError(f"No conversation can say how it stands; {found[0].conversation}: {found[0].trouble}")
    left = tuple(prospect for prospect in found if prospect.digest != survey.digest)
    return Survey(left, already=len(found) - len(left))


async def apply(
    client: Client,
    document: Document,
    mode: Mode,
    conversations: Sequence[str],
    *,
    actor: str,
    at_once: int = 20,
    progress: Progress = lambda done, total: None,
) -> tuple[Adopted, ...]:
    """Have these conversations adopt the policy. Return the result for each."""
    adopting = _Adopting(client, pinned(document), mode, actor)
    batches = _in_batches(conversations, adopting.adopt, at_once, progress)
    return tuple([adopted async for batch in batches for adopted in batch])


def pinned(document: Document) -> PinnedPolicy:
    """Return the policy as a conversation carries it."""
    return pin(document)


class _Surveying:
    """One preview of all conversations. They run under few policies, and each policy is fetched once."""

    def __init__(self, client: Client, pinned: PinnedPolicy, mode: Mode, now: datetime) -> None:
        self.digest = pinned.digest
        self._adopted = prepare(pinned.digest, pinned.document)
        self._client, self._mode, self._now = client, mode, now
        self._policies: dict[str, Policy] = {}
        self._fetching = asyncio.Lock()

    async def look(self, conversation: str) -> Prospect | None:
        """Preview one conversation; None where it does not have this policy, or has closed meanwhile."""
        try:
            return await self._ask(conversation, self._client.get_workflow_handle(ID_PREFIX + conversation))
        except RPCError as error:
            closed = error.status == RPCStatusCode.NOT_FOUND
            return None if closed else Prospect(conversation, trouble=_why(error))
        except (WorkflowQueryFailedError, ValidationError) as error:
            return Prospect(conversation, trouble=f"it can't say how it stands: the worker's log says why ({error})")

    async def _ask(self, conversation: str, handle: WorkflowHandle[Any, Any]) -> Prospect | None:
        state: dict[str, Any] = await handle.query("state", rpc_timeout=ANSWER_WITHIN)
        runs: dict[str, str] | None = state["policy"]
        if runs is None:
            return Prospect(conversation, trouble="it has only just begun")
        if runs["name"].rpartition(" v")[0] != self._adopted.document.policy:
            return None
        if runs["digest"] == self.digest:
            return Prospect(conversation, runs["name"], runs["digest"])
        policy = await self._policy(handle, runs["digest"])
        if policy is None:
            return Prospect(conversation, trouble="it has just adopted another policy")
        situation = _SITUATION.validate_python(state)
        found, turned = self._compare(situation, policy)
        return Prospect(conversation, runs["name"], runs["digest"], found, turnarounds=turned)

    def _compare(self, situation: Situation, policy: Policy) -> tuple[tuple[Change, ...], tuple[Turnaround, ...]]:
        """Compare how the conversation goes on with the policy that it has, and with the other policy."""
        now = max(self._now, situation.at)
        stays = preview(situation, "pin", now, policy=policy, adopted=policy)
        goes = foresee(situation, self._mode, now, policy=policy, adopted=self._adopted)
        return changes(stays, goes.conversation.situation), turnarounds(goes)

    async def _policy(self, handle: WorkflowHandle[Any, Any], digest: str) -> Policy | None:
        async with self._fetching:
            if digest not in self._policies:
                answer = await handle.query("policy", rpc_timeout=ANSWER_WITHIN)
                self._policies[answer["digest"]] = prepare(answer["digest"], answer["document"])
            return self._policies.get(digest)


class _Adopting:
    """The same request to every conversation, with an id that makes asking twice harmless."""

    def __init__(self, client: Client, pinned: PinnedPolicy, mode: Mode, actor: str) -> None:
        self._client, self._pinned, self._mode = client, pinned, mode
        named = {"policy": pinned.document["policy"], "version": pinned.document["version"]}
        self._body = {**named, "document": pinned.document, "mode": mode, "actor": actor}

    async def adopt(self, conversation: str) -> Adopted:
        """Have one conversation adopt the policy. Return the result."""
        handle = self._client.get_workflow_handle(ID_PREFIX + conversation)
        command_id = f"adopt/{self._pinned.name}/{self._pinned.digest}/{self._mode}/{conversation}"
        body = {**self._body, "command_id": command_id}
        try:
            await execute_command(handle, "adopt_policy", body, update_id=command_id, rpc_timeout=ANSWER_WITHIN)
            state: dict[str, Any] = await handle.query("state", rpc_timeout=ANSWER_WITHIN)
        except WorkflowUpdateFailedError as error:
            return Adopted(conversation, "refused", refusal_in(error))
        except (WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowQueryFailedError):
            return Adopted(conversation, "unreachable", _NO_WORKER)
        except RPCError as error:
            closed = error.status == RPCStatusCode.NOT_FOUND
            return Adopted(conversation, "closed") if closed else Adopted(conversation, "unreachable", _why(error))
        if self._mode != "pin" and state["policy"]["digest"] != self._pinned.digest:
            why = "it adopted exactly this version before and has another one now: raise `version` to adopt it again"
            return Adopted(conversation, "refused", why)
        return Adopted(conversation, "adopted")


async def _in_batches(
    items: Sequence[str], work: Callable[[str], Awaitable[_Result]], size: int, progress: Progress
) -> AsyncIterator[list[_Result]]:
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        yield await asyncio.gather(*map(work, batch))
        progress(start + len(batch), len(items))


def _why(error: RPCError) -> str:
    return _NO_WORKER if is_unanswered(error) else str(refused(error))
