"""Limits the bytes and the seconds that apprise reads of an answer; its HTTP library, requests, limits neither.

Promises that a gateway whose answer never ends takes neither the worker's memory nor, by sending slowly, one of its
threads after the other. Sessions of requests that exist already stay as they are. Must not know what is sent.
"""

import time
from typing import Any

from requests import PreparedRequest, Response, sessions
from requests.adapters import HTTPAdapter

_LARGEST, _PIECE, _WITHIN = 1024 * 1024, 64 * 1024, 3.0
"""The most bytes of an answer, the bytes of one read, and the seconds for reading. Apprise needs only the status, which
has come by then."""


class _BoundedAdapter(HTTPAdapter):
    def send(self, request: PreparedRequest, stream: bool = False, *args: Any, **how: Any) -> Response:
        response = super().send(request, stream, *args, **how)
        if not stream:
            try:
                vars(response)["_content"] = _beginning(response.raw)  # else requests reads the whole answer
            finally:
                response.close()
        return response


def bound_answers() -> None:
    """Make all new sessions of requests use this adapter. Calling it again changes nothing."""
    sessions.HTTPAdapter = _BoundedAdapter  # pyright: ignore[reportPrivateImportUsage]


def _beginning(raw: Any) -> bytes:
    read, until = bytearray(), time.monotonic() + _WITHIN
    while len(read) < _LARGEST and time.monotonic() < until:
        piece: bytes = raw.read1(_PIECE, decode_content=True)
        if not piece:
            break
        read += piece
    return bytes(read)
