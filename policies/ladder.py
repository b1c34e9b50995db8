"""On-call ladders: one step after another until somebody acknowledges, or the lead knows that nobody did.

Promises that one escalation runs at most once at a time in a conversation. Must not know Slack: a step is a target.
"""

import re
from dataclasses import replace

from policies.document import Step
from policies.effects import Notify
from policies.situation import Page
from policies.turn import Turn

_KEPT_PAGES = 10
_KEPT_EARLY = 30
_STEP_IN_KEY = re.compile(r"/page:(.+?/\d+\.\d+)/")


def tell(turn: Turn, target: str, headline: str, because: str, *, rule: str = "") -> None:
    """Tell a Slack target once, or start the ladder where `target` names an escalation."""
    if target not in turn.policy.document.escalations:
        turn.ask(Notify, because, target=target, headline=headline, facts=briefing(turn))
        return
    pages = turn.situation.pages
    if any(page.escalation == target for page in turn.situation.running_pages):
        turn.record("already_paging", f"{target} is already being called: {headline}", rule=rule)
        return
    generation = 1 + max((page.generation for page in pages if page.escalation == target), default=0)
    # The latest run of every escalation is kept: its number must not come twice.
    kept = [page for page in pages[: 1 - _KEPT_PAGES] if not page.ended or page.id in _latest_runs(pages)]
    turn.change(pages=(*kept, *pages[1 - _KEPT_PAGES :]))
    _try(turn, Page(target, generation, because, headline, started_at=turn.at))


def go_on(turn: Turn, page: Page) -> None:
    """Nobody acknowledged in time, or the step could not be reached: the next step, the next round, or the end."""
    escalation = turn.policy.document.escalations.get(page.escalation)
    if escalation is None:
        turn.situation = turn.situation.with_page(replace(page, next_at=None, ended="no longer in the policy"))
        text = f"{page.escalation} is not in the policy any more, nobody else is called: {page.headline}"
        turn.record("escalation_exhausted", text)
        turn.note(text, text)
    elif page.step >= len(escalation.steps) and page.round >= escalation.repeat:
        turn.situation = turn.situation.with_page(replace(page, next_at=None, ended="nobody acknowledged"))
        text = f"Nobody acknowledged {page.escalation} in {page.round} rounds: {page.headline}"
        turn.record("escalation_exhausted", text)
        turn.note(text, text)
    elif page.step < len(escalation.steps):
        _try(turn, replace(page, step=page.step + 1))
    else:
        _try(turn, replace(page, step=1, round=page.round + 1))


def acknowledge(turn: Turn, by: str, step: str = "") -> bool:
    """Somebody has it: the ladders they were called by stop. False where nobody was being called for `step`."""
    meant = [page for page in turn.situation.running_pages if page.is_meant_by(step)]
    for page in meant:
        ended = replace(page, next_at=None, acknowledged_by=by, ended=f"acknowledged by {by}")
        turn.situation = turn.situation.with_page(ended)
        turn.record("acknowledged", f"{by} acknowledged {page.escalation} at step {page.step}")
    return bool(meant)


def stand_down(turn: Turn, because: str) -> None:
    """Nobody needs to come any more."""
    for page in turn.situation.running_pages:
        turn.situation = turn.situation.with_page(replace(page, next_at=None, ended=because))
        turn.record("stood_down", f"{page.escalation} stood down: {because}")


def step_delivered(turn: Turn, step_id: str) -> None:
    """The current step has reached its target: from now on somebody may acknowledge within the step's wait."""
    page = _at_step(turn, step_id)
    if page is None:
        return _remember(turn, step_id, "")
    step = _step(turn, page)
    if step is None:
        return go_on(turn, page)
    next_at = turn.at + step.wait
    turn.situation = turn.situation.with_page(replace(page, next_at=next_at))
    text = f"{page.escalation} step {page.step} delivered, next {turn.policy.local_time(next_at)}"
    return turn.record("step_delivered", text)


def step_failed(turn: Turn, key: str, why: str) -> None:
    """The outside system refused a step for good: go on at once instead of waiting for an answer."""
    found = _STEP_IN_KEY.search(key)
    if found is None:
        return None
    page = _at_step(turn, found[1])
    if page is None:
        return _remember(turn, found[1], why)
    turn.record("step_unreachable", f"{page.escalation} step {page.step} could not be reached: {why}")
    return go_on(turn, page)


def briefing(turn: Turn) -> tuple[tuple[str, str], ...]:
    """What the receiver needs at a glance: customer, team, subject, priority, the next promise, last words."""
    s = turn.situation
    customer = " · ".join(filter(None, (s.customer.name or s.customer.id, s.customer.tier)))
    due = min((clock.due_at for clock in s.open_clocks if clock.due_at), default=None)
    said = next((said.text for said in reversed(s.recent) if said.author == "customer"), "")
    rows = (
        ("Customer", customer),
        ("Team", turn.policy.team_name(s.team)),
        ("Subject", s.subject),
        ("Priority", s.priority if s.priority != "normal" else ""),
        ("Due", turn.policy.local_time(due) if due else ""),
        ("Last words", said),
    )
    return tuple((name, value) for name, value in rows if value)


def _try(turn: Turn, page: Page) -> None:
    """Call the page's current step. The wait begins when it has been delivered, however long that takes."""
    page = replace(page, next_at=None)
    step = _step(turn, page)
    assert step is not None
    turn.situation = turn.situation.with_page(page)
    turn.record("paged", f"{page.escalation} round {page.round}, step {page.step}: {step.notify}")
    cause, turn.cause = turn.cause, f"page:{page.step_id}"
    turn.ask(
        Notify,
        page.cause,
        target=step.notify,
        headline=page.headline,
        facts=briefing(turn),
        page=page.step_id,
    )
    turn.cause = cause
    fate = dict(turn.situation.early).get(page.step_id)
    if fate == "":
        step_delivered(turn, page.step_id)
    elif fate:
        go_on(turn, page)


def _remember(turn: Turn, step_id: str, fate: str) -> None:
    """A late fact can move a call to after its own delivery; it is not made again, so its fate must not be lost."""
    if not any(page.ended and page.is_meant_by(step_id) for page in turn.situation.pages):
        turn.change(early=(*turn.situation.early[1 - _KEPT_EARLY :], (step_id, fate)))


def _at_step(turn: Turn, step_id: str) -> Page | None:
    return next((page for page in turn.situation.running_pages if page.step_id == step_id), None)


def _latest_runs(pages: tuple[Page, ...]) -> set[str]:
    return set({page.escalation: page.id for page in pages}.values())


def _step(turn: Turn, page: Page) -> Step | None:
    """The page's current step; None where another policy was adopted meanwhile that has no such step."""
    escalation = turn.policy.document.escalations.get(page.escalation)
    return next(iter(escalation.steps[page.step - 1 : page.step]), None) if escalation else None
