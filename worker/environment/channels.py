"""The further channels that `BATON_NOTIFY` names: read, judged once, and compared with those the policies use.

Promises that no error or log line shows an address. Must not send anything.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import structlog

from activities.channels.apprise import can_be_read, is_installed
from policies.document.document import Document
from policies.document.targets import Target
from worker.environment.named_variables import read_names
from worker.trouble import TroubleError, missing_extra

log: Any = structlog.get_logger("baton.channels")

Addresses = Mapping[str, tuple[str, ...]]
_FORM = "write a name and its apprise address (or a list of them) for each channel"


def read_channels(notify: str) -> Addresses:
    """Return the addresses by the names that policies use. Raises TroubleError."""
    return {name: tuple(_listed(name, value)) for name, value in read_names("BATON_NOTIFY", notify, _FORM).items()}


def warn_of_missing(addresses: Addresses, documents: Mapping[str, Document]) -> None:
    """Warn where a policy names a channel without an address: calls over that channel reach no person."""
    for document in documents.values():
        for target, where in _named(document):
            to = Target.of(target)
            if to.scheme == "apprise" and to.name not in addresses:
                remedy = f"write its address under `{to.name}` into what BATON_NOTIFY names"
                log.warning("channel.unknown", policy=document.policy, channel=to.name, where=where, remedy=remedy)
    if addresses and not is_installed():
        log.warning("channel.extra_missing", channels=sorted(addresses), why=missing_extra("BATON_NOTIFY", "notify"))


def _named(document: Document) -> Iterator[tuple[str, str]]:
    """Yield every target of a policy, and its place in the policy."""
    for name, escalation in document.escalations.items():
        for number, step in enumerate(escalation.steps, start=1):
            yield step.target, f"escalation {name}, step {number}{f' ({step.name})' if step.name else ''}"
    for rule in document.rules:
        yield from ((do.notify, f"rule {rule.name}") for do in rule.do if do.notify)
    if document.alert:
        yield document.alert, "alert"


def _listed(name: str, value: Any) -> Collection[str]:
    addresses: list[Any] = value if isinstance(value, list) else [value]
    if not addresses:
        raise TroubleError(f"BATON_NOTIFY has no address for `{name}`: {_FORM}")
    for number, address in enumerate(addresses, start=1):
        which = f"address {number} of `{name}`" if len(addresses) > 1 else f"the address of `{name}`"
        if not isinstance(address, str) or (is_installed() and not can_be_read(address)):
            raise TroubleError(
                f"BATON_NOTIFY: {which} can't be read by apprise. Try it with the command `apprise -vv --dry-run`."
            )
    return addresses
