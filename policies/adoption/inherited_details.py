"""The details that name something of the old policy, beside teams and calls, when another one is adopted.

Promises that nothing is kept that the new policy could misread. Must not know teams (`inherited_teams`) or calls
(`inherited_calls`).
"""

from dataclasses import replace

from policies.running.policy import Policy
from policies.running.turn import Turn
from policies.state.entry_kind import EntryKind
from policies.state.records.handoffs import Handoffs
from policies.state.records.lately import RuleBudget
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.responsible import Responsible
from policies.state.records.understood import Understood
from policies.state.situation import Situation

FATE: EntryKind = "detail_inherited"
"""The kind of the timeline's line about a detail that ends."""


def hand_over(turn: Turn, before: Policy) -> None:
    """Keep the details that mean the same in the new policy, and end the rest."""
    turn.change(Lifecycle, closed=None)
    _rules(turn)
    _hours(turn, before)
    _choices(turn, before)
    _briefing(turn)
    _score(turn, before)
    _messages(turn)


def _rules(turn: Turn) -> None:
    """Let rules work again: a policy with a loop may have been mended."""
    if turn.situation.rule_budget.is_tripped:
        turn.record(FATE, "The policy's rules work again, which a loop had stopped")
    turn.change(RuleBudget, is_tripped=False, firings=(), by_rule=())


def _hours(turn: Turn, before: Policy) -> None:
    """Look at a closing that was noted once more, where another team stands in."""
    s = turn.situation
    old, new = before.team(s.responsible.team), turn.policy.team(s.responsible.team)
    if old is not None and new is not None and old.after_hours != new.after_hours:
        turn.change(Responsible, outside_noted="")


def _choices(turn: Turn, before: Policy) -> None:
    """End the offer of choices where channels differ: the numbers offered name channels by their order."""
    old, new = (tuple(policy.document.choices.channels) for policy in (before, turn.policy))
    if "channel" in turn.situation.handoffs.offered and old != new:
        turn.change(Handoffs, offered=(), offered_at=None)
        turn.record(FATE, "The customer was offered other channels: a number they send is read as a message")


def _briefing(turn: Turn) -> None:
    briefing = turn.situation.briefing
    if briefing is not None and turn.policy.briefing is None:
        turn.change(Situation, briefing=None)
        if briefing.pending:
            turn.record(FATE, f"Briefing {briefing.number} is not written: the new policy has none")


def _score(turn: Turn, before: Policy) -> None:
    """Weigh the score anew with the next reading; a high score stays high until then, so that it is told once."""
    score, terms = turn.situation.understanding.score, turn.policy.document.score
    if score is None or (terms is not None and terms == before.document.score):
        return
    if terms is None:
        turn.change(Understood, score=None)
        turn.record(FATE, f"The escalation score of {score.points} ends: the new policy has none")
    else:
        turn.change(Understood, score=replace(score, in_a_row=0))
        turn.record(FATE, f"The escalation score of {score.points} is weighed otherwise from the next reading on")


def _messages(turn: Turn) -> None:
    """Drop keywords that are not counted any more, and messages that are not read for their meaning any more."""
    s, keywords = turn.situation, turn.policy.document.insight.keywords
    if dropped := [keyword for keyword, _ in s.understanding.mentions if keyword not in keywords]:
        turn.change(Understood, mentions=tuple(kept for kept in s.understanding.mentions if kept[0] in keywords))
        turn.record(FATE, f"Mentions of {', '.join(dropped)} are not counted any more")
    unread = s.understanding.meaning.unread if s.understanding.meaning else ()
    if s.understanding.meaning is not None and unread and not turn.policy.reads_messages:
        turn.change(Understood, meaning=replace(s.understanding.meaning, unread=()))
        turn.record(FATE, f"{len(unread)} of the customer's messages are not read for what they mean any more")
