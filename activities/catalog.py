"""The policies for new conversations: looked up once, by a local activity, and pinned from then on.

Promises an answer for every name: an unknown one gets the default policy, with a sentence that says so. Must not read
files.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from operator import attrgetter
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from temporalio import activity

from activities.editions import newest_allowed
from policies.document.document import Document
from policies.editions import FIRST
from policies.loading.load import digest
from policies.loading.sent_policy import UnusablePolicyError, read_sent
from policies.state.seen import Seen


class PinnedPolicy(BaseModel):
    """A resolved policy as a conversation carries it.

    `trouble` says why it is not the policy that was asked for, and what is done instead; `unknown` says only why. Where
    it `is_left_behind`, the document holds no more than its name: it was too large to be carried on.
    """

    model_config = ConfigDict(frozen=True)

    digest: str
    document: dict[str, Any]
    trouble: str = ""
    unknown: str = ""
    is_left_behind: bool = Field(default=False, exclude_if=lambda is_left_behind: not is_left_behind)

    @property
    def name(self) -> str:
        """The name with the version, such as `tiered v3`; `plain_name` takes the version away."""
        return f"{self.document['policy']} v{self.document['version']}"


def plain_name(name: str) -> str:
    """Return a policy's name without its version, by which it is looked up. Names have no spaces."""
    return name.partition(" ")[0]


class Begun(BaseModel):
    """The conversation's id, and the ids of the events that began this run; an earlier, closed run may have had them.

    `before` is when this run began, where it was reset: ledger lines recorded since then are its own. None where it was
    not reset. `is_imported`: the run begins with the conversation's state, so the ledger need not be asked for it.
    """

    model_config = ConfigDict(frozen=True)

    conversation_id: str
    event_ids: tuple[str, ...]
    before: AwareDatetime | None = None
    is_imported: bool = False


class Resolved(PinnedPolicy):
    """The policy, and which of the events that began the run were taken in before.

    `earlier` are the events that earlier runs took in, as far as a conversation remembers any. `standing` is the
    conversation's state when its earlier run was lost; None where that run has closed. `is_unknown` says that the
    ledger could not be asked. `outages` are the news of the open outages. `edition` is the edition that a run which
    begins with this answer has.
    """

    taken_in: tuple[str, ...] = ()
    earlier: Seen = Field(default=Seen(), exclude_if=lambda earlier: not len(earlier))
    standing: dict[str, Any] | None = Field(default=None, exclude_if=lambda standing: standing is None)
    outages: tuple[dict[str, Any], ...] = Field(default=(), exclude_if=lambda outages: not outages)
    is_unknown: bool = False
    edition: int = FIRST


@dataclass(frozen=True)
class TakenIn:
    """The ledger's answer about the events that began a run.

    `event_ids` are those of the events asked about that the conversation has taken in, `earlier` all that it has taken
    in lately. `standing` is its last state, unless it has closed since then, or an audit has seen that a person
    terminated it.
    """

    event_ids: tuple[str, ...]
    earlier: Seen
    standing: dict[str, Any] | None = None


AskLedger = Callable[[Begun], Awaitable[TakenIn]]
"""The function that answers which events of a conversation were taken in."""
WasOver = Callable[[str, str], Awaitable[bool]]
"""The function that answers, for a workflow's id and run, whether the run before was over or a person terminated it."""
ASKED_MOST = 500
"""The most events that the ledger is asked about. A run that begins with more of them is not one begun by mistake."""
_LEDGER_WITHIN = 1.0
"""The seconds for the ledger's answer. A conversation begins without it rather than late."""
_SERVER_WITHIN = 1.0
"""The seconds for the server's answer. Without it a conversation that a person terminated may go on."""


def pin(document: Document) -> PinnedPolicy:
    """Return a resolved policy, ready to be carried."""
    return PinnedPolicy(digest=digest(document), document=document.model_dump(mode="json", exclude_defaults=True))


def check(document: Any, today: date) -> PinnedPolicy:
    """Judge a policy that was sent, as a file is judged. Where it can't be used, `trouble` says why and it is empty."""
    try:
        return pin(read_sent(document, today=today))
    except UnusablePolicyError as error:
        return PinnedPolicy(digest="", document={}, trouble=f"the policy can't be used: {error}")


@cached(LRUCache[str, dict[str, Any]](64), key=attrgetter("digest"), lock=Lock())
def _document(pinned: PinnedPolicy) -> dict[str, Any]:
    return pinned.document


def shared(pinned: PinnedPolicy) -> PinnedPolicy:
    """Return the same policy, with one document in memory for all conversations of this process that run under it."""
    return pinned.model_copy(update={"document": _document(pinned)})


def pinned_of(resolved: Resolved) -> PinnedPolicy:
    """Return the policy alone, with one document in memory for all conversations of this process under it."""
    return shared(PinnedPolicy(**{field: getattr(resolved, field) for field in PinnedPolicy.model_fields}))


class Catalog:
    """The policies that this worker knows, resolved when it started.

    `taken_in` is asked for each conversation, `was_over` where the ledger knows an earlier run that did not close.
    `keep` puts a policy on record. `open_outages` returns the news of each open outage, for conversations that begin.
    """

    def __init__(
        self,
        documents: Mapping[str, Document],
        default: str,
        taken_in: AskLedger | None = None,
        was_over: WasOver | None = None,
        keep: Callable[[PinnedPolicy], Awaitable[None]] | None = None,
        open_outages: Callable[[], Awaitable[tuple[dict[str, Any], ...]]] | None = None,
    ) -> None:
        self._taken_in = taken_in
        self._keep = keep
        self._open_outages = open_outages
        self._was_over = was_over
        self._pinned = {name: pin(document) for name, document in documents.items()}
        self._default = self._pinned[default]

    @activity.defn(name="policy.check")
    async def check(self, document: Any, today: str) -> PinnedPolicy:
        """Judge a policy that was sent along, as a file is. Takes some hundred milliseconds, so it runs in a thread."""
        checked = await asyncio.to_thread(check, document, date.fromisoformat(today))
        await self._kept(checked)
        return checked

    @activity.defn(name="policy.resolve")
    async def resolve(self, name: str, begun: Begun | None = None) -> Resolved:
        """Return the policy of that name, or else the default one; and which events were taken in before.

        One activity does both, because each activity costs a conversation events of its history. A conversation whose
        run was lost goes on under the policy that it had.
        """
        await self._kept(self._named(name))
        if begun is None or self._taken_in is None:
            return Resolved(**self._fields(name))
        outages = await self._open_outages() if self._open_outages is not None else ()
        try:
            asked = begun.model_copy(update={"event_ids": begun.event_ids[:ASKED_MOST]})
            known = await asyncio.wait_for(self._taken_in(asked), _LEDGER_WITHIN)
        except Exception:
            activity.logger.warning("the ledger could not be asked which events were taken in", exc_info=True)
            return Resolved(is_unknown=True, outages=outages, **self._fields(name))
        standing = known.standing if known.standing and not await self._is_over() else None
        under = plain_name(str((standing or {}).get("policy") or name))
        if under != name:
            await self._kept(self._named(under))
        told = {"taken_in": known.event_ids, "earlier": known.earlier, "standing": standing, "outages": outages}
        return Resolved(**told, **self._fields(under))

    async def _kept(self, pinned: PinnedPolicy) -> None:
        """Put the policy on record. A conversation does not wait for a database that is slow or away."""
        if self._keep is None or pinned.trouble:
            return
        try:
            await asyncio.wait_for(self._keep(pinned), _LEDGER_WITHIN)
        except Exception:
            activity.logger.warning("the policy could not be put on record", exc_info=True)

    async def _is_over(self) -> bool:
        """Ask the server whether the run before, which the ledger knows as open, is over; this is rare."""
        info = activity.info()
        if self._was_over is None or not info.workflow_id or not info.workflow_run_id:
            return False
        try:
            return await asyncio.wait_for(self._was_over(info.workflow_id, info.workflow_run_id), _SERVER_WITHIN)
        except Exception:
            activity.logger.warning("the server could not be asked how the run before ended", exc_info=True)
            return False

    def _fields(self, name: str) -> dict[str, Any]:
        return {**dict(self._named(name)), "edition": newest_allowed()}

    def _named(self, name: str) -> PinnedPolicy:
        if not name:
            return self._default
        if name in self._pinned:
            return self._pinned[name]
        close = get_close_matches(name, self._pinned, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(self._pinned))}"
        trouble = f"Unknown policy {name} ({hint}): running under {self._default.name}"
        return self._default.model_copy(update={"trouble": trouble, "unknown": f"unknown policy {name}: {hint}"})
