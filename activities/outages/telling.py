"""Tells the open conversations of an outage: that it is known, that it has changed, that it is over.

Promises that telling twice is harmless, because each news has an id that conversations remember; and that a
conversation which can't be told delays no other: it ends its part in the outage at the end that it knows. Must not know
what an outage means.
"""

import asyncio
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

_SIDE_BY_SIDE = 20
_EACH_WITHIN = 8.0
"""The seconds for telling one conversation."""
_MOST_UNTOLD = 500


class OutageNews(BaseModel):
    """A signal for all conversations that run, for those that began after `since`, or for `only` some."""

    model_config = ConfigDict(frozen=True)

    name: str
    body: dict[str, Any]
    since: AwareDatetime | None = None
    only: tuple[str, ...] = ()


class OutageTold(BaseModel):
    """How many conversations were told, and those that could not be told now, at most 500."""

    model_config = ConfigDict(frozen=True)

    told: int = 0
    untold: tuple[str, ...] = ()


class OutageTelling:
    """Signals to the conversations of this namespace. `id_prefix` is the beginning of their workflow ids."""

    def __init__(
        self, client: Client, workflow_type: str, id_prefix: str, *, each_within: float = _EACH_WITHIN
    ) -> None:
        self._client = client
        self._query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running'"
        self._id_prefix = id_prefix
        self._each_within = each_within

    @activity.defn(name="outages.tell")
    async def tell(self, news: OutageNews) -> OutageTold:
        """Tell the conversations. Raises the error where none of them could be told: then the server is in trouble."""
        told, untold, failure = 0, list[str](), None
        turns = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def bring(conversation: str) -> BaseException | None:
            async with turns:
                try:
                    async with asyncio.timeout(self._each_within):
                        await self._signal(conversation, news)
                except (RPCError, TimeoutError) as error:
                    return error
            return None

        found = list(news.only) or await self._running(news.since)
        for first in range(0, len(found), _SIDE_BY_SIDE * 10):
            batch = found[first : first + _SIDE_BY_SIDE * 10]
            results = await asyncio.gather(*map(bring, batch))
            failed = [each for each, result in zip(batch, results, strict=True) if result is not None]
            failure = next((result for result in results if result is not None), failure)
            told, untold = told + len(batch) - len(failed), [*untold, *failed]
            activity.heartbeat(told)
        if failure is not None and not told:
            raise failure
        return OutageTold(told=told, untold=tuple(untold[:_MOST_UNTOLD]))

    async def _running(self, since: AwareDatetime | None) -> list[str]:
        where = f"{self._query} AND StartTime >= '{since.isoformat()}'" if since is not None else self._query
        found = self._client.list_workflows(where)
        return [row.id.removeprefix(self._id_prefix) async for row in found if row.id.startswith(self._id_prefix)]

    async def _signal(self, conversation: str, news: OutageNews) -> None:
        """Tell one conversation. One that has closed needs no news; one that takes no more signals gets none."""
        try:
            await self._client.get_workflow_handle(self._id_prefix + conversation).signal(news.name, news.body)
        except RPCError as error:
            if error.status == RPCStatusCode.INVALID_ARGUMENT:
                why = {"conversation": conversation, "why": error.message}
                activity.logger.error("outages.not_told", extra=why)
            elif error.status != RPCStatusCode.NOT_FOUND:
                raise
