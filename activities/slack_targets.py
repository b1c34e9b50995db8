"""From a target as the policy writes it to those who get a message.

Promises that a target nobody can be reached by is refused in a sentence, so that the ladder goes on at once. Must not
know what they are told.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from activities.errors import permanent
from activities.slack_errors import POLICY
from policies.effects import Addressee, Notify

Roster = Callable[[Notify, datetime], Awaitable[tuple[Addressee, ...]]]
"""Who of those that a rotation may stand for is on call at an instant."""

Members = Callable[[str], Awaitable[tuple[str, ...]]]
"""The member IDs of a user group."""


class Recipient(NamedTuple):
    """Where a message goes, under which key, and whom it reaches; `who` is empty for a channel."""

    destination: str
    key: str
    who: str = ""


async def recipients(effect: Notify, at: datetime, roster: Roster | None, members: Members) -> list[Recipient]:
    """Everybody who gets a message. Raises a permanent error where there is nobody."""
    kind, _, name = effect.target.partition(":")
    match kind:
        case "slack" if len(name) > 1 and name.startswith("!"):
            there = [Addressee(person=member, slack=member) for member in await members(name[1:])]
            return _directly(effect, there, "The user group is empty. Add somebody to it in Slack.")
        case "slack" if len(name) > 1:
            return [Recipient(name, effect.key, name[1:] if name.startswith("@") else "")]
        case "person" | "team":
            return _directly(effect, effect.people, "Give them a Slack member ID in the policy, under `people`.")
        case "on-call":
            if roster is None:
                raise permanent(f"Nobody can say who is {effect.target}: Baton was started without a roster.")
            remedy = "Give whoever is on call a Slack member ID in the policy, or add an override for now."
            return _directly(effect, await roster(effect, at), f"Nobody is on call who can be reached. {remedy}")
        case _:
            raise permanent(
                f"{effect.target!r} is not a target Baton can notify. {POLICY}: slack:#channel, slack:@member-id, "
                "slack:!group-id, person:…, team:…, on-call:… or webhook:https://…"
            )


def _directly(effect: Notify, people: Iterable[Addressee], remedy: str) -> list[Recipient]:
    """One message for each member, under a key of its own: a retry must not tell again those who were told."""
    found = {each.slack: Recipient(f"@{each.slack}", f"{effect.key}/{each.person}", each.person) for each in people}
    reached = [recipient for slack, recipient in found.items() if slack]
    if not reached:
        raise permanent(f"There is nobody to notify in {effect.target}. {remedy}")
    return reached
