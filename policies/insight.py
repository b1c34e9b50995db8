"""The part of a policy that says what else to notice in customers' messages.

Must not know how a pattern is matched (`regular`) or what Baton notices by itself (an activity).
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from policies.part import Part, one_or_many

Keyword = Annotated[
    tuple[str, ...], Field(min_length=1), BeforeValidator(one_or_many, json_schema_input_type=str | tuple[str, ...])
]


class Patterns(Part):
    """Further things to notice in a customer's message, as RE2 expressions; capitals don't matter."""

    asks_for_human: tuple[str, ...] = Field((), description="The customer wants a person.")
    frustration: tuple[str, ...] = Field((), description="The customer is angry.")
    risks: dict[str, tuple[str, ...]] = Field({}, description="By topic: one that Baton knows, or your own.")
    systems: dict[str, tuple[str, ...]] = Field({}, description="By system: how customers speak of it.")


class Insight(Part):
    """How the customer's messages are read, beside what Baton notices by itself."""

    patterns: Patterns = Patterns.model_validate({})
    keywords: dict[str, Keyword] = Field(
        {}, description="By name, as RE2 expressions: `{mentioned: name, times: 2}` counts the messages they are in."
    )
