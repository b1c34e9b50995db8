"""Ready words for the customer: why people take over, and what happens next, in four languages.

Promises one language in one sentence: in a language without words, and of a thing that is not known, it says nothing.
Must not know when a text is told (`telling`).
"""

from collections.abc import Mapping
from typing import cast

from policies.document.document import ReasonCode
from policies.running.facts import HandoffFacts
from policies.text.languages import nearest

WHY: Mapping[str, Mapping[ReasonCode, str]] = {
    "en": {
        "beyond_automation": "because this needs a person",
        "asked_for_human": "because you asked for a person",
        "sentiment": "because this has already taken too much of your patience",
        "low_confidence": "because I can't answer this with certainty",
        "defect": "because something on our side does not work as it should",
        "security": "because this is about the safety of your account",
        "sla": "because you should not have to wait any longer",
        "value": "because this deserves an experienced person",
        "agent_judgement": "because a colleague can help you better with this",
        "policy": "because this is a matter for our specialists",
        "compliance": "because this is about a contract or a legal rule",
    },
    "de": {
        "beyond_automation": "weil das eine Person klären sollte",
        "asked_for_human": "weil Sie mit einer Person sprechen möchten",
        "sentiment": "weil das Ihre Geduld schon zu lange beansprucht",
        "low_confidence": "weil ich das nicht sicher beantworten kann",
        "defect": "weil bei uns etwas nicht so funktioniert, wie es sollte",
        "security": "weil es um die Sicherheit Ihres Kontos geht",
        "sla": "weil Sie nicht länger warten sollen",
        "value": "weil das in erfahrene Hände gehört",
        "agent_judgement": "weil Ihnen damit ein anderes Team besser helfen kann",
        "policy": "weil das eine Sache für unser Fachteam ist",
        "compliance": "weil es um einen Vertrag oder eine gesetzliche Regelung geht",
    },
    "fr": {
        "beyond_automation": "parce que votre demande nécessite une personne",
        "asked_for_human": "parce que vous avez demandé à parler à une personne",
        "sentiment": "parce que cela a déjà trop mis votre patience à l'épreuve",
        "low_confidence": "parce que je ne peux pas répondre avec certitude",
        "defect": "parce que quelque chose ne fonctionne pas comme prévu de notre côté",
        "security": "parce qu'il s'agit de la sécurité de votre compte",
        "sla": "parce que vous ne devriez pas attendre plus longtemps",
        "value": "parce que cela mérite une personne expérimentée",
        "agent_judgement": "parce qu'une autre équipe pourra mieux vous aider",
        "policy": "parce que cela relève de nos spécialistes",
        "compliance": "parce qu'il s'agit d'un contrat ou d'une obligation légale",
    },
    "es": {
        "beyond_automation": "porque esto requiere la atención de una persona",
        "asked_for_human": "porque ha pedido hablar con una persona",
        "sentiment": "porque esto ya ha puesto demasiado a prueba su paciencia",
        "low_confidence": "porque no puedo responderle con certeza",
        "defect": "porque algo por nuestra parte no funciona como debería",
        "security": "porque se trata de la seguridad de su cuenta",
        "sla": "porque no debería esperar más",
        "value": "porque esto merece una persona con experiencia",
        "agent_judgement": "porque otro equipo podrá ayudarle mejor",
        "policy": "porque esto corresponde a nuestros especialistas",
        "compliance": "porque se trata de un contrato o de una norma legal",
    },
}
"""The reason of each move as the end of a sentence, in the polite form. A policy may have words of its own."""

_NEXT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "callback": "You will be called back {callback_at}.",
        "closed": "{team_name} is back {opens_at}.",
        "estimate": "You are number {position} in line, which should take {wait_low} to {wait_high} minutes.",
        "minutes": "You are number {position} in line, which should take {wait_high} minutes.",
        "position": "You are number {position} in line.",
        "promise": "You will hear from a person by {answer_by}.",
        "coming": "A person is reading this and will answer you here.",
        "open": "A person will answer you here.",
    },
    "de": {
        "callback": "Sie werden {callback_at} zurückgerufen.",
        "closed": "{team_name} ist {opens_at} wieder da.",
        "estimate": "Sie sind Nummer {position} in der Reihe, das dauert etwa {wait_low} bis {wait_high} Minuten.",
        "minutes": "Sie sind Nummer {position} in der Reihe, das dauert etwa {wait_high} Minuten.",
        "position": "Sie sind Nummer {position} in der Reihe.",
        "promise": "Bis {answer_by} antwortet Ihnen eine Person.",
        "coming": "Eine Person liest das gerade und antwortet Ihnen hier.",
        "open": "Eine Person antwortet Ihnen hier.",
    },
    "fr": {
        "callback": "Nous vous rappellerons : {callback_at}.",
        "closed": "{team_name} : de retour {opens_at}.",
        "estimate": "Vous êtes au rang {position} dans la file, soit environ {wait_low} à {wait_high} minutes.",
        "minutes": "Vous êtes au rang {position} dans la file, soit environ {wait_high} minutes.",
        "position": "Vous êtes au rang {position} dans la file.",
        "promise": "Une personne vous répondra avant {answer_by}.",
        "coming": "Une personne est en train de lire et vous répondra ici.",
        "open": "Une personne vous répondra ici.",
    },
    "es": {
        "callback": "Le llamaremos: {callback_at}.",
        "closed": "{team_name}: de vuelta {opens_at}.",
        "estimate": "Su turno en la cola es el {position}, unos {wait_low} a {wait_high} minutos.",
        "minutes": "Su turno en la cola es el {position}, unos {wait_high} minutos.",
        "position": "Su turno en la cola es el {position}.",
        "promise": "Una persona le responderá antes de {answer_by}.",
        "coming": "Una persona lo está leyendo y le responderá aquí.",
        "open": "Una persona le responderá aquí.",
    },
}


def why(reason: str, language: str, own: Mapping[str, str]) -> str:
    """Return the reason in the text's language: in the policy's `own` words, else in ours; empty where none has it."""
    ours = {name: str(cast("Mapping[str, str]", words).get(reason, "")) for name, words in WHY.items()}
    for texts in (own, ours):
        if (name := nearest(language, texts)) is not None:
            return texts[name]
    return ""


def what_next(about: HandoffFacts, language: str) -> str:
    """Return what happens next, in the text's language: only what is known, an estimate before a promise."""
    name = nearest(language, _NEXT)
    if name is None:
        return ""
    said = [_NEXT[name][key].format(**_values(about)) for key in _known(about)]
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}" for sentence in said)


def _known(about: HandoffFacts) -> tuple[str, ...]:
    """Return what is known of the next step, by the names of the sentences."""
    promise = ("promise",) if about.answer_by else ()
    if about.callback_at:
        return ("callback",)
    if not about.is_open and about.opens_at:
        return ("closed", *promise)
    if about.wait_high is not None:
        return ("estimate" if about.wait_low is not None and about.wait_low < about.wait_high else "minutes",)
    if about.position:
        return ("position", *promise)
    if about.state == "accepted":
        return ("coming",)
    return promise or ("open",)


def _values(about: HandoffFacts) -> Mapping[str, object]:
    return {name: getattr(about, name) for name in about.__dataclass_fields__}
