"""A company with Teams and a helpdesk of its own, at real sockets on the loopback.

async with FakeCompany() as company:
    company.url                          # both answer below this address
    company.messages                     # the messages on Teams by their ids, as they are now
    company.asked_of_desk                # the bodies that the helpdesk took, in order
    await company.press("7", "29:anna", door="http://…")   # press the button of a message
"""

from typing import Any, Self

from aiohttp import ClientSession, web

SECRET = "teams-secret"


class FakeCompany:
    """Both systems drop a repeat by its key."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.asked_of_desk: list[dict[str, Any]] = []
        self.url = ""
        app = web.Application()
        app.router.add_post("/messages", self._post)
        app.router.add_put("/messages/{id}", self._put)
        app.router.add_post("/desk", self._desk)
        self._runner = web.AppRunner(app)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()

    async def press(self, message: str, user: str, *, door: str) -> str:
        """Press the button of a message. Return the sentence that the person reads."""
        (button,) = self.messages[message]["buttons"]
        async with ClientSession(headers={"Authorization": f"Bearer {SECRET}"}) as session:
            body = {"id": message, "user": user, **button}
            async with session.post(f"{door}/teams/presses", json=body, raise_for_status=True) as answer:
                return str((await answer.json())["said"])

    async def _post(self, request: web.Request) -> web.Response:
        message = await request.json()
        same = [name for name, each in self.messages.items() if each["key"] == message["key"]]
        name = same[0] if same else str(len(self.messages) + 1)
        self.messages.setdefault(name, message)
        return web.json_response({"id": name})

    async def _put(self, request: web.Request) -> web.Response:
        self.messages[request.match_info["id"]] |= await request.json()
        return web.json_response({})

    async def _desk(self, request: web.Request) -> web.Response:
        asked = await request.json()
        is_repeated = any(each["key"] == asked["key"] for each in self.asked_of_desk)
        if not is_repeated:
            self.asked_of_desk.append(asked)
        return web.json_response({"id": asked["conversation"], "repeated": is_repeated})
