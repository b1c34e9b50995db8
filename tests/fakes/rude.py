"""A server on the loopback that can break every rule of HTTP, as no real program should.

async with RudeServer() as server:
    server.says(b"[]")                            # answer HTTP 200 and this body
    server.says(b"", status=307, more={"Location": other.url})
    server.sends(b"HTTP/1.1 200 OK\\r\\n\\r\\n{")      # answer these bytes, then close the connection
    server.pours(b'{"ok": "', b"a")               # begin so, and go on for ever as fast as it is read
    server.drips(b'{"ok": ')                      # begin so, and go on for ever a blank at a time
    server.waits()                                # take the request, and never answer
    server.asked                                  # the requests: first line, header fields and body
    server.poured                                 # the bytes that `pours` has sent so far
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, Self

_Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Asked(NamedTuple):
    """One request as it came."""

    line: str
    fields: dict[str, str]
    body: bytes


class RudeServer:
    """A server that answers `{"ok": true}` until the test says otherwise."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.poured = 0
        self.url = ""
        self._until = asyncio.Event()
        self.says(b'{"ok": true}')

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._until.set()
        self._server.close()

    def says(
        self, body: bytes, *, status: int = 200, kind: str = "application/json", more: Mapping[str, str] | None = None
    ) -> None:
        """Answer with this body and its true length."""
        self.sends(head(status, {"Content-Type": kind, "Content-Length": str(len(body)), **(more or {})}) + body)

    def sends(self, answer: bytes) -> None:
        """Answer with these bytes, and close the connection."""

        async def send(writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            await writer.drain()

        self._behaves: _Behaviour = send

    def waits(self) -> None:
        """Take requests, and never answer."""

        async def wait(_writer: asyncio.StreamWriter) -> None:
            await self._until.wait()

        self._behaves = wait

    def pours(self, begins: bytes, on: bytes, *, status: int = 200) -> None:
        """Answer with `begins`, then with `on` for ever, as fast as it is read."""

        async def pour(writer: asyncio.StreamWriter) -> None:
            writer.write(head(status, {"Content-Type": "application/json"}) + begins)
            while not self._until.is_set():
                writer.write(on * (65_536 // len(on)))
                await writer.drain()
                self.poured += 65_536

        self._behaves = pour

    def drips(self, begins: bytes, *, status: int = 200, more: Mapping[str, str] | None = None) -> None:
        """Answer with `begins`, then with one blank at a time, for ever."""

        async def drip(writer: asyncio.StreamWriter) -> None:
            writer.write(head(status, {"Content-Type": "application/json", **(more or {})}) + begins)
            while not self._until.is_set():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)

        self._behaves = drip

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest if line)}
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            self.asked.append(Asked(first, fields, body))
            await self._behaves(writer)
        with suppress(OSError):
            writer.close()


def head(status: int, fields: Mapping[str, str]) -> bytes:
    """Return the first lines of an answer whose end is the end of the connection."""
    lines = [f"HTTP/1.1 {status} As asked", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8", "surrogateescape")
