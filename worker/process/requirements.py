"""The things a worker needs around it: a server that is new enough, a namespace, search attributes, tables.

Promises one sentence with its remedy for the first thing that is missing, within a few seconds. A database that does
not answer does not count as missing: people are called without it. Must not repair anything.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from policies.document.part import format_span
from worker.environment.database import tables_trouble
from worker.temporal.registry import attributes_trouble

log = structlog.get_logger("baton.worker")

_ANSWER_WITHIN = 3.0
_MAY_NOT_ASK = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)
"""Answers of servers that do not let a worker ask, such as Temporal Cloud for search attributes.

Then the worker starts without asking.
"""


_OLDEST = (1, 28)
"""The oldest server that has all that Baton uses: an update that starts a workflow, and priorities of activities."""
_KEPT_AT_LEAST = timedelta(days=1)
"""The least retention: a run that the server ended at night should still be there in the morning."""


class Requirements:
    """The requirements of one worker process."""

    def __init__(self, client: Client, store: AsyncEngine) -> None:
        self._client = client
        self._store = store
        self._has_warned = False

    async def trouble(self) -> str:
        """Return the first thing that is missing and what to do about it; empty where nothing is missing."""
        for look in (self._version, self._namespace, partial(attributes_trouble, self._client)):
            if trouble := await _asked(look):
                return trouble
        return await self._tables()

    async def _version(self) -> str:
        info = await self._client.workflow_service.get_system_info(GetSystemInfoRequest())
        return version_trouble(info.server_version)

    async def _namespace(self) -> str:
        request = DescribeNamespaceRequest(namespace=self._client.namespace)
        try:
            described = await self._client.workflow_service.describe_namespace(request)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            name = self._client.namespace
            return (
                f"The server has no namespace {name}: set TEMPORAL_NAMESPACE, or create it with "
                f"`temporal operator namespace create -n {name}`."
            )
        self._warn_of_retention(described.config.workflow_execution_retention_ttl.ToTimedelta())
        return ""

    def _warn_of_retention(self, kept: timedelta) -> None:
        """Log once where the server deletes ended runs too soon. The worker still works."""
        if timedelta(0) < kept < _KEPT_AT_LEAST and not self._has_warned:
            name = self._client.namespace
            why = f"The namespace {name} keeps ended runs for {format_span(kept)} only"
            lost = "`baton audit` can't resume a run that the server ended earlier"
            remedy = f"Run `temporal operator namespace update -n {name} --retention 30d`."
            log.warning("worker.retention_short", why=f"{why}: {lost}. {remedy}")
            self._has_warned = True

    async def _tables(self) -> str:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return await tables_trouble(self._store)
        except Exception as error:
            log.warning("worker.database_unavailable", why=str(error).partition("\n")[0] or type(error).__name__)
            return ""


async def _asked(look: Callable[[], Awaitable[str]]) -> str:
    """Return the result of a check of the server. A server that does not answer counts as missing."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await look()
    except TimeoutError:
        return "The Temporal server does not answer in time: check TEMPORAL_ADDRESS and the server's log."
    except RPCError as error:
        if error.status in _MAY_NOT_ASK:
            return ""
        return f"The Temporal server does not answer: look at its log ({error.message})"


def version_trouble(version: str) -> str:
    """Return what is wrong with a server of this version; empty where it will do, or the version can't be read."""
    numbers = [int(part) for part in version.split(".")[:2] if part.isdecimal()]
    if len(numbers) < 2 or tuple(numbers) >= _OLDEST:
        return ""
    needed = ".".join(map(str, _OLDEST))
    return f"The Temporal server is version {version}, and Baton needs {needed} or newer: upgrade the server."
