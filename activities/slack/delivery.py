"""Brings one notification to one recipient once.

There are three parts: looking for what earlier attempts left behind, sending, and remembering. Promises that looking
and remembering have a time of their own and never cost the message, whatever fails in them: a call that comes twice is
better than one that never comes. Must not know who the recipients are or why they are told.
"""

from dataclasses import dataclass
from typing import NamedTuple

from slack_sdk.errors import SlackApiError
from temporalio import activity

from activities.effects.accepted import Attempt, server_now
from activities.effects.optional import unless_slow
from activities.effects.recent import Recent
from activities.effects.runs import run_of
from activities.slack.digests.channel_volume import ChannelVolume
from activities.slack.digests.message import DigestEntry
from activities.slack.digests.writing import Digests
from activities.slack.errors import LOOKS, code_of, is_rate_limit
from activities.slack.outbox import SlackOutbox
from activities.slack.refusals import Refusals
from activities.slack.rendering.message import Blocks, details, render
from activities.slack.rendering.text import Links
from activities.slack.targets import Recipient
from activities.slack.workspace import MessagePlace, Workspace
from policies.state.effects import Notify

_FIRST_STEP = "/1.1"
"""Before it no message of its run can have been sent."""

_LOOK_WITHIN, _REMEMBER_WITHIN, _SHARE = 6.0, 3.0, 0.5
"""Seconds for looking and for remembering, and the share of an attempt's remaining time that each may take at most."""

_UNPLACED = "sent, but it is not known where"


class Told(NamedTuple):
    """Where somebody can read it, and whether an earlier attempt had brought it there."""

    where: str
    repeated: bool = False


@dataclass(slots=True)
class _Known:
    """What looking has found: the message itself, the thread it belongs in, whether a digest lists it."""

    place: MessagePlace | None = None
    is_kept: bool = False
    thread: str = ""
    is_for_digest: bool = False


class Store(NamedTuple):
    """What a database adds: remembering what was sent, and digests."""

    outbox: SlackOutbox
    digests: Digests
    busy: ChannelVolume


class Delivery:
    """To channels and people on Slack."""

    def __init__(self, workspace: Workspace, links: Links, store: Store | None) -> None:
        self._workspace = workspace
        self._links = links
        self._store = store
        self._refusals = Refusals()
        self._by_itself = Recent[MessagePlace | None]()
        """What this worker has posted, or tried to: until Slack says where it is, it is not known whether it has it."""

    async def tell(self, effect: Notify, to: Recipient, attempt: Attempt, *, may_be_there: bool) -> Told:
        """As a message of its own, or in a digest where the channel has had many. `may_be_there`: look first."""
        known = _Known()
        looking = self._look(known, effect, to, attempt, may_be_there=may_be_there)
        await unless_slow(looking, None, within=min(_LOOK_WITHIN, attempt.left * _SHARE))
        if known.place is None and known.is_for_digest and self._store is not None:
            return Told(await self._store.digests.add(_entry(effect)))
        is_repeated = known.place is not None
        place = known.place or await self._post(effect, to, known.thread)
        remembering = self._remember(effect, to, place, known)
        await unless_slow(remembering, None, within=min(_REMEMBER_WITHIN, attempt.left * _SHARE))
        return Told(str(place) if place.channel else _UNPLACED, repeated=is_repeated)

    async def _look(
        self, known: _Known, effect: Notify, to: Recipient, attempt: Attempt, *, may_be_there: bool
    ) -> None:
        """Fill in what is known of earlier attempts, and whether this is for a digest.

        What has not been found out when the time is over counts as not there, and the message goes out.
        """
        known.place = await self._kept(to.key)
        known.is_kept = known.place is not None
        known.place = known.place or self._by_itself.get(to.key)
        if known.place is not None:
            return
        known.thread = await self._thread(effect, to)
        may_be_there = may_be_there and not self._refusals.was_just_refused(to.key)
        known.is_for_digest = may_be_there and not to.who and await self._is_in_digest(to.key)
        if may_be_there and not known.is_for_digest:
            known.place = await self._workspace.find(to.destination, to.key, known.thread)
        if known.place is None and not to.who and not known.is_for_digest:
            known.is_for_digest = await self._goes_into_digest(effect, attempt)

    async def _post(self, effect: Notify, to: Recipient, thread: str) -> MessagePlace:
        text, blocks = _rendered(effect, self._links)
        self._by_itself[to.key] = None
        try:
            place = await self._workspace.post(to.destination, text, blocks, to.key, thread)
        except SlackApiError as error:
            if is_rate_limit(error):
                self._by_itself.pop(to.key, None)
                self._refusals.add(to.key)
            if code_of(error) not in LOOKS:
                raise
            activity.logger.warning("slack.sent_plainly", extra={"why": code_of(error), "key": to.key})
            place = await self._workspace.post_plainly(to.destination, text, to.key)
        self._by_itself[to.key] = place
        return place

    async def _remember(self, effect: Notify, to: Recipient, place: MessagePlace, known: _Known) -> None:
        """What helps later. Those concerned have been called by now, so this may fail.

        A repeat that nobody remembered is still found in the channel's history, and mostly dropped by Slack.
        """
        if self._store is not None and not known.is_kept:
            if not to.who:
                self._store.digests.posted_to(effect.target)
            text, blocks = _rendered(effect, self._links)
            await self._keep(to.key, effect.target, text, blocks, place, run_of(effect))
        is_repeated = known.place is not None
        await self._tell_details(effect, to, place, may_be_there=is_repeated)

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

    async def _tell_details(self, effect: Notify, to: Recipient, place: MessagePlace, *, may_be_there: bool) -> None:
        """What the message had no room for, in its thread."""
        blocks, key = details(effect), f"{to.key}/details"
        if not blocks or not place.channel or await self._kept(key) is not None:
            return
        at = await self._workspace.find(place.channel, key, place.ts) if may_be_there else None
        at = at or await self._workspace.reply(place, "Details", blocks, key)
        await self._keep(key, f"thread:{effect.target}", "Details", blocks, at)

    async def _kept(self, key: str) -> MessagePlace | None:
        return await unless_slow(self._store.outbox.place(key), None) if self._store is not None else None

    async def _keep(self, key: str, target: str, text: str, blocks: Blocks, place: MessagePlace, run: str = "") -> None:
        if self._store is not None:
            await unless_slow(self._store.outbox.keep(key, target, text, blocks, place=place, run=run), False)


def _rendered(effect: Notify, links: Links) -> tuple[str, Blocks]:
    """The message as people should see it; its headline alone where a defect of ours keeps it from being made."""
    try:
        return render(effect, links)
    except Exception:
        activity.logger.exception("slack.not_rendered", extra={"key": effect.key})
        return effect.headline or effect.because or "Baton", []


def _entry(effect: Notify) -> DigestEntry:
    return DigestEntry(
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
