"""The lateness of a conversation's effects: the latest effect, the worst, and how many there were.

Promises a few numbers, however long the conversation. The ledger has every single effect; `state` shows these numbers.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class LateEffect(BaseModel):
    """One effect: due, and confirmed by the outside system."""

    model_config = ConfigDict(frozen=True)

    effect: str = Field(description="The effect's kind.")
    due_at: datetime = Field(description="The instant at which the effect fell due.")
    accepted_at: datetime = Field(description="The instant at which the outside system had it.")
    lateness_ms: int = Field(description="The time in between, in milliseconds.")


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

    def after(self, effect: str, due_at: datetime, accepted_at: datetime) -> "Lateness":
        """Return the lateness with one more effect.

        Of two effects that were equally late, the first stays the worst.
        """
        late = round((accepted_at - due_at).total_seconds() * 1000)
        latest = LateEffect(effect=effect, due_at=due_at, accepted_at=accepted_at, lateness_ms=late)
        worst = latest if self.worst is None or late > self.worst.lateness_ms else self.worst
        return Lateness(effects=self.effects + 1, worst_ms=worst.lateness_ms, worst=worst, latest=latest)
