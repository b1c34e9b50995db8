"""Tells people on Slack: one message for each `Notify` and recipient, however often it is tried, and its outcome later.

Must not know who is on call or why they are told.

Baton's Slack app needs the permissions chat:write and im:write, and to look for earlier messages: channels:read,
groups:read, channels:history, groups:history and im:history; for user groups usergroups:read; for a check of people's
accounts users:read. With chat:write.public it need not be invited to public channels.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import is_permanent
from activities.incidents.store import IncidentStore
from activities.on_call.overrides import OnCall
from activities.slack.delivery import Delivery, Store, Told
from activities.slack.digests.channel_volume import ChannelVolume
from activities.slack.digests.store import DigestStore
from activities.slack.digests.writing import EVERY, STORE_WITHIN, WRITER_FOR, Digests
from activities.slack.errors import SlackUnavailableError
from activities.slack.member_list import MemberList
from activities.slack.outbox import SlackOutbox
from activities.slack.rendering.text import NO_LINKS, Links
from activities.slack.revision import Revision
from activities.slack.targets import Recipient, recipients
from activities.slack.unknown import UnknownAnswers
from activities.slack.workspace import Workspace
from policies.state.effects import Effect, ListMembers, Notify, UpdateNotification

DIGEST_ABOVE = 12
"""The messages a minute that people can follow in a channel."""

_FRESH = timedelta(seconds=5)
"""The age below which an effect cannot have been tried before: a workflow run waits longer than this for its running
activities before the next run takes them over, whose attempts count from one again."""

_NO_DATABASE = "no message is known: Slack was given no database"


class Slack:
    """The channel that sends to Slack itself."""

    def __init__(
        self,
        client: AsyncWebClient,
        store: AsyncEngine | None = None,
        *,
        links: Links = NO_LINKS,
        digest_above: int = DIGEST_ABOVE,
        digest_every: float = EVERY,
        writer_for: float = WRITER_FOR,
        store_within: float = STORE_WITHIN,
    ) -> None:
        """Keep the client. `store` remembers sent messages, also across resets, where a repeat looks like a first try.

        `digest_above` is how many messages a minute a channel gets before the others become one digest; 0 for no
        digests.
        """
        self._workspace = Workspace(client)
        self._roster = OnCall(store) if store is not None else None
        self._links = links
        self._store = None
        self._member_list = None
        if store is not None:
            kept = DigestStore(store, links)
            digests = Digests(
                self._workspace, kept, links, every=digest_every, writer_for=writer_for, store_within=store_within
            )
            outbox = SlackOutbox(store)
            self._store = Store(outbox, digests, ChannelVolume(outbox, digest_above))
            self._member_list = MemberList(self._workspace, outbox, IncidentStore(store), links)
        self._delivery = Delivery(self._workspace, links, self._store)
        self._unknown = UnknownAnswers()

    async def notify(self, effect: Notify) -> Accepted:
        """Tell all people that the target stands for, in a channel or directly."""
        attempt = Attempt()
        async with _in_time(attempt):
            with self._unknown.bounded(effect.key, effect.target):
                found = await recipients(effect, attempt.started_at, self._roster, self._workspace.members)
            each = (self._tell(effect, recipient, attempt) for recipient in found)
            return _judged(effect, attempt, found, await asyncio.gather(*each, return_exceptions=True))

    async def update(self, effect: UpdateNotification) -> Accepted:
        """Show the outcome of a run on all its messages. A message that is gone is no failure."""
        attempt = Attempt()
        if self._store is None:
            return attempt.accepted(_NO_DATABASE)
        revision = Revision(self._workspace, self._store.outbox, self._store.digests, self._links)
        async with _in_time(attempt):
            with self._unknown.bounded(effect.key, f"update {effect.page}"):
                shown = await revision.show(effect, may_be_there=_may_be_there(effect, attempt))
            return attempt.accepted(shown)

    async def list_members(self, effect: ListMembers) -> Accepted:
        """List the members of an incident in the threads of its messages. A long list takes several attempts."""
        attempt = Attempt()
        if self._member_list is None:
            return attempt.accepted(_NO_DATABASE)
        async with _in_time(attempt):
            with self._unknown.bounded(effect.key, f"list {effect.page}"):
                listed = await self._member_list.show(effect, may_be_there=_may_be_there(effect, attempt))
            return attempt.accepted(f"{listed} listed")

    async def _tell(self, effect: Notify, to: Recipient, attempt: Attempt) -> Told:
        with self._unknown.bounded(to.key, effect.target):
            return await self._delivery.tell(effect, to, attempt, may_be_there=_may_be_there(effect, attempt))


@asynccontextmanager
async def _in_time(attempt: Attempt) -> AsyncGenerator[None]:
    """Limit the block to the attempt's time. Raises SlackUnavailableError, because the next attempt may succeed."""
    try:
        async with asyncio.timeout(attempt.seconds):
            yield
    except TimeoutError as error:
        raise SlackUnavailableError("Slack did not answer in time.") from error


def _judged(
    effect: Notify, attempt: Attempt, found: Sequence[Recipient], results: Sequence[Told | BaseException]
) -> Accepted:
    """Return the confirmation. Raises where a retry may reach a recipient, or where all recipients were refused."""
    refused = [result for result in results if isinstance(result, BaseException)]
    for failure in refused:
        if not is_permanent(failure):
            raise failure
    told = [result for result in results if isinstance(result, Told)]
    if not told:
        raise refused[0]
    missed = [to.who for to, result in zip(found, results, strict=True) if isinstance(result, BaseException)]
    where = [result.where for result in told] + [f"not reached: {who}" for who in missed]
    for who, failure in zip(missed, refused, strict=True):
        activity.logger.warning("slack.not_reached", extra={"who": who, "why": str(failure), "key": effect.key})
    reached = tuple(to.who for to, result in zip(found, results, strict=True) if to.who and isinstance(result, Told))
    return attempt.accepted(", ".join(where), all(result.repeated for result in told), reached)


def _may_be_there(effect: Effect, attempt: Attempt) -> bool:
    """Return whether an earlier attempt is possible. Only then is it worth a call to look for its message first."""
    return activity.info().attempt > 1 or attempt.started_at - effect.due_at > _FRESH
