"""Signs what Baton posts to other programs, by Standard Webhooks (https://www.standardwebhooks.com, version 1).

Promises that a receiver with one of the secrets can prove who sent a body, and when, and that it was not changed. Must
not know what is posted.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
"""The bytes of a secret, as the specification asks."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The secrets that a receiver may know; during a change of secrets the old one and the new one."""

    secrets: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, written: str) -> Self:
        """Read secrets as `whsec_…`, separated by spaces. Raises ValueError with a sentence that shows none of them."""
        return cls(tuple(map(_read, written.split())))

    def headers(self, key: str, at: datetime, body: bytes) -> dict[str, str]:
        """Return the headers of one message; none without a secret.

        `key` is the same for each repeat of the message, and so is its id. `at` is the moment of the attempt.
        """
        if not self.secrets:
            return {}
        message, seconds = f"msg_{sha256(key.encode()).hexdigest()[:32]}", str(int(at.timestamp()))
        signed = f"{message}.{seconds}.".encode() + body
        signatures = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in self.secrets)
        return {
            "webhook-id": message,
            "webhook-timestamp": seconds,
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        }


def _read(secret: str) -> bytes:
    try:
        read = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        read = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(read) <= _LONGEST:
        raise ValueError(f"a secret is {_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64")
    return read
