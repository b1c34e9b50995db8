"""The part of another program's address that may be shown, because such addresses often hold secrets.

Must not send anything to an address.
"""

from urllib.parse import urlsplit


def host_of(address: str) -> str:
    """Return the host of an `http` or `https` address, the only part that may be shown; empty for any other text."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in ("https", "http") else ""
    except ValueError:
        return ""
