"""A wire between Baton and a server, which can be cut and mended.

async with Wire("127.0.0.1", 5432) as wire:
    connect("127.0.0.1", wire.port)
    wire.cut()    # connections break, new ones are refused
    wire.mend()
"""

import asyncio
from contextlib import suppress
from typing import Self


class Wire:
    """A wire that forwards bytes both ways between its own port and a server, by TCP or a Unix socket (`path`)."""

    def __init__(self, host: str = "", server_port: int = 0, *, path: str = "") -> None:
        self._host, self._server_port, self._path = host, server_port, path
        self._open: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.port = 0

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        """Break every connection, those to come included."""
        self._is_cut = True
        for writer in tuple(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """Let new connections through."""
        self._is_cut = False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        if self._path:
            there = await asyncio.open_unix_connection(self._path)
        else:
            there = await asyncio.open_connection(self._host, self._server_port)
        self._open |= {writer, there[1]}
        await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer))
        self._open -= {writer, there[1]}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()
