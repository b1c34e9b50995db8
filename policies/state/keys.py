"""The keys of effects, by which other systems carry each effect out once, and the causes that are part of them.

Promises that keys are built and read here alone. Printed keys stay as they are, byte for byte: other systems know them.
Must not know which effect is wanted, or when (`running.turn`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from policies.document.clocks import ClockName
from policies.state.step_id import StepId

_AGAIN = "/again"
_CALL = "page:"


def root_of(conversation_id: str, life: str) -> str:
    """Return the beginning of all keys of a conversation: `<conversation>[/<life>]`."""
    return f"{conversation_id}/{life}" if life else conversation_id


class Cause(str):
    """The cause of effects: the id of a fact, or a text for the deadline that was reached or the call that was made."""

    __slots__ = ()

    @classmethod
    def of_share(cls, clock: ClockName, percent: int, started_at: datetime) -> "Cause":
        """Return the cause for the instant at which a clock has used this share of its target.

        The clock is named by its start, not by its episode: a late message may show that there was one more before.
        """
        return cls(f"{clock}@{percent}:{started_at.isoformat()}")

    @classmethod
    def of_repeat(cls, clock: ClockName, every: timedelta, times: int, started_at: datetime) -> "Cause":
        """Return the cause for the instant at which a promise is late by this span for this time."""
        return cls(f"{clock}+{times}x{int(every.total_seconds())}s:{started_at.isoformat()}")

    @classmethod
    def of_deadline(cls, kind: str, *subject: object, at: datetime | str | None = None) -> "Cause":
        """Return the cause for a deadline of a subject; `at` tells it from an earlier deadline of the same subject."""
        name = ":".join(map(str, (kind, *subject)))
        told_apart = at.isoformat() if isinstance(at, datetime) else at
        return cls(name if at is None else f"{name}@{told_apart}")

    @classmethod
    def of_outage(cls, life: str, moment: str) -> "Cause":
        """Return the cause for what is told of an outage, once, whatever showed that the conversation is part of it."""
        return cls(f"outage:{life}:{moment}")

    @classmethod
    def of_call(cls, called: StepId) -> "Cause":
        """Return the cause for one call of a step, whatever led to the call."""
        return cls(f"{_CALL}{called}")


class Key(str):
    """An effect's key: `<conversation>[/<life>]/<cause>/<rules at work>/<kind>/<number>`.

    `/again` follows each time the effect was taken back and then wanted after all. Any part may hold a `/`, so only a
    question about a part that is known has an answer.
    """

    __slots__ = ()

    @classmethod
    def first(cls, root: str, cause: Cause, rules: Iterable[str], kind: str) -> "Key":
        """Return the key of a cause's first effect of one kind."""
        return cls("/".join((root, cause, *map(_as_part, rules), kind, "0")))

    def numbered(self, number: int) -> "Key":
        """Return the key of a further effect, for the key of the first one."""
        return Key(f"{self.removesuffix('0')}{number}")

    @property
    def again(self) -> "Key":
        """The new key of an effect that was taken back and is wanted after all."""
        return Key(f"{self}{_AGAIN}")

    @property
    def original(self) -> str:
        """The key that the situation knows, without the endings for effects that were asked for again."""
        key = str(self)
        while key.endswith(_AGAIN):
            key = key.removesuffix(_AGAIN)
        return key


def _as_part(rule: str) -> str:
    return rule.replace(" ", "-")
