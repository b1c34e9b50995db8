"""Addresses of other people's programs, which often are secrets: how to speak of them.

Must not call anybody.
"""

from urllib.parse import urlsplit


def host_of(address: str) -> str:
    """The host of an address of the web, all of it that may be shown; empty where it is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in ("https", "http") else ""
    except ValueError:
        return ""
