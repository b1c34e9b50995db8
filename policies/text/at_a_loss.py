"""An assistant's answer that helps nobody: it says that it does not know, or says the same as before.

The words are those of English, German, French and Spanish. They are part of the behaviour of running conversations: a
change of them needs a new edition. Must not know what follows.
"""

import re

from policies.text.comparable import comparable

_ENGLISH = (
    r"\bi(?:'m| am)? (?:really |sorry,? but i )?(?:can'?t|cannot|can not|(?:am |'m )?not able to|(?:am )?unable to|"
    r"couldn'?t|could not|wasn'?t able to|was not able to|(?:don'?t|do not) know how to) (?:\w+ ){0,2}(?:help|assist|"
    r"answer|understand|find|handle|resolve|solve|process|do (?:that|this)|look (?:that|this|it) up)\b",
    r"\bi (?:don'?t|do not|didn'?t|did not) (?:\w+ )?(?:have (?:\w+ ){0,2}(?:information|answers?|access|data|details|"
    r"knowledge)|know (?:the answer|that|this|about|how|enough)|"
    r"(?:quite )?(?:understand|get|catch) (?:your|the|what|that|you)\b)",
    r"\b(?:outside|beyond) (?:of )?(?:my|what i|the scope|the things i)\b|\bout of (?:my )?scope\b",
    r"\bnot something (?:i|that i)(?: am|'m)? (?:can|could|know|able|trained)|\b(?:wasn'?t|(?:'m|am) not) trained\b",
    r"\b(?:could|can|would) you (?:please |kindly )?(?:rephrase|reword|say that differently)",
    r"\b(?:please|try to) rephrase\b|\btry rephrasing\b",
    r"\bi(?:'m| am) not sure (?:i understand|how to|what you mean|i can|i follow|about that)",
    r"\b(?:could not|couldn'?t|can'?t|cannot|unable to) find (?:an?|any|the)? ?"
    r"(?:answers?|information|matching|article|result)",
)
_HELP = (
    r"(?:helfen|weiterhelfen|beantworten|verstanden|verstehen|finden|gefunden|informationen?|antwort|zugriff|wissen|"
    r"lösen|in der lage|weiter|sagen)"
)
_GERMAN = (
    rf"\bich (?:kann|konnte|habe|bin|finde)\b[^.?!]{{0,40}}\b(?:nicht|keine[rn]?|nichts)\b[^.?!]{{0,30}}\b{_HELP}\b",
    rf"\b(?:kann|konnte|habe|finde) ich\b[^.?!]{{0,40}}\b(?:nicht|keine[rn]?|nichts)\b[^.?!]{{0,30}}\b{_HELP}\b",
    rf"\bich (?:kann|konnte|habe)\b[^.?!]{{0,40}}\b{_HELP}\b[^.?!]{{0,20}}\bnicht\b",
    r"\b(?:weiß|verstehe|kenne) ich\b[^.?!]{0,20}\bnicht\b",
    r"\bich (?:weiß|verstehe|kenne) (?:das|es|die antwort|ihre frage|die frage|sie)?\W{0,2}(?:leider )?nicht\b",
    r"\baußerhalb (?:meine|dessen|von dem)|\b(?:liegt|geht) (?:über|außerhalb)\b[^.?!]{0,30}\bmöglichkeiten\b",
    r"\b(?:anders|neu|umzu)\W?formulieren\b|\bumformulieren\b",
)
_FRENCH = (
    r"\bje (?:ne |n')(?:\w+ )?(?:sais|comprends|trouve|dispose|connais|maîtrise)\b[^.?!]{0,15}\bpas\b",
    r"\bje (?:ne |n')(?:\w+ )?(?:peux|suis|parviens|ai)\b[^.?!]{0,15}\bpas\b[^.?!]{0,25}"
    r"\b(?:aider|répondre|compris|comprendre|trouvé|trouver|réponse|informations?|accès|mesure|traiter|résoudre)\b",
    r"\bje n'ai (?:aucune|trouvé aucune|rien trouvé|pu trouver)\b",
    r"\b(?:en dehors|au-delà|hors) de (?:mes|mon|ma|ce que je)\b|\b(?:reformuler|reformulez)\b",
)
_SPANISH = (
    r"\bno (?:le |te |lo |la |les |os )?(?:puedo|pude|sé|entiendo|entendí|comprendo|dispongo|tengo|encuentro|encontré|"
    r"he (?:entendido|encontrado|podido)|soy capaz|cuento con|estoy segur[oa]|conozco)\b[^.?!]{0,40}\b(?:ayudar\w{0,4}|"
    r"responder\w{0,4}|resolver\w{0,4}|información|respuesta|eso|esa|ese|datos|acceso|lo que|su|tu|la pregunta|bien)\b",
    r"\b(?:fuera|más allá) de (?:mi|mis|lo que)\b|\b(?:reformul\w{1,6})\b",
)
_AT_A_LOSS = re.compile("|".join((*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH)), re.I)
_WORD = re.compile(r"\w+")
_FEWEST_WORDS, _SHARED = 6, 0.85
"""The fewest words of answers that are compared, and the share of words that makes them the same."""


def is_at_a_loss(text: str) -> bool:
    """Return whether an assistant's answer says that it does not know, can't help or has not understood."""
    return bool(_AT_A_LOSS.search(comparable(text)))


def says_the_same(text: str, before: str) -> bool:
    """Return whether two answers have nearly the same words; short ones, such as a greeting, may be alike."""
    one, other = (set(_WORD.findall(comparable(each).lower())) for each in (text, before))
    return min(len(one), len(other)) >= _FEWEST_WORDS and len(one & other) >= _SHARED * max(len(one), len(other))
