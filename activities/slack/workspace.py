"""The calls Baton makes to Slack's Web API, and the look for what an earlier attempt may have left behind.

Promises that every message carries its key, and is found again by it. Must not know what a message says or who needs
it.
"""

from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from temporalio import activity

from activities.slack.errors import GONE, REMEDIES, answer, code_of

EVENT_TYPE = "baton_notification"
"""The name of the metadata by which Baton knows its own messages again."""

SLACK_API = "https://slack.com/api/"
HISTORY_PAGE, LIST_PAGE = 999, 1000
"""The most that Slack gives at once: in a flood, what was left behind is soon behind hundreds of others."""

Blocks = list[dict[str, Any]]


class Place(NamedTuple):
    """Where a message is: the ID of its channel, and its timestamp, which is its ID there."""

    channel: str
    ts: str

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"


def client(token: str, base_url: str = SLACK_API, *, proxy: str | None = None, within: int = 10) -> AsyncWebClient:
    """A Web API client that never retries by itself: Temporal does, where operators can see it."""
    made = AsyncWebClient(token, base_url=base_url, timeout=within, retry_handlers=[])
    # The library would otherwise read the proxy from the environment, which is the worker's to do.
    made.proxy = proxy
    return made


class Workspace:
    """One Slack workspace. A destination is `#channel`, a channel's ID, or `@member-id` for a direct message."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._ids: dict[str, str] = {}

    async def post(self, destination: str, text: str, blocks: Blocks, key: str, thread: str = "") -> Place:
        """Post a message, or a reply in `thread` that the channel sees, too."""
        return await self._post(destination, text, blocks, key, {"thread_ts": thread, "reply_broadcast": bool(thread)})

    async def reply(self, place: Place, text: str, blocks: Blocks, key: str) -> Place:
        """Post a reply that only those see who follow the thread."""
        return await self._post(place.channel, text, blocks, key, {"thread_ts": place.ts})

    async def _post(self, destination: str, text: str, blocks: Blocks, key: str, how: dict[str, Any]) -> Place:
        posted = answer(
            await self._client.chat_postMessage(
                channel=await self._direct_channel(destination) if destination.startswith("@") else destination,
                text=text,
                blocks=blocks or None,
                metadata=_metadata(key),
                client_msg_id=str(uuid5(NAMESPACE_URL, f"baton:{key}")),
                unfurl_links=False,
                unfurl_media=False,
                **{name: value for name, value in how.items() if value},
            )
        )
        self._ids[destination] = posted["channel"]
        return Place(posted["channel"], posted["ts"])

    async def change(self, place: Place, text: str, blocks: Blocks) -> None:
        """Replace what a message says. Its metadata stays: Slack keeps what is not given."""
        await self._client.chat_update(channel=place.channel, ts=place.ts, text=text, blocks=blocks)

    async def find(self, destination: str, key: str, thread: str = "") -> Place | None:
        """The message with that key among the latest, or among the replies in `thread`; None where there is none.

        Not being allowed to look must not stop a page: rather twice than never. Slack drops most repeats itself.
        """
        try:
            return await self._find(destination, key, thread)
        except SlackApiError as error:
            if code_of(error) not in REMEDIES and code_of(error) not in GONE:
                raise
            activity.logger.warning("slack.history_unavailable", extra={"why": code_of(error), "key": key})
            return None

    async def _find(self, destination: str, key: str, thread: str) -> Place | None:
        channel = await self._channel_id(destination)
        if not channel:
            return None
        if thread:
            listed = await self._client.conversations_replies(
                channel=channel, ts=thread, limit=HISTORY_PAGE, include_all_metadata=True
            )
        else:
            listed = await self._client.conversations_history(
                channel=channel, limit=HISTORY_PAGE, include_all_metadata=True
            )
        mine = (message["ts"] for message in answer(listed)["messages"] if message.get("metadata") == _metadata(key))
        return next((Place(channel, ts) for ts in mine), None)

    async def members(self, group: str) -> tuple[str, ...]:
        """The member IDs of a user group."""
        return tuple(answer(await self._client.usergroups_users_list(usergroup=group))["users"])

    async def _channel_id(self, name: str) -> str:
        """Slack posts to `#name` but tells the history of an ID only. Empty if there is no such channel."""
        if name in self._ids or not name.startswith(("#", "@")):
            return self._ids.get(name, name)
        if name.startswith("@"):
            return await self._direct_channel(name)
        pages = await self._client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=LIST_PAGE
        )
        async for page in pages:
            for channel in answer(page)["channels"]:
                if channel["name"] == name.removeprefix("#"):
                    self._ids[name] = channel["id"]
                    return self._ids[name]
        return ""

    async def _direct_channel(self, name: str) -> str:
        if name not in self._ids:
            opened = await self._client.conversations_open(users=name.removeprefix("@"))
            self._ids[name] = answer(opened)["channel"]["id"]
        return self._ids[name]


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
