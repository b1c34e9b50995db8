"""A fake Slack workspace in which people press buttons, with forms, answer hooks and the link of Socket Mode.

    async with FakeWorkspace() as workspace:
        pressed = workspace.press("baton.take", value, user="U024BE7LH")   # what Slack would send
        await workspace.deliver(pressed)                                   # over the link; returns Baton's answer
        await workspace.heard(1)                                           # the answers that only that person sees
        workspace.forms[-1]                                                # the form that was opened
        await workspace.deliver(workspace.submit({"tried": "…"}, user="U024BE7LH"))

As in Slack, a trigger opens one form, a ticket opens one link, and a hook takes five answers.
"""

import asyncio
import json
from collections import Counter
from itertools import count
from typing import Any, Self

from aiohttp import WSCloseCode, web

Json = dict[str, Any]
APP_TOKEN = "xapp-test"
_HOOK_TAKES = 5


class FakeWorkspace:
    """A workspace with Baton's app."""

    def __init__(self) -> None:
        self.url = ""
        self.said: list[Json] = []
        self.forms: list[Json] = []
        self.acknowledged: list[str] = []
        self.links_opened = 0
        self._refusals: dict[str, str] = {}
        self._calls: Counter[str] = Counter()
        self._numbers = count(1)
        self._triggers: set[str] = set()
        self._tickets: set[str] = set()
        self._bad_tickets = 0
        self._crowded = 0
        self._hooks: Counter[str] = Counter()
        self._links: list[web.WebSocketResponse] = []
        self._answers: dict[str, asyncio.Future[Json]] = {}
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open_link)
        app.router.add_post("/api/views.open", self._open_form)
        app.router.add_post("/actions/{hook}", self._hear)
        app.router.add_get("/link/{ticket}", self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        for link in self._links:
            await link.close()
        await self._runner.cleanup()

    @property
    def origin(self) -> str:
        """The address at which its hooks are."""
        return self.url.removesuffix("/api/")

    def refuse(self, method: str, error: str) -> None:
        """Refuse every call of a method from now on; an empty error ends this."""
        self._refusals[method] = error

    def crowd(self, number: int) -> None:
        """Accept the next links only to end them at once, because the app has too many."""
        self._crowded = number

    def spoil_tickets(self, number: int) -> None:
        """Let the next tickets have expired when they are used."""
        self._bad_tickets = number

    def press(self, action_id: str, value: str, *, user: str, hook: str = "") -> Json:
        """Return the payload that Slack sends when a person presses a button of a message."""
        number = next(self._numbers)
        return {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "team_id": "T1"},
            "trigger_id": self._trigger(number),
            "container": {"type": "message", "message_ts": "1700000000.000001", "channel_id": "C001"},
            "response_url": hook or f"{self.origin}/actions/{number}",
            "actions": [
                {
                    "type": "button",
                    "action_id": action_id,
                    "block_id": "baton.page",
                    "value": value,
                    "action_ts": f"1700000000.{number:06d}",
                }
            ],
        }

    def submit(self, values: dict[str, str], *, user: str, form: int = -1) -> Json:
        """Return the payload that Slack sends when a person submits the last form, or the one numbered `form`."""
        view = self.forms[form]
        state = {
            block["block_id"]: {block["element"]["action_id"]: _filled(block["element"], values[block["block_id"]])}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        return {
            "type": "view_submission",
            "user": {"id": user, "username": user.lower(), "team_id": "T1"},
            "trigger_id": self._trigger(next(self._numbers)),
            "view": {**view, "state": {"values": state}},
        }

    async def deliver(self, payload: Json, *, envelope: str = "") -> Json:
        """Send the payload over the link, and return the answer in Baton's acknowledgement."""
        envelope = envelope or f"envelope-{next(self._numbers)}"
        self._answers[envelope] = asyncio.get_running_loop().create_future()
        accepts = payload["type"] == "view_submission"
        sent = {"envelope_id": envelope, "type": "interactive", "accepts_response_payload": accepts, "payload": payload}
        await self._links[-1].send_json(sent)
        return await self._answers[envelope]

    async def heard(self, number: int) -> list[str]:
        """Wait until people were told so many answers, and return the texts of all."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.said) >= number)
        return [said["text"] for said in self.said]

    async def linked(self, times: int) -> None:
        """Wait until a link was opened so many times in all."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.links_opened >= times)

    async def asked(self, method: str, times: int) -> None:
        """Wait until a method was called so many times in all."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._calls[method] >= times)

    async def refresh(self) -> None:
        """Ask for a new link, as Slack does every few hours."""
        await self._links[-1].send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    async def hang_up(self) -> None:
        """Close the link without notice."""
        await self._links[-1].close(code=WSCloseCode.GOING_AWAY)

    async def say(self, text: str) -> None:
        """Send any text over the link."""
        await self._links[-1].send_str(text)

    def _trigger(self, number: int) -> str:
        trigger = f"{number}.trigger"
        self._triggers.add(trigger)
        return trigger

    async def _open_link(self, request: web.Request) -> web.Response:
        error = self._refusals.get("apps.connections.open", "")
        self._calls["apps.connections.open"] += 1
        await self._note()
        if not error and request.headers.get("Authorization") != f"Bearer {APP_TOKEN}":
            error = "invalid_auth"
        if error:
            return web.json_response({"ok": False, "error": error})
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        url = f"{self.origin.replace('http', 'ws', 1)}/link/{ticket}"
        return web.json_response({"ok": True, "url": url})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if self._bad_tickets or ticket not in self._tickets:
            self._bad_tickets = max(0, self._bad_tickets - 1)
            self._tickets.discard(ticket)
            return web.Response(status=408, text="expired")
        self._tickets.remove(ticket)
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        if self._crowded:
            self._crowded -= 1
            await link.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
        self._links.append(link)
        await self._note(links_opened=self.links_opened + 1)
        async for message in link:
            acknowledged: Json = message.json()
            self.acknowledged.append(acknowledged["envelope_id"])
            answer = self._answers.get(acknowledged["envelope_id"])
            if answer and not answer.done():
                answer.set_result(acknowledged.get("payload") or {})
        return link

    async def _open_form(self, request: web.Request) -> web.Response:
        asked = await _read(request)
        error = self._refusals.get("views.open", "") or _problem_with(asked["view"])
        if not error and asked["trigger_id"] not in self._triggers:
            error = "exchanged_trigger_id"
        if error:
            return web.json_response({"ok": False, "error": error})
        self._triggers.remove(asked["trigger_id"])
        view = {**asked["view"], "id": f"V{next(self._numbers):03d}"}
        self.forms.append(view)
        await self._note()
        return web.json_response({"ok": True, "view": view})

    async def _hear(self, request: web.Request) -> web.Response:
        hook = request.match_info["hook"]
        self._hooks[hook] += 1
        if self._hooks[hook] > _HOOK_TAKES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self.said.append({**await request.json(), "hook": hook})
        await self._note()
        return web.Response(text="ok")

    async def _note(self, **changes: Any) -> None:
        async with self._changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self._changed.notify_all()


async def _read(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return await request.json()
    form = dict(await request.post())
    return {**form, "view": json.loads(str(form["view"]))} if "view" in form else form


def _filled(element: Json, value: str) -> Json:
    if element["type"] != "static_select":
        return {"type": element["type"], "value": value}
    chosen = next(option for option in element["options"] if option["value"] == value)
    return {"type": "static_select", "selected_option": chosen}


def _problem_with(view: Json) -> str:
    """Return Slack's name for a form that breaks its published limits, or ""."""
    labels = [view["title"]["text"], view["submit"]["text"], view["close"]["text"]]
    fits = all(1 <= len(label) <= 24 for label in labels) and len(view.get("private_metadata", "")) <= 3000
    blocks = [block for block in view["blocks"] if block["type"] == "input"]
    named = {block["block_id"] for block in blocks}
    fits = fits and len(named) == len(blocks) and all(len(block["label"]["text"]) <= 2000 for block in blocks)
    return "" if fits and view["type"] == "modal" else "invalid_arguments"
