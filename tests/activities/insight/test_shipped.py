"""The patterns that the shipped policy with an assistant adds to the reader."""

from datetime import UTC, date, datetime

import pytest

from activities.insight.port import Heard, ReadingRequest
from activities.insight.reader import read
from policies.loading.load import SHIPPED, load_catalog
from policies.running.conditions.regular import matches
from policies.state.meaning import Meaning

INSIGHT = load_catalog(SHIPPED, today=date(2026, 6, 1))["assisted"].insight


def meaning(text: str, locale: str = "") -> Meaning:
    """Return the meaning of a message under that policy, from a customer without a known language by default."""
    message = Heard(author="customer", at=datetime(2026, 1, 5, tzinfo=UTC), text=text)
    return read(
        ReadingRequest(messages=(message,), locale=locale, patterns=INSIGHT.patterns, languages=INSIGHT.languages)
    )


@pytest.mark.parametrize(
    "text",
    [
        "Ich möchte bitte mit einem echten Menschen sprechen",
        "Kann ich mit einer Mitarbeiterin reden?",
        "Verbinden Sie mich bitte mit einem anderen Kollegen, das hat so keinen Sinn",
        "Ich will keinen Bot, das bringt doch nichts",
        "Ich will mit jemandem sprechen",
        "Gibt es hier auch echte Menschen?",
    ],
)
def test_germans_ask_for_a_person(text: str) -> None:
    """A customer who writes German and asks for a person is understood."""
    assert meaning(text).asks_for_human


def test_two_words_are_enough_in_the_language_that_a_customer_speaks() -> None:
    """Two German words are enough from a customer known to write German, and their "die" is not the English one."""
    assert meaning("Mitarbeiter bitte!", locale="de-DE").asks_for_human
    assert meaning("Die Karte, die Karte!", locale="de-DE").frustration == 0


@pytest.mark.parametrize(
    ("text", "risks"),
    [
        ("Mein Konto wurde gehackt, was soll ich jetzt tun?", ("security",)),
        ("Ich glaube, mein Konto wurde von jemandem übernommen", ("security",)),
        ("Jemand hat sich in meinem Namen eingeloggt und alles geändert", ("security",)),
        ("Meine Karte wurde mir gestern im Zug gestohlen", ("security",)),
        ("Ich werde das meinem Anwalt geben, wenn ihr euch nicht meldet", ("legal",)),
        ("Mein Passwort wurde geändert und ich war das nicht", ("security",)),
        ("Ich habe gestern meine Karte verloren", ("security",)),
        ("Ich will mein Geld zurück und kündige den Vertrag", ("refund", "cancellation")),
        ("Nach DSGVO müssen Sie alles löschen, was Sie über mich haben", ("privacy",)),
        ("Die Karte ist in der App nicht zu sehen, was kann ich tun?", ()),
        ("Wann kommt das Paket an, ich warte auf einen Anruf vom Fahrer", ()),
        ("Kann mir bitte jemand helfen, ich habe keinen Zugriff auf mein Konto", ()),
        ("Kann mir jemand sagen, warum ich nicht mehr angemeldet bin?", ()),
        ("Mein Konto wurde von der alten Firma übernommen", ()),
        ("Ich habe die Karte für das Spiel verloren", ()),
        ("Ich habe gestern schon mit einem Mitarbeiter gesprochen, der war sehr nett", ()),
        ("Ich möchte nicht mit einem Mitarbeiter sprechen", ()),
        ("Das Gericht war kalt und die Pizza auch", ()),
        ("Ich klage nicht, aber das dauert", ()),
        ("Wie kann ich den Newsletter kündigen?", ()),
        ("Meine Kollegin hat das Konto eingerichtet und ist mit allem sehr zufrieden", ()),
    ],
)
def test_a_risk_is_noticed_in_german(text: str, risks: tuple[str, ...]) -> None:
    """A risk is recognized in German, too, and a calm question is calm."""
    found = meaning(text)
    assert set(found.risks) == set(risks)
    assert not found.asks_for_human
    assert found.frustration == 0


def test_germans_are_angry_too() -> None:
    """A German insult raises the frustration, and is kept as its evidence."""
    found = meaning("Das ist eine Frechheit, ich warte seit drei Wochen auf die Lieferung")
    assert found.frustration >= 0.6
    assert found.evidence == {"frustration": "frechheit"}


@pytest.mark.parametrize(
    ("text", "is_press"),
    [
        ("I will go to the press with this", True),
        ("Next I'm posting it on Twitter", True),
        ("A journalist would like that", True),
        ("I spoke to the press and they are going public", True),
        ("Press and hold does not work", False),
        ("Press the media button", False),
        ("My Twitter account shows an error", False),
        ("How do I log in to Facebook?", False),
        ("I saw your ad on Facebook", False),
    ],
)
def test_the_press_is_no_key(text: str, is_press: bool) -> None:
    """A customer who threatens with the press is told apart from one who presses a button or has a login problem."""
    assert any(matches(pattern, text) for pattern in INSIGHT.keywords["press"]) is is_press
