"""The words for times and for a call in each language, as customers write them.

Must not know how words make a time (`reading`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

TokenKind = Literal[
    "call", "stop", "filler", "day", "weekday", "part", "relation", "and", "number", "first", "later", "half of day",
    "clock", "minutes", "unit", "in", "time", "phone", "unknown",
]  # fmt: skip
"""The kinds of words. `first` and `later` change the hour that comes after or before them: “half past five”."""
PartOfDay = Literal["morning", "noon", "afternoon", "evening"]
Relation = Literal["at", "from", "before", "between"]


class Token(NamedTuple):
    """One word or phrase, with what it means."""

    kind: TokenKind
    value: str | int = 0


@dataclass(frozen=True)
class TimeWords:
    """The words of one language; `|` stands between words that mean the same."""

    call: str
    stop: str
    filler: str
    relations: Mapping[Relation, str]
    between: str
    numbers: str
    days: tuple[str, str, str]
    weekdays: str
    parts: Mapping[PartOfDay, str]
    first: Mapping[int, str]
    later: Mapping[int, str]
    halves: tuple[str, str]
    clock: str
    within: str
    spans: Mapping[int, str]
    units: Mapping[int, str]

    @cached_property
    def phrases(self) -> Mapping[str, Token]:
        """Every phrase with its meaning."""
        found: dict[str, Token] = {}
        said: list[tuple[str, Token]] = [
            (self.filler, Token("filler")),
            *((words, Token("number", number)) for number, words in enumerate(self.numbers.split(), start=1)),
            *((words, Token("weekday", number)) for number, words in enumerate(self.weekdays.split())),
            *((words, Token("day", number)) for number, words in enumerate(self.days)),
            *((words, Token("part", name)) for name, words in self.parts.items()),
            *((words, Token("relation", name)) for name, words in self.relations.items()),
            *((words, Token("first", minutes)) for minutes, words in self.first.items()),
            *((words, Token("later", minutes)) for minutes, words in self.later.items()),
            *((words, Token("half of day", name)) for name, words in zip(("am", "pm"), self.halves, strict=True)),
            *((words, Token("minutes", minutes)) for minutes, words in self.spans.items()),
            *((words, Token("unit", minutes)) for minutes, words in self.units.items()),
            (self.clock, Token("clock")),
            (self.between, Token("and")),
            (self.within, Token("in")),
            (self.call, Token("call")),
            (self.stop, Token("stop")),
        ]
        for words, token in said:
            found |= dict.fromkeys(filter(None, words.split("|")), token)
        return found

    @cached_property
    def longest(self) -> int:
        """The words of the longest phrase."""
        return max(len(phrase.split()) for phrase in self.phrases)


VOCABULARIES: Mapping[str, TimeWords] = {
    "en": TimeWords(
        call="call me back|call me|callback|call back|ring me back|ring me|phone me|give me a call|give me a ring",
        stop="not|no|never|don't|dont|do not|didn't|wasn't|isn't|can't|cannot|said|promised|promise|told|called|rang|"
        "was|were|had|did|yesterday|since|ago|last|already|instead|midnight|why|who|january|february|march|april|may|"
        "june|july|august|september|october|november|december|next week|week|weeks",
        filler="please|pls|thanks|thank you|thx|ok|okay|yes|yeah|sure|great|perfect|fine|good|hi|hello|i|i'd|i'm|me|"
        "you|we|would|could|can|like|prefer|rather|better|best|be|works|work|suits|suit|free|available|if|possible|"
        "then|so|on|the|a|an|my|mobile|phone|cell|number|for|to|and|maybe|perhaps|time|this|next|any time|anytime|"
        "sometime|now|asap|as soon as possible|soon|back",
        relations={
            "at": "at|around|about",
            "from": "after|from|not before|starting|earliest",
            "before": "before|by|until|till",
            "between": "between",
        },
        between="and|to|-",
        numbers="one two three four five six seven eight nine ten eleven twelve",
        days=("today", "tomorrow|tmrw|tomorow|tommorow", "day after tomorrow|the day after tomorrow"),
        weekdays="monday|mon tuesday|tue wednesday|wed thursday|thu friday|fri saturday|sat sunday|sun",
        parts={
            "morning": "in the morning|this morning|morning",
            "noon": "at noon|noon|midday|lunchtime|at lunch",
            "afternoon": "in the afternoon|this afternoon|afternoon",
            "evening": "in the evening|this evening|evening|tonight|at night",
        },
        first={30: "half past|half", 15: "quarter past|a quarter past", -15: "quarter to|a quarter to"},
        later={},
        halves=("am", "pm"),
        clock="o'clock|oclock|hrs",
        within="in|within",
        spans={30: "half an hour", 60: "an hour", 90: "an hour and a half"},
        units={60: "hours|hour|h", 1: "minutes|minute|mins|min"},
    ),
    "de": TimeWords(
        call="rufen sie mich an|rufen sie mich|rufen sie mich zurück|ruf mich an|ruf mich zurück|rufen sie zurück|"
        "ruft mich an|rückruf|zurückrufen|zurückgerufen werden|anrufen|einen anruf|mich anrufen|um rückruf",
        stop="nicht|kein|keine|keinen|nie|niemals|gesagt|versprochen|sagten|hatte|hatten|wurde|wollte|wollten|sollten|"
        "gestern|seit|vorgestern|schon|bereits|letzten|warum|wer|mitternacht|statt|januar|februar|märz|april|mai|juni|"
        "juli|august|september|oktober|november|dezember|woche|wochen",
        filler="bitte|danke|ja|gern|gerne|ok|okay|gut|prima|super|passt|passt mir|hallo|ich|mich|mir|sie|wäre|würde|"
        "möchte|könnten|können|kann|lieber|am besten|besser|geht|ginge|wenn|möglich|wenn möglich|dann|an|am|der|die|"
        "den|dem|auf|mein|meinem|handy|telefon|nummer|meine|vielleicht|so|etwa|ungefähr|erst|erreichbar|bin|zurück|für|"
        "um|mal|nächsten|diesen|kommenden|jetzt|sofort|bald|so schnell wie möglich",
        relations={
            "at": "um|gegen|so um",
            "from": "nach|ab|von|nicht vor|frühestens|erst nach",
            "before": "vor|bis|spätestens",
            "between": "zwischen",
        },
        between="und|bis|-",
        numbers="ein|eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        days=("heute", "morgen", "übermorgen"),
        weekdays="montag|mo dienstag|di mittwoch|mi donnerstag|do freitag|fr samstag|sonnabend|sa sonntag|so",
        parts={
            "morning": "am morgen|am vormittag|vormittag|vormittags|früh|morgens|in der früh",
            "noon": "mittag|mittags|am mittag",
            "afternoon": "nachmittag|nachmittags|am nachmittag",
            "evening": "abend|abends|am abend",
        },
        first={30: "", 15: "viertel nach", -15: "viertel vor", -30: "halb"},
        later={},
        halves=("", ""),
        clock="uhr",
        within="in",
        spans={30: "einer halben stunde", 60: "einer stunde", 90: "eineinhalb stunden"},
        units={60: "stunden|stunde|std", 1: "minuten|minute|min"},
    ),
    "fr": TimeWords(
        call="rappelez-moi|rappelez moi|rappelle-moi|appelez-moi|appelez moi|me rappeler|m'appeler|rappel|être rappelé|"
        "être rappelée|un appel",
        stop="pas|ne|jamais|non|dit|promis|deviez|devait|hier|depuis|déjà|avez|avait|était|pourquoi|qui|minuit|janvier|"
        "février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|semaine|semaines|dernier",
        filler="s'il vous plaît|s'il te plaît|svp|stp|merci|oui|d'accord|ok|bien|parfait|bonjour|je|j'aimerais|vous|"
        "voudrais|préfère|préférerais|pouvez-vous|pourriez-vous|pouvez|mieux|si|possible|si possible|serait|le|la|l'|"
        "les|un|une|sur|mon|portable|téléphone|numéro|plutôt|disponible|suis|peut-être|prochain|alors|donc|de|du|"
        "dans la journée|maintenant|dès que possible|le plus vite possible",
        relations={
            "at": "à|vers|autour de",
            "from": "après|à partir de|dès|pas avant",
            "before": "avant|jusqu'à|d'ici",
            "between": "entre",
        },
        between="et|-",
        numbers="une|un deux trois quatre cinq six sept huit neuf dix onze douze",
        days=("aujourd'hui", "demain", "après-demain|après demain"),
        weekdays="lundi mardi mercredi jeudi vendredi samedi dimanche",
        parts={
            "morning": "matin|le matin|ce matin|dans la matinée|en matinée",
            "noon": "midi|à midi|ce midi",
            "afternoon": "après-midi|après midi|l'après-midi|cet après-midi|dans l'après-midi",
            "evening": "soir|ce soir|le soir|en soirée|dans la soirée",
        },
        first={},
        later={30: "et demie|et demi", 15: "et quart", -15: "moins le quart|moins quart"},
        halves=("du matin", "de l'après-midi|du soir"),
        clock="heures|heure|h",
        within="dans",
        spans={30: "une demi-heure|une demi heure", 60: "une heure", 90: "une heure et demie"},
        units={60: "heures|heure|h", 1: "minutes|minute|min"},
    ),
    "es": TimeWords(
        call="llámeme|llameme|llámame|llamame|llámenme|llamarme|me llame|me llamen|que me llamen|devuélvame la llamada|"
        "devolverme la llamada|una llamada",
        stop="no|nunca|dijo|dijeron|dijiste|prometió|prometieron|ayer|desde hace|hace|ya|había|era|llamó|llamaron|"
        "por qué|quién|medianoche|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|"
        "diciembre|semana|semanas",
        filler="por favor|gracias|sí|si|vale|ok|bien|perfecto|hola|yo|me|usted|quisiera|querría|prefiero|preferiría|"
        "puede|pueden|podría|mejor|posible|si es posible|sería|el|la|las|los|un|una|al|mi|móvil|teléfono|número|"
        "entonces|pues|disponible|estoy|quizás|próximo|este|de|que|en|hora|horas|ahora|cuanto antes|lo antes posible",
        relations={
            "at": "a las|a la|sobre las|hacia las|alrededor de las",
            "from": "después de las|después de la|a partir de las|a partir de la|desde las|no antes de las|después de",
            "before": "antes de las|antes de la|hasta las|antes de",
            "between": "entre las|entre la|entre",
        },
        between="y|y las|-",
        numbers="una|uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        days=("hoy", "mañana", "pasado mañana"),
        weekdays="lunes martes miércoles|miercoles jueves viernes sábado|sabado domingo",
        parts={
            "morning": "por la mañana|esta mañana|en la mañana|de mañana",
            "noon": "mediodía|al mediodía|a mediodía",
            "afternoon": "por la tarde|esta tarde|en la tarde|tarde",
            "evening": "por la noche|esta noche|en la noche|noche",
        },
        first={},
        later={30: "y media", 15: "y cuarto", -15: "menos cuarto"},
        halves=("de la mañana", "de la tarde|de la noche"),
        clock="horas|h|en punto",
        within="en|dentro de",
        spans={30: "media hora", 60: "una hora", 90: "una hora y media"},
        units={60: "horas|hora|h", 1: "minutos|minuto|min"},
    ),
}
