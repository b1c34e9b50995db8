"""The part of a policy that says what else to notice in customers' messages.

Must not know how a pattern is matched (`regular`) or what Baton notices by itself (an activity).
"""

from collections.abc import Mapping

from pydantic import Field

from policies.document.part import OneOrMore, Part


class Patterns(Part):
    """Further things to notice in a customer's message, as RE2 expressions. Upper and lower case are the same."""

    asks_for_human: tuple[str, ...] = Field((), description="The customer wants a person.")
    frustration: tuple[str, ...] = Field((), description="The customer is angry.")
    risks: dict[str, tuple[str, ...]] = Field({}, description="By topic: one that Baton knows, or your own.")
    systems: dict[str, tuple[str, ...]] = Field({}, description="By system: how customers speak of it.")

    def and_also(self, more: "Patterns") -> "Patterns":
        """Return the patterns of both."""
        return Patterns(
            asks_for_human=self.asks_for_human + more.asks_for_human,
            frustration=self.frustration + more.frustration,
            risks=_together(self.risks, more.risks),
            systems=_together(self.systems, more.systems),
        )


class Insight(Part):
    """Further things to find in the customer's messages, beside those that Baton notices by itself."""

    patterns: Patterns = Field(Patterns.model_validate({}), description="In whatever language the customer writes.")
    languages: dict[str, Patterns] = Field(
        {}, description="Further patterns by language, such as `de`: for customers who prefer, speak or write it."
    )
    unsure_below: float = Field(
        0.4, gt=0, le=1, description="The assistant is unsure of an answer where it reports a confidence below this."
    )
    keywords: dict[str, OneOrMore] = Field(
        {}, description="By name, as RE2 expressions: `{mentioned: name, times: 2}` counts the messages they are in."
    )


def _together(one: Mapping[str, tuple[str, ...]], more: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: one.get(name, ()) + more.get(name, ()) for name in (*one, *more)}
