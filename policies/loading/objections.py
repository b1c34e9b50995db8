"""Objections to a policy that can be run: what `baton policy check` refuses, and what it remarks on.

Promises that a policy which was accepted once is loaded for ever: what is found here is told to its author, and stops
no worker and no conversation. Must not know how files are checked otherwise (`load`).
"""

from collections.abc import Iterator
from datetime import date

from policies.document.document import REPEATS, Document
from policies.document.part import format_span
from policies.loading.draft import Draft, read_draft
from policies.loading.load import PolicyError, load_policy
from policies.loading.references.empty_facts import check_empty_facts
from policies.loading.source import Mistake, Path, PolicySource
from policies.loading.wording import all_patterns, check_wording
from policies.text.languages import unknown_language


def checked(text: str, *, file: str, today: date) -> tuple[Document, tuple[str, ...]]:
    """Return the policy in `text`, and what its author should know of it. Raises `PolicyError` with all problems."""
    document, source = load_policy(text, file=file, today=today), PolicySource(text, file)
    draft = read_draft(source.raw)
    told = (*check_wording(draft), *_check_spoken(draft), *check_empty_facts(draft))
    if found := dict.fromkeys(told):
        raise PolicyError(source.locate(mistake) for mistake in found)
    return document, (*_not_judged(draft), *_repeats(draft), *_turned_off(draft))


def _check_spoken(draft: Draft) -> Iterator[Mistake]:
    """Find languages that are none: of people, who get nothing in them, and of texts and patterns."""
    for name, person in draft.people.items():
        for number, written in enumerate(person.languages):
            if why := unknown_language(written):
                yield Mistake(("people", name, "languages", number), f"`{written}` {why}")
    by_language: list[Path] = [
        ("insight", "languages"),
        *(("teams", team, "public_name") for team in draft.names("teams")),
        *(("customer_texts", text) for text in draft.names("customer_texts")),
        *(("choices", "labels", choice) for choice in draft.names_at(("choices", "labels"))),
    ]
    for path in by_language:
        for written in draft.names_at(path):
            if why := unknown_language(written):
                yield Mistake((*path, written), f"`{written}` {why}", at_key=True)


def _not_judged(draft: Draft) -> Iterator[str]:
    if patterns := all_patterns(draft):
        yield (
            f"{len(patterns)} patterns: each can be read, and none has a literal part or a set that no text has. "
            "Whether they match what customers write is not judged"
        )


def _repeats(draft: Draft) -> Iterator[str]:
    for rule in draft.rules.values():
        for trigger in rule.on.values():
            if trigger.clock is not None and trigger.every is not None and rule.is_enabled:
                last = format_span(trigger.every * REPEATS)
                span = format_span(trigger.every)
                yield (
                    f"“{rule.name}” fires every {span} after a breach of the {trigger.clock}: at most {REPEATS} times, "
                    f"so for the last time {last} of business time after it"
                )


def _turned_off(draft: Draft) -> Iterator[str]:
    for rule in draft.rules.values():
        if not rule.is_enabled:
            yield f"“{rule.name}” is turned off (`enabled: false`): it is checked, and never fires"
