"""The views of a team's queue for operators and callers: Markdown details, and the answers to queries.

Promises plain JSON for queries, and a page that fits however many conversations wait. Must not change anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from activities.catalog import PinnedPolicy
from policies.document.part import format_span
from policies.queues.routing import Candidate
from policies.queues.teams.decide import next_deadline
from policies.queues.teams.estimate import Pace, pace
from policies.queues.teams.events import Message
from policies.queues.teams.state import Team, TeamQueueEntry
from policies.queues.teams.turn import TeamTurn
from policies.running.policy import Policy
from workflows.limits import shortening
from workflows.setting_aside.set_aside import AsideList, SetAside
from workflows.showing.answers import list_that_fits, object_that_fits
from workflows.showing.markdown import bulleted, cell
from workflows.showing.unshown import NOT_SHOWN

_SHOWN, _GRANTS, _ENTRIES = 30, 10, 15
_MARKS = {"available": "●", "busy": "▲", "away": "○", "offline": "–"}


def details(team: Team, policy: Policy, now: datetime, aside: AsideList) -> str:
    """Return the whole page."""
    turn = TeamTurn.of(team, policy, now, "")
    waiting, moves = team.waiting, pace(team.grants, now)
    rest = [f"… and {len(waiting) - _SHOWN} more: `baton queue {team.team}`"] if len(waiting) > _SHOWN else []
    parts = [
        _head(turn, waiting),
        bulleted("Could not be judged: mend the worker, then `baton retry --team`", map(_aside_row, aside.items)),
        bulleted("People", (_person(turn, candidate) for candidate in _candidates(turn))),
        bulleted("In line, the first first", [*(_row(turn, moves, n, each) for n, each in _numbered(waiting)), *rest]),
        bulleted("Offered or granted", (_offered(turn, each) for each in team.with_agents if each.state != "owned")),
        bulleted("Granted lately", (_granted(turn, grant) for grant in reversed(team.grants[-_GRANTS:]))),
        bulleted("Named in messages, but not in this team", (cell(name) for name in team.strangers)),
        bulleted("Timeline, the newest first", (_entry(turn, entry) for entry in reversed(team.timeline[-_ENTRIES:]))),
    ]
    return shortening.details("\n\n".join(part for part in parts if part))


def _aside_row(item: SetAside) -> str:
    return f"{item.since:%a %H:%M:%S}Z: **{cell(item.what)}**, {cell(item.why)}"


def state(team: Team, policy: Policy | None, pinned: PinnedPolicy | None, now: datetime) -> dict[str, Any]:
    """Return the answer to `state`."""
    if policy is None:
        nothing = {"people": [], "line": [], "with": [], "grants": [], "closed_by": []}
        return {"team": team.team, "policy": None, **nothing, "next": None}
    turn = TeamTurn.of(team, policy, now, "")
    ahead, moves = next_deadline(team, now, policy), pace(team.grants, now)
    answer: dict[str, Any] = {
        "team": team.team,
        "name": policy.team_name(team.team),
        "led_by": turn.queue.led_by,
        "policy": {"name": pinned.name, "digest": pinned.digest} if pinned else None,
        "people": [_person_row(turn, candidate) for candidate in _candidates(turn)],
        "line": [_waiting_row(turn, moves, position, entry) for position, entry in enumerate(team.waiting, start=1)],
        "with": [_with_row(entry) for entry in team.with_agents],
        "grants": [
            {
                "at": grant.at.isoformat(),
                "conversation": grant.conversation,
                "agent": grant.agent,
                "waited": format_span(grant.waited),
                "because": grant.because,
            }
            for grant in team.grants
        ],
        "strangers": list(team.strangers),
        "closed_by": _closed_by(team),
        "next": {"at": ahead.at.isoformat(), "what": ahead.what} if ahead else None,
    }
    return object_that_fits(answer)


def ticket(team: Team, asked: Any) -> dict[str, Any]:
    """Return the answer to `ticket`: what the queue knows of one conversation; empty where it knows nothing."""
    name = asked.get("conversation") if isinstance(asked, Mapping) else None
    known = team.tickets.get(name) if isinstance(name, str) else None
    if known is None:
        return {}
    return {"conversation": known.conversation, "ticket": known.id, "state": known.state, "agent": known.agent}


def less_state(team: Team, pinned: PinnedPolicy | None, why: str) -> dict[str, Any]:
    """Return the answer to `state` without anything computed, for when computing raises."""
    return {
        "team": team.team,
        "policy": {"name": pinned.name, "digest": pinned.digest} if pinned else None,
        "people": [{"agent": agent, "presence": member.presence} for agent, member in sorted(team.members.items())],
        "line": [{"conversation": entry.conversation, "subject": entry.subject} for entry in team.waiting],
        "with": [_with_row(entry) for entry in team.with_agents],
        "grants": [],
        "closed_by": _closed_by(team),
        "next": None,
        NOT_SHOWN: why,
    }


def unsent(messages: Sequence[Message]) -> dict[str, Any] | None:
    """Return how many messages conversations have not been told yet, and since when; None where all were told."""
    return {"number": len(messages), "since": min(each.at for each in messages).isoformat()} if messages else None


def timeline(team: Team) -> list[dict[str, Any]]:
    """Return the answer to `timeline`."""
    return list_that_fits(
        [{"at": entry.at.isoformat(), "kind": entry.kind, "text": entry.text} for entry in team.timeline]
    )


def _candidates(turn: TeamTurn) -> list[Candidate]:
    return [turn.candidate(member) for _, member in sorted(turn.members.items())]


def _person_row(turn: TeamTurn, candidate: Candidate) -> dict[str, Any]:
    member = turn.members[candidate.agent]
    return {
        "agent": candidate.agent,
        "presence": candidate.presence,
        "is_on_shift": candidate.is_on_shift,
        "since": member.since.isoformat() if member.since else None,
        "load": candidate.load,
        "capacity": candidate.capacity,
        "granted": candidate.granted,
        "declined": member.declined,
        "missed": member.missed,
        "reclaimed": member.reclaimed,
    }


def _waiting_row(turn: TeamTurn, moves: Pace | None, position: int, entry: TeamQueueEntry) -> dict[str, Any]:
    return {
        "position": position,
        "conversation": entry.conversation,
        "subject": entry.subject,
        "priority": entry.priority,
        "since": entry.since.isoformat(),
        "needs": _needs(turn, entry),
        "estimate": str(moves.wait(position)) if moves else "",
        "not_to": [*entry.not_to, *turn.just_missed(entry)],
    }


def _with_row(entry: TeamQueueEntry) -> dict[str, Any]:
    return {
        "conversation": entry.conversation,
        "subject": entry.subject,
        "state": entry.state,
        "agent": entry.agent,
        "offer": entry.offer,
        "until": entry.until.isoformat() if entry.until else None,
        "is_waiting": entry.is_waiting,
        "is_on_hold": entry.is_on_hold,
    }


def _closed_by(team: Team) -> list[dict[str, str]]:
    return [{"policy": version.name, "at": version.at.isoformat()} for version in team.closed_by]


def _head(turn: TeamTurn, waiting: list[TeamQueueEntry]) -> str:
    there = sum(candidate.is_there for candidate in _candidates(turn))
    longest = min((entry.since for entry in waiting), default=turn.at)
    since = f", the longest since {turn.policy.both_times(longest, turn.at)}"
    facts = {
        "In line": f"{len(waiting)}{since if waiting else ''}",
        "Available": f"{there} of {len(turn.members)}",
        "Chosen by": "the helpdesk" if turn.queue.led_by == "desk" else "Baton",
        "Policy": f"{turn.policy.document.policy} v{turn.policy.document.version}",
    }
    if closed_by := ", ".join(version.name for version in turn.team.closed_by):
        facts["Closed"] = f"{closed_by} has no queue for this team"
    shown = " · ".join(f"**{name}** {cell(value)}" for name, value in facts.items())
    return f"## {cell(turn.policy.team_name(turn.team.team))}\n\n{shown}"


def _person(turn: TeamTurn, candidate: Candidate) -> str:
    member = turn.members[candidate.agent]
    counts = {"granted": candidate.granted, "declined": member.declined, "missed": member.missed}
    counts["reclaimed"] = member.reclaimed
    told = [f"{number} {name}" for name, number in counts.items() if number]
    state = candidate.presence if candidate.is_on_shift else f"{candidate.presence}, off shift"
    who = f"**{cell(candidate.agent)}** {_MARKS[candidate.presence]} {state}"
    return ", ".join((f"{who}: has {candidate.load} of {candidate.capacity}", *told))


def _row(turn: TeamTurn, moves: Pace | None, position: int, entry: TeamQueueEntry) -> str:
    urgent = f", {entry.priority}" if entry.priority != "normal" else ""
    needs = f", needs {', '.join(_needs(turn, entry))}" if _needs(turn, entry) else ""
    about = f", about {moves.wait(position)}" if moves else ""
    waits = f"since {turn.policy.both_times(entry.since, turn.at)}"
    return f"{position}. **{cell(entry.conversation)}** {cell(entry.subject)}: {waits}{urgent}{cell(needs)}{about}"


def _offered(turn: TeamTurn, entry: TeamQueueEntry) -> str:
    until = turn.policy.both_times(entry.until, turn.at, seconds=True) if entry.until else ""
    return f"**{cell(entry.conversation)}** {entry.state} to {cell(entry.agent)} until {until}"


def _granted(turn: TeamTurn, grant: Any) -> str:
    when = turn.policy.both_times(grant.at, turn.at, seconds=True)
    return f"{when}: **{cell(grant.conversation)}** after {format_span(grant.waited)}: {cell(grant.because)}"


def _entry(turn: TeamTurn, entry: Any) -> str:
    return f"{turn.policy.both_times(entry.at, turn.at, seconds=True)}: {cell(entry.text)}"


def _needs(turn: TeamTurn, entry: TeamQueueEntry) -> list[str]:
    """Return the skills that a queue entry still needs, after the levels that waiting has relaxed."""
    waited = turn.at - entry.arrived_at
    left = ((need.skill, need.level_after(waited)) for need in entry.needs if need.required)
    return [f"{skill} {level}" for skill, level in left if level]


def _numbered(waiting: list[TeamQueueEntry]) -> Iterable[tuple[int, TeamQueueEntry]]:
    return enumerate(waiting[:_SHOWN], start=1)
