"""Any tracker that takes JSON: one signed POST for each bug report.

Promises what `effects.posting` promises, and the report's address where the tracker answers `{"url": …}`. Must not know
which tracker it is.
"""

from typing import Any, cast

from activities.effects.accepted import Accepted, Attempt
from activities.effects.posting import Posting
from activities.effects.signing import Signer
from policies.state.effects import ReportBug
from policies.text.json_text import read_json

_REMEDY = "Correct BATON_TRACKER: https://host/path."
_LARGEST = 64 * 1024
"""The most bytes of an answer that are read."""
_LONGEST = 500
"""The most characters of a report's address."""


class PostedTracker:
    """A tracker at an address."""

    def __init__(self, address: str, signer: Signer | None = None) -> None:
        self._address, self._posting = address, Posting("The tracker", _REMEDY, signer=signer, reads=_LARGEST)

    async def report(self, effect: ReportBug) -> Accepted:
        """Post the report within the time of this attempt."""
        attempt = Attempt()
        answered, body = await self._posting.post(self._address, _body(effect), effect.key, attempt)
        return attempt.accepted(_url_in(body) or answered)


def _body(effect: ReportBug) -> dict[str, Any]:
    fields = ("key", "conversation_id", "because", "title", "steps", "impact", "links")
    return {"type": "bug.reported", **effect.model_dump(mode="json", include={*fields})}


def _url_in(body: bytes) -> str:
    """Return the report's address where the answer names one that a person can open; else an empty text."""
    try:
        said = read_json(body)
    except ValueError:
        return ""
    url = str(cast("dict[str, Any]", said).get("url")) if isinstance(said, dict) else ""
    is_address = url.startswith(("https://", "http://")) and len(url) <= _LONGEST and url.isprintable()
    return url if is_address else ""
