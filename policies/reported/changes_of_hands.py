"""Changes of hands by people: they give a conversation away, take it, or leave words for those who have it next.

Promises that what has happened at the helpdesk is followed, and that what people ask of Baton is told to it. Must not
know who should have a conversation.
"""

from typing import assert_never

from policies.handoff import briefing, stages
from policies.on_call import ladder
from policies.running import ours
from policies.running.turn import Turn, by, excerpt
from policies.sla import after_hours, responsible, sla
from policies.state.events import Deescalated, Escalated, NoteAdded, Reassigned, Taken
from policies.state.records.responsible import Responsible

ChangeOfHands = Reassigned | Escalated | Deescalated | Taken | NoteAdded


def take_in(turn: Turn, event: ChangeOfHands) -> None:
    """Take in that people have changed who has the conversation, or what is known to those who have it."""
    match event:
        case Reassigned():
            _reassigned(turn, event)
        case Escalated() | Deescalated():
            _moved_by_a_person(turn, event)
        case Taken():
            _taken(turn, event)
        case NoteAdded():
            _note_added(turn, event)
        case _:
            assert_never(event)


def _reassigned(turn: Turn, event: Reassigned) -> None:
    """Follow a change of hands. The helpdesk's own has happened there already; one asked of Baton has to be told it."""
    before = turn.situation
    team = turn.policy.team_now(event.team) or before.responsible.team
    to = " / ".join(filter(None, (turn.policy.team_name(team), event.assignee)))
    note = f" — {event.note}" if event.note else ""
    because = f"reassigned{by(event.by)}"
    is_there = (team, event.assignee) == (before.responsible.team, before.responsible.assignee)
    if not is_there and ours.is_overtaken(event, before, team=team):
        turn.record("reassigned", f"Confirmed late: {to}, which is changed since")
        return
    can_begin_anew = team == before.responsible.team and not event.assignee
    begins_anew = can_begin_anew and stages.can_be_given_back(before, turn.policy)
    is_known = is_there and not begins_anew and before.edition >= 3
    turn.record("reassigned", f"{'Was with' if is_known else 'Assigned to'} {to}: {because}{note}")
    briefing.noted(turn, event)
    if ours.is_ours(event) and is_there:
        return  # an echo is no person's choice: the way back after hours stays open
    if begins_anew:
        turn.begin_stint(team, because)
    if event.source == "command":
        turn.assign(team, because, assignee=event.assignee, given_by="person", reason="agent_judgement")
        turn.note(f"Handed over to {to}{by(event.by)}{note}", because)
    else:
        giver, reason = ("", "") if ours.is_ours(event) else ("person", "agent_judgement")
        turn.belongs_to(team, because, assignee=event.assignee, given_by=giver, reason=reason)
    if turn.policy.team(team) is None:
        turn.record("unknown_team", f"Team “{team}” is not in the policy: its promises stay as they were")
    sla.follow_terms(turn)
    if not ours.is_ours(event):
        after_hours.chosen(turn)
    responsible.tell_rules(turn, before, "person", event)


def _moved_by_a_person(turn: Turn, event: Escalated | Deescalated) -> None:
    s, name = turn.situation, turn.policy.team_name(event.team)
    if isinstance(event, Escalated):
        turn.change(Responsible, escalations=s.responsible.escalations + 1)
        body = _handoff_note(event)
    else:
        turn.change(Responsible, reason="")
        body = event.note
    briefing.noted(turn, event)
    turn.record(event.kind, f"{event.kind.capitalize()} to {name}{by(event.by)}: {excerpt(body)}")
    turn.note(f"{event.kind.capitalize()} to {name}{by(event.by)}\n{body}", f"{event.kind}{by(event.by)}")
    reason = event.reason if isinstance(event, Escalated) else ""
    responsible.give(turn, event.team, f"{event.kind}{by(event.by)}", reason=reason)
    after_hours.chosen(turn)
    told = Reassigned(event_id=event.event_id, occurred_at=turn.at, source=event.source, team=event.team, by=event.by)
    responsible.tell_rules(turn, s, "person", told)


def _taken(turn: Turn, event: Taken) -> None:
    turn.record("taken", f"Taken by {event.by}")
    before = turn.situation
    responsible.give(turn, before.responsible.team, f"taken by {event.by}", assignee=event.by, given_by="person")
    ladder.acknowledge(turn, event.by)
    after_hours.chosen(turn)
    if event.by != before.responsible.assignee:
        told = Reassigned(event_id=event.event_id, occurred_at=turn.at, source=event.source, by=event.by)
        responsible.tell_rules(turn, before, "person", told, heard_since=2)


def _note_added(turn: Turn, event: NoteAdded) -> None:
    briefing.noted(turn, event)
    body = _handoff_note(event)
    turn.record("note_added", f"Note{by(event.by)}: {excerpt(body)}")
    turn.note(f"Note{by(event.by)}\n{body}", f"note{by(event.by)}")


def _handoff_note(event: Escalated | NoteAdded) -> str:
    asked = (("Tried", event.tried), ("Think", event.think), ("Need", event.need))
    return "\n".join(f"{label}: {text}" for label, text in asked if text)
