"""After hours: another team looks after a waiting customer while the responsible team is closed, and gives them back.

Promises that a change of hands happens only where a customer waits, once per closing time and each time that a rule
gives the conversation to a closed team; that a team which a person chose keeps the conversation until that team closes
again; and that it goes back to the first team, whichever stand-in took it. Must not know who the on-call people are.
"""

from datetime import datetime

from policies.running.facts import OutsideHoursFacts
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.sla.responsible import hand_to
from policies.state.records.responsible import Responsible
from policies.state.situation import Situation


def look(turn: Turn) -> None:
    """Hand a waiting customer over where the team is closed, or back where the first team is open again."""
    _look(turn, stays=False)


def chosen(turn: Turn) -> None:
    """Let the team that a person has just named keep the conversation until it closes next: they know the hour.

    To be called before rules hear of the choice; the steps that follow every change find nothing left to do.
    """
    _look(turn, stays=True)


def given_by_rule(turn: Turn) -> None:
    """Let the closed team that a rule has just named hand over again: a rule does not know the hour.

    What rules do because of a hand-over does not begin another one: they were told of the hour.
    """
    if turn.situation.edition >= 3:  # before, a team handed over once in a closing time
        turn.change(Responsible, outside_noted="")


def _look(turn: Turn, *, stays: bool) -> None:
    s = turn.situation
    if not s.is_waiting or not s.responsible.team:
        return
    if s.responsible.returns_to and not turn.policy.is_closed(s.responsible.returns_to, turn.at):
        _hand_back(turn)
    elif turn.policy.is_closed(s.responsible.team, turn.at):
        _hand_over(turn, stays=stays)


def next_change(situation: Situation, policy: Policy) -> tuple[datetime, str] | None:
    """Return when business hours next matter to this conversation, and what happens then; None where they don't."""
    s = situation
    if not s.is_waiting or not s.responsible.team:
        return None
    changes = [change for change in (_way_back(s, policy), _next_closing(s, policy)) if change]
    return min(changes, default=None)


def goes_round(s: Situation, policy: Policy, team: str, at: datetime) -> bool:
    """True where giving a waiting customer to this closed team gains nothing.

    They would come back to the present team, or stay there: no queue hands a customer over twice in one closing time.
    """
    if not policy.is_closed(team, at):
        return False
    return _taker(policy, team, at) == s.responsible.team or s.responsible.outside_noted == _noted(policy, team, at)


def _taker(policy: Policy, team: str, at: datetime) -> str:
    """Return the team that in the end gets a conversation given to this team at that instant."""
    passed: list[str] = []
    while team not in passed and policy.is_closed(team, at):
        passed.append(team)
        found = policy.team(team)
        team = (found.after_hours if found else None) or team
    return team


def _noted(policy: Policy, team: str, at: datetime) -> str:
    """Return the closing time's name: the next closing is another one, a second wait in the same night is not."""
    opens_at = policy.hours_of_team(team).opens_at(at)
    return f"{team}@{opens_at.isoformat() if opens_at else ''}"


def _way_back(s: Situation, policy: Policy) -> tuple[datetime, str] | None:
    if not s.responsible.returns_to:
        return None
    opens_at = policy.hours_of_team(s.responsible.returns_to).opens_at(s.at)
    return opens_at and (opens_at, f"back to {policy.team_name(s.responsible.returns_to)} if still unanswered")


def _next_closing(s: Situation, policy: Policy) -> tuple[datetime, str] | None:
    hours, team = policy.hours_of_team(s.responsible.team), policy.team(s.responsible.team)
    if team is None or not (team.after_hours or "outside_hours" in policy.listeners):
        return None
    if not hours.is_open(s.at):
        opens_at = hours.opens_at(s.at)
        return opens_at and (opens_at, f"{team.name} opens")
    closes_at = hours.next_closing(s.at)
    takes_over = policy.team_name(team.after_hours) if team.after_hours else "the policy's rules for after hours"
    return (closes_at, f"closing time: {takes_over} if still unanswered") if closes_at else None


def _hand_over(turn: Turn, *, stays: bool) -> None:
    s = turn.situation
    team = turn.policy.team(s.responsible.team)
    noted = _noted(turn.policy, s.responsible.team, turn.at)
    if team is None or s.responsible.outside_noted == noted:
        return
    opens_at = turn.policy.hours_of_team(s.responsible.team).opens_at(turn.at)
    closed = (
        f"{team.name} is closed until {turn.policy.local_time(opens_at)}" if opens_at else f"{team.name} has closed"
    )
    turn.record("outside_hours", closed)
    if team.after_hours and not stays:
        because = f"outside business hours of {team.name}"
        turn.record("assigned", f"Assigned to {turn.policy.team_name(team.after_hours)}: {because}")
        back, note = s.responsible.returns_to or s.responsible.team, f"{closed}; on call takes over."
        hand_to(turn, team.after_hours, because, cause="hours", heard_since=2, note=note, returns_to=back)
    told = turn.situation.responsible
    turn.announce(OutsideHoursFacts(team=s.responsible.team, opens_at=opens_at.isoformat() if opens_at else ""))
    _come_back_from_rules(turn, told, s.responsible.returns_to or s.responsible.team)
    turn.change(Responsible, outside_noted=noted)  # last, so that rules which heard of it begin no other hand-over


def _come_back_from_rules(turn: Turn, told: Responsible, first: str) -> None:
    """Have a conversation that rules on `outside_hours` assigned elsewhere come back as from `after_hours`.

    What a rule escalated stays there: it needed a higher tier, not only people who are awake.
    """
    now = turn.situation.responsible
    is_assigned = now.team not in (told.team, first) and now.escalations == told.escalations
    if turn.situation.edition >= 4 and is_assigned and turn.policy.is_closed(first, turn.at):
        turn.change(Responsible, returns_to=first)


def _hand_back(turn: Turn) -> None:
    team = turn.situation.responsible.returns_to
    because = f"{turn.policy.team_name(team)} is open again and the customer still waits"
    turn.record("assigned", f"Assigned to {turn.policy.team_name(team)}: {because}")
    turn.change(Responsible, outside_noted="")
    hand_to(turn, team, because, cause="hours", heard_since=2, note=f"Back from on call: {because}.")
