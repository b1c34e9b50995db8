"""Checks of handoffs: texts are told, handoffs can begin, briefings show things that there are.

Promises a finding with a remedy for everything that can't happen. Must not know Jinja (`texts`).
"""

import re
from collections.abc import Iterator

from policies.document.handoffs import ANY
from policies.handoff.briefings.replies import NAMES
from policies.handoff.briefings.sheet import FIELDS
from policies.loading.draft import Draft
from policies.loading.references.names import TEXTS
from policies.loading.source import Mistake, Path
from policies.running.facts import HANDOFFS, HandoffTextFacts
from policies.running.texts.rendering import check_template, names_of

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_NEEDED = re.compile(r"(customer|attributes)\.\w+|problem|page|subject")


def check_handoffs(draft: Draft) -> Iterator[Mistake]:
    """Find everything wrong with texts, handoffs and briefings."""
    yield from _check_triggers(draft)
    yield from _check_texts(draft)
    yield from _check_names(draft)
    yield from _check_reasons(draft)
    yield from _check_briefing(draft)
    yield from _check_words(draft)
    yield from _check_feedback(draft)


def _check_triggers(draft: Draft) -> Iterator[Mistake]:
    has_assistant = any(team.staffed_by == "assistant" for team in draft.teams.values())
    has_people = any(team.staffed_by == "people" for team in draft.teams.values())
    for number, rule in draft.rules.items():
        for position, trigger in rule.on.items():
            is_about_one = trigger.event in HANDOFFS or trigger.handoff_waiting is not None
            if is_about_one and not (has_assistant and has_people):
                sentence = "no team is `staffed_by: assistant`, so nothing is handed over: say which one is"
                yield Mistake(("rules", number, "on", position), sentence)


def _check_texts(draft: Draft) -> Iterator[Mistake]:
    known, told = draft.names("customer_texts"), set[str]()
    for number, rule in draft.rules.items():
        for position, do in rule.do.items():
            if do.tell is None:
                continue
            told.add(do.tell.text)
            yield from TEXTS.check(draft, ("rules", number, "do", position, "tell"), do.tell.text)
    for name in known:
        if name not in told:
            yield Mistake(
                ("customer_texts", name), f"nothing tells it: add `tell: {name}` to a rule, or remove it", at_key=True
            )
        yield from _check_languages(draft, ("customer_texts", name))


def _check_languages(draft: Draft, path: Path) -> Iterator[Mistake]:
    languages = draft.names_at(path)
    if not languages:
        yield Mistake(path, "it is in no language: write one, such as `en: …`", at_key=True)
    for language in languages:
        yield from _check_language((*path, language))
        text = draft.written((*path, language))
        if isinstance(text, str):
            known = names_of(draft.fact_types, handoff=HandoffTextFacts)
            sentences = check_template(text, known) if text.strip() else ["the text is empty: write it, or remove it"]
            yield from (Mistake((*path, language), sentence) for sentence in sentences)


def _check_names(draft: Draft) -> Iterator[Mistake]:
    for team in draft.names("teams"):
        path: Path = ("teams", team, "public_name")
        for language in draft.names_at(path):
            yield from _check_language((*path, language))


def _check_reasons(draft: Draft) -> Iterator[Mistake]:
    for code in draft.names("customer_reasons"):
        path: Path = ("customer_reasons", code)
        for language in draft.names_at(path):
            yield from _check_language((*path, language))
            if isinstance(text := draft.written((*path, language)), str) and not text.strip():
                yield Mistake((*path, language), "the reason is empty: write it, or remove it")


def _check_language(path: Path) -> Iterator[Mistake]:
    if not _LANGUAGE.fullmatch(str(path[-1])):
        yield Mistake(path, f"`{path[-1]}` is no language: write `en`, `de` or `pt-BR`", at_key=True)


def _check_briefing(draft: Draft) -> Iterator[Mistake]:
    template = draft.written(("briefing", "template"))
    if isinstance(template, str):
        for sentence in check_template(template, {field: [] for field in FIELDS}):
            yield Mistake(("briefing", "template"), sentence)
    for channel in draft.names_at(("briefing", "minimum")):
        path: Path = ("briefing", "minimum", channel)
        for number, name in draft.listed(path).items():
            if isinstance(name, str) and not _NEEDED.fullmatch(name):
                sentence = (
                    f"`{name}` is nothing a briefing knows: write problem, page, subject, customer.phone (or another "
                    "field of the customer) or attributes.order (or another attribute)"
                )
                yield Mistake((*path, number), sentence)


def _check_words(draft: Draft) -> Iterator[Mistake]:
    """Check the words for the person who answers: first sentences, approved replies, and the style."""
    known: dict[str, list[str]] = {name: [] for name in NAMES}
    for path in (("briefing", "first_sentence"), *(("replies", topic) for topic in draft.names("replies"))):
        languages = draft.names_at(path)
        if path[0] == "replies" and not languages:
            yield Mistake(path, "it is in no language: write one, such as `en: …`", at_key=True)
        for language in languages:
            yield from _check_language((*path, language))
            text = draft.written((*path, language))
            if isinstance(text, str):
                sentences = (
                    check_template(text, known) if text.strip() else ["the text is empty: write it, or remove it"]
                )
                yield from (Mistake((*path, language), sentence) for sentence in sentences)
    for language in draft.names_at(("style",)):
        if language != ANY:
            yield from _check_language(("style", language))


def _check_feedback(draft: Draft) -> Iterator[Mistake]:
    can_be_asked = any(person.slack for person in draft.people.values())
    if draft.feedback and draft.feedback.ask and not can_be_asked:
        sentence = "nobody under `people` has a Slack member ID, so nobody can be asked: add `slack: U024BE7LH`"
        yield Mistake(("feedback", "ask"), sentence)
