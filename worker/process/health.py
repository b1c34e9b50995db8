"""Answers an orchestrator's two questions about a process: is it alive, and can it work?

Promises an answer within the event loop's own tick, so that a stuck loop shows. Must not know what is being served, nor
what else is asked at the same address.
"""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from worker.trouble import TroubleError

_LARGEST_REQUEST = 1024**2

Check = Callable[[], Awaitable[str]]
"""A check returns an empty text where all is well, else a sentence on what is wrong."""


@asynccontextmanager
async def health_server(
    host: str, port: int, *, alive: Check, ready: Check, routes: Iterable[web.RouteDef] = ()
) -> AsyncGenerator[None]:
    """Serve `/healthz` and `/readyz`, and other routes: 200, or 503 with the reason. Port 0 serves nothing."""
    if port == 0:
        yield
        return
    site = web.Application(client_max_size=_LARGEST_REQUEST)
    site.add_routes(routes)
    site.router.add_get("/healthz", _answer(alive))
    site.router.add_get("/readyz", _answer(ready))
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, host, port), f"http://{host}:{port}")
        yield
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, address: str) -> None:
    try:
        await site.start()
    except (OSError, ValueError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else "no machine has this name"
        remedy = "choose others with BATON_HTTP_HOST and BATON_HTTP_PORT; port 0 serves nothing"
        raise TroubleError(f"{address} can't be served ({why}): {remedy}.") from None


def _answer(check: Check) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def respond(_request: web.Request) -> web.Response:
        wrong = await check()
        return web.Response(text=(wrong or "ok") + "\n", status=503 if wrong else 200)

    return respond
