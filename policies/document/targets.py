"""The target of a notification, such as `slack:#support`, `person:anna,ben` or `webhook:https://…`.

Promises that every text can be read: one of no known form is taken for the name of an escalation. Must not know whether
what it names exists (`loading.references.targets`) or how it is reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from policies.document.channels import CHANNELS, OF_PEOPLE

PeopleKind = Literal["person", "team", "on-call"]
"""The kinds that stand for people, written `kind:name`."""
TargetKind = Literal["channel", PeopleKind, "account-manager", "escalation"]
_OF_PEOPLE: tuple[PeopleKind, ...] = get_args(PeopleKind)


@dataclass(frozen=True, slots=True)
class Target:
    """The kind of a target and its name: an address in a channel, a team, or people with commas between them.

    `scheme` is the channel's, such as `slack`, and empty for every other kind. `account-manager` stands for the
    customer's account manager, named by `customer.account_manager`, and has no name.
    """

    kind: TargetKind
    name: str = ""
    scheme: str = ""

    @classmethod
    def of(cls, text: str) -> "Target":
        """Read a target as the policy writes it."""
        if text == "account-manager":
            return cls("account-manager")
        written, colon, name = text.partition(":")
        if not colon:
            return cls("escalation", text)
        if written in CHANNELS:
            return cls("channel", name, written)
        kind: PeopleKind | None = next((kind for kind in _OF_PEOPLE if kind == written), None)
        return cls(kind, name) if kind else cls("escalation", text)

    @classmethod
    def of_all(cls, notify: str | Sequence[str]) -> "Target":
        """Read the target of a step, which may be a list of people."""
        if isinstance(notify, str):
            return cls.of(notify)
        return cls("person", ",".join(cls.of(person).name for person in notify))

    def __str__(self) -> str:
        """Return the target as the policy writes it."""
        if self.kind == "escalation":
            return self.name
        return self.kind if self.kind == "account-manager" else f"{self.scheme or self.kind}:{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """All the people or rotations that it names."""
        return tuple(self.name.split(","))

    @property
    def channel(self) -> str:
        """The scheme of the channel that tells it; people are told on the channel whose member IDs a policy has."""
        return self.scheme or OF_PEOPLE

    @property
    def is_address(self) -> bool:
        """True where it has the form that its channel wants."""
        return self.scheme in CHANNELS and CHANNELS[self.scheme].form.fullmatch(self.name) is not None

    @property
    def shown(self) -> str:
        """The target, fit for everybody to read: some addresses are secrets."""
        return f"a {self.scheme}" if self.scheme and CHANNELS[self.scheme].is_secret else str(self)
