"""Responsibility: the conversation changes hands, or is tagged.

Promises that targets follow the team, and that rules on `reassigned` hear every change of team or assignee after the
first team, with its cause. Must not know who wants it.
"""

from typing import Any

from policies.editions import FIRST
from policies.running.facts import HandsCause, ReassignedFacts
from policies.running.turn import Turn
from policies.sla import holding, sla
from policies.state.effects import AddTag
from policies.state.events import Reassigned, TagAdded
from policies.state.records.contact import Contact
from policies.state.records.responsible import Responsible
from policies.state.situation import Situation


def hand_to(
    turn: Turn, team: str, because: str, *, cause: HandsCause, heard_since: int = FIRST, note: str = "", **terms: Any
) -> None:
    """Make a team responsible, or a person in it: the desk is told, targets follow, and then rules hear of it.

    `heard_since` is the edition from which on they do. `note` is an internal note about it. `terms` are those of
    `Turn.assign`.
    """
    before = turn.situation
    give(turn, team, because, **terms)
    if note:
        turn.note(note, because)
    tell_rules(turn, before, cause, heard_since=heard_since)


def give(turn: Turn, team: str, because: str, **terms: Any) -> None:
    """Do all that follows from a change of hands, but let no rule hear of it. `terms` are those of `Turn.assign`."""
    turn.assign(team, because, **terms)
    sla.follow_terms(turn)


def tell_rules(
    turn: Turn, before: Situation, cause: HandsCause, told: Reassigned | None = None, *, heard_since: int = FIRST
) -> None:
    """Let rules on `reassigned` hear of a change of hands since `before`. `told` is the event that reported it."""
    s = turn.situation
    if s.edition < heard_since or not is_change(before, s):
        return
    by_itself = {"event_id": turn.cause, "occurred_at": turn.at, "source": "baton"}
    fields = {
        **(dict(told) if told else by_itself),
        "cause": cause,
        "is_new_team": s.responsible.team != before.responsible.team,
    }
    if told is None or s.edition >= 2:  # before, a rule saw only what the event had named
        fields |= {"team": s.responsible.team, "assignee": s.responsible.assignee}
    turn.announce(ReassignedFacts.model_validate(fields))


def is_change(before: Situation, after: Situation) -> bool:
    """`True` where the team or the assignee is another one than before, or a new stint has begun in the same team."""
    if after.edition < 3:  # before, a rule heard of the same team and assignee again
        return True
    was, now = before.responsible, after.responsible
    return (was.team, was.assignee, was.path) != (now.team, now.assignee, now.path)


def assign(
    turn: Turn,
    team: str,
    because: str,
    *,
    cause: HandsCause = "rule",
    assignee: str = "",
    reason: str = "",
    wanted: str = "",
) -> None:
    """Give the conversation to a team, or a person in it, unless it is there already.

    `wanted` is the person whom the team's queue asks first.
    """
    here = turn.situation.responsible
    to = " / ".join(filter(None, (turn.policy.team_name(team), assignee)))
    to += f", {wanted} is asked first" if wanted else ""
    is_with_them = wanted in (here.assignee, here.wanted_person) if wanted else assignee in ("", here.assignee)
    if team == here.team and is_with_them:
        turn.record("already_there", f"Already with {to}: {because}")
        return
    turn.record("assigned", f"Assigned to {to}: {because}")
    hand_to(turn, team, because, cause=cause, assignee=assignee, reason=reason, wanted=wanted)


def assign_account_manager(turn: Turn, team: str, because: str, reason: str) -> None:
    """Give the conversation to the customer's account manager in a team; to the team alone where `people` has none."""
    manager = turn.situation.contact.customer.account_manager
    if turn.situation.edition >= 3 and manager and manager not in turn.policy.document.people:
        text = f"{manager}, the customer's account manager, is not in `people` of the policy: given to the team"
        turn.record("unknown_agent", text)
        turn.note(text, because)
        manager = ""
    assign(turn, team, because, assignee=manager, reason=reason)


def unassign(turn: Turn, because: str) -> None:
    """Take the conversation from its assignee; the team keeps it, and by its queue finds another."""
    here = turn.situation.responsible
    if not here.assignee:
        turn.record("already_there", f"Assigned to nobody in {turn.policy.team_name(here.team)} already: {because}")
        return
    turn.record("given_back", f"Taken back from {here.assignee}: {because}")
    hand_to(turn, here.team, because, cause="rule")


def follow(turn: Turn) -> None:
    """Take the conversation from an assignee who has left, once the customer waits, so that the team sees it."""
    here = turn.situation.responsible
    if here.has_left and turn.situation.is_waiting:
        because = f"{here.assignee} has left {turn.policy.team_name(here.team)}, and the customer waits"
        turn.record("given_back", f"Taken back from {here.assignee}: {because}")
        hand_to(turn, here.team, because, cause="policy", note=f"Assigned to nobody from now on: {because}.")


def put_on(turn: Turn, tag: str, because: str, *, by: str = "") -> None:
    """Tag the conversation, and let other rules hear of it."""
    if not holding.has_room_for_tag(turn, tag):
        return
    turn.change(Contact, tags=tuple(sorted({*turn.situation.contact.tags, tag})))
    turn.ask(AddTag, because, tag=tag)
    turn.announce(TagAdded(event_id=turn.cause, occurred_at=turn.at, source="baton", tag=tag, by=by))


def escalate(turn: Turn, team: str, because: str, reason: str, **terms: Any) -> None:
    """Give the conversation to a higher tier; never to one that is not higher. `terms` are those of `assign`."""
    here = turn.situation.responsible.team
    above = turn.policy.team_above(here)
    target = team if team != "next" else next(iter(above), here)
    if target == here or turn.policy.tier(target) <= turn.policy.tier(here):
        turn.record("already_there", f"Not escalated: already with {turn.policy.team_name(here)} ({because})")
        return
    turn.change(Responsible, escalations=turn.situation.responsible.escalations + 1)
    turn.record("escalated", f"Escalated to {turn.policy.team_name(target)}: {because}")
    assign(turn, target, because, reason=reason, **terms)
