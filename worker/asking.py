"""Starting, telling and reading conversations from outside: what the command line does with the server.

Promises sentences instead of stack traces for what callers get wrong. Must not print.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from worker.trouble import TroubleError
from workflows.contract import (
    ASSIGNEE,
    CHANNEL,
    ID_PREFIX,
    NEXT_DEADLINE,
    PRIORITY,
    SLA_STATE,
    STATUS,
    TAGS,
    TEAM,
    WORKFLOW_TYPE,
)


class AskedWrongError(TroubleError):
    """What was asked can't be done; the text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in a list."""

    id: str
    status: str
    team: str
    assignee: str
    sla: str
    priority: str
    channel: str
    tags: tuple[str, ...]
    next_deadline: datetime | None
    run_id: str


def read_body(pairs: Sequence[str], file: str | None, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`key=value` pairs (`note.tried=…` nests, values may be JSON) over a JSON file or `-`. Raises AskedWrongError."""
    body: dict[str, Any] = dict(base or {})
    if file is not None:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text()
            loaded = json.loads(text)
        except (OSError, ValueError) as error:
            raise AskedWrongError(f"{file} is not a JSON file: {error}") from None
        if not isinstance(loaded, dict):
            raise AskedWrongError(f"{file} must hold one JSON object")
        body |= loaded
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise AskedWrongError(f"{pair} is not key=value")
        target = body
        *outer, last = key.split(".")
        for part in outer:
            target = target.setdefault(part, {})
        target[last] = _value(value)
    return body


async def start(client: Client, conversation_id: str, body: Mapping[str, Any], *, task_queue: str) -> str:
    """Start a conversation; its run id. Raises AskedWrongError where it runs already."""
    try:
        handle = await client.start_workflow(
            WORKFLOW_TYPE,
            {"conversation_id": conversation_id, **body},
            id=ID_PREFIX + conversation_id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
    except WorkflowAlreadyStartedError:
        raise AskedWrongError(
            f"Conversation {conversation_id} is running already: `baton show {conversation_id}`"
        ) from None
    return handle.result_run_id or ""


async def send(client: Client, conversation_id: str, signal: str, body: Mapping[str, Any]) -> None:
    """Report a fact. Without `event_id` it gets a fresh one. Raises AskedWrongError where nobody listens."""
    try:
        await client.get_workflow_handle(ID_PREFIX + conversation_id).signal(
            signal, {"event_id": f"cli-{uuid4()}", **body}
        )
    except RPCError as error:
        raise _nobody(conversation_id, error) from None


async def command(client: Client, conversation_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for something; what came of it. Raises AskedWrongError with the refusal."""
    command_id = f"cli-{uuid4()}"
    try:
        return await client.get_workflow_handle(ID_PREFIX + conversation_id).execute_update(
            name, {"command_id": command_id, **body}, id=command_id
        )
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        raise AskedWrongError(cause.message if isinstance(cause, ApplicationError) else str(cause)) from None
    except RPCError as error:
        raise _nobody(conversation_id, error) from None


async def show(client: Client, conversation_id: str) -> dict[str, Any]:
    """State, upcoming and timeline in one object. Raises AskedWrongError where there is none or no worker answers."""
    handle = client.get_workflow_handle(ID_PREFIX + conversation_id)
    try:
        state = await handle.query("state")
        return {
            "state": state,
            "upcoming": await handle.query("upcoming"),
            "timeline": await handle.query("timeline"),
            "run_id": (await handle.describe()).run_id,
        }
    except WorkflowQueryFailedError as error:
        raise AskedWrongError(f"Conversation {conversation_id} can't answer: {error}") from None
    except RPCError as error:
        raise _nobody(conversation_id, error) from None


async def listing(client: Client, query: str, limit: int) -> list[Row]:
    """Conversations by search attributes, the newest first. Raises AskedWrongError for a filter the server refuses."""
    where = f"WorkflowType = '{WORKFLOW_TYPE}'" + (f" AND ({query})" if query else "")
    rows: list[Row] = []
    try:
        async for found in client.list_workflows(where, limit=limit):
            attributes = found.typed_search_attributes
            rows.append(
                Row(
                    id=found.id.removeprefix(ID_PREFIX),
                    status=attributes.get(STATUS) or "",
                    team=attributes.get(TEAM) or "",
                    assignee=attributes.get(ASSIGNEE) or "",
                    sla=attributes.get(SLA_STATE) or "",
                    priority=attributes.get(PRIORITY) or "",
                    channel=attributes.get(CHANNEL) or "",
                    tags=tuple(attributes.get(TAGS) or ()),
                    next_deadline=attributes.get(NEXT_DEADLINE),
                    run_id=found.run_id,
                )
            )
    except RPCError as error:
        raise AskedWrongError(f"The server refuses this filter: {error.message}") from None
    return rows


def _nobody(conversation_id: str, error: RPCError) -> AskedWrongError:
    if error.status == RPCStatusCode.NOT_FOUND:
        return AskedWrongError(
            f"No conversation {conversation_id} is running: `baton list`, or `baton start {conversation_id}`"
        )
    if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION):
        return AskedWrongError(f"No worker answers for {conversation_id}: is `baton worker` running?")
    return AskedWrongError(f"The server refuses: {error.message}")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
