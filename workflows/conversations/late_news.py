"""Late news: what fell due before Baton could know of it, as at the start of a conversation that began elsewhere.

Promises that an effect which only late news brought carries the time at which the news came, however many tasks it
takes to catch up with the news. Only measures: nothing that is decided depends on it.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from policies.deadlines import next_deadline
from policies.decide import decide
from policies.running.policy import Policy
from policies.running.workload import WORK_LIMIT
from policies.state.conversation import Conversation
from policies.state.effects import AnyEffect
from policies.state.events import DeadlineReached
from policies.state.setting_aside import LeftOut
from policies.state.situation import Situation


class News(BaseModel):
    """News that is being caught up with: when it came, and which of the instants before that could be foreseen.

    An effect that fell due at a foreseen instant could be known without the news: a worker came late.
    """

    model_config = ConfigDict(frozen=True)

    known_at: datetime
    foreseen: tuple[datetime, ...] = ()

    def mark(self, effects: Sequence[AnyEffect]) -> Sequence[AnyEffect]:
        """Return the effects; those that only this news brought carry the time at which it came."""
        return [
            effect.model_copy(update={"known_at": self.known_at}) if self._brought(effect) else effect
            for effect in effects
        ]

    def _brought(self, effect: AnyEffect) -> bool:
        return effect.due_at < self.known_at and effect.due_at not in self.foreseen


def foreseen(before: Conversation, now: datetime, policy: Policy, left_out: LeftOut) -> tuple[datetime, ...]:
    """Return the instants before now at which time alone would have brought effects, had no news come."""
    if not is_behind(before.situation, now, policy, left_out):
        return ()
    time = DeadlineReached(event_id="", occurred_at=now, source="baton")
    alone = decide(before, time, now, policy=policy, left_out=left_out, limit=WORK_LIMIT)
    return tuple(sorted({effect.due_at for effect in alone.effects}))


def is_behind(situation: Situation, now: datetime, policy: Policy, left_out: LeftOut) -> bool:
    """Return whether a deadline has passed that was not reached."""
    ahead = next_deadline(situation, policy, left_out)
    return ahead is not None and ahead.kind != "close" and ahead.at < now
