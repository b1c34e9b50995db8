"""Tags that a message seems to be about, and how far a policy trusts the tagger that proposes them.

Promises bounds: a fact holds only a few tags, however many the tagger knows. Must not know how a tag is found in a text
(an activity) or what follows (`tagging`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from policies.document.part import OneOrMore, Part

PROPOSALS_LIMIT = 5
TAG_LIMIT = 60
"""The most characters of a category's name."""


class Proposal(BaseModel):
    """A category of the tagger, and its confidence from 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tag: str = Field(min_length=1, max_length=TAG_LIMIT)
    confidence: float = Field(ge=0, le=1)


def _first(value: Any) -> Any:
    return cast("list[Any]", value)[:PROPOSALS_LIMIT] if isinstance(value, list | tuple) else value


Proposals = Annotated[tuple[Proposal, ...], BeforeValidator(_first)]


def _share(value: Any) -> float:
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        raise ValueError(f"{value!r} is no confidence: write a number above 0 and up to 1, such as 0.9")
    return share


Confidence = Annotated[float, BeforeValidator(_share, json_schema_input_type=float)]


TOPICS: Mapping[str, float | None] = {
    "billing": 0.93,
    "delivery": 0.89,
    "account-access": 0.96,
    "technical-issue": 0.26,
    "return-request": None,
    "security": 0.91,
    "refund": 0.90,
    "cancellation": 0.96,
}
"""The topics that Baton tags without a trained tagger, with the share of their proposals that is right.

Measured on the half of the labelled questions that was not looked at (docs/tagging.md); None where none has the topic.
"""
TRUSTED = 0.85
"""The share of right proposals from which a topic may tag by itself; below it, it belongs in the shadow."""


class Tagging(Part):
    """Tags that Baton proposes by itself: put on record only, or put on the conversation.

    They come from a trained tagger (`BATON_TAGGER`), or else from Baton's own topics.
    """

    mode: Literal["shadow", "live"] = Field(description="shadow: on record only. live: Baton tags.")
    tags: dict[str, OneOrMore] | None = Field(
        None, description="Your tags, each with the tagger's categories that mean it; absent: all, by their own names."
    )
    live: OneOrMore | None = Field(
        None, description="Tags that Baton puts on although the mode is `shadow`: those that have proved right."
    )
    at_least: Confidence | None = Field(
        None, description="Silent below this confidence, beside the tagger's own for each category."
    )

    def is_live(self, tag: str) -> bool:
        """`True` where the tag is put on, and not only on record."""
        return self.mode == "live" or tag in (self.live or ())


@dataclass(frozen=True, slots=True)
class TagRecord:
    """The tags of one conversation: those proposed, with their confidence, those put on by people, and those taken off.

    `of_the_shadow` are those that were only proposed before the policy went live, and not again since.
    """

    proposed: tuple[tuple[str, float], ...] = ()
    """Tags that were proposed, each with its confidence from 0 to 1."""
    by_people: tuple[str, ...] = ()
    """Tags that people put on, or that the conversation began with."""
    taken_off: tuple[str, ...] = ()
    """Tags that people took off, which Baton proposes no more."""
    of_the_shadow: tuple[str, ...] = ()
    """Tags that were only proposed, since before the policy went live; they may be put on yet."""
