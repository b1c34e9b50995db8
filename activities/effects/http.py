"""Other programs over HTTP: reading their answers up to a limit, and what may be shown of their addresses.

Promises that an answer without an end, or one that unpacks to a thousand times its size, takes no more memory than the
caller allows. Must not know what an answer means.
"""

from urllib.parse import urlsplit

from aiohttp import ClientResponse


def host_of(address: str) -> str:
    """Return the host of an `http` or `https` address; empty for any other text. The rest often holds secrets."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in ("https", "http") else ""
    except ValueError:
        return ""


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
