"""The port to sources that know something of a customer: a source has a name, a time limit and one method.

Promises partial answers rather than late ones: all sources are asked side by side, none is waited for longer than its
own time limit, and where one fails in any way, the others' answers come and it is named as missing. Must not know who
asks, or what follows.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from activities.effects.accepted import Accepted, Attempt
from policies.state.context import Context, joined
from policies.state.effects import GatherContext
from policies.state.events import Customer

CONSENT = "context"
"""The consent that customers can refuse for all external sources: `consent: {"context": false}`."""


class Subject(BaseModel):
    """The question to a source. `asked` is the customer's problem in one line, `asked_at` the instant of the move."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    conversation_id: str
    customer: Customer
    channel: str
    subject: str
    tags: tuple[str, ...]
    asked: str
    asked_at: datetime = Field(default=datetime.max.replace(tzinfo=UTC), exclude=True)


class NothingFoundOutError(Exception):
    """The source does not answer as it should. The text is a few words for people, and never shows an address."""


class ContextSource(Protocol):
    """A source that knows something of customers. It is waited for at most `within` seconds.

    An `is_external` source is not asked about customers who have refused their consent.
    """

    name: str
    within: float
    is_external: bool

    async def look_up(self, subject: Subject) -> Context:
        """Return what the source knows. Raises an error where it can't tell."""
        ...


class Gathering:
    """The activity in front of all sources."""

    def __init__(self, sources: Sequence[ContextSource]) -> None:
        self._sources = sources

    @activity.defn(name="context.gather")
    async def gather(self, effect: GatherContext) -> Accepted:
        """Return the answers of all sources joined. A source that fails never fails the activity."""
        attempt = Attempt()
        subject = Subject.model_validate({**effect.model_dump(), "asked_at": effect.due_at})
        context = joined(await asyncio.gather(*(_ask(source, subject) for source in self._sources)))
        return attempt.accepted(_counted(context)).model_copy(update={"context": context})


async def _ask(source: ContextSource, subject: Subject) -> Context:
    """Return a source's answer, validated once more: a source that others wrote may not keep to its types."""
    if source.is_external and not subject.customer.allows(CONSENT):
        return _missing(source, "not asked, because the customer has not consented")
    try:
        async with asyncio.timeout(source.within):
            return Context.model_validate((await source.look_up(subject)).model_dump(warnings=False))
    except TimeoutError:
        return _missing(source, f"no answer within {source.within:g} s")
    except NothingFoundOutError as error:
        return _missing(source, str(error))
    except Exception as error:  # the error's text may hold an address
        return _missing(source, f"failed ({type(error).__name__})")


def _missing(source: ContextSource, why: str) -> Context:
    return Context(missing=(f"{source.name}: {why}",))


def _counted(context: Context) -> str:
    """Return for the ledger how much came, without its content."""
    counts = {"facts": context.facts, "articles": context.articles, "conversations": context.earlier}
    return "; ".join((*(f"{name}: {len(entries)}" for name, entries in counts.items()), *context.missing))
