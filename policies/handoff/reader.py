"""The customer as a reader: in which language, and by which clock.

Promises times as their language writes them, times in English as the policy's people read them, and that an unknown
language or time zone prevents no text. A language's data is read from a file once in a process: by `learn`, when a
policy is loaded, so that no conversation waits for it. Must not know what is told (`telling`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, get_datetime_format, get_timezone_name

from policies.document.document import Document
from policies.running.policy import Policy
from policies.state.situation import Situation
from policies.text.languages import language_in, languages_in, nearest
from policies.time.hours import known_zones
from policies.time.wall_clock import shown

WRITTEN = ("en", "da", "de", "es", "fr", "it", "nb", "nl", "pl", "pt", "sv")
"""The languages in which times can be written under every policy: those that are recognised in messages."""
_ANY_DAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader. `languages` are the ones to try, the best first; the text is written in the first of them."""

    languages: tuple[str, ...]
    zone: ZoneInfo

    def time(self, at: datetime) -> str:
        """Return an instant as the reader writes it: `Tue 6 Jan 09:00 EST`, `Di., 6. Jan., 15:00 MEZ`."""
        locale = _locale(self.languages[0])
        local = at.astimezone(self.zone)
        return shown(local) if locale is None else _in_language(local, locale)


def reader_of(s: Situation, policy: Policy, language: str) -> Reader:
    """Return the customer as a reader of texts in this language, with their own time zone if known, else the team's."""
    own = s.contact.customer.timezone
    zone = ZoneInfo(own) if own and own in known_zones() else policy.zone_of_team(s.responsible.team)
    return Reader(tuple(dict.fromkeys((language, *languages(s, policy.document.language)))), zone)


def customer_of(s: Situation, policy: Policy) -> Reader:
    """Return the customer as a reader of times in their own language; in the policy's where theirs was not learnt."""
    learnt = learnt_for(policy.document)
    own = (name for name in map(language_in, s.languages) if name in learnt)
    return reader_of(s, policy, next(own, policy.document.language))


def learnt_for(document: Document) -> tuple[str, ...]:
    """Return the languages in which a conversation under this policy can write times, with and without a region."""
    written = (*WRITTEN, document.language, *(each for texts in document.customer_texts.values() for each in texts))
    return tuple(dict.fromkeys((*written, *map(language_in, written))))


def languages(s: Situation, usual: str) -> tuple[str, ...]:
    """Return the languages to try: the customer's, the best first, then the policy's own."""
    return tuple(dict.fromkeys((*s.languages, usual)))


def best(texts: Mapping[str, str], wanted: Iterable[str]) -> str:
    """Return the language of these texts that comes first among the `wanted`; else the first there is."""
    return next(filter(None, (nearest(name, texts) for name in wanted)), next(iter(texts)))


def learn(spoken: Iterable[str]) -> None:
    """Read the files that times in these languages need, for any time zone."""
    for language in spoken:
        known_zones()
        if locale := _locale(language):
            _in_language(_ANY_DAY, locale)


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale | None:
    """Return the language's locale; None for English, whose times look as they always did, and where Babel has none."""
    for written in languages_in(language)[:1]:
        if written.name == "en":
            return None
        for name in (str(written), written.name):
            try:
                return Locale.parse(name, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
    return None


def _in_language(local: datetime, locale: Locale) -> str:
    day, clock = (format_skeleton(skeleton, local, locale=locale) for skeleton in ("MMMEd", "Hm"))
    # The pattern of a whole time puts literal words, such as “at”, in quotes.
    pattern = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    return f"{pattern.replace('{1}', day).replace('{0}', clock)} {_zone_name(local, locale)}"


def _zone_name(local: datetime, locale: Locale) -> str:
    """Return the language's name for the zone, else the zone's own name; a bare offset becomes `UTC+…`."""
    named = get_timezone_name(local, width="short", locale=locale)
    name = named if named[:1].isalpha() else local.strftime("%Z")
    return name if name[:1].isalpha() else f"UTC{name}"
