"""Has the customer's new messages analysed for what they mean, while everything else goes on.

Promises that nothing waits for an analysis longer than its patience; that messages which could not be analysed are
recorded and never asked about again; and that the conversation's state alone says which messages are unread, so a run
that ends hands on nothing else. Must not know what a message means.
"""

import asyncio
from collections.abc import Callable, Container
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.insight.port import BEFORE, Heard, InsightActivities
from activities.insight.port import ReadingRequest as Request
from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.events import MessageReceived, MessageUnderstood
from policies.state.meaning import Meaning
from policies.understanding.understanding import AFTER, before, reading_id, unread
from workflows.limits.patience import UNDERSTAND
from workflows.waits.beside import perform_beside


class Reading:
    """The analysis under way; there is one at a time.

    `has_read` gets a function that makes the fact about its result.
    """

    def __init__(self, has_read: Callable[[Callable[[], MessageUnderstood]], None]) -> None:
        self._task: asyncio.Task[None] | None = None
        self._has_read = has_read

    def begin(self, conversation: Conversation, policy: Policy, aside: Container[str]) -> None:
        """Ask about all unread messages, where there are any and no question is under way.

        `aside` are the ids of analyses whose result could not be judged: asked again, the answer could not be judged
        either.
        """
        if self.is_under_way:
            return
        messages = unread(conversation, policy)
        if messages and reading_id(messages) not in aside:
            request = Request(
                messages=tuple(map(Heard.of, messages)),
                before=tuple(map(Heard.of, before(conversation, messages, BEFORE))),
                locale=conversation.situation.contact.customer.locale,
                spoken=conversation.situation.languages,
                patterns=policy.document.insight.patterns,
                languages=policy.document.insight.languages,
                wants_tags=policy.document.tagging is not None,
            )
            self._task = asyncio.create_task(self._read(messages, reading_id(messages), request))

    @property
    def is_under_way(self) -> bool:
        """True where an analysis is under way."""
        return self._task is not None and not self._task.done()

    async def _read(self, messages: tuple[MessageReceived, ...], id: str, request: Request) -> None:
        meaning, trouble = Meaning(), ""
        try:
            told = f"{len(messages)} to read"
            meaning = await perform_beside(InsightActivities.understand, UNDERSTAND, request, told)
        except ActivityError as error:
            trouble = _why(error)
        at: datetime = min(messages[-1].occurred_at + AFTER, workflow.now())
        ids = tuple(message.event_id for message in messages)
        happened: dict[str, Any] = {"event_id": id, "occurred_at": at, "source": "baton"}
        self._has_read(lambda: MessageUnderstood(**meaning.model_dump(), **happened, messages=ids, trouble=trouble))


def _why(error: ActivityError) -> str:
    """Return the kind of failure only: its text might repeat what the customer wrote."""
    cause = error.cause
    return (
        f"{cause.type or 'a failure'} in the analyser" if isinstance(cause, ApplicationError) else "no answer in time"
    )
