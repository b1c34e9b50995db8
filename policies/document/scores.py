"""The part of a policy that weighs many weak signs together: the escalation score.

Must not know how a sign is measured or what follows (`scoring`).
"""

from typing import Literal, get_args

from pydantic import Field, model_validator

from policies.document.part import Part

Sign = Literal["confidence", "sentiment", "unresolved", "urgency", "value"]
SIGNS: tuple[Sign, ...] = get_args(Sign)


class Weights(Part):
    """The most points that each sign can give."""

    confidence: int = Field(0, ge=0, le=100, description="The assistant is unsure, or its answers failed.")
    sentiment: int = Field(0, ge=0, le=100, description="The customer is frustrated.")
    unresolved: int = Field(0, ge=0, le=100, description="Questions without an answer, and concerns said again.")
    urgency: int = Field(0, ge=0, le=100, description="The priority, or a promise that is at risk or breached.")
    value: int = Field(0, ge=0, le=100, description="What the customer is worth, or their tier.")

    @property
    def total(self) -> int:
        """The highest score there can be."""
        return sum(getattr(self, sign) for sign in SIGNS)


class ScoreTerms(Part):
    """The score from which weak signs together call for a person: `on: score_high`."""

    weights: Weights
    high_at: int = Field(ge=1, le=500, description="Points from which on it is high.")
    calm_at: int = Field(ge=0, le=500, description="Points down to which it must fall before it can be high again.")
    readings: int = Field(
        2, ge=1, le=10, description="So many readings in a row, so that one noisy message decides nothing."
    )
    full_value: float = Field(
        100_000, gt=0, description="The value of a customer that gives all the points of `value`; less gives its share."
    )
    valued_tiers: tuple[str, ...] = Field((), description="Customer tiers that give all the points of `value`.")

    @model_validator(mode="after")
    def _can_rise_and_fall(self) -> "ScoreTerms":
        if self.high_at > self.weights.total:
            most = self.weights.total
            raise ValueError(f"the weights give {most} points at most, so the score never reaches {self.high_at}")
        if self.calm_at >= self.high_at:
            raise ValueError(
                f"`calm_at` must be lower than `high_at`, or the score would swing: less than {self.high_at}"
            )
        return self
