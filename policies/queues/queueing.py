"""A conversation and its team's queue: asking for an agent, taking the one chosen, giving back when the agent is gone.

Promises that a conversation is in one queue at most, at the position that its customer's wait gives it, also after an
agent had it in between; and that an answer to an earlier request changes nothing. Must not know which agent the team
chooses (`teams`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from policies.document.part import format_span
from policies.document.queues import Need, Overflow, Queue
from policies.document.targets import Target
from policies.on_call import calls, ladder
from policies.on_call.reaching import Reach
from policies.queues import entry_check
from policies.queues import leases as queue_leases
from policies.running.conditions.evaluating import DidNotEvaluate
from policies.running.facts import StepFacts
from policies.running.judgement import judged, prepared
from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.sla import after_hours, responsible
from policies.state.effects import Addressee, AskTeam, FindEntry, InQueue, LeaveTeam, TellOwner, UpdateNotification
from policies.state.events import EntryFound, Granted, Offered, Queued, Reclaimed, TeamClosed
from policies.state.records.queue_entry import AskedNeeds, QueueEntry
from policies.state.situation import Situation
from policies.state.step_id import OfferId
from policies.text.languages import languages_in


def follow(turn: Turn) -> None:
    """Enter or leave queues as the situation demands, and tell the team who has the conversation.

    Call this after every change.
    """
    s = turn.situation
    wanted = _wanted(s, turn.policy)
    if s.queue_entry is not None and (wanted is None or s.queue_entry.team != s.responsible.team):
        leave(turn, s.queue_entry.team)
    entry = turn.situation.queue_entry
    match wanted:
        case "owned" if entry is None or entry.state != "owned" or entry.agent != s.responsible.assignee:
            _own(turn, entry)
        case "owned" if entry is not None and s.is_waiting and entry.wait != s.waiting.since:
            _own(turn, entry)  # the customer waits again, and the agent may have left meanwhile
        case "owned" if entry is not None and entry.is_on_hold != _frees_room(s):
            _own(turn, entry)  # the agent's room is free during a hold, and taken up again after it
        case "waiting" if entry is None or entry.state == "owned" or entry.wait != s.waiting.since:
            _ask(turn, entry)
        case "waiting" if entry is not None and _terms_of(entry) != (terms := _terms_now(turn)):
            # Under the same ticket, so that no answer becomes stale.
            turn.change(Situation, queue_entry=_on_terms(entry, terms, s.edition))
            _tell_entry(turn, turn.situation.queue_entry or entry)
        case _:
            pass
    queue_leases.follow(turn)


def queued(turn: Turn, event: Queued) -> None:
    """Take in the conversation's position in the queue. An offer that was open is withdrawn."""
    entry = _entry_of(turn, event.ticket)
    if entry is None or entry.state == "owned":
        return
    _withdraw(turn, entry, "it is no longer offered")
    told = entry_check.heard(turn, entry)
    told = replace(told, state="waiting", agent="", offer="", position=event.position, present=event.present)
    turn.change(
        Situation, queue_entry=replace(told, estimate=event.wait, wait_low=event.wait_low, wait_high=event.wait_high)
    )
    wait = f", about {event.wait}" if event.wait else ""
    line = f"Number {event.position} in line at {turn.policy.team_name(entry.team)}{wait}: {event.because}"
    turn.record("queued", line)
    is_stuck = event.is_refused or (event.no_agent_because and turn.situation.edition >= 3)
    if is_stuck and not entry.is_refused and _go_on(turn, event):
        return
    if turn.situation.edition < 3 or turn.situation.is_waiting:  # a customer who waits for nothing is told no position
        turn.announce(event)


def _go_on(turn: Turn, event: Queued) -> bool:
    """Give the conversation to the overflow team, because no agent is left and waiting brings no other.

    Without an overflow team that could help, alert people. Return whether the conversation went on.
    """
    entry, queue = turn.situation.queue_entry, queue_of(turn.policy, turn.situation.responsible.team)
    if entry is None:
        return False
    turn.change(Situation, queue_entry=replace(entry, is_refused=True))
    team, why = turn.policy.team_name(entry.team), event.no_agent_because
    because = (
        f"nobody of {team} could take it at any time: {why}" if why else f"nobody of {team} is left who could take it"
    )
    if (
        queue is not None
        and queue.overflow is not None
        and _helps(turn.situation, turn.policy, queue.overflow, turn.at)
    ):
        responsible.assign(turn, queue.overflow.to, because, cause="queue")
        return True
    said = f"{because[0].upper()}{because[1:]}"
    turn.record("refused", said)
    ladder.alert(turn, f"{said}: {calls.subject_of(turn)}", because)
    return False


def offered(turn: Turn, event: Offered) -> None:
    """Take in that the team asks an agent, and put the offer to them in Slack where the policy has their member ID."""
    entry = _entry_of(turn, event.ticket)
    if entry is None or entry.state == "owned":
        return
    if entry.offer != event.offer:
        _withdraw(turn, entry, f"offered to {event.agent} now")
    heard = entry_check.heard(turn, entry)
    turn.change(Situation, queue_entry=replace(heard, state="offered", agent=event.agent, offer=event.offer))
    until = turn.policy.local_time(event.until, seconds=True)
    turn.record("offered", f"Offered to {event.agent} until {until}: {event.because}")
    person = turn.policy.document.people.get(event.agent)
    if person is not None and person.slack:
        reach = Reach(str(Target("person", event.agent)), (Addressee(person=event.agent, slack=person.slack),))
        headline = f"For you? {calls.subject_of(turn)}"
        calls.notify(turn, reach, headline, f"offered until {until}", offer=str(OfferId(entry.team, event.offer)))


def granted(turn: Turn, event: Granted) -> None:
    """Make the team's choice the assignee, unless the conversation has one already."""
    entry = _entry_of(turn, event.ticket)
    if entry is None:
        return turn.record("grant_refused", f"{event.agent} was chosen for an earlier asking: nothing changed")
    if entry.state == "owned":
        return _tell_owner(turn, entry)
    because = f"chosen by {turn.policy.team_name(entry.team)}: {event.because}"
    turn.record("assigned", f"Assigned to {event.agent}: {because}")
    before, giver = turn.situation, "person" if event.offer or entry.offer else "queue"
    responsible.give(turn, entry.team, because, assignee=event.agent, given_by=giver)
    if entry.offer:
        turn.ask(UpdateNotification, because, page=_offer(entry), outcome="accepted", text="it is yours")
    turn.change(Situation, queue_entry=replace(entry, state="waiting", offer=""))
    return responsible.tell_rules(turn, before, "queue")


def reclaimed(turn: Turn, event: Reclaimed) -> None:
    """Give the conversation back to the queue, because the agent is gone; keep it where the customer does not wait."""
    entry = _entry_of(turn, event.ticket)
    if entry is None or entry.state != "owned" or entry.agent != event.agent:
        return None
    if not turn.situation.is_waiting:
        if not entry.is_on_hold:  # to tell the team once the customer waits; the end of a hold is told in any case
            turn.change(Situation, queue_entry=replace(entry, wait=None))
        return turn.record("kept", f"Stays with {event.agent} though {event.because}: the customer does not wait")
    _give_back(turn, entry, event.because, failed=False, is_counted=not event.is_full)
    return None


def unassign(turn: Turn, because: str) -> None:
    """Take the conversation from its assignee. Back in line, another agent is chosen before this one."""
    entry = turn.situation.queue_entry
    if entry is not None and entry.state == "owned":
        since = turn.situation.waiting.since
        if turn.situation.edition >= 3 and entry.wait != since:  # so that `_ask` keeps who is passed over
            entry = replace(entry, failed=(), wait=since, entered_at=turn.at)
        passed_over = (*entry.failed, entry.agent)
        turn.change(Situation, queue_entry=replace(entry, failed=passed_over, is_given_back=True))
    responsible.unassign(turn, because)


def team_closed(turn: Turn, event: TeamClosed) -> None:
    """Take in that a later version of the policy has closed the queue, so that it has to be adopted."""
    entry, own = _entry_of(turn, event.ticket), turn.policy.document
    is_later = event.policy == own.policy and event.version > own.version
    if turn.situation.edition < 3 or entry is None or not is_later or entry.closed_in >= event.version:
        return
    turn.change(Situation, queue_entry=replace(entry, closed_in=event.version))
    text = f"{event.policy} v{event.version} has no queue for {turn.policy.team_name(entry.team)}: goes on under that"
    turn.record("team_closed", text)


def has_to_follow(s: Situation) -> int:
    """Return the version of its policy that a conversation has to adopt, because it closed the queue; 0 where none."""
    return s.queue_entry.closed_in if s.queue_entry is not None else 0


def found(turn: Turn, event: EntryFound) -> None:
    """Take in that the team knows of the queue entry."""
    entry = _entry_of(turn, event.ticket)
    if entry is not None and entry.state != "owned":
        turn.change(Situation, queue_entry=entry_check.heard(turn, entry))


def check_entry(turn: Turn) -> None:
    """Make sure that the team runs and knows of the queue entry, because it has not been heard from for long."""
    entry = turn.situation.queue_entry
    if entry is not None:
        turn.change(Situation, queue_entry=replace(entry, look_at=None))
        _tell_entry(turn, entry, FindEntry)


def deadlines(situation: Situation, policy: Policy) -> Iterator[tuple[datetime, str, str]]:
    """Yield `(at, what, unless)`: when a wait in the queue overflows, and when the agent must have answered."""
    entry, queue = situation.queue_entry, queue_of(policy, situation.responsible.team)
    if entry is None or queue is None or entry.team != situation.responsible.team:
        return
    hours = policy.hours_of_team(entry.team)
    if entry.state != "owned" and entry.wait is not None and queue.overflow is not None:
        to = policy.team_name(queue.overflow.to)
        at = hours.due(entry.entered_at, queue.overflow.after)
        helps = _helps(situation, policy, queue.overflow, at)
        goes_at = at if helps else policy.hours_of_team(queue.overflow.to).opens_at(at)
        if goes_at is not None:
            yield goes_at, f"goes on to {to}", "an agent taking it"
    if (ends_at := queue_leases.ends_at(situation, entry, policy)) is not None:
        yield ends_at, f"taken back from {entry.agent}", "a public reply"


def _helps(s: Situation, policy: Policy, overflow: Overflow, at: datetime) -> bool:
    """`True` where overflow at `at` would not come straight back because the other team is closed."""
    return not after_hours.goes_round(s, policy, overflow.to, at)


def reach_deadline(turn: Turn) -> None:
    """Give the conversation to the overflow team, or take it back from an agent who has not answered in time."""
    entry, queue = turn.situation.queue_entry, queue_of(turn.policy, turn.situation.responsible.team)
    if entry is None or queue is None:
        return
    if entry.state == "owned":
        span = format_span(queue.lease) if queue.lease else ""
        _give_back(turn, entry, f"no answer by {entry.agent} within {span}", failed=True)
    elif queue.overflow is not None:
        after = format_span(queue.overflow.after)
        responsible.assign(
            turn, queue.overflow.to, f"nobody of {turn.policy.team_name(entry.team)} took it within {after}"
        )


def leave(turn: Turn, team: str) -> None:
    """Leave the team's queue, and tell the team that the conversation no longer needs it."""
    s = turn.situation
    because = (
        "resolved"
        if s.lifecycle.is_resolved
        else f"with {s.responsible.team} now"
        if s.responsible.team != team
        else "nobody waits for an answer"
    )
    if s.queue_entry is not None:
        _withdraw(turn, s.queue_entry, because)
    turn.change(Situation, queue_entry=None)
    turn.ask(LeaveTeam, because, team=team, **_terms(turn))


def tell_anew(turn: Turn, team: str) -> None:
    """Tell the team the present state, because something it was told no longer holds."""
    entry = turn.situation.queue_entry
    if entry is None or entry.team != team:
        turn.ask(LeaveTeam, "told otherwise before", team=team, **_terms(turn))
    elif entry.state == "owned":
        _tell_owner(turn, entry)
    else:
        _tell_entry(turn, entry)


def take_up_again(turn: Turn, place: QueueEntry | None) -> None:
    """Come back to the queue that the conversation left by mistake, at its old position or to the agent who had it."""
    s = turn.situation
    if place is None or place.team != s.responsible.team:
        return
    match _wanted(s, turn.policy):
        case "owned" if place.agent == s.responsible.assignee:
            turn.change(Situation, queue_entry=place)
            _tell_owner(turn, place)
        case "waiting":
            _ask(turn, replace(place, state="waiting", agent="", offer=""))
        case _:
            pass


def follow_renamed(turn: Turn, former: str) -> None:
    """Wait on, or stay with the agent, in the queue of a team that has another identifier; an offer is withdrawn."""
    entry = turn.situation.queue_entry
    if entry is None or entry.team != former:
        return
    leave(turn, former)
    unanswered = {"state": "waiting", "agent": "", "offer": ""} if entry.state == "offered" else {}
    look_at = entry_check.next_look(turn, turn.situation.responsible.team)
    kept = replace(entry, team=turn.situation.responsible.team, look_at=look_at, **unanswered)
    turn.change(Situation, queue_entry=kept)


def tell_terms(turn: Turn) -> None:
    """Tell the team the version of the policy that was adopted, in a request that changes nothing else."""
    entry = turn.situation.queue_entry
    if entry is not None and entry.closed_in:
        turn.change(Situation, queue_entry=replace(entry, closed_in=0))
    is_told = any(isinstance(effect, AskTeam | TellOwner) for effect in turn.effects[turn.earlier :])
    if entry is not None and not is_told:
        tell_anew(turn, entry.team)


def queue_of(policy: Policy, team: str) -> Queue | None:
    """Return the queue of a team; None where it has none."""
    found = policy.team(team)
    return found.queue if found else None


def _wanted(s: Situation, policy: Policy) -> str | None:
    if (
        queue_of(policy, s.responsible.team) is None
        or s.lifecycle.is_resolved
        or s.on_call.drill
        or s.on_call.incident is not None
    ):
        return None
    if s.responsible.assignee:
        return "owned"
    is_work = not s.lifecycle.is_paused if s.edition >= 3 else s.is_waiting  # before, one left the line once answered
    return "waiting" if is_work else None


def _frees_room(s: Situation) -> bool:
    """`True` where the assignee's room is free, because the conversation is on hold."""
    return s.edition >= 3 and s.lifecycle.is_on_hold


def _terms_now(turn: Turn) -> dict[str, Any]:
    """Return the terms by which the team chooses an agent, other than the customer's wait."""
    s = turn.situation
    asked = {"priority": s.contact.priority, "language": _language(s), "needs": _needs(turn)}
    return {**asked, "person": s.responsible.wanted_person}


def _language(s: Situation) -> str:
    """Return the languages that the customer wants to be helped in, the best first, in the form of a browser's list.

    Before edition 3, it is their locale as it was sent.
    """
    if s.edition < 3:
        return s.contact.customer.locale
    named = filter(None, map(languages_in, s.languages_stated))
    return ", ".join(map(str, next(named, ())))


def _terms_of(entry: QueueEntry) -> dict[str, Any]:
    return {"priority": entry.priority, "language": entry.language, "needs": entry.needs, "person": entry.person}


def _on_terms(place: QueueEntry, terms: dict[str, Any], edition: int) -> QueueEntry:
    """Return the entry on other terms. That nobody can take it is told anew where they decide who can."""
    decide = edition >= 3 and (terms["language"], terms["needs"]) != (place.language, place.needs)
    return replace(place, is_refused=place.is_refused and not decide, **terms)


def _ask(turn: Turn, before: QueueEntry | None) -> None:
    s, same_wait = turn.situation, before is not None and before.wait == turn.situation.waiting.since
    if before is not None and s.edition >= 3:
        _withdraw(turn, before, "the customer waits for another answer" if s.is_waiting else "it was answered")
    entry = QueueEntry(
        team=s.responsible.team,
        ticket=turn.cause,
        state="waiting",
        entered_at=before.entered_at if before is not None and same_wait else turn.at,
        wait=s.waiting.since,
        failed=before.failed if before is not None and same_wait else (),
        look_at=entry_check.next_look(turn, s.responsible.team),
        **_terms_now(turn),
    )
    turn.change(Situation, queue_entry=entry)
    _tell_entry(turn, entry, returned_by=before.agent if before is not None and before.is_given_back else "")


def _tell_entry(turn: Turn, entry: QueueEntry, kind: type[InQueue] = AskTeam, *, returned_by: str = "") -> None:
    s = turn.situation
    turn.ask(
        kind,
        f"waits for an agent of {turn.policy.team_name(entry.team)}",
        team=entry.team,
        ticket=entry.ticket,
        since=entry.wait or entry.entered_at,
        priority=entry.priority,
        language=_language(s),
        last_agent=s.waiting.answered_by,
        failed=entry.failed,
        returned_by=returned_by,
        needs=_needs(turn),
        person=entry.person,
        entered_at=entry.entered_at if s.edition >= 3 else None,
        **_about(turn),
    )


def _own(turn: Turn, before: QueueEntry | None) -> None:
    s, same_wait = turn.situation, before is not None and before.wait == turn.situation.waiting.since
    is_theirs = before is not None and before.state == "owned" and before.agent == s.responsible.assignee
    is_on_hold = _frees_room(s)
    comes_back = before is not None and before.is_on_hold and not is_on_hold
    entry = QueueEntry(
        team=s.responsible.team,
        ticket=before.ticket if before is not None else turn.cause,
        state="owned",
        entered_at=before.entered_at if before is not None and same_wait and not comes_back else turn.at,
        priority=s.contact.priority,
        # None while the customer waits for no person, so that the team hears of it when they do again.
        wait=s.waiting.since if s.is_waiting or is_on_hold else None,
        agent=s.responsible.assignee,
        failed=before.failed if before is not None and same_wait else (),
        owned_since=before.owned_since if before is not None and is_theirs else turn.at,
        lease=before.lease if before is not None and is_theirs else None,
        is_on_hold=is_on_hold,
    )
    if before is not None and not is_theirs:
        _withdraw(turn, before, f"with {s.responsible.assignee} now")
    turn.change(Situation, queue_entry=entry)
    _tell_owner(turn, entry, is_back=comes_back and is_theirs and turn.by != entry.agent)


def _tell_owner(turn: Turn, entry: QueueEntry, *, is_back: bool = False) -> None:
    """Tell the team who has the conversation. An agent who takes it off hold has room for it, as they know best."""
    told = {"ticket": entry.ticket, "agent": entry.agent, "is_waiting": turn.situation.is_waiting}
    told |= {"is_on_hold": entry.is_on_hold, "is_back": is_back}
    turn.ask(TellOwner, f"with {entry.agent}", team=entry.team, **told, **_about(turn))


def _give_back(turn: Turn, entry: QueueEntry, because: str, *, failed: bool, is_counted: bool = True) -> None:
    """Give the conversation back to its queue. `is_counted` is whether the team counts that against the agent."""
    who = (*entry.failed, entry.agent) if failed else entry.failed
    turn.change(Situation, queue_entry=replace(entry, failed=who, is_given_back=is_counted))
    turn.record("given_back", f"Taken back from {entry.agent}: {because}")
    note = f"Taken back from {entry.agent}: {because}. It keeps its place in line."
    responsible.hand_to(turn, entry.team, because, cause="queue", heard_since=2, note=note)


def _withdraw(turn: Turn, entry: QueueEntry, because: str) -> None:
    if entry.state == "offered":
        turn.ask(UpdateNotification, because, page=_offer(entry), outcome="stood_down", text=because)


def _offer(entry: QueueEntry) -> str:
    """Return the id under which the message about an offer is remembered."""
    return f"offer:{OfferId(entry.team, entry.offer)}"


def _entry_of(turn: Turn, entry_id: str) -> QueueEntry | None:
    entry = turn.situation.queue_entry
    return entry if entry is not None and entry.ticket == entry_id else None


def _needs(turn: Turn) -> AskedNeeds:
    queue = queue_of(turn.policy, turn.situation.responsible.team)
    fitting = [need for need in (queue.needs if queue else ()) if _applies(turn, need)]
    return tuple((need.skill, need.required, _steps(need)) for need in fitting)


def _applies(turn: Turn, need: Need) -> bool:
    """`True` where the conversation needs the skill.

    A condition that can't be judged asks for the skill too: asking for too much is safer than for too little.
    """
    if need.when is None:
        return True
    verdict = judged(turn, turn.policy.step_conditions[need.when], prepared(turn, StepFacts()))
    if not isinstance(verdict, DidNotEvaluate):
        return verdict
    text = f"Asks for {need.skill}, whose condition could not be judged: {verdict.why}"
    if text not in [entry.text for entry in turn.situation.told.timeline]:  # needs are judged again at each change
        turn.record("need_not_evaluated", text)
    return True


def _steps(need: Need) -> tuple[tuple[float, int], ...]:
    return ((0.0, need.level), *((relaxed.after.total_seconds(), relaxed.level) for relaxed in need.relax))


def _about(turn: Turn) -> dict[str, object]:
    s = turn.situation
    return {"channel": s.contact.channel, "subject": calls.subject_of(turn), "run": s.run or s.life, **_terms(turn)}


def _terms(turn: Turn) -> dict[str, object]:
    return {"policy": turn.policy.document.policy, "version": turn.policy.document.version}
