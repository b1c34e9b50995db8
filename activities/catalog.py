"""Which policy a new conversation runs under: looked up once, by a local activity, and pinned from then on.

Promises an answer for every name: an unknown one gets the default policy and says so. Must not read files.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from policies.document import Document
from policies.load import digest
from policies.sent_policy import UnusablePolicyError, read_sent


class PinnedPolicy(BaseModel):
    """A resolved policy as a conversation carries it.

    `trouble` says why it is not the one that was asked for and what is done instead, `unknown` only the former.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    document: dict[str, Any]
    trouble: str = ""
    unknown: str = ""

    @property
    def name(self) -> str:
        """`tiered v3`, as people refer to it."""
        return f"{self.document['policy']} v{self.document['version']}"


def pin(document: Mapping[str, Any]) -> PinnedPolicy:
    """A resolved policy, ready to be carried. Raises ValueError where it has another shape."""
    return _pinned(Document.model_validate(document))


def check(document: Any, today: date) -> PinnedPolicy:
    """A policy that was sent, judged as a file is; `trouble` says why it can't be used, and then it is empty."""
    try:
        return _pinned(read_sent(document, today=today))
    except UnusablePolicyError as error:
        return PinnedPolicy(digest="", document={}, trouble=f"the policy can't be used: {error}")


def _pinned(document: Document) -> PinnedPolicy:
    return PinnedPolicy(digest=digest(document), document=document.model_dump(mode="json", exclude_defaults=True))


_documents: dict[str, dict[str, Any]] = {}
_DOCUMENTS_LIMIT = 64


def shared(pinned: PinnedPolicy) -> PinnedPolicy:
    """The same policy, with one document in memory for all conversations of this process that run under it."""
    if len(_documents) >= _DOCUMENTS_LIMIT and pinned.digest not in _documents:
        _documents.pop(next(iter(_documents)), None)
    return pinned.model_copy(update={"document": _documents.setdefault(pinned.digest, pinned.document)})


class Catalog:
    """The policies this worker knows, resolved when it started."""

    def __init__(self, documents: Mapping[str, Document], default: str) -> None:
        self._pinned = {name: _pinned(document) for name, document in documents.items()}
        self._default = self._pinned[default]

    @activity.defn(name="policy.check")
    async def check(self, document: Any, today: str) -> PinnedPolicy:
        """A policy that was sent along, judged as a file is. Takes some hundred milliseconds, so in a thread."""
        return await asyncio.to_thread(check, document, date.fromisoformat(today))

    @activity.defn(name="policy.resolve")
    async def resolve(self, name: str) -> PinnedPolicy:
        """The policy of that name; the default one where there is none."""
        if not name:
            return self._default
        if name in self._pinned:
            return self._pinned[name]
        close = get_close_matches(name, self._pinned, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(self._pinned))}"
        trouble = f"Unknown policy {name} ({hint}): running under {self._default.name}"
        return self._default.model_copy(update={"trouble": trouble, "unknown": f"unknown policy {name}: {hint}"})
