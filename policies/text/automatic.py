"""Recognises messages that a machine wrote, by an e-mail's headers and subject, where the sender does not say so.

Promises that a person who answers such a message is not taken for a machine: a subject counts only where it begins
with the words, and no `Re:` stands before them. Must not know what follows.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from itertools import islice
from typing import Any, cast

_LOOKED_AT = 300
"""The most characters of a header that are looked at."""
_MOST = 1_000
"""The most headers of a mail that are looked at."""
_LONGEST = 65_536
"""The most characters of a mail's header that are looked at, where it is one text."""

_OPENINGS: Mapping[str, str] = {
    "en": """
        automatic reply|automated reply|automatic response|automated response|autoreply|auto reply|auto-reply
        auto response|auto-response|autoresponse|yahoo! auto response|vacation reply|vacation response
        vacation auto-reply|out of office|out of the office|out-of-office|currently out of office|away from the office
        undelivered mail|undelivered mail returned to sender|undeliverable mail|undeliverable message
        message undeliverable|mail delivery failed|mail delivery failure|mail delivery failure notice
        mail delivery system|mail delivery status report|message delivery failure|delivery status notification
        successful mail delivery report|delayed mail|mail system error|returned mail|nondeliverable mail
        non-delivery report|return receipt (displayed)|read receipt|warning: could not send message
    """,
    "de": """
        automatische antwort|autom. antwort|automatische ruckantwort|automatische abwesenheitsnotiz
        automatische nachricht|automatische eingangsbestatigung|abwesenheitsnotiz|abwesenheitsmeldung
        abwesenheitsnachricht|nicht im buro|derzeit nicht im buro|urlaubsbenachrichtigung|urlaubsnotiz
        benachrichtigung zum ubermittlungsstatus|lesebestatigung|ihre nachricht konnte nicht zugestellt werden
        unzustellbare nachricht
    """,
    "fr": """
        reponse automatique|message automatique|reponse automatique d'absence du bureau|absence du bureau
        absent du bureau|message d'absence|notification d'absence|avis d'absence|message non remis
        notification d'etat de remise|accuse de lecture|confirmation de lecture
    """,
    "es": """
        respuesta automatica|respuesta automatica de fuera de la oficina
        respuesta automatica por ausencia de la oficina|mensaje automatico|fuera de la oficina|fuera de oficina
        ausente de la oficina|aviso de ausencia|notificacion de estado de entrega|confirmacion de lectura
    """,
    "it": """
        risposta automatica|messaggio automatico|risposta non al computer|fuori sede|fuori ufficio
        assente dall'ufficio|avviso di assenza|notifica sullo stato del recapito|conferma di lettura
    """,
    "nl": """
        automatisch antwoord|automatische reactie|automatisch bericht|afwezigheidsbericht|afwezigheidsmelding
        niet op kantoor|buiten kantoor|bericht niet bezorgd|leesbevestiging
    """,
    "pt": """
        resposta automatica|mensagem automatica|fora do escritorio|ausente do escritorio|ausencia temporaria
        aviso de ausencia|resposta automatica para ausencia do escritorio|notificacao de estado de entrega
        notificacao de status de entrega|confirmacao de leitura|recibo de leitura
    """,
    "da": """
        automatisk svar|autosvar|auto svar|automatisk besked|ikke til stede|ikke pa kontoret|fravaersbesked
        fravaersmeddelelse|laesekvittering
    """,
    "no": """
        automatisk svar|autosvar|auto svar|fravaersmelding|fravaersassistent|ikke pa kontoret|ute av kontoret
        lesebekreftelse
    """,
    "sv": """
        automatiskt svar|autosvar|auto svar|automatiskt meddelande|franvaromeddelande|ej pa kontoret|inte pa kontoret
        lasbekraftelse|laskvitto
    """,
    "pl": """
        odpowiedz automatyczna|automatyczna odpowiedz|autoodpowiedz|wiadomosc automatyczna|poza biurem
        nieobecnosc w biurze|powiadomienie o nieobecnosci|niedostarczona wiadomosc|potwierdzenie przeczytania
        potwierdzenie odczytu
    """,
}
"""The names that machines give their messages, without accents, in the languages whose common words are known.

Left out is what a customer of a shop or a carrier may write, such as “Delivery failed” or “Return receipt”.
"""
_SENTENCES = """
    request received|your request has been received|we have received your request|we received your request
    we've received your request|we have received your message|we received your message|we've received your message
    ticket received|support ticket opened|your ticket has been created|your ticket has been received
    your case has been created|failure notice|eingangsbestatigung|ihre anfrage ist eingegangen
    ihre anfrage ist bei uns eingegangen|wir haben ihre anfrage erhalten|wir haben ihre nachricht erhalten
    ihr ticket wurde erstellt|empfangsbestatigung|abwesenheit|accuse de reception|nous avons bien recu votre demande
    nous avons recu votre demande|nous avons bien recu votre message|votre demande a bien ete recue|demande recue
    acuse de recibo|hemos recibido su solicitud|hemos recibido tu solicitud|hemos recibido su mensaje
    hemos recibido tu mensaje|solicitud recibida|su solicitud ha sido recibida|abbiamo ricevuto la tua richiesta
    abbiamo ricevuto la sua richiesta|abbiamo ricevuto il tuo messaggio|richiesta ricevuta|ontvangstbevestiging
    we hebben uw aanvraag ontvangen|wij hebben uw bericht ontvangen|we hebben je aanvraag ontvangen
    uw aanvraag is ontvangen|recebemos sua solicitacao|recebemos o seu pedido|recebemos a sua mensagem
    recebemos sua mensagem|solicitacao recebida|vi har modtaget din henvendelse|vi har modtaget din besked
    din henvendelse er modtaget|vi har mottatt din henvendelse|vi har mottatt henvendelsen din
    vi har mottatt meldingen din|vi har tagit emot ditt arende|vi har tagit emot din forfragan
    vi har tagit emot ditt meddelande|ditt arende ar registrerat|otrzymalismy twoje zgloszenie
    otrzymalismy panstwa zgloszenie|otrzymalismy twoja wiadomosc|zgloszenie przyjete
"""
"""Sentences that customers may begin with, too: each counts as the whole subject, or with the number of a case."""
_THANKS = """
    thank you for your email|thank you for your message|thanks for your inquiry|vielen dank fur ihre anfrage
    vielen dank fur ihre nachricht|merci pour votre message|gracias por su mensaje|bedankt voor uw bericht
    tak for din henvendelse|takk for din henvendelse|tack for ditt meddelande|dziekujemy za kontakt
    dziekujemy za wiadomosc
"""
"""Thanks, with which customers who answer begin, too: each counts only with the number of a case, and nothing else."""
_BEFORE_A_COLON = """
    undeliverable|unzustellbar|non remis|no se puede entregar|non recapitabile|onbestelbaar|nao e possivel entregar
    kan ikke leveres|gar inte att leverera|kan inte levereras|nie mozna dostarczyc|niedostarczalne|niedostarczone
    not read|ungelesen|non lu|no leido|non letto|postmaster notify|ooo|laest|przeczytano
    przeczytane
"""
"""Words of Outlook and Exchange that count only where a colon follows."""
_BEFORE_OURS = """
    read|away|gelesen|abwesend|abwesenheit|lu|absent|leido|ausente|letto|assente|gelezen|afwezig|niet aanwezig|lida
    lido|lest|last|fravaerende|franvaro|franvarande|nieobecnosc|auto
"""
"""Words of Outlook and Exchange that customers write before a colon, too: count where a reply's subject follows."""
_REFERENCE = re.compile(
    r"\s?[\[(][^\])]{0,60}\d[^\])]{0,60}[\])]|\s?#\d+|\s?\b[a-z]{2,10}-\d+\b"
    r"|\s?\b(?:case|ticket|request|anfrage|demande|solicitud|richiesta|aanvraag|pedido|arende|zgloszenie) \d+\b"
)
"""The number of a case, as helpdesks put it into a subject."""
_ANSWERED = r"(?:re|aw|sv|vs|antw|antwort|odp|rv|ref)\s?:"
_GOES_ON = (
    rf"(?:fw\s?:|{_ANSWERED}|(?:from|vom|du|od|do) \d|(?:until|till|bis|jusqu|hasta|fino|tot|til)\b|"
    r"(?:autoreply|auto-reply|reply|message|notification|notice)(?:\s?$|\s?[:(–-]))"
)
"""The words that may follow the name of a machine's message without a colon or a dash between."""
_FRONT = r"(?:\[[^\]]{1,60}\]\s?|extern(?:al)?\s?:\s?)*"
_END = r"[.!…]*\s?$"


def _listed(text: str) -> str:
    return "|".join(re.escape(phrase.strip()) for phrase in re.split(r"[|\n]", text) if phrase.strip())


_SUBJECT = re.compile(
    rf"{_FRONT}\[?"
    rf"(?:(?:{_listed('|'.join(_OPENINGS.values()))})(?:{_END}|\s?[\](\[:–-]|\s{_GOES_ON})"
    rf"|(?:{_listed(_SENTENCES)})(?:{_END}|\])"
    r"|delivery failure: (?:user|error transferring)\b"
    rf"|(?:{_listed(_BEFORE_A_COLON)})\s?:"
    rf"|(?:{_listed(_BEFORE_OURS)})\s?:\s?{_ANSWERED}"
    r"|auto\s?: .{1,80}\bis out of (?:the )?office\b"
    r"|warning: message \S+ delayed\b"
    rf"|(?:grazie per averci contattato|gracias por contactarnos|(?:thank you|thanks) for contacting us){_END}"
    rf"|(?:thank you|thanks) for contacting (?!me |my )(?:[^\s,]+ ){{0,3}}(?:support|service|team|care|helpdesk){_END})"
)
_WITH_REFERENCE = re.compile(
    rf"{_FRONT}(?:(?:{_listed(_SENTENCES)})(?:\s?[:(]|{_END})|(?:{_listed(_THANKS)})(?:\s?\(|{_END}))"
)
_OURS = re.compile(rf"{_FRONT}(?:{_listed(_BEFORE_OURS)})\s?:\s?\[[^\]]{{0,60}}\d")
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "’": "'", "`": "'", "\u00a0": " "})


def headers_in(value: Any) -> dict[str, str]:
    """Return the headers that are looked at, with short values.

    They may be an object, a list of `{name, value}`, of pairs or of lines, or the mail's header as one text.
    """
    found: dict[str, str] = {}
    for name, said in filter(None, _pairs(value)):
        if name in _HEADERS:
            found.setdefault(name, said[:_LOOKED_AT])
    return found


def unread_headers(value: Any) -> str:
    """Return a sentence on headers in a form that can't be read; empty where each of them can."""
    if value is None or all(_pairs(value)):
        return ""
    return "headers: write an object such as {“Auto-Submitted”: “auto-replied”}, or a list of {name, value}"


def _pairs(value: Any) -> Iterator[tuple[str, str] | None]:
    """Yield name and value of each header; None for one that can't be read."""
    match value:
        case Mapping():
            yield from (_read(*each) for each in cast("Mapping[Any, Any]", value).items())
        case str():
            yield from map(_pair, _lines(value))
        case list() | tuple():
            yield from map(_pair, islice(cast("Iterable[Any]", value), _MOST))
        case _:
            yield None


def _pair(each: Any) -> tuple[str, str] | None:
    match each:
        case Mapping():
            fields = {str(key).casefold(): said for key, said in cast("Mapping[Any, Any]", each).items()}
            name = fields.get("name", fields.get("key"))
            if name is not None and "value" in fields:
                return _read(name, fields["value"])
            return _read(*next(iter(fields.items()))) if len(fields) == 1 else None
        case [str(name), said]:
            return _read(name, said)
        case str() if ":" in each:
            name, _, said = each.partition(":")
            return _read(name, said)
        case _:
            return None


def _read(name: Any, said: Any) -> tuple[str, str] | None:
    """Return a header's name in small letters with its value as text, the first one of several."""
    if isinstance(said, list | tuple):
        said = next(iter(cast("Iterable[Any]", said)), None)
    if isinstance(said, Mapping | list | tuple):
        return None
    return str(name).strip().casefold(), "" if said is None else str(said).strip()


def _lines(text: str) -> list[str]:
    """Return the lines of a mail's header; a line that begins with a space goes on with the one before."""
    header = re.split(r"\r?\n\r?\n", text[:_LONGEST].strip(), maxsplit=1)[0]
    return re.sub(r"\r?\n[ \t]+", " ", header).splitlines()


def is_automatic(headers: Mapping[str, str]) -> bool:
    """Return whether the headers of an e-mail, its subject among them, are those of a machine's message."""
    return any(_HEADERS[name](said) for name, said in headers_in(headers).items())


def has_automatic_subject(subject: str) -> bool:
    """Return whether a subject begins as machines' messages do."""
    plain = _plain(subject[:_LOOKED_AT])
    bare, references = _REFERENCE.subn("", plain)
    bare = bare.strip(" :-–")
    is_of_a_case = references > 0 and _WITH_REFERENCE.match(bare) is not None
    return is_of_a_case or _OURS.match(plain) is not None or _SUBJECT.match(bare) is not None


def _plain(subject: str) -> str:
    """Return the subject decoded, in lower case, without accents, in one line."""
    try:
        read = str(make_header(decode_header(subject))) if "=?" in subject else subject
    except (HeaderParseError, ValueError, LookupError):
        read = subject
    lower = read.casefold().translate(_LETTERS)
    letters = (each for each in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(each))
    return " ".join("".join(letters).split())


def _words(value: str) -> set[str]:
    """Return the words of a header's value, without comments and parameters."""
    return {*re.split(r"[\s,]+", re.split(r"[;(]", value)[0].strip().casefold())}


def _has(*words: str) -> Callable[[str], bool]:
    return lambda value: not _words(value).isdisjoint(words)


def _is_said(value: str) -> bool:
    return _words(value).isdisjoint({"", "no", "none", "false", "0"})


_FROM_A_SERVER = re.compile(r"(?<![\w.+-])(?:mailer-daemon|postmaster)@|^[^@]*\bmailer-daemon(?:>|\s?\(|\s?$)")
_NO_PATH = re.compile(r"<\s*(?:mailer-daemon)?\s*>")

_HEADERS: Mapping[str, Callable[[str], bool]] = {
    "auto-submitted": _is_said,  # RFC 3834: every value but `no`
    "x-auto-response-suppress": _has("all", "autoreply"),  # people's own mail has the other values, too
    "precedence": _has("bulk", "junk", "auto_reply", "auto-reply"),  # mail of people comes through a `list`
    **dict.fromkeys(
        (
            *("x-autoreply", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-autorespond"),
            *("x-autoresponder", "x-autogenerated", "x-fc-machinegenerated", "x-failed-recipients"),
        ),
        _is_said,
    ),
    "return-path": lambda value: _NO_PATH.fullmatch(value.strip().casefold()) is not None,  # RFC 5321: of a bounce
    "content-type": lambda value: value.strip().casefold().startswith("multipart/report"),  # RFC 3464, RFC 8098
    "from": lambda value: _FROM_A_SERVER.search(value.strip().casefold()) is not None,
    "subject": has_automatic_subject,
}
