"""The conditions of a policy, wherever they are written: of rules, of an escalation's steps, of what a queue needs.

Promises one walk over all of them, and a finding for each that can't be used. Must not know CEL (`running.conditions`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.document.document import Trigger
from policies.loading.draft import Draft
from policies.loading.source import Mistake, Path
from policies.running.conditions.evaluating import check_condition

_WITHOUT_EVENT = (None,)


@dataclass(frozen=True, slots=True)
class WrittenCondition:
    """A condition with its place, and the triggers whose event it sees; None for conversation and customer alone."""

    path: Path
    source: str
    triggers: tuple[Trigger | None, ...]


def conditions_in(draft: Draft) -> Iterator[WrittenCondition]:
    """Yield all conditions that a policy has."""
    for number, rule in draft.rules.items():
        if rule.when is not None:
            yield WrittenCondition(("rules", number, "when"), rule.when, tuple(rule.on.values()))
    for name, steps in draft.steps.items():
        for number, step in steps.items():
            if step.when is not None:
                yield WrittenCondition(("escalations", name, "steps", number, "when"), step.when, _WITHOUT_EVENT)
    for name, team in draft.teams.items():
        for number, need in enumerate(team.queue.needs if team.queue is not None else ()):
            if need.when is not None:
                yield WrittenCondition(("teams", name, "queue", "needs", number, "when"), need.when, _WITHOUT_EVENT)


def check_conditions(draft: Draft) -> Iterator[Mistake]:
    """Find everything that keeps a condition from being judged."""
    for condition in conditions_in(draft):
        if not condition.source.strip():
            yield Mistake(condition.path, "the condition is empty: write one, or remove `when`")
            continue
        for trigger in condition.triggers:
            for line, column, sentence in check_condition(condition.source, trigger, draft.fact_types):
                yield Mistake(condition.path, sentence, within=(line, column))
