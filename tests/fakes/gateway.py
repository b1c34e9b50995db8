"""A fake gateway such as one for SMS: it takes JSON posts at a real socket on the loopback.

async with FakeGateway() as gateway:
    gateway.address("kim")     # an apprise address; its messages are in gateway.taken
    gateway.status = 500       # until the test says otherwise
    with gateway.hanging(): ...  # no answer before the end of the block
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from aiohttp import web


class FakeGateway:
    """A gateway that answers with `status`, and refuses the recipients in `refused`."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        """The messages taken: recipient, title and text."""
        self.asked = 0
        self.status = 200
        self.refused: set[str] = set()
        self._is_well = asyncio.Event()
        self._is_well.set()
        app = web.Application()
        app.router.add_post("/{to}", self._take)
        self._runner = web.AppRunner(app)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()

    def address(self, to: str, *, patience: float = 30) -> str:
        """Return apprise's address for a recipient; apprise waits for an answer for `patience` seconds."""
        host, port = self._runner.addresses[0][:2]
        return f"json://baton:hush@{host}:{port}/{to}?rto={patience:g}"

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Take requests and leave them without an answer until the block ends."""
        self._is_well.clear()
        try:
            yield
        finally:
            self._is_well.set()

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        body: dict[str, Any] = await request.json()
        await self._is_well.wait()
        to = request.match_info["to"]
        if self.status != 200 or to in self.refused:
            return web.Response(status=max(self.status, 400))
        self.taken.append((to, body["title"], body["message"]))
        return web.Response()
