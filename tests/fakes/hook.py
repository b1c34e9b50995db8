"""A fake program that takes webhooks at a real socket on the loopback.

async with FakeHook() as hook:
    hook.target          # as a policy names it
    hook.taken           # the headlines of the webhooks taken, in order
    hook.refused = "…"   # headlines with these words are answered with 503, until the test says otherwise
    hook.refused = ""    # every webhook is
"""

from typing import Any, Self

from aiohttp import web


class FakeHook:
    """A program that takes webhooks, and answers 503 where the headline has the words of `refused`."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refused: str | None = None
        self.asked = 0
        self.target = ""
        app = web.Application()
        app.router.add_post("/", self._take)
        self._runner = web.AppRunner(app)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.target = f"webhook:http://{host}:{port}/"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        self.asked += 1
        if self.refused is not None and self.refused in body["headline"]:
            return web.Response(status=503)
        self.taken.append(str(body["headline"]))
        return web.Response()
