"""Messages to a team, read into events: lenient for facts, exact for commands.

Promises that `read_facts` never raises and drops nothing, and that a refusal is one sentence with its remedy. Must not
know how messages arrive.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.contract.bounds import bounded, readable
from policies.contract.commands import Refused, exactly
from policies.contract.messages import identifier, read_signal
from policies.contract.requests import CommandId
from policies.contract.wrong_fields import explain
from policies.queues.routing import Presence
from policies.queues.teams.events import (
    AnyTeamEvent,
    Heartbeat,
    Left,
    NewVersion,
    OfferAnswered,
    Owned,
    PresenceChanged,
    RoomGiven,
    RoomWanted,
    TeamAsked,
    TeamEvent,
    Unreadable,
)
from policies.queues.teams.state import Team
from policies.running.limited import limited
from policies.text.spelling import did_you_mean

_FACTS = (TeamAsked, Owned, Left, PresenceChanged, Heartbeat, NewVersion, RoomWanted, RoomGiven)
"""Three from conversations, two from helpdesks and agents' programs, one from workers, the last two from teams."""
SIGNALS: Mapping[str, type[TeamEvent]] = {kind.model_fields["kind"].default: kind for kind in _FACTS}
"""The signals of a team, by their names."""


class Answer(BaseModel):
    """An agent's answer to an offer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    actor: str = Field(min_length=1, description="The agent who answers: a key under `people` of the policy.")
    conversation_id: str = Field(min_length=1)
    offer: str = Field(default="", description="The number of the offer; refused where another one is running by now.")
    note: str = ""
    command_id: CommandId = ""


class Accept(Answer):
    """Accept an offer: the conversation is the agent's from then on."""


class Decline(Answer):
    """Decline an offer: the conversation goes to another agent."""


class Report(BaseModel):
    """Report that an agent came, went, or is busy."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    actor: str = Field(min_length=1, description="The person who says so.")
    agent: str = Field(default="", description="The agent who came or went; the actor where absent.")
    presence: Presence = Field(description="The agent's presence; only `available` agents get new conversations.")
    command_id: CommandId = ""


COMMANDS: Mapping[str, type[BaseModel]] = {"accept": Accept, "decline": Decline, "set_presence": Report}
"""The updates of a team."""


def read_facts(name: str, body: Any, *, now: datetime, fallback_id: str) -> tuple[AnyTeamEvent, ...]:
    """Return one signal as an event and, where some fields could not be kept, a second event that names them.

    A signal without `event_id` gets `fallback_id`, and one without `occurred_at` happened `now`. An event with an empty
    id is not remembered as taken in.
    """

    def read(fields: dict[str, Any], lost: list[str]) -> TeamEvent:
        kind = SIGNALS[name]
        known = {key: value for key, value in fields.items() if key in kind.model_fields and key != "kind"}
        event_id = identifier(fields.get("event_id")) or fallback_id
        return limited(kind.model_validate({"occurred_at": now, **bounded(known, lost), "event_id": event_id}))

    return read_signal(name, body, SIGNALS, fallback_id, read, partial(_unreadable, name, body, now))


def accept(name: str, body: Any, team: Team, *, now: datetime, fallback_id: str) -> AnyTeamEvent:
    """Return the event that a command becomes. Raises `Refused`."""
    try:
        command = limited(exactly(COMMANDS[name], name, body, team.edition))
    except ValidationError as error:
        raise Refused(f"{name}: {explain(error)}") from None
    match command:
        case Answer():
            return _answer(command, team, now, fallback_id)
        case Report():
            agent = command.agent or command.actor
            if agent not in team.members:
                raise Refused(f"{agent} is not in {team.team}: {did_you_mean(agent, team.members)}")
            event_id = identifier(command.command_id) or fallback_id
            return PresenceChanged(event_id=event_id, occurred_at=now, agent=agent, presence=command.presence)
        case _:
            raise Refused(f"there is no command {name}")


def _answer(command: Answer, team: Team, now: datetime, fallback_id: str) -> OfferAnswered:
    entry = team.tickets.get(command.conversation_id)
    if entry is None:
        raise Refused(f"there is no offer: {command.conversation_id} is not with {team.team} any more")
    if entry.state in ("granted", "owned"):
        raise Refused(f"it is too late: {entry.agent} has {command.conversation_id} already")
    if entry.agent == command.actor and command.offer not in ("", entry.offer):
        offers = f"offer {command.offer} of {command.conversation_id} has ended"
        raise Refused(f"{offers}: offer {entry.offer} is running now")
    if entry.state == "waiting" or entry.agent != command.actor:
        why = f"it is offered to {entry.agent} now" if entry.state == "offered" else "the offer has ended"
        raise Refused(f"there is no offer of {command.conversation_id} to {command.actor}: {why}")
    return OfferAnswered(
        event_id=identifier(command.command_id) or fallback_id,
        occurred_at=now,
        conversation=command.conversation_id,
        agent=command.actor,
        is_accepted=isinstance(command, Accept),
        note=command.note,
    )


def _unreadable(name: str, body: Any, now: datetime, why: str, event_id: str) -> Unreadable:
    return Unreadable(
        event_id=f"{event_id}/rejected" if event_id else "",
        occurred_at=now,
        name=readable(name)[:200],
        why=readable(why)[:500],
        excerpt=readable(body)[:500],
    )
