"""The writer's own words in a message, without the mail that is quoted in it or the signature that a mail program adds.

Promises time in proportion to the text, every word that stands between quoted lines, and the whole text where nothing
else would be left. A forwarded mail stays, because the writer wants it to be read. Must not know who reads the text.

Own code: the best library for it, mail-parser-reply, ends a mail at “Thanks,”, loses what stands between or beneath
quotes, and searches with expressions that backtrack, for which its ancestor hung (github/email_reply_parser#65).
"""

import re
from collections.abc import Sequence

from policies.text.markup import shown

READ_LIMIT = 64 * 1024
"""The most characters of a message that are looked through for the writer's own words."""
_QUOTES = (">", "&gt;")
_WROTE = r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał(?:\(a\)|a)?)"
_DAYS = (
    r"\s{0,3}(?:on|am|le|el|il|op|em|den|dnia|w dniu|\d{1,4}|"
    r"man|mån|tis|tirs?|ons|tors?|fre|lør|søn|pon|wt|śr|czw|pt|sob|niedz)\b"
)
_BEGINS = re.compile(_DAYS, re.I)
_INTRODUCES = re.compile(rf"[^\d]{{0,40}}\d.{{0,250}}?\b{_WROTE}(?!\w).{{0,150}}:", re.I)
_CLOCK, _DATE = re.compile(r"\d[:.h]\d\d\b"), re.compile(r"@|\b20\d\d\b|\d[./-]\d{1,2}[./-]\d\d")
_LONGEST, _LINES = 400, 3
"""The most characters and lines of the line that introduces a quote; mail programs break it where it gets long."""
_ORIGINAL = re.compile(
    r"-{2,}\s?(?:original message|original-?nachricht|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"messaggio originale|mensagem original|oorspronkelijk bericht|ursprungligt meddelande|oprindelig meddelelse|"
    r"opprinnelig melding|wiadomość oryginalna)\s?-{2,}",
    re.I,
)
_SENT = "sent|date|gesendet|datum|envoyé|enviado|fecha|inviato|data|verzonden|skickat|sendt|wysłano"
_FROM = r"\s{0,3}\*?(?:from|von|de|da|van|från|fra|od) ?:"
_HEADER = (
    re.compile(_FROM, re.I),
    *(
        re.compile(rf"\s{{0,3}}\*?(?:{line}", re.I)
        for line in (
            rf"{_SENT}) ?:.*\d[:.h]\d\d\b",
            r"to|an|à|para|a|aan|till|til|do) ?:",
        )
    ),
)
"""Outlook's header of a quoted mail: three lines beneath each other, the second with a time of day."""
_NOTABLE = re.compile(rf"\s*(?:{'|'.join(_QUOTES)}|--)|{_DAYS}|{_FROM}", re.I)
"""The beginnings of all lines that may begin a quote; other lines are the writer's."""
_SIGNATURE = "--"
_DEVICE = re.compile(
    r"(?:sent from|get(?= outlook for)|von|envoyé de|enviado desde|inviato da|verzonden vanaf|skickat från|sendt fra|"
    r"wysłane z)"
    r"(?: (?:my|meinem|mon|mi|il mio|mijn|min|mojego))? "
    r"(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|pixel|blackberry|mobile|phone|outlook|mail|yahoo mail)\b"
    r"[^.!?,;]{0,40}\.?",
    re.I,
)
_LETTER = re.compile(r"[^\W_]")


def own_words(text: str) -> str:
    """Return the writer's own words of a message that may be HTML. Only the first `READ_LIMIT` characters are read."""
    return written(shown(text[:READ_LIMIT]))


def written(text: str) -> str:
    """Return the text without quotes, the lines that introduce them, and signatures."""
    if "\n" not in text:
        return text
    lines = text.splitlines()
    own = _signed_off(_answered(lines))
    return "\n".join(own) if len(own) < len(lines) and any(map(_LETTER.search, own)) else text


def _answered(lines: Sequence[str]) -> list[str]:
    """Return the lines that don't repeat an earlier mail. A quote without a mark on each line goes on to the end."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if lines[at].startswith(_QUOTES):
            at += 1
            continue
        if not _NOTABLE.match(lines[at]):
            kept.append(lines[at])
            at += 1
            continue
        line = lines[at].strip()
        if (line.startswith("--") and _ORIGINAL.fullmatch(line)) or _is_header(lines, at):
            break
        if line and (length := _introduction(lines[at : at + _LINES])):
            if _is_quoted_below(lines, at + length):
                at += length
                continue
            if _is_by_a_program(lines[at : at + length]):
                break
        if not line.startswith(_QUOTES):
            kept.append(lines[at])
        at += 1
    return kept


def _introduction(lines: Sequence[str]) -> int:
    """Return how many of the lines introduce a quote, as in “On 3 March Ada wrote:”; 0 where none do."""
    said = ""
    if not _BEGINS.match(lines[0]):
        return 0
    for length, line in enumerate(lines, start=1):
        if len(said) + len(line) > _LONGEST or not line.strip() or (said and _BEGINS.match(line)):
            return 0
        said = f"{said} {line.strip()}".strip()
        if said.endswith(":") and _INTRODUCES.fullmatch(said):
            return length
    return 0


def _is_quoted_below(lines: Sequence[str], at: int) -> bool:
    below = next((line.strip() for line in lines[at : at + 3] if line.strip()), "")
    return below.startswith(_QUOTES)


def _is_by_a_program(lines: Sequence[str]) -> bool:
    """`True` where the introduction has a time and a date or an address, as programs write it and people seldom do."""
    said = " ".join(lines)
    return bool(_CLOCK.search(said) and _DATE.search(said))


def _is_header(lines: Sequence[str], at: int) -> bool:
    if not (lines[at] and _HEADER[0].match(lines[at])):
        return False
    below = [line[:_LONGEST] for line in lines[at : at + len(_HEADER)]]
    return len(below) == len(_HEADER) and all(map(re.Pattern[str].match, _HEADER, below))


def _signed_off(lines: Sequence[str]) -> list[str]:
    """Return the lines above `-- `, the mark for a signature, without the lines that telephones add.

    A mark that has lost its space makes only the paragraph beneath it a signature. Several such marks are dashes of the
    writer's and cut nothing: better to show a signature than to lose words.
    """
    kept = list(lines)
    marks = [number for number, line in enumerate(lines) if line[:2] == _SIGNATURE and not line[2:].strip()]
    if any(lines[number] != _SIGNATURE for number in marks):
        del kept[marks[-1] :]
    elif len(marks) == 1:
        end = next((number for number in range(marks[0], len(lines)) if not lines[number].strip()), len(lines))
        del kept[marks[0] : end]
    return [line for line in kept if not (line and _DEVICE.fullmatch(line.strip()))]
