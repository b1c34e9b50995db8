"""The target of a notification, such as `slack:#support`, `person:anna,ben` or `webhook:https://…`.

Promises that every text can be read: one of no known form is taken for the name of an escalation. Must not know whether
what it names exists (`loading.references.targets`) or how it is reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Addressed = Literal["slack", "person", "team", "on-call", "webhook", "apprise"]
"""The kinds that are written `kind:name`."""
TargetKind = Addressed | Literal["account-manager", "escalation"]
_ADDRESSED: tuple[Addressed, ...] = get_args(Addressed)


@dataclass(frozen=True, slots=True)
class Target:
    """The kind of a target and its name: a channel, an address, a team, or people with commas between them.

    `account-manager` stands for the customer's account manager, named by `customer.account_manager`, and has no name.
    """

    kind: TargetKind
    name: str = ""

    @classmethod
    def of(cls, text: str) -> "Target":
        """Read a target as the policy writes it."""
        if text == "account-manager":
            return cls("account-manager")
        written, _, name = text.partition(":")
        kind: Addressed | None = next((kind for kind in _ADDRESSED if kind == written), None)
        return cls(kind, name) if kind else cls("escalation", text)

    @classmethod
    def of_all(cls, notify: str | Sequence[str]) -> "Target":
        """Read the target of a step, which may be a list of people."""
        if isinstance(notify, str):
            return cls.of(notify)
        return cls("person", ",".join(cls.of(person).name for person in notify))

    def __str__(self) -> str:
        """Return the target as the policy writes it."""
        return self.name if self.kind == "escalation" else ":".join(filter(None, (self.kind, self.name)))

    @property
    def names(self) -> tuple[str, ...]:
        """All the people or rotations that it names."""
        return tuple(self.name.split(","))
