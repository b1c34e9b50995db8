"""The reasons of a handoff in words for customers, in four languages: “I am getting our support team, because …”.

Promises words for every reason code, and none in a language that has none here. Must not know when they are told.
"""

from collections.abc import Iterable, Mapping

from policies.document.document import ReasonCode
from policies.text.languages import language_in

REASONS: Mapping[str, Mapping[ReasonCode, str]] = {
    "en": {
        "beyond_automation": "this needs a person",
        "asked_for_human": "you asked for a person",
        "sentiment": "this has not gone well so far",
        "low_confidence": "I am not sure of my answer",
        "defect": "something of ours does not work",
        "security": "your account may be in danger",
        "sla": "you should not wait any longer",
        "value": "this matters too much for an assistant",
        "agent_judgement": "a colleague asked for it",
        "policy": "our rules say so",
        "compliance": "contracts and regulations need an expert",
    },
    "de": {
        "beyond_automation": "das ein Mensch klären muss",
        "asked_for_human": "Sie mit einem Menschen sprechen möchten",
        "sentiment": "es bisher nicht gut gelaufen ist",
        "low_confidence": "ich mir bei der Antwort nicht sicher bin",
        "defect": "bei uns etwas nicht funktioniert",
        "security": "Ihr Konto in Gefahr sein kann",
        "sla": "Sie nicht länger warten sollen",
        "value": "das zu wichtig für einen Assistenten ist",
        "agent_judgement": "ein Kollege darum gebeten hat",
        "policy": "unsere Regeln es so vorsehen",
        "compliance": "Verträge und Vorschriften in die Hände von Fachleuten gehören",
    },
    "fr": {
        "beyond_automation": "cela demande une personne",
        "asked_for_human": "vous avez demandé une personne",
        "sentiment": "cela ne s'est pas bien passé jusqu'ici",
        "low_confidence": "je ne suis pas sûr de ma réponse",
        "defect": "quelque chose ne fonctionne pas chez nous",
        "security": "votre compte est peut-être en danger",
        "sla": "vous ne devez pas attendre plus longtemps",
        "value": "c'est trop important pour un assistant",
        "agent_judgement": "un collègue l'a demandé",
        "policy": "nos règles le prévoient",
        "compliance": "les contrats et la réglementation demandent un spécialiste",
    },
    "es": {
        "beyond_automation": "esto necesita a una persona",
        "asked_for_human": "usted ha pedido hablar con una persona",
        "sentiment": "hasta ahora no ha ido bien",
        "low_confidence": "no estoy seguro de mi respuesta",
        "defect": "algo nuestro no funciona",
        "security": "su cuenta puede estar en peligro",
        "sla": "no debe esperar más",
        "value": "esto es demasiado importante para un asistente",
        "agent_judgement": "un compañero lo ha pedido",
        "policy": "así lo dicen nuestras reglas",
        "compliance": "los contratos y las normas necesitan a un especialista",
    },
}


def in_words(reason: str, languages: Iterable[str]) -> str:
    """Return the reason in the first of the languages; empty where that has no words, or for an unknown reason."""
    first = next(iter(languages), "")
    return next((words for code, words in REASONS.get(language_in(first), {}).items() if code == reason), "")
