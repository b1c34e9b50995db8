"""Reads the answer of another program over HTTP, up to a limit.

Promises that an answer without an end, or one that unpacks to a thousand times its size, takes no more memory than the
caller allows. Must not know what an answer means.
"""

from aiohttp import ClientResponse


class TooLargeError(Exception):
    """The answer is longer than the caller allows."""


async def read_within(response: ClientResponse, largest: int) -> bytes:
    """Return the unpacked body. Raises TooLargeError as soon as it has more than `largest` bytes."""
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) > largest:
            raise TooLargeError
    return bytes(read)
