"""The lateness of a conversation's effects: the latest effect, the worst, and how many there were.

Late news is no lateness of Baton's: it counts from the later of due and known, and the news' delay stands beside it.

Promises a few numbers, however long the conversation. The ledger has every single effect; `state` shows these numbers.
"""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from policies.state.effects import AnyEffect


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds."""
    return round(span.total_seconds() * 1000)


def with_news(effects: Sequence[AnyEffect], foreseen: Container[datetime], now: datetime) -> Sequence[AnyEffect]:
    """Return the effects of news that came `now`; those that fell due before carry that time, as nothing was known.

    What fell due at one of the `foreseen` instants, the deadlines ahead before the news, could be known: a worker came
    late.
    """
    late = (effect.due_at < now and effect.due_at not in foreseen for effect in effects)
    news = zip(effects, late, strict=True)
    return [effect.model_copy(update={"known_at": now}) if is_late else effect for effect, is_late in news]


class LateEffect(BaseModel):
    """One effect: due, perhaps known only later, and confirmed by the outside system."""

    model_config = ConfigDict(frozen=True)

    effect: str = Field(description="The effect's kind.")
    due_at: datetime = Field(description="The instant at which the effect fell due.")
    accepted_at: datetime = Field(description="The instant at which the outside system had it.")
    lateness_ms: int = Field(
        description="The time until then, in milliseconds, from the later of due and known: late news count apart."
    )
    news_ms: int = Field(
        default=0, description="The delay of the news by which it was known that the effect was due, in milliseconds."
    )


class Lateness(BaseModel):
    """The lateness of all effects over all runs of the conversation."""

    model_config = ConfigDict(frozen=True)

    effects: int = Field(default=0, description="The number of effects that outside systems have accepted.")
    worst_ms: int | None = Field(
        default=None,
        description="The longest time of any effect from due to accepted, in milliseconds; null before the first.",
    )
    worst: LateEffect | None = Field(default=None, description="The effect that took longest.")
    latest: LateEffect | None = Field(default=None, description="The latest effect.")

    def after(self, effect: AnyEffect, accepted_at: datetime) -> "Lateness":
        """Return the lateness with one more effect.

        Of two effects that were equally late, the first stays the worst.
        """
        late, news = milliseconds(accepted_at - effect.late_after), milliseconds(effect.late_after - effect.due_at)
        at = {"due_at": effect.due_at, "accepted_at": accepted_at}
        latest = LateEffect(effect=effect.kind, **at, lateness_ms=late, news_ms=news)
        worst = latest if self.worst is None or late > self.worst.lateness_ms else self.worst
        return Lateness(effects=self.effects + 1, worst_ms=worst.lateness_ms, worst=worst, latest=latest)
