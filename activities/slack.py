"""Tells people on Slack: one message for each `Notify`, however often it is tried.

Promises to look first for the message an earlier attempt may have left behind. Without a token, `RecordedSlack` keeps
what would have been sent. Must not know who is on call or why they are told.

Baton's Slack app needs the permissions chat:write and im:write, and to look: channels:read, groups:read,
channels:history, groups:history and im:history. With chat:write.public it need not be invited to public channels.
"""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.accepted import Accepted, Attempt
from activities.errors import PERMANENT, permanent, rate_limited
from activities.slack_message import render
from activities.slack_outbox import RecordedMessage, SlackOutbox
from policies.effects import Notify

EVENT_TYPE = "baton_notification"
"""The name of the metadata by which Baton knows its own messages again."""

SLACK_API = "https://slack.com/api/"
HISTORY_PAGE, LIST_PAGE = 200, 1000
_STORE_WITHIN = 1.0

_FRESH = timedelta(seconds=5)
"""An effect this young cannot have been tried before: a workflow run waits longer than this for what is under way
before the next run, whose attempts count from one again, takes it over."""

_TOKEN = "Install Baton's Slack app again and give Baton its new token."
_POLICY = "Correct the target in the policy"
_DEFECT = "This is a defect in Baton's rendering: please report it."
REMEDIES = {
    "channel_not_found": f"{_POLICY}, or if the channel is private, invite Baton's app to it with /invite.",
    "not_in_channel": "Invite Baton's app to the channel with /invite.",
    "is_archived": f"The channel is archived. {_POLICY}, or unarchive the channel.",
    "user_not_found": f"{_POLICY}: a person is named by their member ID, such as slack:@U024BE7LH.",
    "user_not_visible": f"{_POLICY}: Baton's app may not see this person.",
    "user_disabled": f"{_POLICY}: this person's account is deactivated.",
    "cannot_dm_bot": f"{_POLICY}: this is an app, not a person.",
    "missing_scope": "Give Baton's Slack app the missing permission and install it again.",
    "no_permission": "Invite Baton's app to the channel with /invite.",
    "access_denied": "Ask a Slack administrator to let Baton's app post there.",
    "ekm_access_denied": "Slack administrators have suspended posting there. Ask them to let Baton's app post.",
    "restricted_action": "Ask a Slack administrator to let Baton's app post there.",
    "restricted_action_read_only_channel": f"The channel is read-only. {_POLICY}, or let Baton's app post there.",
    "restricted_action_thread_only_channel": f"The channel takes replies only. {_POLICY}.",
    "not_authed": _TOKEN,
    "invalid_auth": _TOKEN,
    "account_inactive": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "not_allowed_token_type": "Give Baton the bot token, which begins with xoxb-.",
    "msg_too_long": _DEFECT,
    "msg_blocks_too_long": _DEFECT,
    "invalid_blocks": _DEFECT,
    "invalid_blocks_format": _DEFECT,
    "invalid_metadata_format": _DEFECT,
    "metadata_too_large": _DEFECT,
    "no_text": _DEFECT,
}
"""What no retry can cure, by Slack's own names, and what to do about it. All other errors are tried again."""


class SlackUnavailableError(Exception):
    """Slack could not take the message now; the next attempt may succeed."""


def client(token: str, base_url: str = SLACK_API, *, proxy: str | None = None, within: int = 10) -> AsyncWebClient:
    """A Web API client that never retries by itself: Temporal does, where operators can see it."""
    made = AsyncWebClient(token, base_url=base_url, timeout=within, retry_handlers=[])
    # The library would otherwise read the proxy from the environment, which is the worker's to do.
    made.proxy = proxy
    return made


class Slack:
    """The real one."""

    def __init__(self, client: AsyncWebClient, store: AsyncEngine | None = None) -> None:
        """`store` remembers what was sent, also across resets, where nothing tells a repeat from a first attempt."""
        self._client = client
        self._sent = SlackOutbox(store) if store is not None else None
        self._ids: dict[str, str] = {}

    @activity.defn(name="slack.notify")
    async def notify(self, effect: Notify) -> Accepted:
        """Post to a channel or to a person directly."""
        attempt = Attempt()
        try:
            async with asyncio.timeout(attempt.seconds):
                if await self._was_sent(effect):
                    return attempt.accepted("sent before", repeated=True)
                earlier = await self._find_earlier(effect) if _may_be_there(effect, attempt) else ""
                return attempt.accepted(earlier or await self._post(effect), repeated=bool(earlier))
        except SlackApiError as error:
            raise _failure(error, effect.target) from error
        except TimeoutError as error:
            raise SlackUnavailableError("Slack did not answer in time.") from error
        except ClientError as error:
            raise SlackUnavailableError(f"Slack cannot be reached: {error}") from error

    async def _post(self, effect: Notify) -> str:
        text, blocks = render(effect)
        name = _destination(effect.target)
        posted = await self._client.chat_postMessage(
            channel=await self._direct_channel(name) if name.startswith("@") else name,
            text=text,
            blocks=blocks,
            metadata=_metadata(effect),
            client_msg_id=str(uuid5(NAMESPACE_URL, f"baton:{effect.key}")),
            unfurl_links=False,
            unfurl_media=False,
        )
        answer = _answer(posted)
        self._ids[name] = answer["channel"]
        await self._remember(effect, text, blocks)
        return f"{answer['channel']}/{answer['ts']}"

    async def _was_sent(self, effect: Notify) -> bool:
        """A database that does not answer must not hold back a page."""
        try:
            async with asyncio.timeout(_STORE_WITHIN):
                return self._sent is not None and await self._sent.has(effect.key)
        except (TimeoutError, SQLAlchemyError, OSError):
            return False

    async def _remember(self, effect: Notify, text: str, blocks: list[dict[str, Any]]) -> None:
        """Without it a repeat is still found in the channel's history, and mostly dropped by Slack itself."""
        try:
            async with asyncio.timeout(_STORE_WITHIN):
                if self._sent is not None:
                    await self._sent.keep(effect, text, blocks)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            activity.logger.warning("slack.not_remembered", extra={"why": str(error), "key": effect.key})

    async def _find_earlier(self, effect: Notify) -> str:
        """Not being allowed to look must not stop a page: rather twice than never. Slack drops most repeats itself."""
        try:
            channel = await self._channel_id(_destination(effect.target))
            if not channel:
                return ""
            history = await self._client.conversations_history(
                channel=channel, limit=HISTORY_PAGE, include_all_metadata=True
            )
        except SlackApiError as error:
            if _is_permanent(failure := _failure(error, effect.target)):
                activity.logger.warning("slack.history_unavailable", extra={"why": str(failure), "key": effect.key})
                return ""
            raise
        messages = _answer(history)["messages"]
        mine = (message["ts"] for message in messages if message.get("metadata") == _metadata(effect))
        return next((f"{channel}/{ts}" for ts in mine), "")

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
            for channel in _answer(page)["channels"]:
                if channel["name"] == name.removeprefix("#"):
                    self._ids[name] = channel["id"]
                    return self._ids[name]
        return ""

    async def _direct_channel(self, name: str) -> str:
        if name not in self._ids:
            opened = await self._client.conversations_open(users=name.removeprefix("@"))
            self._ids[name] = _answer(opened)["channel"]["id"]
        return self._ids[name]


class RecordedSlack:
    """The same activity for those who have no Slack yet: nothing is sent, and it says so."""

    REF = "recorded (no Slack token)"

    def __init__(self, engine: AsyncEngine) -> None:
        self._outbox = SlackOutbox(engine)

    @activity.defn(name="slack.notify")
    async def notify(self, effect: Notify) -> Accepted:
        """Keep the message in `slack_outbox`."""
        attempt = Attempt()
        _destination(effect.target)
        is_new = await self._outbox.keep(effect, *render(effect))
        return attempt.accepted(self.REF, repeated=not is_new)

    async def messages(self) -> list[RecordedMessage]:
        """Everything that would have been sent, oldest first."""
        return await self._outbox.messages()


def _may_be_there(effect: Notify, attempt: Attempt) -> bool:
    """Looking costs a call and a page should not wait for it, so only where an earlier attempt is possible."""
    return activity.info().attempt > 1 or attempt.started_at - effect.due_at > _FRESH


def _metadata(effect: Notify) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": effect.key}}


def _destination(target: str) -> str:
    system, _, name = target.partition(":")
    if system != "slack" or len(name) < 2:
        raise permanent(f"{target!r} is not a Slack target. {_POLICY}: slack:#channel or slack:@member-id.")
    return name


def _failure(error: SlackApiError, target: str) -> Exception:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    answer = _answer(response)
    code = str(answer.get("error") or "")
    if status == 429 or code in ("ratelimited", "rate_limited"):
        seconds = str(response.headers.get("Retry-After") or "")
        return rate_limited("Slack", timedelta(seconds=int(seconds)) if seconds.isdecimal() else None)
    if code in REMEDIES:
        missing = f", needs {answer['needed']}" if answer.get("needed") else ""
        return permanent(f"Slack refused the message to {target} ({code}{missing}). {REMEDIES[code]}")
    return SlackUnavailableError(f"Slack did not take the message to {target}: HTTP {status} {code}".rstrip())


def _answer(response: Any) -> dict[str, Any]:
    """Slack's JSON; empty where it answered something else, as gateways do in an outage."""
    data: Any = getattr(response, "data", None)
    return data if isinstance(data, dict) else {}


def _is_permanent(failure: Exception) -> bool:
    return isinstance(failure, ApplicationError) and failure.type == PERMANENT
