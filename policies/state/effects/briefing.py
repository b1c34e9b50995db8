"""Effects for the next agent's briefing: facts from other systems, and the whole conversation as one text."""

from typing import Literal

from policies.state.effects.effect import Effect
from policies.state.events import Customer


class GatherContext(Effect):
    """Ask other systems for facts that help the next agent. `asked` is the customer's problem in one line.

    `handoff` is the number of the handoff that the facts are for.
    """

    kind: Literal["gather_context"] = "gather_context"
    customer: Customer = Customer()
    channel: str = ""
    subject: str = ""
    tags: tuple[str, ...] = ()
    asked: str = ""
    handoff: int = 0

    wording = Effect.wording | {"customer", "subject", "tags", "asked"}

    @property
    def is_for_people(self) -> bool:
        return True

    @property
    def lane(self) -> str:
        return "context"


class AttachTranscript(Effect):
    """Attach the whole conversation so far, as one text of this name."""

    kind: Literal["attach_transcript"] = "attach_transcript"
    name: str

    @property
    def is_for_people(self) -> bool:
        return True

    @property
    def lane(self) -> str:
        """The transcripts' lane: a long text keeps nothing else waiting."""
        return "transcripts"

    @property
    def doing(self) -> str:
        return f"attach {self.name}"


AnyBriefingEffect = GatherContext | AttachTranscript
