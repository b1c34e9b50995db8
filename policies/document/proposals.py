"""Tags that a message seems to be about, and how far a policy trusts the tagger that proposes them.

Promises bounds: a fact holds only a few tags, however many the tagger knows. Must not know how a tag is found in a text
(an activity) or what follows (`tagging`).
"""

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
        raise ValueError(f"`{value}` is no confidence: write a number above 0 and up to 1, such as 0.9")
    return share


Confidence = Annotated[float, BeforeValidator(_share, json_schema_input_type=float)]


class Tagging(Part):
    """Tags that Baton proposes by itself (`BATON_TAGGER`): put on record only, or put on the conversation."""

    mode: Literal["shadow", "live"] = Field(description="shadow: on record only. live: Baton tags.")
    tags: dict[str, OneOrMore] | None = Field(
        None, description="Your tags, each with the tagger's categories that mean it; absent: all, by their own names."
    )
    at_least: Confidence | None = Field(
        None, description="Silent below this confidence, beside the tagger's own for each category."
    )


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
