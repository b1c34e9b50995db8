"""Effects for the choices of a customer that hold for their later conversations, by their consent."""

from datetime import datetime
from typing import Literal

from policies.state.effects.effect import Effect


class MemoryEffect(Effect):
    """An effect about the choices of one customer. All of a conversation go out in their order."""

    customer: str

    @property
    def lane(self) -> str:
        """A lane of their own: a database that is away keeps nothing else waiting."""
        return "memory"


class RecallChoices(MemoryEffect):
    """Ask what the customer chose in earlier conversations."""

    kind: Literal["recall_choices"] = "recall_choices"


class RememberChoices(MemoryEffect):
    """Keep what the customer chose, until then."""

    kind: Literal["remember_choices"] = "remember_choices"
    choices: tuple[tuple[str, str], ...]
    chosen_at: datetime
    until: datetime


class ForgetChoices(MemoryEffect):
    """Forget what the customer chose: they do not agree to its being kept."""

    kind: Literal["forget_choices"] = "forget_choices"


AnyMemoryEffect = RecallChoices | RememberChoices | ForgetChoices
