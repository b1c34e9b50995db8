"""Words for the person who answers: a first sentence, approved replies, and the style to write in.

Promises texts in the customer's language where there are any, and that a person sends them: Baton shows them in the
briefing and never sends one. Must not know when a briefing is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.document.handoffs import ANY
from policies.handoff.briefings.summary import problem
from policies.handoff.plain import one_line, quoted
from policies.handoff.reader import best, languages
from policies.running.policy import Policy
from policies.running.texts.rendering import render
from policies.state.situation import Situation
from policies.text.languages import language_in

FIRST_SENTENCE: Mapping[str, str] = {
    "en": (
        "Hello{% if name %} {{ name }}{% endif %}, I have read all that you wrote to us, so you don't need to repeat "
        "anything{% if problem %}: “{{ problem }}”{% endif %}"
    ),
    "de": (
        "Guten Tag{% if name %} {{ name }}{% endif %}, ich habe alles gelesen, was Sie uns geschrieben haben; Sie "
        "müssen nichts wiederholen{% if problem %}: „{{ problem }}“{% endif %}"
    ),
    "fr": (
        "Bonjour{% if name %} {{ name }}{% endif %}, j'ai lu tout ce que vous nous avez écrit ; vous n'avez rien à "
        "répéter{% if problem %} : « {{ problem }} »{% endif %}"
    ),
    "es": (
        "Hola{% if name %}, {{ name }}{% endif %}: he leído todo lo que nos ha escrito; no tiene que repetir "
        "nada{% if problem %}: «{{ problem }}»{% endif %}"
    ),
}
"""The first sentence where the policy has none of its own in the customer's language."""
NAMES = ("name", "problem", "team")
"""The facts that a first sentence and an approved reply can name."""
_REPLIES, _REPLY, _SENTENCE, _STYLE, _PROBLEM = 3, 400, 400, 200, 160


@dataclass(frozen=True, slots=True)
class ApprovedReply:
    """A reply that the team has approved, for a topic; `language` where it is not the customer's."""

    topic: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Suggested:
    """The words for the person who answers; each part may be empty."""

    first: str = ""
    replies: tuple[ApprovedReply, ...] = ()
    style: str = ""

    @property
    def lines(self) -> list[str]:
        """The words, each on a line."""
        found = [
            f"First: {quoted(self.first, _SENTENCE)}" if self.first else "",
            *(f"{_heading(each)}: {quoted(each.text, _REPLY)}" for each in self.replies),
            f"Style: {self.style}" if self.style else "",
        ]
        return [line for line in found if line]


def _heading(reply: ApprovedReply) -> str:
    topic = f"Reply for {reply.topic}" if reply.topic else "Reply"
    return f"{topic} ({reply.language})" if reply.language else topic


def suggested(s: Situation, policy: Policy) -> Suggested:
    """Return the words that suit this conversation."""
    wanted = languages(s, policy.document.language)
    return Suggested(
        first=_first_sentence(s, policy, wanted),
        replies=tuple(_replies(s, policy, wanted))[:_REPLIES],
        style=style(s, policy),
    )


def style(s: Situation, policy: Policy) -> str:
    """Return how to write to this customer, as the policy says it for people and assistants."""
    texts = policy.document.style
    if not texts:
        return ""
    known = {language: text for language, text in texts.items() if language != ANY}
    language = best(known, languages(s, policy.document.language)) if known else ""
    is_theirs = language and language_in(language) in map(language_in, languages(s, policy.document.language))
    return one_line(known[language] if is_theirs else texts.get(ANY, ""), _STYLE)


def _first_sentence(s: Situation, policy: Policy, wanted: tuple[str, ...]) -> str:
    """Return a sentence that shows the customer that they were read; empty where they have written nothing yet."""
    terms = policy.briefing
    if terms is None or not problem(s):
        return ""
    texts = {**FIRST_SENTENCE, **{language_in(name): text for name, text in terms.first_sentence.items()}}
    return render(texts[best(texts, wanted)], _facts(s, policy))


def _facts(s: Situation, policy: Policy) -> dict[str, str]:
    """Return a value for each of `NAMES`."""
    name, team = one_line(s.contact.customer.name, 40), policy.team_name(s.responsible.team)
    return {"name": name, "problem": one_line(problem(s), _PROBLEM), "team": team}


def _replies(s: Situation, policy: Policy, wanted: tuple[str, ...]) -> Iterator[ApprovedReply]:
    """Yield the approved replies for the conversation's topics, of the policy first, then of knowledge sources."""
    facts = _facts(s, policy)
    for topic in _topics(s):
        if texts := policy.document.replies.get(topic):
            language = best(texts, wanted)
            yield ApprovedReply(one_line(topic, 40), render(texts[language], facts), _other(language, wanted))
    context = s.briefing.context if s.briefing else None
    for reply in context.replies if context else ():
        if not reply.language or not _other(reply.language, wanted):
            yield ApprovedReply(one_line(reply.topic, 40), reply.text)


def _other(language: str, wanted: tuple[str, ...]) -> str:
    """Return the text's language where the customer has another one."""
    return "" if language_in(language) == language_in(next(iter(wanted), "")) else language


def _topics(s: Situation) -> Iterator[str]:
    """Yield the conversation's topics: as read, as tagged, and the reason for which it moved."""
    read = s.understanding.meaning.risks if s.understanding.meaning else ()
    yield from dict.fromkeys((*read, *s.contact.tags, s.responsible.reason))
