"""Language tags as helpdesks, browsers and people write them: `de_DE`, `pt_BR.UTF-8`, `de;q=0.9`, ` DE`, `deu`.

Promises one reading of a tag wherever languages are compared, that a language's English or own name is read as its tag,
and that a text which names no language is read as none.
Must not know whose language it is, or what is written in it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages

_TAG = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?(?:-[a-z0-9]{1,8})*", re.I | re.A
)
"""A tag by RFC 5646: language, further languages, script, region, and anything else."""
_BETWEEN = re.compile(r"[-_/\s\u2010-\u2015]+")
_AROUND = " \t\r\n\v\f\"'"
_NO_LANGUAGE = {"und", "mul", "mis", "zxx", "root"}
_NOT_STATED = {*_NO_LANGUAGE, "", "*", "c", "posix", "unknown", "none", "default", "other", "n/a"}
"""Texts by which senders say that they know no language."""
_MODIFIERS = {"latin": "Latn", "cyrillic": "Cyrl"}
"""The scripts that POSIX writes behind an `@`."""
_LETTERS = 2
"""The letters of a tag whose language must be among those known here; there are thousands with three letters."""
_LONGEST = 200
"""The most characters that are read: a browser's list is shorter."""


def _table(name: str) -> Mapping[str, str]:
    """Return a table of the Unicode Consortium's locale data. It is read from its file once, at import."""
    return cast("Mapping[str, str]", get_global(name))  # pyright: ignore[reportArgumentType]


_NAMES = {**_table("language_aliases"), "no": "nb"}
"""Other names of languages: three letters for two, names of before, and the one for both forms of Norwegian."""
_UNDERSTOOD = {"nn": "nb"}
"""Languages whose readers are served in another one, too: a Norwegian in both written forms of Norwegian."""
_ENGLISH_NAMES = cast("Mapping[str, str]", Locale("en").languages)
_OWN_NAMES = """
ar العربية, bg български, bn বাংলা, ca català, cs čeština, cy cymraeg, da dansk, de deutsch, el
ελληνικά, es español, et eesti, eu euskara, fa فارسی, fi suomi, fr français, ga gaeilge, gl galego,
he עברית, hi हिन्दी, hr hrvatski, hu magyar, hy հայերեն, id indonesia, is íslenska, it italiano, ja
日本語, ka ქართული, ko 한국어, lt lietuvių, lv latviešu, mk македонски, ms melayu, nb norsk bokmål, nl
nederlands, nn norsk nynorsk, no norsk, pl polski, pt português, ro română, ru русский, sk
slovenčina, sl slovenščina, sq shqip, sr српски, sv svenska, ta தமிழ், th ไทย, tr türkçe, uk
українська, ur اردو, vi tiếng việt, zh 中文
"""
"""Names of languages in these languages. Babel has each name in a file of its own: to read them all takes seconds."""
_REGIONS = cast("Mapping[str, tuple[str, ...]]", get_global("territory_aliases"))
_LIKELY = _table("likely_subtags")


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A language as it is written somewhere: `zh`, `Hant`, `TW`. Script and region are empty where they are unknown."""

    name: str
    script: str = ""
    region: str = ""

    def __str__(self) -> str:
        """Return the tag in its usual form, such as `pt-BR`."""
        return "-".join(filter(None, (self.name, self.script, self.region)))

    @property
    def likely(self) -> "LanguageTag":
        """The language with the script and the region that it most likely has."""
        known = "_".join(filter(None, (self.name, self.region)))
        _, script, region, *_ = (*(_LIKELY.get(known) or _LIKELY.get(self.name) or "").split("_"), "", "", "")
        return LanguageTag(self.name, self.script or script, self.region or region)

    @property
    def understood(self) -> str:
        """The one name under which this language and those that serve its readers as well are compared."""
        return _UNDERSTOOD.get(self.name, self.name)

    def distance(self, other: "LanguageTag") -> tuple[bool, bool, int]:
        """Return how far a text in the other form of this language is from a reader of this one; less is nearer."""
        mine, its = self.likely, other.likely
        return (
            self.name != other.name,
            mine.script != its.script,
            0 if mine.region == its.region else 2 if other.region else 1,
        )


@lru_cache(maxsize=1024)
def languages_in(written: str) -> tuple[LanguageTag, ...]:
    """Return the languages that a tag or a browser's list names, the preferred one first; none where it names none."""
    seen = "".join(
        each for each in written[:_LONGEST] if unicodedata.category(each) != "Cf"
    )  # no mark of a file's start
    read = [_weighed(each) for each in unicodedata.normalize("NFKC", seen).split(",")]
    named = [(weight, language) for weight, language in read if language is not None and weight > 0]
    return tuple(dict.fromkeys(language for _, language in sorted(named, key=lambda each: -each[0])))


def names_in(written: str) -> tuple[str, ...]:
    """Return the names under which the languages in a list are compared, without script and region: `pt` of `pt_BR`."""
    return tuple(dict.fromkeys(each.understood for each in languages_in(written)))


def language_in(written: str) -> str:
    """Return the name of the preferred language in a tag, as `names_in` has it; empty if there is none."""
    return next(iter(names_in(written)), "")


def unknown_language(written: str) -> str:
    """Return why the text names no language that is known, and what to write; empty where it names one, or means none.

    The tag of a country, such as `jp`, is read like any other tag wherever languages are compared.
    """
    found = languages_in(written)
    is_stated = found or _letters(written.partition(".")[0].partition(";")[0]) not in _NOT_STATED
    if not is_stated or any(len(tag.name) != _LETTERS or tag.name in _ENGLISH_NAMES for tag in found):
        return ""
    spoken = [each for tag in found for each in get_official_languages(tag.name, de_facto=True)]
    if spoken:
        return f"is a country and no language: did you mean `{spoken[0].replace('_', '-')}`?"
    return "is no language that is known: write a tag such as `de`"


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """Return the nearest of the known tags in a wanted language, in another region if need be; None for no such tag."""
    tags = {name: languages_in(name)[0] for name in known if languages_in(name)}
    for language in languages_in(wanted):
        near = [name for name, tag in tags.items() if tag.understood == language.understood]
        if near:
            return min(near, key=lambda name: language.distance(tags[name]))
    return None


def _weighed(written: str) -> tuple[float, LanguageTag | None]:
    """Return one entry of a browser's list: its weight from 0 to 1, and its language."""
    tag, *parameters = written.split(";")
    weights = [each.strip()[2:] for each in parameters if each.strip().lower().startswith("q=")]
    return _number(weights[0]) if weights else 1.0, _named(tag) or _language(tag)


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 1.0


def _language(written: str) -> LanguageTag | None:
    posix, _, modifier = written.strip(_AROUND).partition("@")
    found = _TAG.fullmatch(_BETWEEN.sub("-", posix.partition(".")[0].strip(_AROUND)))
    if found is None or (name := found[1].lower()) in _NO_LANGUAGE:
        return None
    name, *more = _NAMES.get(name, name).split("_")
    script = (found[2] or _MODIFIERS.get(modifier.lower()) or next(iter(more), "")).title()
    region = (found[3] or "").upper()
    return LanguageTag(name, script, _REGIONS.get(region, (region,))[0])


def _named(written: str) -> LanguageTag | None:
    """Return the language with this English or own name; what stands in brackets behind it is passed over."""
    return _tags_by_name().get(_letters(written.partition("(")[0]))


@cache
def _tags_by_name() -> Mapping[str, LanguageTag]:
    """Return the tags of all names, except names that are tags themselves, such as `Ga`."""
    own = (each.strip().split(maxsplit=1) for each in _OWN_NAMES.split(","))
    tags = ((_letters(name), _language(tag)) for tag, name in (*_ENGLISH_NAMES.items(), *own))
    return {name: tag for name, tag in tags if tag is not None and not _TAG.fullmatch(name)}


def _letters(name: str) -> str:
    """Return a name as it is compared: in small letters, without accents, and without the quotes around it."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(each for each in apart if not unicodedata.combining(each)).strip(_AROUND).split())
