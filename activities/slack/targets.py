"""Turns a target as the policy writes it into the recipients of messages.

Promises that a target that reaches no person is refused in a sentence, so that the ladder goes on at once. Must not
know what the recipients are told.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from activities.effects.errors import permanent
from activities.effects.optional import unless_slow
from activities.on_call.overrides import OnCall
from activities.slack.errors import POLICY
from policies.document.rotation import on_call
from policies.document.targets import Target
from policies.state.effects import Addressee, Notify

MembersOf = Callable[[str], Awaitable[tuple[str, ...]]]
"""The function that returns the member IDs of a user group."""


class Recipient(NamedTuple):
    """The destination of a message, its key, and the person it reaches; `who` is empty for a channel."""

    destination: str
    key: str
    who: str = ""


async def recipients(effect: Notify, at: datetime, roster: OnCall | None, members: MembersOf) -> list[Recipient]:
    """Return the recipients of a message. Raises a permanent error where there are none."""
    to = Target.of(effect.target)
    name = to.name
    match to.kind:
        case "channel" if to.scheme == "slack" and len(name) > 1 and name.startswith("!"):
            there = [Addressee(person=member, slack=member) for member in await members(name[1:])]
            return _directly(effect, there, "The user group is empty. Add a person to it in Slack.")
        case "channel" if to.scheme == "slack" and len(name) > 1:
            return [Recipient(name, effect.key, name[1:] if name.startswith("@") else "")]
        case "person" | "team":
            return _directly(effect, effect.people, "Give them a Slack member ID in the policy, under `people`.")
        case "on-call":
            names = await _on_call(effect, name, at, roster)
            there = [each for each in effect.people if each.person in names]
            who = f"{', '.join(names)}: no Slack member ID" if names else "nobody is on call"
            remedy = f"Now {who}. Add an override (baton on-call override), or correct the policy."
            return _directly(effect, there, remedy)
        case _:
            raise permanent(
                f"{effect.target!r} is not a target Baton can notify. {POLICY}: slack:#channel, slack:@member-id, "
                "slack:!group-id, person:…, team:…, on-call:… or webhook:https://…"
            )


async def _on_call(effect: Notify, name: str, at: datetime, roster: OnCall | None) -> tuple[str, ...]:
    """Return the people on call; those that the policy plans where the database does not answer with overrides."""
    if effect.rotation is None:
        raise permanent(f"{effect.target} names no rotation of the policy. {POLICY}.")
    planned = on_call(effect.rotation, at)
    if roster is None:
        return planned
    return await unless_slow(roster.people(effect.policy, name, effect.rotation, at), planned)


def _directly(effect: Notify, people: Iterable[Addressee], remedy: str) -> list[Recipient]:
    """Return one recipient for each person, with a key of its own: a retry must not tell again those who were told."""
    found = {each.slack: Recipient(f"@{each.slack}", f"{effect.key}/{each.person}", each.person) for each in people}
    reached = [recipient for slack, recipient in found.items() if slack]
    if not reached:
        raise permanent(f"There is nobody to notify in {effect.target}. {remedy}")
    return reached
