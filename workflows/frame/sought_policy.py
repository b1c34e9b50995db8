"""A policy that a team or a conversation was named, looked for until a worker has it.

During a deployment, workers with and without a policy run side by side, and messages can name a version that never
existed. Promises that a policy which is not found is looked for again after five minutes, then after twice as long each
time, up to an hour. Must not know what looks, or what happens once it is found.
"""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from activities.catalog import PinnedPolicy

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)
_MOST_OTHERS = 4
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class SoughtPolicy(BaseModel):
    """The policy and the version that were named, and how often in a row they were looked for in vain.

    `found` is the newest version of the policy that any worker has shown; 0 where none has. `others` are policies that
    were named as well, for a team that has none of its own yet.
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
        """True where a worker has shown that version or a newer one."""
        return self.found >= self.version

    @property
    def look_at(self) -> datetime | None:
        """When to look for the policy next; None where it is found."""
        if self.is_found:
            return None
        if self.looked_at is None or not self.times:
            return _AT_ONCE
        return self.looked_at + min(_FIRST_WAIT * 2 ** min(self.times - 1, 10), _LONGEST_WAIT)

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to look for the policy."""
        return self.look_at is not None and self.look_at <= now

    def named(self, policy: str, version: int) -> "SoughtPolicy":
        """Return the policy to look for once this version was named. A version not named before is looked for soon."""
        if policy == self.policy and (version == self.version or version <= self.found):
            return self
        times = 0 if self.is_found else min(self.times, 1)
        changed = self.model_copy(update={"version": version, "times": times})
        return changed if policy == self.policy else changed._turned_to(policy, (*self.others, self.policy))

    def version_of(self, shown: PinnedPolicy | None) -> int:
        """Return the version of this policy that a worker has shown; 0 where it has shown none, or another policy."""
        is_it = shown is not None and not shown.trouble and shown.document["policy"] == self.policy
        return shown.document["version"] if shown is not None and is_it else 0

    def looked(self, found: int, now: datetime) -> "SoughtPolicy":
        """Return the policy to look for once a look has found this version; 0 where the look has found none."""
        return self.model_copy(update={"found": max(self.found, found), "times": self.times + 1, "looked_at": now})

    def next(self) -> "SoughtPolicy":
        """Return the next policy to look for, in turn, where this one was of no use to the team."""
        if not self.others:
            return self
        kept = () if self.is_found else (self.policy,)
        return self.model_copy(update={"version": 1})._turned_to(self.others[0], (*self.others[1:], *kept))

    def _turned_to(self, policy: str, others: tuple[str, ...]) -> "SoughtPolicy":
        left = tuple(name for name in dict.fromkeys(others) if name != policy)
        return self.model_copy(update={"policy": policy, "found": 0, "others": left[-_MOST_OTHERS:]})
