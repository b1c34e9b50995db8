"""Shows the outcome on messages that were sent.

Promises that doing it again changes nothing and goes on where an earlier attempt was stopped; that a message which is
gone is only reported; that a message which can't be changed delays none of the others; and that a database which fails
between two messages delays none, either. Must not know which outcomes there are.
"""

from collections.abc import Awaitable, Iterable
from typing import TypeVar

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from activities.effects.optional import unless_slow
from activities.effects.runs import run_of
from activities.slack.digests.writing import Digests
from activities.slack.errors import GONE, UnreadableAnswerError, code_of, is_rate_limit
from activities.slack.outbox import SentMessage, SlackOutbox
from activities.slack.rendering.outcome import line, marked, with_outcome
from activities.slack.rendering.text import Links
from activities.slack.workspace import Workspace
from policies.state.effects import UpdateNotification

T = TypeVar("T")


class Revision:
    """The messages of one run of a ladder, in all channels."""

    def __init__(self, workspace: Workspace, outbox: SlackOutbox, digests: Digests | None, links: Links) -> None:
        self._workspace = workspace
        self._outbox = outbox
        self._digests = digests
        self._links = links

    async def show(self, effect: UpdateNotification, *, may_be_there: bool) -> str:
        """Show the outcome on all messages of the run. Return which messages show it now, and which are gone."""
        run = run_of(effect)
        sent = [message for message in await self._outbox.of_run(run) if message.channel]
        # A larger incident alerts no one: its thread lists the new members. Nor do answers about how it went.
        is_news = effect.outcome != "grew" and not effect.answers
        threads = list(first_of_each_channel(sent)) if is_news else []
        failed: list[Exception] = []
        shown = [await unless_failing(self._change(effect, message), failed) for message in sent]
        for message in threads:
            await unless_failing(self._tell_thread(effect, message, may_be_there), failed)
        if self._digests is not None:
            shown += await self._digests.set_outcome(run, marked(effect))
        if failed:
            raise failed[0]
        return ", ".join(dict.fromkeys(filter(None, shown))) or "nothing was sent for this run"

    async def _change(self, effect: UpdateNotification, message: SentMessage) -> str:
        if message.outcome == effect.key:
            return str(message.place)
        text, blocks = with_outcome(effect, message.blocks, self._links)
        try:
            await self._workspace.change(message.place, text, blocks)
        except SlackApiError as error:
            if code_of(error) not in GONE:
                raise
            return f"{message.place} gone ({code_of(error)})"
        await unless_slow(self._outbox.shows(message.key, effect.key), None)
        return str(message.place)

    async def _tell_thread(self, effect: UpdateNotification, message: SentMessage, may_be_there: bool) -> None:
        key = f"{effect.key}/{message.channel}"
        if await unless_slow(self._outbox.place(key), None) is not None:
            return
        text = line(effect)
        place = await self._workspace.reply(message.place, text, [], key, may_be_there=may_be_there)
        await unless_slow(self._outbox.keep(key, f"thread:{message.target}", text, [], place=place), False)


async def unless_failing(doing: Awaitable[T], failed: list[Exception]) -> T | None:
    """Return the result of one message; keep a failure for later, so that the other messages get their turn.

    A message that is gone is no failure. A rate limit is raised at once, for the others wait, too.
    """
    try:
        return await doing
    except (SlackApiError, ClientError, TimeoutError, UnreadableAnswerError) as error:
        if isinstance(error, SlackApiError) and is_rate_limit(error):
            raise
        if not (isinstance(error, SlackApiError) and code_of(error) in GONE):
            failed.append(error)
        return None


def first_of_each_channel(sent: Iterable[SentMessage]) -> Iterable[SentMessage]:
    """Return the first message in each channel: later ones to the same channel are in its thread."""
    first: dict[str, SentMessage] = {}
    for message in sent:
        first.setdefault(message.channel, message)
    return first.values()
