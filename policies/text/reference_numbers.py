"""The numbers by which a customer's things are found: of orders, invoices, tickets, devices and the like.

Promises each number with the word before it, as the customer wrote both, and no price, date, year, time, telephone or
card number and no amount of things. In doubt a number is left out: the message has it. Must not know who looks for it.

Patterns guess. The word decides what the number is; a number without such a word before it is never taken.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

LONGEST = 60
"""The most characters of a word with its number."""
_MOST = 12
_NOUNS = (
    # English
    r"orders?|invoices?|tickets?|cases?|bookings?|reservations?|tracking|shipments?|parcels?|deliver(?:y|ies)|returns?|"
    r"rma|serial|imei|devices?|references?|claims?|transactions?|contracts?|subscriptions?|customer|"
    # German
    r"(?:bestell|auftrags|rechnungs|ticket|vorgangs|fall|sendungs|liefer|paket|retouren|buchungs|geräte|vertrags|kunden|"
    r"serien|referenz)-?(?:nummer|nr)|"
    r"bestellung(?:en)?|auftrag|rechnung(?:en)?|vorgang|fall|sendung(?:en)?|lieferung|paket|retoure|buchung|gerät|"
    r"vertrag|"
    # French
    r"commandes?|factures?|dossiers?|colis|livraison|réservation|retour|appareil|référence|contrat|série|suivi|client|"
    # Spanish
    r"pedidos?|facturas?|casos?|envíos?|paquetes?|reservas?|devolución|dispositivo|referencia|contrato|serie|cliente"
)
_MARK = (
    r"(?:confirmation )?(?:number|numbers|no|nr|num|id|nummer|numéro|número|núm|n[°ºo])\b[.:]?[°º]?|n[°º]\.?|n\.º|#|№"
)
_BEFORE = r"(?:(?:numéros?|n[°º]|números?|núm\.?|nummer|number|no\.) (?:de |of |der |d')(?:la |l'|the |el )?)?"
_BETWEEN = r"(?: ?(?::|=|-|is|was|ist|lautet|est|es)(?= |[A-Z0-9#]))?"
_NUMBER = r"(?P<number>(?=[A-Z]{0,8}[-_/]?\d|[A-Z0-9]+[-_/])[A-Z0-9]+(?:[-_/][A-Z0-9]+){0,5})"
_FOUND = re.compile(
    rf"(?<![\w-])(?P<word>{_BEFORE}(?:{_NOUNS}))(?P<mark> ?-?(?:{_MARK}))?{_BETWEEN} ?(?:#)?{_NUMBER}(?![\w%€$£])", re.I
)
_UNITS = (
    r"eur|usd|gbp|chf|euros?|dollars?|pounds?|francs?|cents?|pct|percent|prozent|items?|pieces?|units?|boxes|bottles?|"
    r"copies|stück|mal|times?|veces|fois|seconds?|minutes?|hours?|days?|weeks?|months?|years?|minuten|stunden?|tagen?|"
    r"tage|wochen?|monaten?|monate|jahren?|jahre|uhr|heures?|jours?|semaines?|mois|ans|minutos?|horas?|días?|semanas?|"
    r"meses|años?|am|pm|kg|g|km|m|cm|mm|gb|mb|tb"
)
_GOES_ON = re.compile(rf" ?[€$£%]|[.,:]\d| \d| ?(?:{_UNITS})\b", re.I)
"""The signs behind a number of a sum, an amount, a time or the beginning of a telephone number."""
_ASKED_FOR = re.compile(
    r"(?:\b(?:to|will|would|can|could|please|want|must|should|i|we|they|you|zu|je|nous|te|se|de)) $", re.I
)
"""The words before `order` or `return` where these are verbs: “to order 5000 bottles”."""
_VERBS = frozenset({"order", "return", "claim", "ticket", "case", "retour", "pedido", "commande"})
_DATE = re.compile(r"\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?|(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?")
_PHONE = re.compile(r"\d{3}-\d{4}|\d{3}-\d{3}-\d{4}|\d{2,5}/\d{4,}|00\d{8,}")
_CARD = re.compile(r"\d{13,19}")
_IS_DEVICE = re.compile(r"imei|serial|serien|série|serie|tracking|sendung|suivi|envío|parcel|paket|colis", re.I)
_BOUGHT = re.compile(r"order|invoice|ticket|bestell|auftrag|rechnung|commande|facture|pedido|factura", re.I)
"""The words whose numbers may be short; “in any case 1500” shows why others need more digits."""
_FEWEST_DIGITS, _FEWEST_OF_OTHERS, _FEWEST_WITH_MARK = 4, 5, 2
_WORDS_BEFORE, _WORDS_BEHIND, _LOOKED_AT = 7, 3, 30
_LETTERS_BEFORE = 12
_DIGIT = re.compile(r"\d")


def reference_numbers(text: str) -> tuple[str, ...]:
    """Return the numbers in a message, each once with the word before it: `order 88213`."""
    found: dict[str, str] = {}
    for around in _around_numbers(text.split()):
        for word, number in _found(around):
            shown = f"{word} {number}"
            if len(shown) <= LONGEST:
                found.setdefault(number.casefold(), shown)
    return tuple(found.values())[:_MOST]


def _around_numbers(words: Sequence[str]) -> Iterator[str]:
    """Yield each word with a digit together with its neighbours: looking through whole messages would take long."""
    places = islice((place for place, word in enumerate(words) if _DIGIT.search(word)), _LOOKED_AT)
    yield from (" ".join(words[max(0, place - _WORDS_BEFORE) : place + _WORDS_BEHIND]) for place in places)


def _found(line: str) -> Iterator[tuple[str, str]]:
    for match in _FOUND.finditer(line):
        word, mark, number = match["word"], (match["mark"] or "").strip(" -"), match["number"]
        has_mark = bool(mark) or "#" in match[0] or _says_number(word)
        is_verb = (
            word.lower() in _VERBS
            and not has_mark
            and bool(_ASKED_FOR.search(line[max(0, match.start() - _LETTERS_BEFORE) : match.start()]))
        )
        if not is_verb and not _GOES_ON.match(line, match.end()) and _is_reference(word, number, has_mark=has_mark):
            yield (f"{word} {mark.rstrip('.:')}" if mark[:1].isalpha() else word), number


def _says_number(word: str) -> bool:
    return word.lower().endswith(("nummer", "nr")) or word.lower().startswith(("num", "núm", "n°", "nº", "no."))


def _is_reference(word: str, number: str, *, has_mark: bool) -> bool:
    """True where the number can hardly be anything but a reference."""
    digits = sum(character.isdigit() for character in number)
    usual = _FEWEST_DIGITS if _BOUGHT.search(word) or not number.isdigit() else _FEWEST_OF_OTHERS
    if digits < (_FEWEST_WITH_MARK if has_mark else usual):
        return has_mark and digits > 0 and len(number) > _FEWEST_DIGITS
    if _DATE.fullmatch(number) and not (has_mark and "/" not in number and "-" not in number):
        return False
    if _PHONE.fullmatch(number) and not has_mark:
        return False
    if _CARD.fullmatch(number) and not _IS_DEVICE.search(word):
        return not _has_check_digit(number)
    return True


def _has_check_digit(digits: str) -> bool:
    """True where the digits pass the check of payment cards (Luhn)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
