"""The findings from the customer's messages: their meaning, the escalation score, keywords and proposed tags.

Must not know how messages are read.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from policies.document.proposals import TagRecord
from policies.document.scores import Sign
from policies.state.meaning import Understanding


@dataclass(frozen=True, slots=True)
class Score:
    """The escalation score as last weighed: points, by sign, and how many readings in a row were high enough."""

    points: int = 0
    """The points of all signs together."""
    in_a_row: int = 0
    """The number of readings in a row in which the score has been high enough."""
    is_high: bool = False
    """`true` where the score counts as high, until it is calm again."""
    parts: tuple[tuple[Sign, int], ...] = ()
    """The points by sign, the most first."""


@dataclass(frozen=True, slots=True)
class Understood:
    """Everything that the customer's messages were found to say."""

    meaning: Annotated[Understanding | None, Field(alias="understanding")] = None
    """The meaning of the customer's messages; null where no rule wants to know."""
    score: Score | None = None
    """The escalation score, as last weighed; null where the policy weighs none."""
    mentions: tuple[tuple[str, int], ...] = ()
    """The keywords of the policy, each with the number of the customer's messages that have it."""
    tagging: TagRecord | None = None
    """The fate of tags that Baton proposes; null where the policy has none proposed."""
    unsure: int = 0
    """The assistant's latest answers in a row that it reported a low confidence for."""
    at_a_loss: int = 0
    """The assistant's latest answers in a row that say it does not know, or say the same as the one before."""
