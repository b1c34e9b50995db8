"""Attempts: the sentence in which a customer says what they have tried, or an answer suggests what they could do.

Promises the writer's own sentence, in English, German, French or Spanish, and nothing where no sentence says so.
Patterns guess, so the sentence is quoted. Must not know moods or readings.
"""

import re

from policies.handoff.gist import sentences

_EN = """
    tried restarted rebooted reset reinstalled uninstalled updated upgraded unplugged cleared checked verified
    followed logged signed refreshed reconnected replaced contacted called emailed asked
""".split()  # noqa: SIM905  as a list it would take a page
_DE = """
    versucht probiert ausprobiert gestartet neugestartet zurückgesetzt installiert aktualisiert gelöscht geleert
    geprüft überprüft kontrolliert angerufen abgemeldet angemeldet ausgesteckt befolgt
""".split()  # noqa: SIM905  as a list it would take a page
_FR = """
    essayé tenté redémarré réinstallé réinitialisé vérifié vidé débranché contacté appelé suivi déconnecté
    actualisé
""".split()  # noqa: SIM905  as a list it would take a page
_ES = """
    probado intentado reiniciado reinstalado restablecido comprobado verificado borrado desenchufado contactado
    llamado seguido actualizado
""".split()  # noqa: SIM905  as a list it would take a page
_ES_PAST = """
    probé intenté reinicié reinstalé comprobé llamé contacté actualicé
""".split()  # noqa: SIM905  as a list it would take a page
_DONE = (*_EN, *_DE, *_FR, *_ES, *_ES_PAST)
_TRIED = re.compile(
    rf"\b(?:i|we)(?:[’']ve| have| had)?(?: (?:already|also|just|even|then|both))* (?:{'|'.join(_EN)})\b"
    rf"|\balready (?:{'|'.join(_EN)})\b|^tried\b"
    r"|\b(?:ich|wir) (?:habe?n?)\b(?!.{0,60}\b(?:nicht|nie|kein\w*)\b).{0,60}"
    rf"\b(?:{'|'.join(_DE)})\b"
    rf"|\bhabe?n?(?: (?:ich|wir))? (?:es )?(?:schon|bereits)\b.{{0,60}}\b(?:{'|'.join(_DE)})\b"
    rf"|\b(?:j[’']ai|nous avons|on a)(?: (?:déjà|aussi|même))* (?:{'|'.join(_FR)})\b"
    rf"|\b(?:he|hemos)(?: (?:ya|también|incluso))* (?:{'|'.join(_ES)})\b"
    rf"|\bya (?:{'|'.join(_ES_PAST)})\b",
    re.I,
)
_ADVICE = (
    # English
    "try|please|you can|you could|you may|you should|you need to|you have to|have you tried|have you checked|"
    "did you try|make sure|i suggest|i recommend|go to|click|see the|see our|see your|restart|reset|reinstall|"
    "clear your|check your|check the|check whether|check if|"
    # German
    "bitte|versuchen sie|probieren sie|sie können|können sie|haben sie schon|haben sie bereits|stellen sie sicher|"
    "klicken sie|gehen sie|starten sie|prüfen sie|du kannst|"
    # French
    "veuillez|essayez|vous pouvez|avez-vous|cliquez|redémarrez|vérifiez|assurez-vous|merci de|tu peux|"
    # Spanish
    "pruebe|intente|puede|ha probado|asegúrese|haga clic|reinicie|compruebe|por favor|puedes"
)
_SUGGESTING = tuple(_ADVICE.split("|"))
_SUGGESTS = re.compile(rf"\b(?:{_ADVICE})\b", re.I)
_OFFERS_HELP = re.compile(
    r"\b(?:how|what) (?:can|may|could) i\b|\bhelp you\b|\bwie kann ich\b|\bcomment puis-je\b|\ben qué puedo\b"
    r"|\b(?:please wait|one moment|bitte warten|veuillez patienter|por favor,? espere)\b",
    re.I,
)


def tried(text: str) -> str:
    """Return the sentence in which the customer says what they have tried; empty where none does."""
    return _first(text, _DONE, _TRIED)


def suggested(text: str) -> str:
    """Return the sentence of an answer that suggests something; empty where none does."""
    return _first(text, _SUGGESTING, _SUGGESTS, but=_OFFERS_HELP)


def _first(text: str, words: tuple[str, ...], pattern: re.Pattern[str], but: re.Pattern[str] | None = None) -> str:
    """Return the first sentence that the pattern fits. Sentences with none of its words are many, and cost little."""
    if not _has_any(text, words):
        return ""
    for sentence in sentences(text):
        if _has_any(sentence, words) and pattern.search(sentence) and not (but and but.search(sentence)):
            return sentence
    return ""


def _has_any(text: str, words: tuple[str, ...]) -> bool:
    small = text.lower()
    return any(word in small for word in words)
