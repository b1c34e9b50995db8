"""The outages that are open now, for conversations that begin.

They are read off the memos of the outages' workflows, so no database is needed. Promises to ask the server once in a
few seconds, however many conversations begin, and to answer within a second: what is not known then, an outage tells
the conversation itself a little later. Must not know what an outage means.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast

from temporalio import activity
from temporalio.client import Client

MEMO = "outage"
"""The field of the memo with the news of an outage, as a conversation hears of it."""
_FRESH_FOR, _WITHIN = 5.0, 1.0
"""Seconds."""
_MOST = 10
NewsOfOutage = dict[str, Any]


class OpenOutages:
    """The open outages as one worker knows them. `workflow_type` is that of the outages' workflows."""

    def __init__(self, client: Client, workflow_type: str, *, fresh_for: float = _FRESH_FOR) -> None:
        self._client = client
        self._query = f"WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running'"
        self._fresh_for = fresh_for
        self._news: tuple[NewsOfOutage, ...] = ()
        self._asked_at = -fresh_for
        self._asking = asyncio.Lock()

    async def now(self) -> tuple[NewsOfOutage, ...]:
        """Return the news of each open outage. Where the server can't be asked, those that were known before."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= self._fresh_for:
                try:
                    self._news = await asyncio.wait_for(self._listed(), _WITHIN)
                except Exception as error:
                    activity.logger.warning("outages.not_listed", extra={"why": str(error) or type(error).__name__})
                self._asked_at = time.monotonic()
            return self._news

    async def _listed(self) -> tuple[NewsOfOutage, ...]:
        found: list[NewsOfOutage] = []
        async for row in self._client.list_workflows(self._query, limit=_MOST):
            news = (await row.memo()).get(MEMO)
            if isinstance(news, Mapping):
                found.append(dict(cast("Mapping[str, Any]", news)))
        return tuple(sorted(found, key=lambda news: str(news.get("began_at"))))
