"""The language of a message, as far as its words show it."""

import pytest

from activities.insight.languages import recognised


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I would like to know where my order is", "en"),
        ("Hello", "en"),
        ("Give me a refund", "en"),
        ("Where do I go to change my PIN?", "en"),
        ("Ich möchte mit einem Menschen sprechen", "de"),
        ("Wo ist mein Paket?", "de"),
        ("Je voudrais parler à quelqu'un, où est mon colis ?", "fr"),
        ("J'ai perdu ma carte", "fr"),
        ("Quiero hablar con un agente humano", "es"),
        ("¿Dónde está mi pedido?", "es"),
        ("Vorrei parlare con una persona", "it"),
        ("Dov'è il mio pacco?", "it"),
        ("Quero falar com uma pessoa, onde está o meu pedido?", "pt"),
        ("Waar is mijn pakket?", "nl"),
        ("Jag vill prata med en människa", "sv"),
        ("Jeg vil gerne tale med et menneske, hvad gør jeg?", "da"),
        ("Jeg vil snakke med et menneske, hva gjør jeg?", "no"),
        ("Chcę rozmawiać z człowiekiem", "pl"),
    ],
)
def test_a_language_is_recognised(text: str, language: str) -> None:
    """A customer's language is recognized from their own words, also when no system has named it."""
    assert recognised([text]) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "ok a",
        "on me a",
        "Merci",
        "me hackearon la cuenta",
        "order 4711",
        "The Die ist in was",
        "Bitte, I want a refund, s'il vous plaît, danke",
        "Jeg vil ha en til",
        "はい",
        "hai",
    ],
)
def test_where_words_are_not_clear_nothing_is_said(text: str) -> None:
    """Words that several languages share, a single foreign word and a mixture of two languages show no language."""
    assert recognised([text]) == ""


def test_a_change_of_language_is_noticed() -> None:
    """The last three messages count: one other word changes nothing, a few sentences change the language."""
    german = ["Wo ist mein Paket?", "Ich warte schon seit einer Woche", "Das ist nicht gut"]
    assert recognised(["Where is my parcel?", *german]) == "de"
    assert recognised([*german[:2], "ok"]) == "de"
