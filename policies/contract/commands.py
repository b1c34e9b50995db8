"""Commands that people send: each becomes an event, or is refused with a sentence its sender can show.

Promises that a refusal changes nothing and names the remedy. Must not know how commands arrive.
"""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from policies.contract.bounds import UnboundedError, bounded, held, measured
from policies.contract.messages import identifier, sent
from policies.contract.requests import (
    COMMANDS,
    Acknowledge,
    AddNote,
    AdoptPolicy,
    Call,
    Command,
    Deescalate,
    Escalate,
    HandoffNote,
    Hold,
    LeaveOutage,
    Reassign,
    Release,
    Resolve,
    Snooze,
    Take,
    Wake,
)
from policies.contract.team_names import meant
from policies.contract.wrong_fields import explain, misspelt
from policies.document.escalations import Step
from policies.editions import NEWEST
from policies.handoff import stages
from policies.on_call.calls import escalation_of, step_number
from policies.running.limited import limited
from policies.running.policy import Policy
from policies.state import events
from policies.state.events import Fact
from policies.state.limits import DOCUMENT_LIMIT
from policies.state.records.on_call import OnCallRun
from policies.state.situation import Situation
from policies.text.undecodable import no_object
from policies.time.hours import FARTHEST, is_reckonable

_Command = TypeVar("_Command", bound=BaseModel)
_ALSO_WHEN_RESOLVED = (Reassign, Acknowledge, AddNote, Wake, AdoptPolicy)
"""The commands that a resolved conversation takes."""


class Refused(Exception):  # noqa: N818  the house's word for it
    """The error where a command can't be carried out; the text is one sentence for the person who asked."""


def accept(name: str, body: Any, situation: Situation, *, now: datetime, fallback_id: str, policy: Policy) -> Fact:
    """Return the event that a command becomes. Raises `Refused`."""
    try:
        command = exactly(COMMANDS[name], name, body, situation.edition)
    except ValidationError as error:
        raise Refused(f"{name}: {explain(error)}{_template(name, error)}") from None
    fields = {"event_id": identifier(command.command_id) or fallback_id, "occurred_at": now, "source": "command"}
    return _judge(limited(command), situation, policy, fields)


def exactly(kind: type[_Command], name: str, body: Any, edition: int = NEWEST) -> _Command:
    """Return the command as sent. Raises `Refused` for a field that can't be kept, ValidationError for a wrong one.

    A field whose name is misspelt is refused; before edition 3 it was ignored.
    """
    if not isinstance(body, Mapping):
        raise Refused(f"{name}: {no_object(body, 'input')}")
    fields = {field.alias or key for key, field in kind.model_fields.items()} | set(kind.model_fields)
    stated = {key: value for key, value in sent(body).items() if key in fields}
    lost = [*misspelt(sent(body), fields)] if edition >= 3 else []
    document = {"document": stated.pop("document")} if "document" in stated else {}
    if (size := measured(document.get("document"))) <= DOCUMENT_LIMIT:
        document = held(document, lost)
        size = measured(document.get("document"))
    if size > DOCUMENT_LIMIT:
        lost.append(f"the document has {size} bytes, and {DOCUMENT_LIMIT} are the most")
    try:
        stated = {**bounded(stated, lost), **document}  # a policy has a limit of its own
    except UnboundedError as error:
        lost.append(str(error))
    if lost:
        raise Refused(f"{name}: {'; '.join(lost)}")
    return kind.model_validate(stated)


def _template(name: str, error: ValidationError) -> str:
    """Return a reminder of the fields of an escalation's note where they are missing; else nothing."""
    if name != "escalate" or all(problem["loc"][:1] != ("note",) for problem in error.errors()):
        return ""
    fields = (f"{name}: {field.description}" for name, field in HandoffNote.model_fields.items())
    return f". The next person needs note: {{{' '.join(fields)}}}"


def _judge(command: Command, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    _refuse_if_stale(command.step, s)
    if s.lifecycle.is_resolved and not isinstance(command, _ALSO_WHEN_RESOLVED):
        raise Refused("the conversation is resolved: send a message or set its status to open first")
    if s.edition >= 3 and not isinstance(command, AddNote | Acknowledge | Call):  # the last two have better refusals
        _refuse_if_over(command.step, s)
    match command:
        case Reassign():
            return _reassign(command, s, policy, fields)
        case Escalate():
            team = _team_above(command.team, s, policy)
            said = command.note.model_dump()
            return events.Escalated(team=team, by=command.actor, reason=command.reason, **said, **fields)
        case Deescalate():
            return _deescalate(command, s, policy, fields)
        case Take():
            return _take(command, s, policy, fields)
        case Acknowledge():
            return _acknowledge(command, s, fields)
        case Call():
            return _call(command, s, policy, fields)
        case AddNote():
            asked = command.model_dump(include={"tried", "think", "need"})
            return events.NoteAdded(by=command.actor, **asked, **fields)
        case Resolve():
            return events.StatusChanged(status="resolved", by=command.actor, note=command.note, **fields)
        case Hold() | Release():
            return _hold(command, s, fields)
        case Snooze():
            return _snooze(command, fields)
        case Wake():
            if s.lifecycle.snoozed_until is None:
                raise Refused("the conversation is not snoozed")
            return events.Woken(by=command.actor, **fields)
        case LeaveOutage():
            if s.outages.link is None:
                raise Refused("the conversation is part of no known outage")
            return events.OutageLeft(by=command.actor, note=command.note, **fields)
        case AdoptPolicy():
            return _adopt(command, fields)
        case _:
            raise Refused(f"there is no command {type(command).__name__}")


def _reassign(command: Reassign, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    if not command.team and not command.assignee:
        raise Refused("reassign: name a team, an assignee or both")
    team = _known_team(command.team, s, policy) if command.team else s.responsible.team
    if (team, command.assignee) == (s.responsible.team, s.responsible.assignee) and not stages.can_be_given_back(
        s, policy
    ):
        raise Refused(f"the conversation is already with {policy.team_name(team)}")
    return events.Reassigned(team=team, assignee=command.assignee, by=command.actor, note=command.note, **fields)


def _deescalate(command: Deescalate, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    team = _known_team(command.team, s, policy)
    if policy.tier(team) >= policy.tier(s.responsible.team):
        raise Refused(f"{policy.team_name(team)} is not below {policy.team_name(s.responsible.team)}: use reassign")
    return events.Deescalated(team=team, note=command.note, by=command.actor, **fields)


def _take(command: Take, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    """Let the actor take it. If `step` names a call, only the first person who acknowledged that call may.

    A step that calls everyone is excepted: all of its people have to come.
    """
    called = [run for run in s.on_call.runs if command.step and run.is_meant_by(command.step)]
    first = next((run.acknowledged_by for run in called if not _calls_everyone(policy, run)), "")
    if first not in ("", command.actor):
        raise Refused(f"{first} has it already: ask them, or use reassign")
    return events.Taken(by=command.actor, **fields)


def _acknowledge(command: Acknowledge, s: Situation, fields: dict[str, Any]) -> Fact:
    if not s.on_call.running:
        last = next((run.ended for run in reversed(s.on_call.runs)), "")
        raise Refused(f"nobody is being called for this conversation{f' any more: {last}' if last else ''}")
    if command.step and not any(run.is_meant_by(command.step) for run in s.on_call.running):
        running = ", ".join(run.id for run in s.on_call.running)
        ended = next((run.ended for run in s.on_call.runs if run.is_meant_by(command.step)), "")
        raise Refused(f"{command.step} is not running{f' any more, {ended}' if ended else ''}: {running} is")
    return events.Acknowledged(by=command.actor, step=command.step, **fields)


def _call(command: Call, s: Situation, policy: Policy, fields: dict[str, Any]) -> Fact:
    meant = [run for run in s.on_call.runs if run.can_go_on and run.is_meant_by(command.step)]
    escalations = policy.document.escalations
    if command.to in escalations:
        if any(run.ladder == command.to for run in s.on_call.running):
            raise Refused(f"{command.to} is being called already")
    elif not meant:
        names = ", ".join(escalations) or "this policy has no escalation"
        raise Refused(f"nobody is being called for this conversation: say whom to call, such as to: {names}")
    elif command.to and all(step_number(policy, run, command.to) is None for run in meant):
        steps = [step.name or str(number) for run in meant for number, step in enumerate(_steps(policy, run), start=1)]
        raise Refused(f"there is no step {command.to}: the steps are {', '.join(dict.fromkeys(steps))}")
    return events.Called(by=command.actor, to=command.to, step=command.step, **fields)


def _calls_everyone(policy: Policy, run: OnCallRun) -> bool:
    return any(step.everyone for step in _steps(policy, run)[run.step - 1 : run.step])


def _steps(policy: Policy, run: OnCallRun) -> tuple[Step, ...]:
    found = escalation_of(policy, run)
    return found.steps if found else ()


def _hold(command: Hold | Release, s: Situation, fields: dict[str, Any]) -> Fact:
    """Hold or release. An incident has no clocks to hold; releasing an incident ends it."""
    if isinstance(command, Hold):
        if s.on_call.incident is not None:
            raise Refused("an incident can't be held: acknowledge it, or release it")
        if s.lifecycle.is_held:
            raise Refused("the conversation is on hold already")
        return events.Held(by=command.actor, note=command.note, until=_until("hold", command, fields), **fields)
    if not s.lifecycle.is_held and s.on_call.incident is None:
        raise Refused("the conversation is not on hold")
    return events.Released(by=command.actor, note=command.note, **fields)


def _snooze(command: Snooze, fields: dict[str, Any]) -> Fact:
    until = _until("snooze", command, fields)
    if until is None:
        raise Refused("snooze: say until when, or for how long, such as for: 2h")
    return events.Snoozed(until=until, by=command.actor, note=command.note, **fields)


def _until(name: str, command: Hold | Snooze, fields: dict[str, Any]) -> datetime | None:
    """Return the instant that was stated, or follows from the span; None where neither was."""
    now: datetime = fields["occurred_at"]
    try:
        until = command.until or (now + command.span if command.span else None)
        is_too_far = until is not None and (not is_reckonable(until) or until - now > FARTHEST)
    except OverflowError:
        until, is_too_far = now, True
    if is_too_far:
        raise Refused(f"{name}: nobody waits so long: name a time within {FARTHEST.days} days")
    if until is not None and until <= now:
        raise Refused(f"{name}: that time has passed already")
    return until


def _adopt(command: AdoptPolicy, fields: dict[str, Any]) -> Fact:
    try:
        asked = command.model_dump(include={"policy", "version", "mode"})
        return events.PolicyAdopted(by=command.actor, **asked, **fields)
    except ValidationError:
        raise Refused(f"unknown mode {command.mode}: there is pin, carry and restart") from None


def _team_above(wanted: str, s: Situation, policy: Policy) -> str:
    if wanted:
        team = _known_team(wanted, s, policy)
        if policy.tier(team) <= policy.tier(s.responsible.team):
            raise Refused(f"{policy.team_name(team)} is not above {policy.team_name(s.responsible.team)}: use reassign")
        return team
    name = policy.team_name(s.responsible.team)
    match policy.team_above(s.responsible.team):
        case (only,):
            return only
        case ():
            raise Refused(f"there is no tier above {name}: use reassign")
        case several:
            raise Refused(f"there are several teams above {name}: name one of {', '.join(several)}")


def _known_team(name: str, s: Situation, policy: Policy) -> str:
    if policy.team(now := policy.team_now(name)) is not None:
        return now
    if s.edition >= 4:  # before, a team was known by its key only
        key, why = meant(name, {key: team.name for key, team in policy.document.teams.items()})
        if why:
            raise Refused(why)
        return key
    close = get_close_matches(name, policy.document.teams, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(policy.document.teams)}"
    raise Refused(f"unknown team {name}: {hint}")


def _refuse_if_stale(step: str, s: Situation) -> None:
    """Refuse a button of an earlier call of the same escalation: the later call has buttons of its own.

    The buttons of an earlier call are good again while that call runs, because the later call brought no person.
    """
    called = s.on_call.step(step)
    escalation = called.escalation
    if "." not in called.run or any(step in (run.escalation, run.ladder) for run in s.on_call.runs):
        return
    latest = next((run for run in reversed(s.on_call.runs) if run.escalation == escalation), None)
    if latest is None:
        raise Refused(f"this conversation has no call {called.run}: its judgement was taken back, or it never was")
    if latest.id != called.run and all(run.id != called.run for run in s.on_call.running):
        how = latest.ended or "still calling people"
        raise Refused(f"that was for an earlier call, {called.run}; the latest is {latest.id}: {how}")


def _refuse_if_over(step: str, s: Situation) -> None:
    """Refuse a button of a call that stood down: its message has none left, unless it could not be changed."""
    run = s.on_call.run_of(s.on_call.step(step)) if step else None
    if run is not None and run.stood_down and not run.can_go_on:
        raise Refused(f"the call {run.id} is over: {run.stood_down}")
