"""Reads what another program answers over HTTP, and never more of it than is of use.

Promises that an answer without an end, or one that is packed a thousandfold, takes no more memory than its reader
allows. Must not know what an answer means.
"""

from aiohttp import ClientResponse


class TooLargeError(Exception):
    """The answer is longer than its reader allows."""


async def read_within(response: ClientResponse, largest: int) -> bytes:
    """The body, unpacked. Raises TooLargeError as soon as it has more than `largest` bytes."""
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) > largest:
            raise TooLargeError
    return bytes(read)
