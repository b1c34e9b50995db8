"""A policy that a team was told of, until a worker that has it is found.

During a deployment, workers with and without a policy stand side by side, and anybody can name a version that never
was. Promises that a policy which is not found is looked for again after five minutes, then after twice as long each
time, and after an hour in the end. Must not know who looks, or what becomes of the queue.
"""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)
_MOST_OTHERS = 4
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class SoughtPolicy(BaseModel):
    """The policy and the version that were named, and how often in a row they were looked for in vain.

    `found` is the newest version of it that any worker has shown; 0 where none has. `others` are policies that were
    named, too, for a team which has none of its own yet.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    policy: str
    version: int = 1
    found: int = 0
    times: int = 0
    others: tuple[str, ...] = ()
    looked_at: datetime | None = None

    @property
    def is_found(self) -> bool:
        """Whether a worker has shown that version or a newer one."""
        return self.found >= self.version

    @property
    def look_at(self) -> datetime | None:
        """When it is looked for next; None where it is found."""
        if self.is_found:
            return None
        if self.looked_at is None or not self.times:
            return _AT_ONCE
        return self.looked_at + min(_FIRST_WAIT * 2 ** min(self.times - 1, 10), _LONGEST_WAIT)

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to look for it."""
        return self.look_at is not None and self.look_at <= now

    def named(self, policy: str, version: int) -> "SoughtPolicy":
        """Return what is sought once this version was named. Another one than before is no reason to wait for long."""
        if policy == self.policy and (version == self.version or version <= self.found):
            return self
        times = 0 if self.is_found else min(self.times, 1)
        changed = self.model_copy(update={"version": version, "times": times})
        return changed if policy == self.policy else changed._turned_to(policy, (*self.others, self.policy))

    def looked(self, found: int, now: datetime) -> "SoughtPolicy":
        """Return what is sought once a look has found this version; 0 where it has found none."""
        return self.model_copy(update={"found": max(self.found, found), "times": self.times + 1, "looked_at": now})

    def next(self) -> "SoughtPolicy":
        """Return what is sought where this policy was of no use: the next of the others, in turn."""
        if not self.others:
            return self
        kept = () if self.is_found else (self.policy,)
        return self.model_copy(update={"version": 1})._turned_to(self.others[0], (*self.others[1:], *kept))

    def _turned_to(self, policy: str, others: tuple[str, ...]) -> "SoughtPolicy":
        left = tuple(name for name in dict.fromkeys(others) if name != policy)
        return self.model_copy(update={"policy": policy, "found": 0, "others": left[-_MOST_OTHERS:]})
