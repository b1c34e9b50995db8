"""The calls Baton makes to Slack's Web API, and the look for what an earlier attempt may have left behind.

Promises that every message carries its key, and is found again by it where Slack lets Baton look; and that no call
which only prepares a message holds it back for longer than a few seconds. Must not know what a message says or who
needs it.
"""

import asyncio
import re
import time
from typing import Any, NamedTuple, TypeGuard, cast
from uuid import NAMESPACE_URL, uuid5

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from temporalio import activity

from activities.effects.optional import unless_slow
from activities.effects.recent import Recent
from activities.slack.errors import NO_THREAD, REMEDIES, UnreadableAnswerError, ask, code_of, is_rate_limit
from activities.slack.web_client import WebClient

EVENT_TYPE = "baton_notification"
"""The name of the metadata by which Baton knows its own messages again."""

SLACK_API = "https://slack.com/api/"
HISTORY_PAGE, LIST_PAGE = 999, 1000
"""The most that Slack gives at once: in a flood, what was left behind is soon behind hundreds of others."""

_LOOK_WITHIN, _LIST_PAGES = 3.0, 10
"""Seconds that a look for an earlier copy may take, and pages of the channel list that it may read."""

_PLAIN_LIMIT = 3_000

_PREPARE_WITHIN, _NOT_AGAIN_WITHIN = 3.0, 30.0
"""Seconds for opening a direct channel or reading who is in a user group; and before a direct channel that could not be
opened is asked for again."""

_ID, _TS, _GROUP = re.compile(r"[A-Za-z0-9_-]{1,100}"), re.compile(r"[0-9.]{1,40}"), 1_000
"""What IDs and timestamps of Slack's look like, and members of a user group who are told."""

Blocks = list[dict[str, Any]]


class MessagePlace(NamedTuple):
    """Where a message is: the ID of its channel, and its timestamp, which is its ID there."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"


def client(token: str, base_url: str = SLACK_API, *, proxy: str | None = None, within: int = 10) -> AsyncWebClient:
    """A Web API client that never retries by itself: Temporal does, where operators can see it."""
    made = WebClient(token, base_url=base_url, timeout=within, retry_handlers=[])
    # The library would otherwise read the proxy from the environment, which is the worker's to do.
    made.proxy = proxy
    return made


class Workspace:
    """One Slack workspace. A destination is `#channel`, a channel's ID, or `@member-id` for a direct message."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._ids: dict[str, str] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        self._not_opened = Recent[float]()
        """When a direct channel could not be had. It is not asked for again at once: the call would wait for it."""

    async def post(self, destination: str, text: str, blocks: Blocks, key: str, thread: str = "") -> MessagePlace:
        """Post a message, or a reply in `thread` that the channel sees, too. Where the thread is gone, a message."""
        in_thread = {"thread_ts": thread, "reply_broadcast": True} if thread else {}
        try:
            return await self._post(destination, text, blocks, key, in_thread)
        except SlackApiError as error:
            if not thread or code_of(error) not in NO_THREAD:
                raise
        return await self._post(destination, text, blocks, key, {})

    async def post_plainly(self, destination: str, text: str, key: str) -> MessagePlace:
        """Post a message as nothing but text: no block and no metadata that Slack could refuse."""
        return await self._post(destination, text[:_PLAIN_LIMIT] or "Baton", [], key, {"metadata": None})

    async def reply(self, place: MessagePlace, text: str, blocks: Blocks, key: str) -> MessagePlace:
        """Post a reply that only those see who follow the thread."""
        return await self._post(place.channel, text, blocks, key, {"thread_ts": place.ts})

    async def _post(self, destination: str, text: str, blocks: Blocks, key: str, how: dict[str, Any]) -> MessagePlace:
        """Whatever else Slack's answer lacks, the message was taken where it says `ok`.

        A direct channel that was remembered and is none any more, as after a move to another workspace, is forgotten.
        """
        message: dict[str, Any] = {
            "text": text,
            "blocks": blocks or None,
            "client_msg_id": str(uuid5(NAMESPACE_URL, f"baton:{key}")),
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": _metadata(key),
            **how,
        }
        channel = await self._addressee(destination) if destination.startswith("@") else destination
        try:
            posted = await ask(self._client.chat_postMessage(channel=channel, **message))
        except SlackApiError as error:
            member = destination.removeprefix("@")
            if code_of(error) != "channel_not_found" or channel in (member, destination):
                raise
            self._ids.pop(destination, None)
            posted = await ask(self._client.chat_postMessage(channel=member, **message))
        place = _place(posted.get("channel"), posted.get("ts"))
        if place is not None:
            self._ids[destination] = place.channel
        return place or MessagePlace("", "")

    async def change(self, place: MessagePlace, text: str, blocks: Blocks) -> None:
        """Replace what a message says. Its metadata stays: Slack keeps what is not given."""
        await ask(self._client.chat_update(channel=place.channel, ts=place.ts, text=text, blocks=blocks))

    async def find(self, destination: str, key: str, thread: str = "") -> MessagePlace | None:
        """The message with that key among the latest, or among the replies in `thread`.

        None where there is none, and where the look fails, is limited or takes too long: then the caller sends the
        message. Rather twice than never, and Slack drops most repeats itself by their `client_msg_id`.
        """
        return await unless_slow(self._find(destination, key, thread), None, within=_LOOK_WITHIN)

    async def _find(self, destination: str, key: str, thread: str) -> MessagePlace | None:
        channel = await self._channel_id(destination)
        if not channel:
            return None
        how: dict[str, Any] = {"channel": channel, "limit": HISTORY_PAGE, "include_all_metadata": True}
        if thread:
            listed = await ask(self._client.conversations_replies(ts=thread, **how))
        else:
            listed = await ask(self._client.conversations_history(**how))
        mine = (message["ts"] for message in listed["messages"] if message.get("metadata") == _metadata(key))
        return next((place for ts in mine if (place := _place(channel, ts))), None)

    async def members(self, group: str) -> tuple[str, ...]:
        """The member IDs of a user group; those that Slack told last where it does not tell now."""
        try:
            async with asyncio.timeout(_PREPARE_WITHIN):
                self._groups[group] = _users(await ask(self._client.usergroups_users_list(usergroup=group)))
        except (SlackApiError, ClientError, TimeoutError, UnreadableAnswerError) as error:
            if group not in self._groups or _is_refusal(error):
                raise
            activity.logger.warning("slack.group_unavailable", extra={"why": str(error)[:300], "group": group})
        return self._groups[group]

    async def _channel_id(self, name: str) -> str:
        """Slack posts to `#name` but tells the history of an ID only. Empty if there is no such channel."""
        if name in self._ids or not name.startswith(("#", "@")):
            return self._ids.get(name, name)
        if name.startswith("@"):
            return await self._direct_channel(name)
        cursor = ""
        for _ in range(_LIST_PAGES):
            page = await ask(
                self._client.conversations_list(
                    types="public_channel,private_channel", exclude_archived=True, limit=LIST_PAGE, cursor=cursor
                )
            )
            for channel in page["channels"]:
                if channel["name"] == name.removeprefix("#"):
                    self._ids[name] = _id(channel["id"])
                    return self._ids[name]
            more: dict[str, Any] = page.get("response_metadata") or {}
            cursor = str(more.get("next_cursor") or "")
            if not cursor:
                break
        return ""

    async def _addressee(self, name: str) -> str:
        """The direct channel of `@member-id`; the member ID itself, to which Slack posts too, where it can't be had."""
        if time.monotonic() - self._not_opened.get(name, -_NOT_AGAIN_WITHIN) < _NOT_AGAIN_WITHIN:
            return name.removeprefix("@")
        try:
            async with asyncio.timeout(_PREPARE_WITHIN):
                return await self._direct_channel(name)
        except (SlackApiError, ClientError, TimeoutError, UnreadableAnswerError) as error:
            if _is_refusal(error):
                raise
            activity.logger.warning("slack.direct_channel_unavailable", extra={"why": str(error), "who": name})
            return name.removeprefix("@")

    async def _direct_channel(self, name: str) -> str:
        if name not in self._ids:
            self._not_opened[name] = time.monotonic()
            opened = await ask(self._client.conversations_open(users=name.removeprefix("@")))
            self._ids[name] = _direct_channel_of(opened)
            self._not_opened.pop(name, None)
        return self._ids[name]


def _users(told: dict[str, Any]) -> tuple[str, ...]:
    """The member IDs in Slack's answer about a user group, without what is none: the first thousand of them."""
    said = told.get("users")
    users = cast("list[Any]", said) if isinstance(said, list) else [None]
    members = tuple(user for user in users if _is_id(user))[:_GROUP]
    if users and not members:
        raise UnreadableAnswerError("a user group without its members")
    return members


def _direct_channel_of(opened: dict[str, Any]) -> str:
    """The channel's ID in Slack's answer about a direct channel."""
    try:
        return _id(opened["channel"]["id"])
    except (KeyError, TypeError) as error:
        raise UnreadableAnswerError("a direct channel without its ID") from error


def _id(said: Any) -> str:
    """An ID as Slack makes them. Raises UnreadableAnswerError where it is anything else."""
    if not _is_id(said):
        raise UnreadableAnswerError("an ID that is none")
    return said


def _is_id(said: Any) -> TypeGuard[str]:
    return isinstance(said, str) and _ID.fullmatch(said) is not None


def _place(channel: Any, ts: Any) -> MessagePlace | None:
    """Where a message is; None where Slack's answer does not say it as Slack does."""
    return MessagePlace(channel, ts) if _is_id(channel) and isinstance(ts, str) and _TS.fullmatch(ts) else None


def _is_refusal(error: Exception) -> bool:
    """Whether people must put something right first, so that trying on without this call would only hide it."""
    return isinstance(error, SlackApiError) and not is_rate_limit(error) and code_of(error) in REMEDIES


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
