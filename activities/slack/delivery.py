"""Sends one notification to one recipient once.

There are three parts: looking for an earlier attempt's message, sending, and remembering. Promises that looking and
remembering have a time limit of their own and never cost the message, whatever fails in them: a call that comes twice
is better than one that never comes. Must not know who the recipients are or why they are told.
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
from activities.slack.rendering.message import details, render
from activities.slack.rendering.text import Blocks, Links
from activities.slack.targets import Recipient
from activities.slack.workspace import MessagePlace, Workspace
from policies.state.effects import Notify

_FIRST_STEP = "/1.1"
"""The end of a first step's id. No earlier message of its run can exist."""

_LOOK_WITHIN, _REMEMBER_WITHIN, _SHARE = 6.0, 3.0, 0.5
"""The seconds for looking and for remembering, and the largest share of the attempt's remaining time for each."""

_UNPLACED = "sent, but it is not known where"


class Told(NamedTuple):
    """The place where people can read the message, and whether an earlier attempt had brought it there."""

    where: str
    repeated: bool = False


@dataclass(slots=True)
class _Known:
    """The result of looking: the message itself, the thread it belongs in, and whether a digest lists it."""

    place: MessagePlace | None = None
    is_kept: bool = False
    thread: str = ""
    is_for_digest: bool = False


class Store(NamedTuple):
    """The parts that need a database: the memory of sent messages, and digests."""

    outbox: SlackOutbox
    digests: Digests
    busy: ChannelVolume


class Delivery:
    """The delivery to channels and people on Slack."""

    def __init__(self, workspace: Workspace, links: Links, store: Store | None) -> None:
        self._workspace = workspace
        self._links = links
        self._store = store
        self._refusals = Refusals()
        self._by_itself = Recent[MessagePlace | None]()
        """The messages that this worker has posted, or tried to post. The value is None until Slack has said where the
        message is."""

    async def tell(self, effect: Notify, to: Recipient, attempt: Attempt, *, may_be_there: bool) -> Told:
        """Send a message of its own, or an entry of a digest where the channel has had many messages.

        Where it `may_be_there`, an earlier attempt's message is looked for first.
        """
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
        """Fill in the traces of earlier attempts, and whether the notification is for a digest.

        A message that was not found when the time is over counts as not sent, and goes out.
        """
        known.place = await self._kept(to.key)
        known.is_kept = known.place is not None
        known.place = known.place or self._by_itself.get(to.key)
        if known.place is not None:
            return
        known.thread = await self._thread(effect, to)
        may_be_there = may_be_there and not self._refusals.was_just_refused(to.key)
        if may_be_there and not to.who and self._store is not None:
            known.is_for_digest = await self._store.digests.has(to.key)
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
        """Record the message for later. The people concerned have been called by now, so this may fail.

        A repeat of an unrecorded message is still found in the channel's history, and mostly dropped by Slack.
        """
        if self._store is not None and not known.is_kept:
            if not to.who:
                self._store.digests.posted_to(effect.target)
            text, blocks = _rendered(effect, self._links)
            await self._keep(to.key, effect.target, text, blocks, place, run_of(effect))
        is_repeated = known.place is not None
        await self._tell_details(effect, to, place, may_be_there=is_repeated)

    async def _thread(self, effect: Notify, to: Recipient) -> str:
        """Return the thread of the run's first message in the same channel; empty for people: each call is new."""
        if self._store is None or to.who or not effect.page or effect.page.endswith(_FIRST_STEP):
            return ""
        sent = await unless_slow(self._store.outbox.of_run(run_of(effect)), [])
        return next((message.ts for message in sent if message.ts and message.target == effect.target), "")

    async def _goes_into_digest(self, effect: Notify, attempt: Attempt) -> bool:
        if self._store is None or effect.key in self._by_itself:
            return False  # a late copy must only meet the message itself, known by its key
        if effect.members is not None:
            return False  # one message for many calls keeps the channel readable
        return self._store.digests.is_well and await self._store.busy.is_too_busy(effect, attempt.started_at)

    async def _tell_details(self, effect: Notify, to: Recipient, place: MessagePlace, *, may_be_there: bool) -> None:
        """Reply in the message's thread with the parts that the message had no room for."""
        blocks, key = details(effect), f"{to.key}/details"
        if not blocks or not place.channel or await self._kept(key) is not None:
            return
        at = await self._workspace.reply(place, "Details", blocks, key, may_be_there=may_be_there)
        await self._keep(key, f"thread:{effect.target}", "Details", blocks, at)

    async def _kept(self, key: str) -> MessagePlace | None:
        return await unless_slow(self._store.outbox.place(key), None) if self._store is not None else None

    async def _keep(self, key: str, target: str, text: str, blocks: Blocks, place: MessagePlace, run: str = "") -> None:
        if self._store is not None:
            await unless_slow(self._store.outbox.keep(key, target, text, blocks, place=place, run=run), False)


def _rendered(effect: Notify, links: Links) -> tuple[str, Blocks]:
    """Return the message as people should see it; only its headline where a defect of Baton keeps it from rendering."""
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
