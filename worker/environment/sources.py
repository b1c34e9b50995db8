"""The sources of context that `BATON_CONTEXT` names: read and judged once, when a worker starts.

Promises that no error or log line shows an address or a token. Must not ask the sources anything.
"""

from typing import Any, cast

from activities.context.http import HttpSource
from activities.effects.http import host_of
from worker.environment.named_variables import read_names
from worker.trouble import TroubleError

_FORM = "write a name and its address, or {url: address, token: secret}, for each source"
_LONGEST = 40
"""Characters of a source's name: a briefing names the sources that did not answer."""


def read_sources(context: str, within: float) -> tuple[HttpSource, ...]:
    """Return the sources in the order in which they are written. Raises TroubleError."""
    names = read_names("BATON_CONTEXT", context, _FORM)
    return tuple(_source(name, written, within) for name, written in names.items())


def _source(name: str, written: Any, within: float) -> HttpSource:
    if not name.isprintable() or not 0 < len(name) <= _LONGEST:
        raise TroubleError(f"BATON_CONTEXT: a name has 1 to {_LONGEST} characters that can be read: {_FORM}")
    if not isinstance(written, dict):
        written = {"url": written}
    fields = cast("dict[str, Any]", written)
    address, token = fields.get("url"), fields.get("token", "")
    if unknown := [str(key) for key in fields if key not in ("url", "token")]:
        raise TroubleError(f"BATON_CONTEXT: `{name}` has unknown fields ({', '.join(unknown)}): {_FORM}")
    if not isinstance(address, str) or not host_of(address):
        raise TroubleError(f"BATON_CONTEXT: the address of `{name}` is not a web address: write https://host/path")
    if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
        raise TroubleError(f"BATON_CONTEXT: the token of `{name}` can't be sent: write it on one line")
    return HttpSource(name, address, token=token, within=within)
