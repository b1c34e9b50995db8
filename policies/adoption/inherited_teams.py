"""The team, the assignee and the way back after hours of a conversation when another policy is adopted.

Promises that no customer waits for a team that the new policy does not have, or for a person who has left it where a
queue could give the conversation to another person. Must not know what is promised (`sla`) or who is called
(`inherited_calls`).
"""

from policies.adoption import renamed_teams
from policies.queues.queueing import queue_of
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.entry_kind import EntryKind
from policies.state.records.queue_entry import QueueEntry
from policies.state.records.responsible import Responsible
from policies.state.situation import Situation

FATE: EntryKind = "team_inherited"
"""The kind of the timeline's line about another team or assignee."""


def hand_over(turn: Turn, before: Policy | None) -> bool:
    """Find the team and the assignee under the new policy. Return whether the conversation changed hands.

    Where nothing is known of the policy `before`, a team that the new policy does not have counts as gone.
    """
    former, after, name = turn.situation.responsible.team, turn.policy, _named(turn.policy)
    if not former:  # only drills and incidents have no team
        return False
    renamed_teams.follow(turn)
    _find_the_way_back(turn, before)
    s = turn.situation
    if before is not None and before.team(former) is None and after.team(s.responsible.team) is None:
        text = f"Team “{s.responsible.team}” is not in {name}: it stays there, and its promises end"
        turn.record("unknown_team", text)
        return False
    who = _kept_assignee(turn, before)
    if after.team(s.responsible.team) is None:
        team = heir(turn.situation, s.responsible.team, before, after)
        because = f"{name} has no team {before.team_name(s.responsible.team) if before else s.responsible.team}"
        _move(turn, team, who, because)
    elif who != s.responsible.assignee:
        _move(turn, s.responsible.team, who, f"{s.responsible.assignee} {_left(turn, before)}")
    elif _was_assistant(s, former, before) != after.is_assistant(s.responsible.team):
        staff = "an assistant answers" if after.is_assistant(s.responsible.team) else "people answer"
        because = f"{staff} for {after.team_name(s.responsible.team)} in {name}"
        turn.begin_stint(s.responsible.team, because)
        turn.record(FATE, f"From now on {because}")
        return False
    else:
        return False
    return True


def tell_line(turn: Turn, before: QueueEntry | None) -> None:
    """Say which team's queue the conversation has left or joined by the change."""
    entry, policy = turn.situation.queue_entry, turn.policy
    old, new = (found.team if found is not None and found.state != "owned" else "" for found in (before, entry))
    if old != new and old:
        turn.record(FATE, f"It does not wait in the line of {policy.team_name(old)} any more")
    if old != new and new:
        turn.record(FATE, f"It waits in the line of {policy.team_name(new)} from now on")


def heir(s: Situation, gone: str, before: Policy | None, after: Policy) -> str:
    """Return the team that takes over from one that the new policy does not have.

    The first of these that there is: the team of the same name; of a stand-in the team that it stood in for; the team
    of the assignee; the one that the channel's conversations start with. No assistant takes over from people where the
    new policy has people.
    """
    teams, name = after.document.teams, before.team_name(gone) if before else gone
    person = after.document.people.get(s.responsible.assignee)
    namesakes = [team for team, found in teams.items() if found.name == name]
    likely = (
        *namesakes,
        s.responsible.returns_to,
        *(person.teams if person else ()),
        after.first_team(s.contact.channel, s.contact.inbox)[0],
    )
    found = next(team for team in likely if team in teams)
    if after.is_assistant(found) and not _was_assistant(s, gone, before):
        return next(iter(_with_people(after)), found)
    return found


def _was_assistant(s: Situation, team: str, before: Policy | None) -> bool:
    """True where an assistant answered for the team until now. Without the old policy, the present stint tells."""
    if before is not None:
        return before.is_assistant(team)
    return (
        bool(s.responsible.path) and s.responsible.path[-1].team == team and bool(s.responsible.path[-1].is_assistant)
    )


def _with_people(policy: Policy) -> list[str]:
    """Return the teams of people, the lowest tier first; stand-ins and teams of no tier last."""
    teams = policy.document.teams
    stand_ins = {found.after_hours for found in teams.values()}
    people = [team for team in teams if not policy.is_assistant(team)]
    return sorted(people, key=lambda team: (team in stand_ins, teams[team].tier is None, policy.tier(team)))


def _find_the_way_back(turn: Turn, before: Policy | None) -> None:
    """Let the heir of a team that is gone get the conversation back in the morning, unless the heir has it now."""
    s, after = turn.situation, turn.policy
    if s.responsible.returns_to and after.team(s.responsible.returns_to) is None:
        back = heir(s, s.responsible.returns_to, before, after)
        turn.change(Responsible, returns_to="" if back == s.responsible.team else back)


def _kept_assignee(turn: Turn, before: Policy | None) -> str:
    """Return the assignee; "" for one who has left, where a queue can find another or the customer waits.

    Where a queue is led by the helpdesk, the assignee keeps it until another person takes it. Before edition 3 that
    was so in every team without a queue of Baton's.
    """
    s, after = turn.situation, turn.policy
    left = _left(turn, before)
    turn.change(Responsible, has_left=False)
    if not left:
        return s.responsible.assignee
    queue = queue_of(after, _team_after(turn, before))
    is_led = queue is not None and queue.led_by == "baton"
    if is_led or (queue is None and s.edition >= 3 and s.is_waiting):
        return ""
    has_left = queue is None and s.edition >= 3
    turn.change(Responsible, has_left=has_left)
    until = "the customer writes" if has_left else "another person takes it"
    turn.record(FATE, f"{s.responsible.assignee} {left}, and keeps it until {until}")
    return s.responsible.assignee


def _left(turn: Turn, before: Policy | None) -> str:
    """Return in which way the assignee has left; "" for one who is still there, or was not known before.

    An assignee that a queue had chosen was among the people of the policy, also where nothing else is known of it.
    """
    here, after = turn.situation.responsible, turn.policy
    was_there = here.assignee in before.document.people if before else here.given_by == "queue"
    if not was_there:
        return ""
    person, team = after.document.people.get(here.assignee), _team_after(turn, before)
    if person is None:
        return f"is not among the people of {_named(after)}"
    if before is None or turn.situation.edition < 3 or queue_of(after, team) is not None:  # a queue finds out by itself
        return ""
    was_in = {after.team_now(each) for each in before.document.people[here.assignee].teams}
    is_in = team in person.teams
    return f"is not in {after.team_name(team)} any more in {_named(after)}" if team in was_in and not is_in else ""


def _team_after(turn: Turn, before: Policy | None) -> str:
    """Return the team that has the conversation under the new policy."""
    team = turn.situation.responsible.team
    return team if turn.policy.team(team) is not None else heir(turn.situation, team, before, turn.policy)


def _move(turn: Turn, team: str, who: str, because: str) -> None:
    s = turn.situation
    to = " / ".join(filter(None, (turn.policy.team_name(team), who)))
    returns_to = s.responsible.returns_to if s.responsible.returns_to != team else ""
    turn.record(FATE, f"Assigned to {to}: {because}")
    turn.assign(team, because, assignee=who, given_by=s.responsible.given_by if who else "", returns_to=returns_to)
    if not s.lifecycle.is_resolved:  # people need not read about a resolved conversation
        turn.note(f"{to} has this from now on: {because}.", because)


def _named(policy: Policy) -> str:
    return f"{policy.document.policy} v{policy.document.version}"
