"""What people ask Baton to do: a command becomes an event, or is refused with a sentence its caller can show.

Promises that a refusal changes nothing and names the remedy. Must not know how commands arrive.
"""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from policies import events
from policies.bounds import UnboundedError, bounded
from policies.events import Fact
from policies.messages import explain
from policies.part import Span
from policies.policy import Policy
from policies.situation import Situation


class Refused(Exception):  # noqa: N818  the house's word for it
    """The command can't be carried out; the text is one sentence for the person who asked."""


class Command(BaseModel):
    """What all commands share: who asks, and an id of the caller's against asking twice."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    actor: str = Field(min_length=1, description="Who asks, such as an agent's id.")
    command_id: str = ""


class Reassign(Command):
    """Give the conversation to a team or a person, and have the desk do it."""

    team: str = ""
    assignee: str = ""
    note: str = ""


class HandoffNote(BaseModel):
    """What the next person needs from the one who hands over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tried: str = Field(min_length=1, description="What was done so far.")
    think: str = Field(min_length=1, description="What the sender thinks the cause is.")
    need: str = Field(min_length=1, description="What the receiver is asked to do.")


class Escalate(Command):
    """Give the conversation to a higher tier, with a note that lets the receiver start at once."""

    team: str = ""
    note: HandoffNote


class Deescalate(Command):
    """Give the conversation back to a lower tier."""

    team: str = Field(min_length=1)
    note: str = Field(min_length=1)


class Take(Command):
    """Make the conversation the actor's own."""


class Acknowledge(Command):
    """Say "I've got it" to the on-call ladder."""

    step: str = ""


class Resolve(Command):
    """Close the conversation."""

    note: str = ""


class Hold(Command):
    """Stop the clocks, for a stated reason."""

    note: str = Field(min_length=1)


class Release(Command):
    """Let the clocks run again."""

    note: str = ""


class Snooze(Command):
    """Put the conversation aside for a while. The promises to the customer run on; reminders wait."""

    until: AwareDatetime | None = Field(None, description="The instant at which it comes back.")
    span: Span | None = Field(None, alias="for", description="How long, such as 2h; instead of `until`.")
    note: str = ""


class Wake(Command):
    """End a snooze before its time."""


class AdoptPolicy(Command):
    """Change the policy of a running conversation: to one the worker knows by name, or to the `document` sent along.

    `pin` only records the wish; with `carry` the time that promises have used counts, with `restart` they begin anew.
    """

    policy: str = Field(min_length=1)
    version: int | None = None
    document: dict[str, Any] | None = Field(None, description="The resolved policy; `baton policy adopt` sends it.")
    mode: str = Field("pin", json_schema_extra={"enum": ["pin", "carry", "restart"]})


COMMANDS: Mapping[str, type[Command]] = {
    "reassign": Reassign,
    "escalate": Escalate,
    "deescalate": Deescalate,
    "take": Take,
    "acknowledge": Acknowledge,
    "resolve": Resolve,
    "hold": Hold,
    "release": Release,
    "snooze": Snooze,
    "wake": Wake,
    "adopt_policy": AdoptPolicy,
}
"""The updates of the contract."""


def accept(name: str, body: Any, situation: Situation, *, now: datetime, fallback_id: str, policy: Policy) -> Fact:
    """The event a command becomes. Raises `Refused`."""
    if not isinstance(body, Mapping):
        raise Refused(f"{name}: the input must be one JSON object")
    sent = cast("Mapping[Any, Any]", body)
    stated = {str(key): value for key, value in sent.items() if value is not None}
    whole = {"document": stated.pop("document")} if "document" in stated else {}  # a policy has limits of its own
    try:
        command = COMMANDS[name].model_validate({**bounded(stated), **whole})
    except ValidationError as error:
        raise Refused(f"{name}: {explain(error)}") from None
    except UnboundedError as error:
        raise Refused(f"{name}: {error}") from None
    fields = {"event_id": command.command_id or fallback_id, "occurred_at": now, "source": "command"}
    return _judge(command, situation, policy, fields)


def _judge(command: Command, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    match command:
        case Reassign():
            return _reassign(command, s, policy, fields)
        case Escalate():
            _refuse_if_resolved(s)
            team = _team_above(command.team, s, policy)
            return events.Escalated(team=team, by=command.actor, **command.note.model_dump(), **fields)
        case Deescalate():
            _refuse_if_resolved(s)
            return _deescalate(command, s, policy, fields)
        case Take():
            _refuse_if_resolved(s)
            return events.Taken(by=command.actor, **fields)
        case Acknowledge():
            return _acknowledge(command, s, fields)
        case Resolve():
            _refuse_if_resolved(s)
            return events.StatusChanged(status="resolved", by=command.actor, note=command.note, **fields)
        case Hold() | Release():
            return _hold(command, s, fields)
        case Snooze():
            _refuse_if_resolved(s)
            return _snooze(command, fields)
        case Wake():
            if s.snoozed_until is None:
                raise Refused("the conversation is not snoozed")
            return events.Woken(by=command.actor, **fields)
        case AdoptPolicy():
            return _adopt(command, fields)
        case _:
            raise Refused(f"there is no command {type(command).__name__}")


def _reassign(command: Reassign, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    if not command.team and not command.assignee:
        raise Refused("reassign: name a team, an assignee or both")
    team = _known_team(command.team, policy) if command.team else s.team
    if (team, command.assignee) == (s.team, s.assignee):
        raise Refused(f"the conversation is already with {policy.team_name(team)}")
    return events.Reassigned(team=team, assignee=command.assignee, by=command.actor, note=command.note, **fields)


def _deescalate(command: Deescalate, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    team = _known_team(command.team, policy)
    if policy.tier(team) >= policy.tier(s.team):
        raise Refused(f"{policy.team_name(team)} is not below {policy.team_name(s.team)}: use reassign")
    return events.Deescalated(team=team, note=command.note, by=command.actor, **fields)


def _acknowledge(command: Acknowledge, s: Situation, fields: dict[str, Any]) -> Fact:
    if not s.running_pages:
        last = next((page.ended for page in reversed(s.pages)), "")
        raise Refused(f"nobody is being called for this conversation{f' any more: {last}' if last else ''}")
    if command.step and not any(page.is_meant_by(command.step) for page in s.running_pages):
        running = ", ".join(page.id for page in s.running_pages)
        raise Refused(f"{command.step} is not running: {running} is")
    return events.Acknowledged(by=command.actor, step=command.step, **fields)


def _hold(command: Hold | Release, s: Situation, fields: dict[str, Any]) -> Fact:
    _refuse_if_resolved(s)
    if isinstance(command, Hold):
        if s.is_held:
            raise Refused("the conversation is on hold already")
        return events.Held(by=command.actor, note=command.note, **fields)
    if not s.is_held:
        raise Refused("the conversation is not on hold")
    return events.Released(by=command.actor, note=command.note, **fields)


def _snooze(command: Snooze, fields: dict[str, Any]) -> Fact:
    now: datetime = fields["occurred_at"]
    until = command.until or (now + command.span if command.span else None)
    if until is None:
        raise Refused("snooze: say until when, or for how long, such as for: 2h")
    if until <= now:
        raise Refused("snooze: that time has passed already")
    return events.Snoozed(until=until, by=command.actor, note=command.note, **fields)


def _adopt(command: AdoptPolicy, fields: dict[str, Any]) -> Fact:
    try:
        asked = command.model_dump(include={"policy", "version", "mode"})
        return events.PolicyAdopted(by=command.actor, **asked, **fields)
    except ValidationError:
        raise Refused(f"unknown mode {command.mode}: there is pin, carry and restart") from None


def _team_above(wanted: str, s: Situation, policy: Policy) -> str:
    if wanted:
        team = _known_team(wanted, policy)
        if policy.tier(team) <= policy.tier(s.team):
            raise Refused(f"{policy.team_name(team)} is not above {policy.team_name(s.team)}: use reassign")
        return team
    match policy.team_above(s.team):
        case (only,):
            return only
        case ():
            raise Refused(f"there is no tier above {policy.team_name(s.team)}: use reassign")
        case several:
            raise Refused(f"there are several teams above {policy.team_name(s.team)}: name one of {', '.join(several)}")


def _known_team(name: str, policy: Policy) -> str:
    if policy.team(name) is not None:
        return name
    close = get_close_matches(name, policy.document.teams, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(policy.document.teams)}"
    raise Refused(f"unknown team {name}: {hint}")


def _refuse_if_resolved(s: Situation) -> None:
    if s.is_resolved:
        raise Refused("the conversation is resolved: send a message or set its status to open first")
