"""Has the customer's new messages read for what they mean, beside everything else.

Promises that nothing waits for a reading longer than its patience, that what was not read is recorded and never asked
for twice, and that the conversation's state alone says what is unread: a run that ends takes nothing else along. Must
not know what a message means.
"""

import asyncio
from collections.abc import Callable, Container
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.insight.port import BEFORE, Heard, InsightActivities
from activities.insight.port import ReadingRequest as Request
from policies.handoff.reader import languages
from policies.running.policy import Policy
from policies.state.conversation import Conversation
from policies.state.events import MessageReceived, MessageUnderstood
from policies.state.meaning import Meaning
from policies.understanding.understanding import AFTER, before, reading_id, unread
from workflows.limits.patience import UNDERSTAND


class Reading:
    """The reading under way, of which there is one at a time; `has_read` gets a function that tells what came of it."""

    def __init__(self, has_read: Callable[[Callable[[], MessageUnderstood]], None]) -> None:
        self._task: asyncio.Task[None] | None = None
        self._has_read = has_read

    def begin(self, conversation: Conversation, policy: Policy, aside: Container[str]) -> None:
        """Ask about everything unread, where there is something and nobody has been asked yet.

        `aside` are the ids of readings that could not be judged: asked again, the answer could not be either.
        """
        if self.is_under_way:
            return
        messages = unread(conversation, policy)
        if messages and reading_id(messages) not in aside:
            request = Request(
                messages=tuple(map(Heard.of, messages)),
                before=tuple(map(Heard.of, before(conversation, messages, BEFORE))),
                locale=conversation.situation.customer.locale,
                spoken=languages(conversation.situation, ""),
                patterns=policy.document.insight.patterns,
                languages=policy.document.insight.languages,
                wants_tags=policy.document.tagging is not None,
            )
            self._task = asyncio.create_task(self._read(messages, reading_id(messages), request))

    @property
    def is_under_way(self) -> bool:
        """Whether somebody is reading."""
        return self._task is not None and not self._task.done()

    async def _read(self, messages: tuple[MessageReceived, ...], id: str, request: Request) -> None:
        meaning, trouble = Meaning(), ""
        try:
            meaning = await workflow.execute_activity_method(
                InsightActivities.understand,
                request,
                summary=f"{len(messages)} to read",
                start_to_close_timeout=UNDERSTAND.attempt_within,
                schedule_to_close_timeout=UNDERSTAND.give_up_after,
                retry_policy=UNDERSTAND.retry,
            )
        except ActivityError as error:
            trouble = _why(error)
        at: datetime = min(messages[-1].occurred_at + AFTER, workflow.now())
        told = tuple(message.event_id for message in messages)
        happened: dict[str, Any] = {"event_id": id, "occurred_at": at, "source": "baton"}
        self._has_read(lambda: MessageUnderstood(**meaning.model_dump(), **happened, messages=told, trouble=trouble))


def _why(error: ActivityError) -> str:
    """The kind of failure; its text might repeat what the customer wrote."""
    cause = error.cause
    return (
        f"{cause.type or 'a failure'} in the analyser" if isinstance(cause, ApplicationError) else "no answer in time"
    )
