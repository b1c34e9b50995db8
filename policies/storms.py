"""Incidents: many conversations that call for the same reason become one incident, which calls once for all of them.

Promises that a conversation whose ladder joined an incident is called for by the incident, or by itself again once the
incident is over or does not answer, whichever of these news comes first; that an incident calls until it is
acknowledged, resolved or released, whatever is said in its conversation; and that its messages change a few times only,
however many conversations join. Must not know who decides that an incident begins: that takes a look at all
conversations (`activities.incidents.membership`).

A `storm`, as a policy writes it, is how many calls of one cause within how long make an incident. Messages and
timelines say `folded` of a ladder that joined an incident, and `unfolded` where that incident is over.
"""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from policies import ending
from policies.on_call import call_leases, deliveries, ladder
from policies.on_call.calls import update
from policies.running.turn import Turn, by
from policies.state.effects import AskIncident, EndIncident, LeaveIncident, ListMembers
from policies.state.events import (
    ConversationStarted,
    Folded,
    IncidentAnswered,
    IncidentGrew,
    OfIncident,
    Released,
    StatusChanged,
    Unfolded,
)
from policies.state.records.contact import Contact
from policies.state.records.on_call import Calling, Incident, OnCallRun
from policies.state.records.responsible import Responsible
from policies.state.records.waiting import CustomerWait

REASON = "incident"
SHOWN_WITHIN = timedelta(seconds=30)
"""How old the number on an incident's messages may be where it grew by less than a quarter."""
ASKED_EVERY, ANSWERS_WITHIN = timedelta(minutes=10), timedelta(minutes=10)
"""How often a ladder that waits for an incident asks whether it still runs, and how long it waits for an answer."""
_KEPT_ENDED = 20
_REMEDY = "acknowledge, resolve or release it"


def begin(turn: Turn, event: ConversationStarted, of: OfIncident) -> None:
    """Open the incident's own conversation: call people once, for all conversations."""
    incident = Incident(of.escalation, of.cause, total=of.total, first=of.first, shown=of.total)
    subject = f"Incident: {of.cause}"
    turn.change(Calling, incident=incident)
    turn.change(Contact, channel=event.channel, subject=subject)
    turn.change(Responsible, reason=REASON)
    turn.change(CustomerWait, since=turn.at)
    turn.record("incident_opened", f"{subject}: {of.escalation} is called once for {of.total} conversations")
    if of.escalation in turn.policy.document.escalations:
        return ladder.tell(turn, of.escalation, subject, f"{of.total} conversations call for the same reason")
    turn.record("trouble", f"{of.escalation} is no escalation of this policy: each conversation calls by itself")
    return ending.resolved(turn, "nobody could be called")


def follow(turn: Turn, event: Folded | Unfolded | IncidentAnswered | IncidentGrew) -> None:
    """Take in the news that incidents and their conversations send each other."""
    match event:
        case Folded():
            _joined(turn, event)
        case Unfolded():
            _ended(turn, event)
        case IncidentAnswered():
            _answered(turn, event)
        case IncidentGrew():
            _grew(turn, event)
        case _:
            assert_never(event)


def release(turn: Turn, event: Released) -> None:
    """End the incident at a person's wish: the conversations that still wait call by themselves again."""
    turn.record("released", f"Released{by(event.by)}{f' — {event.note}' if event.note else ''}")
    ending.resolved(turn, f"released{by(event.by)}")


def note_message(turn: Turn) -> None:
    """Say that a message to an incident answers none of the customers it calls for."""
    turn.record("incident_unchanged", f"A message changes nothing for an incident: {_REMEDY}")


def note_status(turn: Turn, event: StatusChanged) -> None:
    """Say that an incident does not wait for a customer, cannot be put on hold, and is not opened again."""
    turn.record("incident_unchanged", f"Status {event.status}{by(event.by)} changes nothing for an incident: {_REMEDY}")


def look(turn: Turn) -> None:
    """Leave an incident that a ladder needs no more; end one that is resolved."""
    for run in turn.situation.on_call.runs:
        if run.incident and not run.may_join_incident:
            turn.change(Calling, runs=turn.situation.on_call.with_run(_by_itself(run)))
            _leave(turn, run.incident, run.id, run.ended or "others were called")
    of = turn.situation.on_call.incident
    if of is not None and turn.situation.lifecycle.is_resolved and not of.is_over:
        turn.change(Calling, incident=replace(of, is_over=True, show_at=None))
        list_members(turn)
        turn.ask(EndIncident, "the incident is over", by=turn.by)


def show(turn: Turn) -> None:
    """Bring the incident's messages up to date. Where it grew and all calls were in vain, call people again."""
    of = turn.situation.on_call.incident
    if of is None:
        return
    has_grown = of.total > of.shown
    turn.change(Calling, incident=replace(of, shown=of.total, shown_left=of.left, show_at=None))
    text = f"{of.total} conversations{f', {of.left} of them looked after' if of.left else ''}"
    turn.record("incident_grew", f"{text}: {of.cause}")
    for run in turn.situation.on_call.runs:
        is_unacknowledged = bool(run.ended) and not run.acknowledged_by
        if is_unacknowledged and has_grown and call_leases.other_run(turn, run) is None:
            update(turn, run, "resumed", f"{text}: {run.escalation} begins again")
            ladder.again(turn, replace(run, ended="", step=1, round=1))
        elif run.ended:
            update(turn, run, "exhausted" if is_unacknowledged else "acknowledged", run.ended)
        else:
            update(turn, run, "grew", text)
    list_members(turn)


def list_members(turn: Turn) -> None:
    """List the conversations in the threads of the messages, by an effect of its own: a long list delays no call."""
    of = turn.situation.on_call.incident
    for run in turn.situation.on_call.runs if of else ():
        turn.ask(ListMembers, "whom the incident calls for", page=run.id, total=of.total if of else 0)


def _grew(turn: Turn, event: IncidentGrew) -> None:
    """Take in the incident's numbers. News may overtake each other, so the greatest numbers count."""
    of = turn.situation.on_call.incident
    if of is None or turn.situation.lifecycle.is_resolved:
        return
    first = max(of.first, event.first, key=len)
    of = replace(of, total=max(of.total, event.total), left=max(of.left, event.left), first=first)
    turn.change(Calling, incident=of)
    if of.left >= of.total > 0:
        turn.record("incident_grew", f"All {of.total} conversations have been looked after")
        ending.resolved(turn, f"all {of.total} conversations have been looked after")
    elif of.total * 4 >= of.shown * 5 and of.total > of.shown:
        show(turn)
    elif (of.total, of.left) != (of.shown, of.shown_left) and of.show_at is None:
        turn.change(Calling, incident=replace(of, show_at=turn.at + SHOWN_WITHIN))


def _joined(turn: Turn, event: Folded) -> None:
    """Let the ladder wait for the incident; where it no longer can, tell the incident so and leave it."""
    called = turn.situation.on_call.step(event.page)
    run = turn.situation.on_call.run_of(called)
    if run is None or not run.may_join_incident:
        if run is None and called.run != event.page:
            deliveries.was_held_back(turn, event.page)
        why = run.ended or "others were called" if run else "its call was taken back"
        turn.record("folded", f"{called.run} was to be part of incident {event.incident}: {why}")
        return _leave(turn, event.incident, called.run, why)
    if run.begins_again:
        run = replace(run, round=1, step=1, begins_again=False)
    is_out = run.is_delivered
    run = replace(run, is_silent=not is_out and (run.round, run.step) == (1, 1))
    if event.incident in turn.situation.on_call.ended_incidents:
        return None if is_out else _go_on(turn, run, event.incident)
    if run.incident == event.incident:
        return None
    run = replace(run, incident=event.incident, next_at=None)
    run = replace(run, heard_by=turn.at + ASKED_EVERY, is_asking=False)
    turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    turn.record("folded", f"{run.escalation} suppressed: part of incident {event.incident}, which calls for all")
    if event.source != "baton":  # the incident itself told our own call; any other sender of the signal may be wrong
        _ask(turn, run)
    return update(turn, run, "folded", f"part of incident {event.incident}")


def _ended(turn: Turn, event: Unfolded) -> None:
    """Remember the end of the incident, because the news that the ladder joined it may still be on its way."""
    ended = turn.situation.on_call.ended_incidents
    if event.incident not in ended:
        turn.change(Calling, ended_incidents=(*ended[1 - _KEPT_ENDED :], event.incident))
    turn.record("unfolded", f"Incident {event.incident} is over{by(event.by)}")
    for run in turn.situation.on_call.runs:
        if run.incident == event.incident:
            _go_on(turn, run, event.incident)


def reach_deadline(turn: Turn, run: OnCallRun) -> None:
    """Ask the incident whether it still runs; go on without it where it was asked before and has not answered."""
    if run.is_asking:
        return _has_gone_silent(turn, run, "it has not answered")
    return _ask(turn, run)


def could_not_be_asked(turn: Turn, incident: str, why: str) -> None:
    """Let every ladder that waits for this incident go on: it does not exist, does not run, or can't be asked."""
    for run in turn.situation.on_call.running:
        if run.incident and run.incident == incident:
            _has_gone_silent(turn, run, why)


def _ask(turn: Turn, run: OnCallRun) -> None:
    turn.change(
        Calling, runs=turn.situation.on_call.with_run(replace(run, heard_by=turn.at + ANSWERS_WITHIN, is_asking=True))
    )
    turn.ask(AskIncident, f"{run.escalation} waits for it", incident=run.incident, page=run.id)


def _answered(turn: Turn, event: IncidentAnswered) -> None:
    for run in turn.situation.on_call.running:
        if (run.id, run.incident) == (event.page, event.incident):
            heard = replace(run, heard_by=turn.at + ASKED_EVERY, is_asking=False)
            turn.change(Calling, runs=turn.situation.on_call.with_run(heard))


def _has_gone_silent(turn: Turn, run: OnCallRun, why: str) -> None:
    _leave(turn, run.incident, run.id, "it was not heard from")
    turn.record("incident_silent", f"{run.escalation} waits for incident {run.incident} no more: {why}")
    _go_on(turn, run, run.incident, "does not call")


def _by_itself(run: OnCallRun) -> OnCallRun:
    return replace(run, incident="", heard_by=None, is_asking=False)


def _go_on(turn: Turn, run: OnCallRun, incident: str, how: str = "is over") -> None:
    """Go on with the step that was held back; where no customer waits, end the ladder instead."""
    text = f"incident {incident} {how}"
    run = _by_itself(run)
    turn.change(Calling, runs=turn.situation.on_call.with_run(run))
    if turn.situation.lifecycle.is_paused:
        because = f"{text}, and nobody waits"
        turn.change(
            Calling,
            runs=turn.situation.on_call.with_run(replace(run, next_at=None, ended=because, stood_down=because)),
        )
        turn.record("stood_down", f"{run.escalation} stood down: {because}")
        return update(turn, run, "stood_down", because)
    turn.record("resumed", f"{run.escalation} goes on: {text}")
    update(turn, run, "resumed", f"{text}: {run.escalation} goes on")
    return ladder.again(turn, run)


def _leave(turn: Turn, incident: str, run: str, why: str) -> None:
    turn.ask(LeaveIncident, why, incident=incident, page=run, why=why)
