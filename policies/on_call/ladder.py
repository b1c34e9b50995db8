"""On-call ladders: one step after another until a person acknowledges, or the lead knows that no person did.

Promises that one escalation runs at most once at a time in a conversation; that a step takes its wait and no more,
whatever becomes of its message; that a ladder that reached no person begins again; that a person who acknowledged and
forgot costs the customer no more than the lease; that a step that can reach no person takes no time; and that no
further people are called while there is nothing to do. Must not know Slack, or what becomes of a message
(`deliveries`).
"""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from policies.on_call import call_leases
from policies.on_call.calls import (
    News,
    called,
    early_news,
    escalation_of,
    notify,
    reach_or_say,
    resumed,
    step_after,
    step_number,
    step_of,
    storm_of,
    subject_of,
    tell_lead,
    update,
    with_latest_call,
)
from policies.on_call.reaching import Reach, named, reach
from policies.running.facts import StepFacts
from policies.running.turn import Turn, by
from policies.state.keys import Cause
from policies.state.records.on_call import Calling, OnCallRun

_KEPT_PAGES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=15), timedelta(hours=1)
"""A ladder that reached no person begins again after 15 minutes, then after 30, then every hour."""


def alert(turn: Turn, headline: str, because: str, *, rule: str = "") -> None:
    """Tell the policy's `alert` target of trouble, where it names one."""
    if target := turn.policy.document.alert:
        tell(turn, target, headline, because, rule=rule, is_alert=True)


def tell(
    turn: Turn,
    target: str,
    headline: str,
    because: str,
    *,
    rule: str = "",
    reason: str = "",
    is_alert: bool = False,
) -> None:
    """Tell a Slack target once, or start the ladder where `target` names an escalation."""
    if turn.is_before_import:
        return turn.record(
            "step_passed_over", f"{target} not told, it was due before the import: {headline}", rule=rule
        )
    if target not in turn.policy.document.escalations:
        if found := reach_or_say(turn, target, headline, rule=rule):
            notify(turn, found, headline, because, is_alert=is_alert)
        return None
    pages = turn.situation.on_call.runs
    if any(page.ladder == target for page in turn.situation.on_call.running):
        return turn.record("already_paging", f"{target} is already being called: {headline}", rule=rule)
    if rule and (has_it := call_leases.who_has_it(turn, target, because)):
        text = f"{target} was called for this, and already acknowledged by {has_it}: {headline}"
        return turn.record("already_acknowledged", text, rule=rule)
    generation = 1 + max((page.generation for page in pages if page.escalation == target), default=0)
    # The latest run of every escalation is kept: its number must not come twice.
    kept = [page for page in pages[: 1 - _KEPT_PAGES] if not page.ended or page.id in _latest_runs(pages)]
    turn.change(Calling, runs=(*kept, *pages[1 - _KEPT_PAGES :]))
    page = OnCallRun(
        target, generation, because, headline, turn.at, rule=rule, despite_pause=turn.situation.lifecycle.is_paused
    )
    called(turn, page, reason)
    return _try(turn, page)


def go_on(turn: Turn, page: OnCallRun) -> None:
    """Go to the next step, the next round, or the end: no acknowledgement in time, or the step could not be reached."""
    escalation = escalation_of(turn.policy, page)
    if escalation is None:
        _is_gone(turn, page)
    elif (following := step_after(page, escalation)) is None:
        _came_to_its_end(turn, page)
    else:
        _try(turn, following)


def reach_deadline(turn: Turn, page: OnCallRun) -> None:
    """End the wait of a step, or the lease of the person who acknowledged."""
    if page.lease_until is not None:
        return _lease_over(turn, page)
    # A deadline is reached later than it was due only where it was put off.
    if page.next_at is not None and page.next_at < turn.at:
        turn.record("resumed", f"{page.escalation} goes on: neither on hold nor with the customer any more")
    if page.begins_again:
        return _begin_after_pause(turn, page)
    if page.step and not page.is_delivered:
        text = f"{page.escalation} step {page.step} was not delivered within its wait: the ladder goes on"
        turn.record("step_not_delivered", text)
    return go_on(turn, page)


def _begin_after_pause(turn: Turn, page: OnCallRun) -> None:
    """Call the first step once more: no step reached a person before."""
    turn.record("resumed", f"{page.escalation} begins again, because nobody could be reached before")
    first = replace(page, round=1, step=1, acknowledged=(), begins_again=False, resumed=page.resumed + 1)
    return _try(turn, first)


def _lease_over(turn: Turn, page: OnCallRun) -> None:
    page = replace(page, lease_until=None)
    still_waits = f"{page.acknowledged_by} acknowledged, but the customer still waits"
    if (other := call_leases.other_run(turn, page)) is not None:
        return call_leases.leave_to(turn, page, other, still_waits)
    text = f"{still_waits}: {page.escalation} goes on"
    turn.record("lease_over", text)
    update(turn, page, "resumed", text)
    return _try(turn, resumed(page))


def acknowledge(turn: Turn, who: str, step: str = "") -> bool:
    """Stop the ladders that called a person who now has it. Returns False where no call of `step` ran."""
    meant = [page for page in turn.situation.on_call.running if page.is_meant_by(step)]
    for page in meant:
        acknowledge_page(turn, page, who)
    return bool(meant)


def call(turn: Turn, who: str, to: str, step: str) -> None:
    """Call others at once, as a person asks: the next step, a step by name or number, or an escalation."""
    if to in turn.policy.document.escalations:
        turn.record("called", f"{who} asked to call {to}")
        headline = f"{who} asks for help — {subject_of(turn)}"
        return tell(turn, to, headline, f"called{by(who)}", reason="agent_judgement")
    latest = {page.escalation: page for page in turn.situation.on_call.runs if page.can_go_on}.values()
    meant = [page for page in latest if page.is_meant_by(step)]
    if not meant:
        return turn.record("called", f"{who} wanted others called, but nobody is being called any more")
    for page in meant:
        turn.record("called", f"{who} had {page.escalation} go on{f' with step {to}' if to else ''}")
        if page.ended:
            update(turn, page, "resumed", f"{who} asked for others: {page.escalation} goes on")
        _call_on(turn, page, to)
    return None


def _call_on(turn: Turn, page: OnCallRun, to: str) -> None:
    """Go on at a person's wish: no incident may hold it back, and a step that an incident held back is called now."""
    was_held_back = bool(page.incident) and page.is_silent
    page = replace(resumed(page) if page.ended else page, rule="", despite_pause=turn.situation.lifecycle.is_paused)
    number = step_number(turn.policy, page, to)
    if number is not None or was_held_back:
        again(turn, replace(page, step=number or page.step))
    elif page.begins_again:
        _begin_after_pause(turn, page)
    else:
        go_on(turn, page)


def again(turn: Turn, page: OnCallRun) -> None:
    """Call the current step once more."""
    page = replace(page, has_reached=False, begins_again=False, unheard=0)
    if step_of(turn.policy, page) is None:
        return go_on(turn, page)
    return _try(turn, replace(page, resumed=page.resumed + 1))


def begin_again(turn: Turn, page: OnCallRun) -> None:
    """Call the first step, in the same run."""
    _try(turn, replace(resumed(page), round=1, step=1, despite_pause=page.despite_pause))


def stand_down(turn: Turn, because: str) -> None:
    """End all calls and all leases: no person needs to come any more."""
    for page in turn.situation.on_call.runs:
        if page.ended and page.has_lease:
            over = replace(page, lease_until=None, lease_left=None, stood_down=because)
            turn.change(Calling, runs=turn.situation.on_call.with_run(over))
            update(turn, page, "stood_down", because)
    for page in turn.situation.on_call.running:
        turn.change(
            Calling,
            runs=turn.situation.on_call.with_run(replace(page, next_at=None, ended=because, stood_down=because)),
        )
        turn.record("stood_down", f"{page.escalation} stood down: {because}")
        update(turn, page, "stood_down", because)


def take_up_again(turn: Turn, runs: tuple[OnCallRun, ...], because: str) -> None:
    """Go on with runs that were stood down by mistake: call their step again, or let the person who has it answer."""
    for page in runs:
        if page.ended:
            turn.change(Calling, runs=turn.situation.on_call.with_run(page))
            update(turn, page, "acknowledged", f"{page.acknowledged_by} still has it: {because}")
        else:
            turn.record("resumed", f"{page.escalation} goes on: {because}")
            update(turn, page, "resumed", because)
            again(turn, replace(page, incident=""))


def acknowledge_page(turn: Turn, page: OnCallRun, who: str) -> None:
    """Note that this person has acknowledged this run; the run ends unless others still have to."""
    page = replace(page, acknowledged=(*(name for name in page.acknowledged if name != who), who))
    if missing := _missing(turn, page):
        turn.change(Calling, runs=turn.situation.on_call.with_run(page))
        text = f"{who} acknowledged {page.escalation} at step {page.step}; {', '.join(missing)} still has to"
        return turn.record("acknowledged", text)
    escalation = escalation_of(turn.policy, page)
    lease_until = call_leases.ends_at(turn, escalation.lease) if escalation and turn.situation.is_waiting else None
    ended = replace(
        page,
        next_at=None,
        acknowledged_by=who,
        acknowledged=(),
        ended=f"acknowledged by {who}",
        lease_until=lease_until,
    )
    turn.change(Calling, runs=turn.situation.on_call.with_run(ended))
    until = f", to answer by {turn.policy.local_time(lease_until)}" if lease_until else ""
    turn.record("acknowledged", f"{who} acknowledged {page.escalation} at step {page.step}{until}")
    return call_leases.show(turn, ended)


def _missing(turn: Turn, page: OnCallRun) -> list[str]:
    """Return the people who still have to acknowledge an `everyone` step, only of those whom its message reached."""
    step = step_of(turn.policy, page)
    if step is None or not step.everyone:
        return []
    return [name for name in page.called or named(turn.policy, step) if name not in page.acknowledged]


def _try(turn: Turn, page: OnCallRun) -> None:
    """Call the page's current step, or the first after it that can reach a person."""
    escalation = escalation_of(turn.policy, page)
    if escalation is None:
        return _is_gone(turn, page)
    # A policy that was adopted meanwhile may have fewer steps: then from the first.
    has_step = step_of(turn.policy, page) is not None
    following: OnCallRun | None = replace(page, next_at=None, step=page.step if has_step else 1)
    passed_over: set[int] = set()
    while following is not None:
        page = following
        step = escalation.steps[page.step - 1]
        event = StepFacts(page.escalation, page.round, page.step)
        found = reach(turn, turn.policy, step, event)
        if isinstance(found, Reach):
            return _call(turn, page, found)
        turn.record("step_passed_over", f"{page.escalation} step {page.step} passed over: {found.why}")
        passed_over.add(page.step)
        following = step_after(page, escalation) if len(passed_over) < len(escalation.steps) else None
    if len(passed_over) < len(escalation.steps):
        return _came_to_its_end(turn, page)
    text = f"Nobody could be called by {page.escalation}, every step was passed over: {page.headline}"
    return _exhausted(turn, page, "nobody could be called", text)


def _call(turn: Turn, page: OnCallRun, found: Reach) -> None:
    step = step_of(turn.policy, page)
    called = tuple(each.person for each in found.people) if step and step.everyone else ()
    news = early_news(turn.situation, page.step_id)
    is_delivered = news is News.DELIVERED
    next_at = turn.at + step.wait if step and news in (News.DELIVERED, News.TRIED) else None
    page = with_latest_call(replace(page, is_silent=False, called=called, next_at=next_at))
    page = replace(page, is_delivered=is_delivered, has_reached=page.has_reached or is_delivered)
    turn.change(Calling, runs=turn.situation.on_call.with_run(page))
    turn.record("paged", f"{page.escalation} round {page.round}, step {page.step}: {found.target}")
    cause, turn.cause = turn.cause, Cause.of_call(page.at_step)
    notify(turn, found, page.headline, page.cause, page=page.step_id, storm=storm_of(turn, page))
    turn.cause = cause
    _take_in(turn, page, news)


def _take_in(turn: Turn, page: OnCallRun, news: News | None) -> None:
    """Act on the news of a call that came before the call."""
    match news:
        case News.DELIVERED:
            following = turn.policy.local_time(page.next_at or turn.at)
            turn.record("step_delivered", f"{page.escalation} step {page.step} delivered, next {following}")
        case News.HELD_BACK:
            again(turn, page)
        case News.REFUSED:
            go_on(turn, page)
        case News.TRIED | None:
            pass
        case _:
            assert_never(news)


def _is_gone(turn: Turn, page: OnCallRun) -> None:
    text = f"{page.escalation} is not in the policy any more, nobody else is called: {page.headline}"
    _exhausted(turn, page, "no longer in the policy", text)


def _came_to_its_end(turn: Turn, page: OnCallRun) -> None:
    """End a run after its last step. Where no message arrived it begins again later, except in a drill."""
    if not page.has_reached and not turn.situation.on_call.drill:
        return _reached_nobody(turn, page)
    text = f"Nobody acknowledged {page.escalation} in {_rounds(page.round)}: {page.headline}"
    return _exhausted(turn, page, "nobody acknowledged", text)


def _reached_nobody(turn: Turn, page: OnCallRun) -> None:
    """Begin again after a pause: no message of the ladder has arrived, though all are still being sent."""
    pause = min(_FIRST_PAUSE * 2**page.unheard if page.unheard < 2 else _LONGEST_PAUSE, _LONGEST_PAUSE)
    begins_at = turn.at + pause
    waiting = replace(page, next_at=begins_at, begins_again=True, unheard=page.unheard + 1)
    turn.change(Calling, runs=turn.situation.on_call.with_run(waiting))
    text = f"Nobody could be reached by {page.escalation} in {_rounds(page.round)}: {page.headline}"
    turn.record("nobody_reached", f"{text}; it begins again {turn.policy.local_time(begins_at)}")
    if not page.unheard:
        turn.note(text, text)
    tell_lead(turn, page, text, text)


def _exhausted(turn: Turn, page: OnCallRun, ended: str, text: str) -> None:
    turn.change(Calling, runs=turn.situation.on_call.with_run(replace(page, next_at=None, ended=ended)))
    turn.record("escalation_exhausted", text)
    turn.note(text, text)
    update(turn, page, "exhausted", ended)
    tell_lead(turn, page, text, text)


def _latest_runs(pages: tuple[OnCallRun, ...]) -> set[str]:
    return set({page.escalation: page.id for page in pages}.values())


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"{number} rounds"
