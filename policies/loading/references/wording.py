"""Checks of wording: the policy's patterns and conditions ask for texts that there can be.

Promises a finding for literal parts that no text has in the form in which texts are compared. Must not know how texts
are brought into it.
"""

from collections.abc import Iterator

from policies.loading.draft import Draft
from policies.loading.references.conditions import conditions_in
from policies.loading.references.insight import patterns_in_insight
from policies.loading.references.names import KEYWORDS
from policies.loading.source import Mistake
from policies.running.conditions.evaluating import check_texts, patterns_of
from policies.running.conditions.patterns import never_because
from policies.text.comparable import without_addresses
from policies.text.markup import shown


def check_wording(draft: Draft) -> Iterator[Mistake]:
    """Find texts that can never match. Keywords see web addresses, the patterns for readings do not."""
    for path, pattern in patterns_in_insight(draft):
        kept = shown if path[: len(KEYWORDS.section)] == KEYWORDS.section else _without_addresses
        if because := never_because(pattern, kept):
            yield Mistake(path, f"this pattern can never match: {because}")
    for condition in conditions_in(draft):
        for trigger in condition.triggers:
            for line, column, sentence in check_texts(condition.source, trigger, draft.fact_types):
                yield Mistake(condition.path, sentence, within=(line, column))


def all_patterns(draft: Draft) -> list[str]:
    """Return all patterns that a policy has, those in conditions too."""
    of_conditions = (
        patterns_of(condition.source, trigger, draft.fact_types)
        for condition in conditions_in(draft)
        for trigger in condition.triggers[:1]
    )
    return [
        *(pattern for _, pattern in patterns_in_insight(draft)),
        *(each for found in of_conditions for each in found),
    ]


def _without_addresses(text: str) -> str:
    return without_addresses(shown(text))
