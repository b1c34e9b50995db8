"""What a conversation takes along when it continues as new: everything it would need to go on.

Promises to be plain JSON, readable by later versions: additive changes only.
"""

from pydantic import BaseModel, ConfigDict

from activities.catalog import PinnedPolicy
from activities.ledger import LedgerEntry
from policies.conversation import Conversation
from policies.effects import AnyEffect
from policies.events import Fact
from workflows.lateness import Lateness


class Carried(BaseModel):
    """The state of a run at its end. `received` counts messages, for the ids of those that come without one."""

    model_config = ConfigDict(extra="ignore")

    conversation: Conversation
    pinned: PinnedPolicy
    inbox: tuple[Fact, ...] = ()
    waiting: tuple[AnyEffect, ...] = ()
    unwritten: list[LedgerEntry] = []
    received: int = 0
    lateness: Lateness = Lateness()
