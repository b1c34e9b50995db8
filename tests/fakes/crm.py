"""A fake CRM that is asked about customers: a real server on the loopback, which can misbehave.

async with FakeCrm() as crm:
    crm.url                                # to be asked
    crm.answers({"facts": {"Seats": 40}})  # JSON, as it should be
    crm.says(b"<html>", kind="text/html", status=500)
    crm.behaves = crm.hang                 # or `break_off`, `drip`, `pour`
    crm.asked                              # the bodies of the requests
    crm.headers                            # and their headers
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Self

_Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


class FakeCrm:
    """A CRM that knows nothing at first, and speaks HTTP by hand, because no server library can misbehave so."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.poured = 0
        self._until = asyncio.Event()
        self.answers({})

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/secret?key=hush"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._until.set()
        self._server.close()

    def answers(self, body: Any) -> None:
        """Answer with this body as JSON, as a CRM should."""
        self.says(json.dumps(body).encode())

    def says(
        self,
        body: bytes,
        *,
        status: int = 200,
        kind: str = "application/json",
        length: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with any bytes; `length` is the content length that the answer claims."""
        fields = {"Content-Type": kind, "Content-Length": str(len(body) if length is None else length), **(more or {})}
        head = _head(status, fields)

        async def say(writer: asyncio.StreamWriter) -> None:
            writer.write(head + body)
            await writer.drain()

        self.behaves: _Behaviour = say

    async def hang(self, _writer: asyncio.StreamWriter) -> None:
        """Take the request and do not answer."""
        await self._until.wait()

    async def break_off(self, writer: asyncio.StreamWriter) -> None:
        """Take the request and close the connection."""
        writer.transport.abort()

    async def drip(self, writer: asyncio.StreamWriter) -> None:
        """Send one more byte at a time, without an end."""
        writer.write(_head(200, {"Content-Type": "application/json", "Connection": "close"}) + b'{"facts": {"a": "')
        while not self._until.is_set():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def pour(self, writer: asyncio.StreamWriter) -> None:
        """Send 5 MB without saying so before."""
        writer.write(_head(200, {"Content-Type": "application/json", "Connection": "close"}))
        for _ in range(5 * 16):
            writer.write(b" " * 65_536)
            await writer.drain()
            self.poured += 65_536

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            self.headers.append({":request": head[0], **fields})
            self.asked.append(json.loads(await reader.readexactly(int(fields["content-length"]))))
            await self.behaves(writer)
        with suppress(OSError):
            writer.close()


def _head(status: int, fields: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} As asked", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()
