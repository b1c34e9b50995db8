"""The knowledge that other systems have of a customer, as a briefing shows it: facts, articles, earlier conversations.

Promises that any answer becomes a few short lines: one line for each entry, cut where it is long, without characters
that hide or reorder others, and with addresses that a person can open safely. Answers that did not come are named. Must
not know which systems were asked, or how.
"""

import operator
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

FACTS, ARTICLES, EARLIER, MISSING, REPLIES = 16, 5, 5, 8, 3
"""The most entries of each kind: agents read no more than that before they answer."""
ADDRESS = 300
"""The most characters of an address. A longer one is refused, because a cut address leads nowhere."""
CUT = "…"

_JOINERS = "\u200c\u200d"
"""The characters that join emojis and separate words in Persian; the others of their kind only hide or reorder."""
_NOT_IN_ADDRESSES = re.compile(r"""[\s<>"\\^`{|}\[\]]""")
_Entry = TypeVar("_Entry")


def one_line(text: str, limit: int) -> str:
    """Return the text as one readable line of at most `limit` characters, ending in `…` where it was cut."""
    beginning = text[: 4 * limit]
    line = " ".join((beginning if beginning.isprintable() else "".join(map(_shown, beginning))).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 1].rstrip()}{CUT}"


def _shown(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":
            return " "
        case "Cs":
            return "\ufffd"
        case "Cf" if character not in _JOINERS:
            return ""
        case _:
            return character


def is_address(text: str, limit: int = ADDRESS) -> bool:
    """`True` for a web address without a name or password in it and without characters that would break a link."""
    if len(text) > limit or not text.isprintable() or _NOT_IN_ADDRESSES.search(text):
        return False
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return is_web and "@" not in parts.netloc
    except ValueError:
        return False


def _line(limit: int) -> Any:
    return BeforeValidator(lambda value: one_line(value, limit) if isinstance(value, str) else value)


def _first(limit: int) -> Any:
    return AfterValidator(lambda entries: entries[:limit])


def _checked(address: str) -> str:
    if not is_address(address):
        raise ValueError("an article needs an address of the web: https://host/path, without a name or password in it")
    return address.replace("(", "%28").replace(")", "%29")  # a parenthesis would end a link in Markdown


_Named = StringConstraints(min_length=1)


class ContextFact(BaseModel):
    """One fact from another system, such as `Open invoices: 2`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Annotated[str, _Named, _line(40)]
    value: Annotated[str, _Named, _line(160)]


class Article(BaseModel):
    """An article that may hold the answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: Annotated[str, _Named, _line(100)]
    url: Annotated[str, AfterValidator(_checked)]


class Reply(BaseModel):
    """A reply that the team has approved, for the person who answers. Baton never sends it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[str, _Named, _line(400)]
    topic: Annotated[str, _line(40)] = ""
    language: Annotated[str, _line(20)] = ""


class Volume(BaseModel):
    """The number of the customer's other conversations that began in the last 30 days, and in the 30 days before."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lately: Annotated[int, Field(ge=0)] = 0
    before: Annotated[int, Field(ge=0)] = 0


class Earlier(BaseModel):
    """Another conversation of the same customer, open or recently closed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    conversation_id: Annotated[str, _line(200)]
    subject: Annotated[str, _line(100)] = ""
    channel: Annotated[str, _line(40)] = ""
    status: Annotated[str, _line(20)] = ""
    opened_at: Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
    is_same: Annotated[bool, Field(exclude_if=operator.not_)] = False
    """`True` where it was about the same problem, by its words."""


class Context(BaseModel):
    """Everything that other systems answered, and a short sentence for each answer that is missing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    facts: Annotated[tuple[ContextFact, ...], _first(FACTS)] = ()
    articles: Annotated[tuple[Article, ...], _first(ARTICLES)] = ()
    earlier: Annotated[tuple[Earlier, ...], _first(EARLIER)] = ()
    missing: Annotated[tuple[Annotated[str, _line(120)], ...], _first(MISSING)] = ()
    replies: Annotated[tuple[Reply, ...], _first(REPLIES), Field(exclude_if=operator.not_)] = ()
    volume: Annotated[Volume | None, Field(exclude_if=operator.not_)] = None


def joined(found: Iterable[Context]) -> Context:
    """Join several answers in the order in which the systems were asked.

    Each entry is kept once; entries beyond the limits are counted in `missing`.
    """
    contexts = tuple(found)
    facts = _each_once(fact for context in contexts for fact in context.facts)
    articles = _each_once(article for context in contexts for article in context.articles)
    left = {"facts": len(facts) - FACTS, "articles": len(articles) - ARTICLES}
    return Context(
        facts=facts,
        articles=articles,
        earlier=_each_once(earlier for context in contexts for earlier in context.earlier),
        replies=_each_once(reply for context in contexts for reply in context.replies),
        volume=next((context.volume for context in contexts if context.volume), None),
        missing=(
            *_at_most(MISSING - len(left), [sentence for context in contexts for sentence in context.missing]),
            *(f"{count} more {what} that are not shown" for what, count in left.items() if count > 0),
        ),
    )


def _each_once(entries: Iterable[_Entry]) -> tuple[_Entry, ...]:
    return tuple(dict.fromkeys(entries))


def _at_most(limit: int, sentences: Sequence[str]) -> Sequence[str]:
    if len(sentences) <= limit:
        return sentences
    return (*sentences[: limit - 1], f"and {len(sentences) - limit + 1} more")
