"""Responsibility: the conversation is given to a team or a person, escalated, or tagged.

Promises that targets follow the team, and that rules hear of each change. Must not know who wants it.
"""

from policies.running.turn import Turn
from policies.sla import holding, sla
from policies.state.effects import AddTag
from policies.state.events import Reassigned, TagAdded


def assign(turn: Turn, team: str, because: str, *, assignee: str = "", reason: str = "") -> None:
    """Give the conversation to a team, or a person in it; its targets and other rules follow."""
    to = " / ".join(filter(None, (turn.policy.team_name(team), assignee)))
    if team == turn.situation.team and assignee in ("", turn.situation.assignee):
        turn.record("already_there", f"Already with {to}: {because}")
        return
    turn.record("assigned", f"Assigned to {to}: {because}")
    turn.assign(team, because, assignee=assignee, reason=reason)
    sla.follow_terms(turn)
    given = Reassigned(event_id=turn.cause, occurred_at=turn.at, source="baton", team=team, assignee=assignee)
    turn.announce(given)


def put_on(turn: Turn, tag: str, because: str, *, by: str = "") -> None:
    """Tag the conversation, and let other rules hear of it."""
    if not holding.has_room_for_tag(turn, tag):
        return
    turn.change(tags=tuple(sorted({*turn.situation.tags, tag})))
    turn.ask(AddTag, because, tag=tag)
    turn.announce(TagAdded(event_id=turn.cause, occurred_at=turn.at, source="baton", tag=tag, by=by))


def escalate(turn: Turn, team: str, because: str, reason: str) -> None:
    """Give the conversation to a higher tier; never to one that is not higher."""
    here = turn.situation.team
    above = turn.policy.team_above(here)
    target = team if team != "next" else next(iter(above), here)
    if target == here or turn.policy.tier(target) <= turn.policy.tier(here):
        turn.record("already_there", f"Not escalated: already with {turn.policy.team_name(here)} ({because})")
        return
    turn.change(escalations=turn.situation.escalations + 1)
    turn.record("escalated", f"Escalated to {turn.policy.team_name(target)}: {because}")
    assign(turn, target, because, reason=reason)
