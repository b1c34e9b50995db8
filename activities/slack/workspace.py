"""The calls that Baton makes to Slack's Web API, and the search for a message that an earlier attempt posted.

Promises that every message carries its key, and is found again by it where Slack lets Baton look; and that no call
which only prepares a message delays it for longer than a few seconds. Must not know what a message says or who needs
it.
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
from activities.slack.rendering.text import Blocks
from activities.slack.web_client import WebClient

EVENT_TYPE = "baton_notification"
"""The name of the metadata by which Baton recognises its own messages."""

SLACK_API = "https://slack.com/api/"
HISTORY_PAGE, LIST_PAGE = 999, 1000
"""The most that Slack returns at once: in a flood, an earlier copy is soon behind hundreds of other messages."""

_LOOK_WITHIN, _LIST_PAGES = 3.0, 10
"""The seconds that the search for an earlier copy may take, and the pages of the channel list that it may read."""

_PLAIN_LIMIT = 3_000

_PREPARE_WITHIN, _NOT_AGAIN_WITHIN = 3.0, 30.0
"""The seconds for opening a direct channel or reading a user group; and the seconds before a direct channel that could
not be opened is asked for again."""

_ID, _TS, _GROUP = re.compile(r"[A-Za-z0-9_-]{1,100}"), re.compile(r"[0-9.]{1,40}"), 1_000
"""The form of Slack's IDs and timestamps, and the most members of a user group who are told."""


class MessagePlace(NamedTuple):
    """The place of a message: the ID of its channel, and its timestamp, which is its ID there."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"


def client(token: str, base_url: str = SLACK_API, *, proxy: str | None = None, within: int = 10) -> AsyncWebClient:
    """Return a Web API client that never retries by itself: Temporal does, where operators can see it."""
    made = WebClient(token, base_url=base_url, timeout=within, retry_handlers=[])
    # The library would otherwise read the proxy from the environment, which only the worker may read.
    made.proxy = proxy
    return made


class Workspace:
    """One Slack workspace. A destination is `#channel`, a channel's ID, or `@member-id` for a direct message."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._ids: dict[str, str] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        self._not_opened = Recent[float]()
        """The times when a direct channel could not be opened. It is not asked for again at once, because the message
        would wait."""

    async def post(self, destination: str, text: str, blocks: Blocks, key: str, thread: str = "") -> MessagePlace:
        """Post a message, or a reply in `thread` that the channel sees, too; a message where the thread is gone."""
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

    async def reply(
        self, place: MessagePlace, text: str, blocks: Blocks, key: str, *, may_be_there: bool
    ) -> MessagePlace:
        """Post a reply that only people who follow the thread see, unless an earlier attempt's reply is found."""
        found = await self.find(place.channel, key, place.ts) if may_be_there else None
        return found or await self._post(place.channel, text, blocks, key, {"thread_ts": place.ts})

    async def _post(self, destination: str, text: str, blocks: Blocks, key: str, how: dict[str, Any]) -> MessagePlace:
        """Post a message. Return its place, without a channel where Slack's answer says `ok` but not where.

        A remembered direct channel that Slack no longer finds, as after a move to another workspace, is forgotten.
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
        """Replace the text and blocks of a message. Slack keeps fields that are not given, such as its metadata."""
        await ask(self._client.chat_update(channel=place.channel, ts=place.ts, text=text, blocks=blocks))

    async def find(self, destination: str, key: str, thread: str = "") -> MessagePlace | None:
        """Return the place of the message with that key among the latest, or among the replies in `thread`.

        None where there is none, and where the search fails, is limited or takes too long: then the caller sends the
        message. Twice is better than never, and Slack drops most repeats itself by their `client_msg_id`.
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
        """Return the member IDs of a user group; the last known ones where Slack does not answer now."""
        try:
            async with asyncio.timeout(_PREPARE_WITHIN):
                self._groups[group] = _users(await ask(self._client.usergroups_users_list(usergroup=group)))
        except (SlackApiError, ClientError, TimeoutError, UnreadableAnswerError) as error:
            if group not in self._groups or _is_refusal(error):
                raise
            activity.logger.warning("slack.group_unavailable", extra={"why": str(error)[:300], "group": group})
        return self._groups[group]

    async def _channel_id(self, name: str) -> str:
        """Return a channel's ID, which Slack needs for its history, but not for posting. Empty where there is none."""
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
        """Return the direct channel of `@member-id`; where none can be opened, the member ID, which works, too."""
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
    """Return the valid member IDs in Slack's answer about a user group, a thousand at most; none for an empty group.

    Raises UnreadableAnswerError where the answer has no list of users, or a list in which no entry is a member ID.
    """
    said = told.get("users")
    users = cast("list[Any]", said) if isinstance(said, list) else [None]
    members = tuple(user for user in users if _is_id(user))[:_GROUP]
    if users and not members:
        raise UnreadableAnswerError("a user group without its members")
    return members


def _direct_channel_of(opened: dict[str, Any]) -> str:
    """Return the channel's ID in Slack's answer about a direct channel. Raises UnreadableAnswerError."""
    try:
        return _id(opened["channel"]["id"])
    except (KeyError, TypeError) as error:
        raise UnreadableAnswerError("a direct channel without its ID") from error


def _id(said: Any) -> str:
    """Return an ID in Slack's form. Raises UnreadableAnswerError where it is anything else."""
    if not _is_id(said):
        raise UnreadableAnswerError("an ID that is none")
    return said


def _is_id(said: Any) -> TypeGuard[str]:
    return isinstance(said, str) and _ID.fullmatch(said) is not None


def _place(channel: Any, ts: Any) -> MessagePlace | None:
    """Return the place of a message; None where Slack's answer does not give one in Slack's form."""
    return MessagePlace(channel, ts) if _is_id(channel) and isinstance(ts, str) and _TS.fullmatch(ts) else None


def _is_refusal(error: Exception) -> bool:
    """Return whether the error needs people to act: going on without this call would only hide it."""
    return isinstance(error, SlackApiError) and not is_rate_limit(error) and code_of(error) in REMEDIES


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
