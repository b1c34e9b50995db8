"""Recognises messages that a machine wrote, by an e-mail's headers and subject, where the sender does not say so.

Promises that a person who answers such a message is not taken for a machine: a subject counts only where it begins
with the words, and no `Re:` stands before them. Must not know what follows.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any, cast

_LOOKED_AT = 300
"""The most characters of a header that are looked at."""

_OPENINGS: Mapping[str, str] = {
    "en": """
        automatic reply|automated reply|automatic response|automated response|autoreply|auto reply|auto-reply
        auto response|auto-response|autoresponse|yahoo! auto response|vacation reply|vacation response|vacation notice
        vacation auto-reply|out of office|out of the office|out-of-office|currently out of office|away from the office
        undelivered mail|undelivered mail returned to sender|undeliverable mail|undeliverable message
        message undeliverable|mail delivery failed|mail delivery failure|mail delivery failure notice
        mail delivery system|mail delivery status report|failure notice|message delivery failure
        delivery status notification|successful mail delivery report|delayed mail|mail system error|returned mail
        nondeliverable mail|non-delivery report|postmaster notify|warning: could not send message
        return receipt (displayed)|read receipt|request received|your request has been received
        we have received your request|we received your request|we've received your request
        we have received your message|we received your message|we've received your message|ticket received
        support ticket opened|your ticket has been created|your ticket has been received|your case has been created
        thank you for your email|thank you for your message|thanks for your inquiry
    """,
    "de": """
        automatische antwort|autom. antwort|automatische ruckantwort|automatische abwesenheitsnotiz
        automatische nachricht|automatische eingangsbestatigung|abwesenheitsnotiz|abwesenheitsmeldung
        abwesenheitsnachricht|nicht im buro|derzeit nicht im buro|urlaubsbenachrichtigung|urlaubsnotiz
        benachrichtigung zum ubermittlungsstatus|lesebestatigung|ihre nachricht konnte nicht zugestellt werden
        unzustellbare nachricht|eingangsbestatigung|ihre anfrage ist eingegangen|ihre anfrage ist bei uns eingegangen
        wir haben ihre anfrage erhalten|wir haben ihre nachricht erhalten|vielen dank fur ihre anfrage
        vielen dank fur ihre nachricht|ihr ticket wurde erstellt
    """,
    "fr": """
        reponse automatique|message automatique|reponse automatique d'absence du bureau|absence du bureau
        absent du bureau|message d'absence|notification d'absence|avis d'absence|message non remis
        notification d'etat de remise|accuse de reception|accuse de lecture|confirmation de lecture
        nous avons bien recu votre demande|nous avons recu votre demande|nous avons bien recu votre message
        votre demande a bien ete recue|demande recue|merci pour votre message
    """,
    "es": """
        respuesta automatica|respuesta automatica de fuera de la oficina
        respuesta automatica por ausencia de la oficina|mensaje automatico|fuera de la oficina|fuera de oficina
        ausente de la oficina|aviso de ausencia|notificacion de estado de entrega|confirmacion de lectura
        acuse de recibo|hemos recibido su solicitud|hemos recibido tu solicitud|hemos recibido su mensaje
        hemos recibido tu mensaje|solicitud recibida|su solicitud ha sido recibida|gracias por su mensaje
    """,
    "it": """
        risposta automatica|messaggio automatico|risposta non al computer|fuori sede|fuori ufficio
        assente dall'ufficio|avviso di assenza|notifica sullo stato del recapito|conferma di lettura
        abbiamo ricevuto la tua richiesta|abbiamo ricevuto la sua richiesta|abbiamo ricevuto il tuo messaggio
        richiesta ricevuta
    """,
    "nl": """
        automatisch antwoord|automatische reactie|automatisch bericht|afwezigheidsbericht|afwezigheidsmelding
        niet op kantoor|buiten kantoor|bericht niet bezorgd|leesbevestiging|ontvangstbevestiging
        we hebben uw aanvraag ontvangen|wij hebben uw bericht ontvangen|we hebben je aanvraag ontvangen
        uw aanvraag is ontvangen|bedankt voor uw bericht
    """,
    "pt": """
        resposta automatica|mensagem automatica|fora do escritorio|ausente do escritorio|ausencia temporaria
        aviso de ausencia|resposta automatica para ausencia do escritorio|notificacao de estado de entrega
        notificacao de status de entrega|confirmacao de leitura|recibo de leitura|recebemos sua solicitacao
        recebemos o seu pedido|recebemos a sua mensagem|recebemos sua mensagem|solicitacao recebida
    """,
    "da": """
        automatisk svar|autosvar|auto svar|automatisk besked|ikke til stede|ikke pa kontoret|fravaersbesked
        fravaersmeddelelse|laesekvittering|vi har modtaget din henvendelse|vi har modtaget din besked
        din henvendelse er modtaget|tak for din henvendelse
    """,
    "no": """
        automatisk svar|autosvar|auto svar|fravaersmelding|fravaersassistent|ikke pa kontoret|ute av kontoret
        lesebekreftelse|vi har mottatt din henvendelse|vi har mottatt henvendelsen din|vi har mottatt meldingen din
        takk for din henvendelse
    """,
    "sv": """
        automatiskt svar|autosvar|auto svar|automatiskt meddelande|franvaromeddelande|ej pa kontoret|inte pa kontoret
        lasbekraftelse|laskvitto|vi har tagit emot ditt arende|vi har tagit emot din forfragan
        vi har tagit emot ditt meddelande|tack for ditt meddelande|ditt arende ar registrerat
    """,
    "pl": """
        odpowiedz automatyczna|automatyczna odpowiedz|autoodpowiedz|wiadomosc automatyczna|poza biurem
        nieobecnosc w biurze|powiadomienie o nieobecnosci|niedostarczona wiadomosc|potwierdzenie przeczytania
        potwierdzenie odczytu|otrzymalismy twoje zgloszenie|otrzymalismy panstwa zgloszenie
        otrzymalismy twoja wiadomosc|zgloszenie przyjete|dziekujemy za kontakt|dziekujemy za wiadomosc
    """,
}
"""The beginnings of subjects, without accents, in the languages whose common words are known.

Left out is what a customer of a shop or a carrier may write, such as “Delivery failed” or “Return receipt”.
"""
_BEFORE_A_COLON = """
    undeliverable|read|not read|away|unzustellbar|gelesen|ungelesen|abwesend|abwesenheit|non remis|lu|non lu|absent
    leido|no leido|no se puede entregar|ausente|non recapitabile|non letto|assente|onbestelbaar|gelezen|afwezig
    niet aanwezig|lida|lido|nao e possivel entregar|laest|kan ikke leveres|lest|fravaerende|franvaro|franvarande
    gar inte att leverera|kan inte levereras|przeczytano|przeczytane|nie mozna dostarczyc|niedostarczalne
    niedostarczone|nieobecnosc
"""
"""Words that count only where a colon follows: notices and receipts of Outlook and Exchange."""
_BEFORE_ANYTHING = (
    "thank you for contacting|thanks for contacting|gracias por contactar|grazie per averci contattato|warning: message"
)
_GOES_ON = (
    "re|fw|autoreply|auto-reply|reply|message|notification|notice|"
    "from|until|till|bis|vom|jusqu|du|hasta|fino|tot|til|od|do"
)
"""The words that may follow an opening without a colon or a dash between."""


def _listed(text: str) -> str:
    return "|".join(re.escape(phrase.strip()) for phrase in re.split(r"[|\n]", text) if phrase.strip())


_SUBJECT = re.compile(
    rf"(?:\[[^\]]{{1,60}}\]\s?)*\[?"
    rf"(?:(?:{_listed('|'.join(_OPENINGS.values()))})(?:\s?$|\s?[^\w\s]|\s(?:{_GOES_ON})\b)"
    rf"|(?:{_listed(_BEFORE_A_COLON)})\s?:"
    rf"|(?:{_listed(_BEFORE_ANYTHING)})\b)"
)
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "’": "'", "`": "'", "\u00a0": " "})


def headers_in(value: Any) -> dict[str, str]:
    """Return the headers that are looked at, with short values; from an object, or from a list of `{name, value}`."""
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
    elif isinstance(value, list | tuple):
        listed = (cast("Mapping[str, Any]", each) for each in cast("list[Any]", value) if isinstance(each, Mapping))
        pairs = ((each.get("name"), each.get("value")) for each in listed)
    named = ((str(name).strip().casefold(), said) for name, said in pairs)
    return {name: _first(said)[:_LOOKED_AT] for name, said in named if name in _HEADERS}


def _first(said: Any) -> str:
    """Return a header's value as text; the first one where it was sent several times."""
    values = cast("list[Any]", said) if isinstance(said, list | tuple) else [said]
    return str(values[0]) if values else ""


def is_automatic(headers: Mapping[str, str]) -> bool:
    """Return whether the headers of an e-mail, its subject among them, are those of a machine's message."""
    return any(_HEADERS[name](said) for name, said in headers_in(headers).items())


def has_automatic_subject(subject: str) -> bool:
    """Return whether a subject begins as machines' messages do."""
    return _SUBJECT.match(_plain(subject[:_LOOKED_AT])) is not None


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
    return _words(value).isdisjoint({"", "no", "none", "false"})


_HEADERS: Mapping[str, Callable[[str], bool]] = {
    "auto-submitted": _is_said,  # RFC 3834: every value but `no`
    "x-auto-response-suppress": _has("all", "autoreply"),  # people's own mail has the other values, too
    "precedence": _has("bulk", "junk", "auto_reply", "auto-reply"),  # mail of people comes through a `list`
    "x-autoreply": _is_said,
    "x-autorespond": _is_said,
    "x-autoresponder": _is_said,
    "return-path": lambda value: value.strip() == "<>",  # RFC 5321: of a bounce or a receipt
    "content-type": lambda value: value.strip().casefold().startswith("multipart/report"),  # RFC 3464, RFC 8098
    "from": lambda value: re.search(r"\b(?:mailer-daemon|postmaster)@", value.casefold()) is not None,
    "subject": has_automatic_subject,
}
