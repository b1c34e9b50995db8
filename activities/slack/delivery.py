"""Brings one notification to one recipient once.

Promises to look first for what an earlier attempt may have left behind, and that a database that does not answer holds
back no page. Must not know who the recipients are or why they are told.
"""

from typing import NamedTuple

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from temporalio import activity

from activities.accepted import Attempt, server_now
from activities.recent import Recent
from activities.slack.busy import Busy
from activities.slack.digest import Digests
from activities.slack.digest_message import Entry
from activities.slack.errors import is_rate_limit, unless_slow
from activities.slack.message import Blocks, details, render
from activities.slack.outbox import SlackOutbox, run_of
from activities.slack.refusals import Refusals
from activities.slack.targets import Recipient
from activities.slack.text import Links
from activities.slack.workspace import Place, Workspace
from policies.effects import Notify

_FIRST_STEP = "/1.1"
"""Before it no message of its run can have been sent."""


class Told(NamedTuple):
    """Where somebody can read it, and whether an earlier attempt had brought it there."""

    where: str
    repeated: bool = False


class Store(NamedTuple):
    """What a database adds: remembering what was sent, and digests."""

    outbox: SlackOutbox
    digests: Digests
    busy: Busy


class Delivery:
    """To channels and people on Slack."""

    def __init__(self, workspace: Workspace, links: Links, store: Store | None) -> None:
        self._workspace = workspace
        self._links = links
        self._store = store
        self._refusals = Refusals()
        self._by_itself = Recent[Place | None]()
        """What this worker has posted, or tried to: until Slack says where it is, nobody knows whether it has it."""

    async def tell(self, effect: Notify, to: Recipient, attempt: Attempt, *, may_be_there: bool) -> Told:
        """As a message of its own, or in a digest where the channel has had many. `may_be_there`: look first."""
        place = await self._kept(to.key)
        if place is not None:
            await self._tell_details(effect, to, place, may_be_there=True)
            return Told(str(place) if place.channel else "sent before", repeated=True)
        place = self._by_itself.get(to.key)
        if place is not None:
            return await self._told(effect, to, place, repeated=True)
        thread = await self._thread(effect, to)
        may_be_there = may_be_there and not self._refusals.was_just_refused(to.key)
        is_in_digest = may_be_there and not to.who and await self._is_in_digest(to.key)
        if may_be_there and not is_in_digest:
            place = await self._workspace.find(to.destination, to.key, thread)
        if place is not None:
            return await self._told(effect, to, place, repeated=True)
        if self._store is not None and not to.who and (is_in_digest or await self._goes_into_digest(effect, attempt)):
            return Told(await self._store.digests.add(_entry(effect)))
        return await self._told(effect, to, await self._post(effect, to, thread))

    async def _post(self, effect: Notify, to: Recipient, thread: str) -> Place:
        text, blocks = render(effect, self._links)
        self._by_itself[to.key] = None
        try:
            place = await self._workspace.post(to.destination, text, blocks, to.key, thread)
        except SlackApiError as error:
            if is_rate_limit(error):
                self._by_itself.pop(to.key, None)
                self._refusals.add(to.key)
            raise
        self._by_itself[to.key] = place
        return place

    async def _told(self, effect: Notify, to: Recipient, place: Place, *, repeated: bool = False) -> Told:
        """Without being remembered, a repeat is still found in the channel's history, and mostly dropped by Slack."""
        if self._store is not None:
            if not to.who:
                self._store.digests.posted_to(effect.target)
            text, blocks = render(effect, self._links)
            await self._keep(to.key, effect.target, text, blocks, place, run_of(effect))
        await self._tell_details(effect, to, place, may_be_there=repeated)
        return Told(str(place), repeated)

    async def _thread(self, effect: Notify, to: Recipient) -> str:
        """The message by which the same run has called the same channel before; people always get a new one."""
        if self._store is None or to.who or not effect.page or effect.page.endswith(_FIRST_STEP):
            return ""
        sent = await unless_slow(self._store.outbox.of_run(run_of(effect)), [])
        return next((message.ts for message in sent if message.ts and message.target == effect.target), "")

    async def _is_in_digest(self, key: str) -> bool:
        return self._store is not None and await self._store.digests.has(key)

    async def _goes_into_digest(self, effect: Notify, attempt: Attempt) -> bool:
        if self._store is None or effect.key in self._by_itself:
            return False  # a message that comes late must meet none but itself, which Slack knows by its key
        if effect.members is not None:
            return False  # one message for many, with buttons: it is itself what keeps the channel readable
        return self._store.digests.is_well and await self._store.busy.is_too_busy(effect, attempt.started_at)

    async def _tell_details(self, effect: Notify, to: Recipient, place: Place, *, may_be_there: bool) -> None:
        """What the message had no room for. Those concerned have been called by then, so this may fail."""
        blocks, key = details(effect), f"{to.key}/details"
        if not blocks or not place.channel:
            return
        try:
            if await self._kept(key) is not None:
                return
            at = await self._workspace.find(place.channel, key, place.ts) if may_be_there else None
            at = at or await self._workspace.reply(place, "Details", blocks, key)
            await self._keep(key, f"thread:{effect.target}", "Details", blocks, at)
        except (SlackApiError, ClientError, TimeoutError) as error:
            activity.logger.warning("slack.details_not_told", extra={"why": str(error), "key": key})

    async def _kept(self, key: str) -> Place | None:
        return await unless_slow(self._store.outbox.place(key), None) if self._store is not None else None

    async def _keep(self, key: str, target: str, text: str, blocks: Blocks, place: Place, run: str = "") -> None:
        if self._store is not None:
            await unless_slow(self._store.outbox.keep(key, target, text, blocks, place=place, run=run), False)


def _entry(effect: Notify) -> Entry:
    return Entry(
        key=effect.key,
        target=effect.target,
        conversation_id=effect.conversation_id,
        run=run_of(effect),
        at=server_now(),
        is_page=bool(effect.page),
        headline=effect.headline or "Baton",
        who=dict(effect.facts).get("Customer", ""),
        because=effect.because,
    )
