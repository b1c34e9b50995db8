"""A fake monitor for heartbeats: a real HTTP server on the loopback that counts its calls.

async with FakeMonitor() as monitor:
    monitor.url         # to be called
    monitor.calls       # the number of calls so far
    monitor.status = 503
"""

from typing import Self

from aiohttp import web


class FakeMonitor:
    """A monitor that answers every call with `status`, at first 200."""

    def __init__(self) -> None:
        self.calls = 0
        self.status = 200
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ping/baton", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/ping/baton"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, _request: web.Request) -> web.Response:
        self.calls += 1
        return web.Response(text="OK", status=self.status)
