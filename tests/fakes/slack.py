"""A Slack that runs in the test: the part of the Web API that Baton uses, at a real socket on the loopback.

    async with FakeSlack() as slack:
        Slack(client("xoxb-test", slack.url))
        slack.fail_next(retry_after=30)      # the next post gets 429
        slack.refuse("#gone", "is_archived") # for as long as the test lasts
        slack.fail_next(body="[1]", content_type="application/json")  # an answer unlike Slack's
        with slack.down(): ...               # connections break without an answer
        slack.allow(per_second=1)            # each channel takes one post or change a second, then 429
        slack.groups["S0614TZR7"] = ["U1"]   # a user group
    slack.channel("#leads", id="C0LEADS", is_archived=True)  # a channel before its first message
    slack.rename("#leads", "#leads-eu")  # the old name leads nowhere, the ID still does
    slack.people["U1"] = {"deleted": True}  # an account; other member IDs are unknown to users.info
        slack.messages                       # what people see, in order, as it is now

The fake is as strict as Slack about blocks and metadata, and gives histories by channel ID only. By default it keeps
*every* message: Slack drops a repeated `client_msg_id` for a while but does not promise to, so Baton must not rely on
that.
"""

import asyncio
import json
import math
import time
from collections import defaultdict, deque
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Self

from aiohttp import web

from tests.fakes.slack_limits import problem_with

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as people see it. `channel` is `#name`, or `@member-id` for a direct message."""

    channel: str
    channel_id: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]
    client_msg_id: str
    thread_ts: str = ""
    is_broadcast: bool = False
    revisions: int = 0

    @property
    def key(self) -> str:
        """Baton's idempotency key, which the message's metadata carries."""
        return str(self.metadata.get("event_payload", {}).get("key", ""))

    @property
    def words(self) -> str:
        """All texts of the message, as Slack keeps them."""
        return json.dumps([self.text, self.blocks], ensure_ascii=False)

    @property
    def buttons(self) -> list[str]:
        """The labels of the message's buttons."""
        rows = (block["elements"] for block in self.blocks if block["type"] == "actions")
        return [element["text"]["text"] for row in rows for element in row]


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault of one call. `lost` and `hangs` happen after the message was posted, before Slack answers.

    `late` keeps the message on its way when the client gives up; `arrive` posts it. `stalls` never answers and does
    nothing. `about` is a text that the call contains.
    """

    error: str = ""
    status: int = 200
    retry_after: int | None = None
    lost: bool = False
    hangs: bool = False
    late: bool = False
    stalls: bool = False
    extra: Answer = field(default_factory=dict)
    body: str | None = None
    content_type: str = "text/html"
    about: str = ""


class FakeSlack:
    """A workspace that is empty at first; a channel exists once a message is posted to it."""

    def __init__(self, *, drops_repeats: bool = False, page: int = 1000) -> None:
        self.messages: list[Message] = []
        self.calls: list[str] = []
        self.groups: dict[str, list[str]] = {}
        self.people: dict[str, Answer] = {}
        self._channels: dict[str, Answer] = {}
        self._per_second = 0.0
        self._free_at: dict[str, float] = {}
        self.told_to_wait = 0
        self.url = ""
        self._drops_repeats = drops_repeats
        self._page = page
        self._failures: dict[str, deque[Failure | None]] = defaultdict(deque)
        self._refusals: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._numbers = count(1)
        self._is_down = False
        self._late: list[tuple[str, Answer]] = []
        self._posted = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._answer)
        # Without handler_cancellation a hanging answer would outlive the client that gave up on it.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fail_next(
        self, error: str = "", *, times: int = 1, after: int = 0, method: str = "chat.postMessage", **how: Any
    ) -> None:
        """Let the next `times` calls fail after `after` good ones: `error="…"`, `status=500`, `retry_after=30`, …

        `about` leaves the failure for calls that contain this text, such as a conversation's ID: those of other
        conversations, which share the fake, go on as before.
        """
        self._failures[method].extend([None] * after)
        if "retry_after" in how:
            error, how["status"] = "ratelimited", 429
        self._failures[method].extend([Failure(error, **how)] * times)

    def _next_failure(self, method: str, asked: Answer) -> Failure | None:
        waiting = self._failures[method]
        is_meant = waiting and (waiting[0] is None or waiting[0].about in str(asked))
        return waiting.popleft() if is_meant else None

    def forgive(self) -> None:
        """Cancel the failures that were set for the next calls."""
        self._failures.clear()

    def refuse(self, channel: str, error: str) -> None:
        """Refuse every message to `#channel` or `@member-id` from now on; an empty error ends this."""
        self._refusals[channel] = error

    def allow(self, per_second: float) -> None:
        """Let each channel take only so many posts and changes a second from now on; those that come sooner get 429."""
        self._per_second = per_second

    def channel(self, name: str, *, id: str, **fields: Any) -> None:
        """Make a channel that has this ID, with fields as Slack shows them."""
        self._ids[name], self._channels[id] = id, fields

    def rename(self, name: str, new: str) -> None:
        """Give a channel another name."""
        id = self._ids.pop(name)
        self._ids[new] = id
        self._channels.setdefault(id, {}).setdefault("previous_names", []).append(name[1:])
        self.refuse(name, "channel_not_found")

    def delete(self, message: Message) -> None:
        """Delete a message, as a person in Slack can."""
        self.messages = [
            kept for kept in self.messages if (kept.channel_id, kept.ts) != (message.channel_id, message.ts)
        ]

    def down(self) -> AbstractContextManager[object]:
        """Break connections without an answer from now on, until `up()` or the end of the `with` block."""
        self._is_down = True
        until_up = ExitStack()
        until_up.callback(self.up)
        return until_up

    def up(self) -> None:
        """Answer again."""
        self._is_down = False

    async def arrive(self) -> None:
        """Post the messages that were late."""
        while self._late:
            await self._do(*self._late.pop(0))

    def in_channel(self, channel: str) -> list[Message]:
        """Return the messages that people see in `#channel` or as `@member-id` without opening a thread."""
        return [m for m in self.messages if m.channel == channel and (m.is_broadcast or not m.thread_ts)]

    def in_thread(self, message: Message) -> list[Message]:
        """Return the replies to a message."""
        return [m for m in self.messages if (m.channel_id, m.thread_ts) == (message.channel_id, message.ts)]

    async def posted(self, number: int) -> list[Message]:
        """Wait until there are so many messages, and return all of them."""
        async with self._posted:
            await self._posted.wait_for(lambda: len(self.messages) >= number)
        return self.messages

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        if self._is_down:
            return _break_off(request)
        asked = await _read(request)
        failure = self._next_failure(method, asked)
        if failure and failure.stalls:
            await asyncio.Event().wait()
        if failure and failure.late:
            self._late.append((method, asked))
            await asyncio.Event().wait()
        if failure and not (failure.lost or failure.hangs):
            return _refusal(failure)
        if wait := self._must_wait(method, asked):
            self.told_to_wait += 1
            return _refusal(Failure("ratelimited", status=429, retry_after=math.ceil(wait)))
        answer = await self._do(method, asked) if request.headers.get("Authorization") else _error("not_authed")
        if failure and failure.hangs:
            await asyncio.Event().wait()
        return _break_off(request) if failure else web.json_response(answer)

    async def _do(self, method: str, asked: Answer) -> Answer:
        match method:
            case "auth.test":
                return {"ok": True, "url": self.url, "team": "Acme", "user": "baton", "team_id": "T1", "user_id": "U0"}
            case "chat.postMessage":
                return await self._post(asked)
            case "chat.update":
                return self._update(asked)
            case "conversations.open":
                return self._open(asked["users"])
            case "usergroups.users.list":
                members = self.groups.get(asked["usergroup"])
                return _error("no_such_subteam") if members is None else {"ok": True, "users": members}
            case "conversations.replies":
                return self._replies(asked)
            case "conversations.history":
                return self._history(asked)
            case "conversations.list":
                return self._list(asked)
            case "conversations.info":
                name = self._name(asked["channel"])
                return {"ok": True, "channel": self._shown(name)} if name else _error("channel_not_found")
            case "users.info":
                user = self.people.get(asked["user"])
                return _error("user_not_found") if user is None else {"ok": True, "user": {"id": asked["user"], **user}}
            case _:
                return _error("unknown_method")

    async def _post(self, asked: Answer) -> Answer:
        name = self._name(asked["channel"])
        problem = self._refusals.get(name) or ("" if name else "channel_not_found") or problem_with(asked)
        if problem:
            return _error(problem)
        channel = self._id(name)
        sent = asked.get("client_msg_id", "")
        if self._drops_repeats and sent:
            for message in self.messages:
                if (message.channel_id, message.client_msg_id) == (channel, sent):
                    return {"ok": True, "channel": channel, "ts": message.ts}
        thread = asked.get("thread_ts", "")
        if thread and self._find(channel, thread) is None:
            return _error("thread_not_found")
        ts = f"1700000000.{next(self._numbers):06d}"
        blocks, metadata = asked.get("blocks", []), asked.get("metadata", {})
        broadcast = bool(thread and asked.get("reply_broadcast"))
        self.messages.append(Message(name, channel, ts, asked["text"], blocks, metadata, sent, thread, broadcast))
        async with self._posted:
            self._posted.notify_all()
        return {"ok": True, "channel": channel, "ts": ts, "message": {"text": asked["text"], "ts": ts}}

    def _update(self, asked: Answer) -> Answer:
        """Change a message. Slack changes by channel ID only, and keeps the metadata that it is not given."""
        if asked["channel"] not in self._ids.values():
            return _error("channel_not_found")
        name = self._name(asked["channel"])
        message = self._find(asked["channel"], asked["ts"])
        if message is None:
            return _error("message_not_found")
        problem = self._refusals.get(name) or problem_with(asked)
        if problem:
            return _error(problem)
        changed = replace(
            message,
            text=asked["text"],
            blocks=asked.get("blocks", message.blocks),
            metadata=asked.get("metadata", message.metadata),
            revisions=message.revisions + 1,
        )
        self.messages[self.messages.index(message)] = changed
        return {"ok": True, "channel": asked["channel"], "ts": asked["ts"], "text": asked["text"]}

    def _must_wait(self, method: str, asked: Answer) -> float:
        """Return the seconds until the channel takes another message; 0 where it takes this one now."""
        if not self._per_second or method not in ("chat.postMessage", "chat.update"):
            return 0
        name, now = self._name(asked["channel"]), time.monotonic()
        if now < self._free_at.get(name, 0):
            return self._free_at[name] - now
        self._free_at[name] = now + 1 / self._per_second
        return 0

    def _find(self, channel_id: str, ts: str) -> Message | None:
        return next((m for m in self.messages if (m.channel_id, m.ts) == (channel_id, ts)), None)

    def _replies(self, asked: Answer) -> Answer:
        parent = self._find(asked["channel"], asked["ts"])
        return _error("thread_not_found") if parent is None else _told(asked, [parent, *self.in_thread(parent)])

    def _open(self, user: str) -> Answer:
        problem = self._refusals.get(f"@{user}") or ("" if user.startswith(("U", "W")) else "user_not_found")
        return _error(problem) if problem else {"ok": True, "channel": {"id": self._id(f"@{user}")}}

    def _history(self, asked: Answer) -> Answer:
        if asked["channel"] not in self._ids.values():
            return _error("channel_not_found")
        shown = [m for m in reversed(self.messages) if m.channel_id == asked["channel"]]
        return _told(asked, [m for m in shown if m.is_broadcast or not m.thread_ts])

    def _list(self, asked: Answer) -> Answer:
        channels = [self._shown(name) for name in self._ids if name.startswith("#")]
        if asked.get("exclude_archived") in ("1", "true", True):
            channels = [channel for channel in channels if not channel.get("is_archived")]
        start = int(asked.get("cursor") or 0)
        end = start + min(self._page, int(asked.get("limit", 100)))
        cursor = str(end) if end < len(channels) else ""
        return {"ok": True, "channels": channels[start:end], "response_metadata": {"next_cursor": cursor}}

    def _shown(self, name: str) -> Answer:
        return {"id": self._ids[name], "name": name[1:], **self._channels.get(self._ids[name], {})}

    def _name(self, channel: str) -> str:
        """Return the name for a name or an ID: a member's ID means their direct channel; unknown IDs give ""."""
        if channel.startswith("#"):
            return channel
        if channel.startswith(("U", "W")):
            return f"@{channel}"
        return next((name for name, id in self._ids.items() if id == channel), "")

    def _id(self, name: str) -> str:
        return self._ids.setdefault(name, f"{'C' if name.startswith('#') else 'D'}{len(self._ids) + 1:03d}")


async def _read(request: web.Request) -> Answer:
    if request.content_type == "application/json":
        return await request.json()
    return {**request.query, **await request.post()}


def _told(asked: Answer, shown: list[Message]) -> Answer:
    told = [{"type": "message", "ts": m.ts, "text": m.text, "metadata": m.metadata} for m in shown]
    if asked.get("include_all_metadata") not in ("1", "true", True):
        for message in told:
            del message["metadata"]
    limit = int(asked.get("limit", 100))
    return {"ok": True, "messages": told[:limit], "has_more": len(told) > limit}


def _error(code: str, **extra: Any) -> Answer:
    return {"ok": False, "error": code, **extra}


def _refusal(failure: Failure) -> web.Response:
    headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
    if failure.error:
        return web.json_response(_error(failure.error, **failure.extra), status=failure.status, headers=headers)
    body = "<html>Sorry!</html>" if failure.body is None else failure.body
    return web.Response(text=body, content_type=failure.content_type, status=failure.status)


def _break_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()
