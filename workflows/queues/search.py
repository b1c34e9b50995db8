"""Finds out which conversations still run that a team has not heard from for long.

Promises that a search which fails removes no queue entry and delays nothing. Must not know when to look
(`policies.queues.teams.finding`).
"""

import asyncio
from collections.abc import Callable, Iterable

from temporalio.exceptions import ActivityError

from activities.workflows.conversations import AskedAfter, Conversations, Missing
from policies.queues.teams.events import Ask
from workflows.limits.patience import ASKING_AFTER
from workflows.waits.beside import perform_beside

_BATCH = 100


class Search:
    """The search for conversations. `is_over` is called for each that does not run.

    Conversations that a run did not get to are looked for an hour later.
    """

    def __init__(self, is_over: Callable[[Ask], None]) -> None:
        self._asked: list[Ask] = []
        self._is_over = is_over
        self._task: asyncio.Task[None] | None = None
        self.is_held = False

    def put(self, asked: Iterable[Ask]) -> None:
        """Queue conversations. No search begins before `send`."""
        self._asked.extend(asked)

    def send(self) -> None:
        """Start a search, where there are conversations to look for and no search is under way."""
        if self._asked and not self.is_held and not self.is_under_way:
            self._task = asyncio.create_task(self._look())

    @property
    def is_under_way(self) -> bool:
        """True where an activity is running."""
        return self._task is not None and not self._task.done()

    async def _look(self) -> None:
        while self._asked and not self.is_held:
            batch, self._asked = self._asked[:_BATCH], self._asked[_BATCH:]
            for asked in (await self._missing(batch)).gone:
                self._is_over(asked)

    async def _missing(self, batch: list[Ask]) -> Missing:
        try:
            asked, summary = AskedAfter(asked=tuple(batch)), f"look for {len(batch)} that keep silent"
            return await perform_beside(Conversations.find, ASKING_AFTER, asked, summary)
        except ActivityError:
            return Missing()
