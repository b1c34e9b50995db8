"""Bounds what apprise reads of an answer, in bytes and in seconds. Its HTTP library, requests, has no bound for either.

Promises that a gateway whose answer has no end takes neither the worker's memory nor, a drop at a time, its threads one
after the other. Sessions of requests that were made before are as they were. Must not know what is sent.
"""

import time
from typing import Any

from requests import PreparedRequest, Response, sessions
from requests.adapters import HTTPAdapter

_LARGEST, _PIECE, _WITHIN = 1024 * 1024, 64 * 1024, 3.0
"""Bytes of an answer, and of what is read at once; and seconds. Apprise judges by the status, which it has by then."""


class _BoundedAdapter(HTTPAdapter):
    def send(self, request: PreparedRequest, stream: bool = False, *args: Any, **how: Any) -> Response:
        response = super().send(request, stream, *args, **how)
        if not stream:
            try:
                vars(response)["_content"] = _beginning(response.raw)  # otherwise requests reads all of it
            finally:
                response.close()
        return response


def bound_answers() -> None:
    """From now on, sessions of requests are made with this adapter. Calling it again changes nothing."""
    sessions.HTTPAdapter = _BoundedAdapter  # pyright: ignore[reportPrivateImportUsage]


def _beginning(raw: Any) -> bytes:
    read, until = bytearray(), time.monotonic() + _WITHIN
    while len(read) < _LARGEST and time.monotonic() < until:
        piece: bytes = raw.read1(_PIECE, decode_content=True)
        if not piece:
            break
        read += piece
    return bytes(read)
