"""Corrections: a late fact shows that effects already issued should not have been, and they are put right.

Promises that nothing is taken back silently: each retracted effect, and the fact that caused it, is noted; people who
were called stand down; tags, priority, status and responsibility go back. Must not know how the facts were judged.
"""

from dataclasses import replace
from datetime import datetime

from policies import rules
from policies.queues import queueing
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.conversation import Decision
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyEffect,
    AskIncident,
    AskTeam,
    Assign,
    AttachTranscript,
    EndIncident,
    FindPlace,
    GatherContext,
    LeaveIncident,
    LeaveTeam,
    ListMembers,
    Notify,
    RemoveTag,
    SetAssistant,
    SetPriority,
    SetStatus,
    TellOwner,
    UpdateNotification,
)
from policies.state.events import Fact, Folded
from policies.state.limits import LINE_LIMIT, REMARKS_LIMIT
from policies.state.situation import Entry, Situation, run_of
from policies.text.cutting import cut

_ForTeams = AskTeam | FindPlace | TellOwner | LeaveTeam
"""The effects that only teams' queues hear of."""


def correct(
    decision: Decision, retracted: tuple[AnyEffect, ...], late: tuple[Fact, ...], now: datetime, policy: Policy
) -> Decision:
    """Return the decision with effects that undo the retracted ones, in the name of the earliest late fact.

    Corrections depend on the order of arrival, so they change no situation and are not remembered as issued.
    """
    situation = decision.conversation.situation
    silent = {fact.page for fact in decision.conversation.tail if isinstance(fact, Folded)}
    wrong = tuple(
        effect
        for effect in retracted
        if (_spoke_to_people(effect) and not (isinstance(effect, Notify) and effect.page in silent))
        or not holds(effect, situation)
    )
    if not wrong:
        return decision
    because = _why(late, policy)
    turn = Turn(situation, policy, now, f"{late[0].event_id}/correction", listen=rules.fire)
    _stand_down(turn, wrong, because)
    for kind in (Assign, SetPriority, SetStatus, SetAssistant):
        if _has(kind, wrong) and not _has(kind, decision.effects):
            _tell_what_holds(turn, kind, because)
    _put_tags_right(turn, wrong, decision.effects, because)
    _put_queues_right(turn, wrong, decision.effects)
    told = sorted({effect.because for effect in wrong if not isinstance(effect, _ForTeams)})
    if not told:  # only queues heard otherwise: no note for people
        return replace(decision, effects=(*decision.effects, *turn.effects))
    text = cut(f"Retracted: {'; '.join(told)}", LINE_LIMIT) + f". Why: {because}"
    turn.ask(AddInternalNote, because, body=text)
    return _with(decision, tuple(turn.effects), Entry(now, "retracted", text))


def _why(late: tuple[Fact, ...], policy: Policy) -> str:
    first, others = late[0], len(late) - 1
    which = f"a {first.kind.replace('_', ' ')} of {policy.local_time(first.occurred_at, seconds=True)}"
    with_it = f" and {others} {'event' if others == 1 else 'events'} after it" if others else ""
    return f"{which}{with_it} arrived late"


def holds(effect: AnyEffect, situation: Situation) -> bool:
    """True where the situation is as the effect makes it; an effect that only tells people something always holds."""
    place = situation.place
    match effect:
        case Assign():
            return (effect.team, effect.assignee) == (situation.team, situation.assignee)
        case AddTag():
            return effect.tag in situation.tags
        case RemoveTag():
            return effect.tag not in situation.tags
        case SetPriority():
            return effect.priority == situation.priority
        case SetStatus():
            return effect.status == situation.status
        case SetAssistant():
            return effect.is_muted == situation.is_assistant_muted
        case AskTeam() | FindPlace():
            asked = (effect.team, effect.ticket, effect.priority, effect.language, effect.needs)
            return place is not None and place.state != "owned" and place.asked == asked
        case TellOwner():
            told = (effect.team, effect.ticket, effect.agent)
            return place is not None and (place.team, place.ticket, place.agent) == told
        case LeaveTeam():
            return place is None or place.team != effect.team
        case _:
            return True


def _spoke_to_people(effect: AnyEffect) -> bool:
    """True where people read the effect and have to be told that it was wrong.

    A message that shows how a call ended is shown anew when that changes. Only incidents hear the effects for
    incidents. Gathering context tells nobody, and an agent who was asked how a handoff went need do nothing.
    """
    if isinstance(effect, Notify) and effect.hindsight is not None:
        return False
    of_incidents = LeaveIncident | AskIncident | ListMembers | EndIncident
    of_briefings = GatherContext | AttachTranscript
    of_the_desk = Assign | AddTag | RemoveTag | SetPriority | SetStatus | SetAssistant
    return not isinstance(effect, of_the_desk | UpdateNotification | of_incidents | of_briefings | _ForTeams)


def _has(kind: type[AnyEffect], effects: tuple[AnyEffect, ...]) -> bool:
    return any(isinstance(effect, kind) for effect in effects)


def _stand_down(turn: Turn, wrong: tuple[AnyEffect, ...], because: str) -> None:
    """Tell each target that was called once to stand down, however often it was called.

    Internal notes stay readable, with the correction below them.
    """
    going_on = {page.id for page in turn.situation.running_pages}
    runs = {run_of(effect.page) for effect in wrong if isinstance(effect, Notify) and effect.page}
    for run in sorted(runs - going_on):
        turn.ask(UpdateNotification, because, page=run, outcome="stood_down", text=because)
    told: dict[str, list[Notify]] = {}
    for effect in wrong:
        if isinstance(effect, Notify) and effect.hindsight is None:
            told.setdefault(effect.target, []).append(effect)
    for target, calls in told.items():
        headlines = list(dict.fromkeys(call.headline for call in calls))
        turn.ask(
            Notify,
            because,
            target=target,
            headline=f"Stand down: {headlines[0]}",
            facts=tuple(("Retracted", headline) for headline in headlines),
            people=calls[-1].people,
            policy=calls[-1].policy,
            rotation=calls[-1].rotation,
        )


def _tell_what_holds(turn: Turn, kind: type[AnyEffect], because: str) -> None:
    """Tell the desk the value that holds now, because it still has the one it was told last."""
    s = turn.situation
    if kind is Assign:
        turn.ask(Assign, because, team=s.team, team_name=turn.policy.team_name(s.team), assignee=s.assignee)
    elif kind is SetPriority:
        turn.ask(SetPriority, because, priority=s.priority)
    elif kind is SetStatus:
        turn.ask(SetStatus, because, status=s.status)
    elif kind is SetAssistant:
        turn.ask(SetAssistant, because, is_muted=s.is_assistant_muted)


def _put_tags_right(turn: Turn, wrong: tuple[AnyEffect, ...], asked: tuple[AnyEffect, ...], because: str) -> None:
    on_their_way = {effect.tag for effect in asked if isinstance(effect, AddTag | RemoveTag)}
    for tag in sorted({effect.tag for effect in wrong if isinstance(effect, AddTag | RemoveTag)} - on_their_way):
        turn.ask(AddTag if tag in turn.situation.tags else RemoveTag, because, tag=tag)


def _put_queues_right(turn: Turn, wrong: tuple[AnyEffect, ...], asked: tuple[AnyEffect, ...]) -> None:
    on_their_way = {effect.team for effect in asked if isinstance(effect, _ForTeams)}
    for team in sorted({effect.team for effect in wrong if isinstance(effect, _ForTeams)} - on_their_way):
        queueing.tell_anew(turn, team)


def _with(decision: Decision, effects: tuple[AnyEffect, ...], remark: Entry) -> Decision:
    remarks = (*decision.conversation.remarks, remark)[-REMARKS_LIMIT:]
    return replace(
        decision,
        conversation=replace(decision.conversation, remarks=remarks),
        effects=(*decision.effects, *effects),
        because=(*decision.because, remark),
    )
