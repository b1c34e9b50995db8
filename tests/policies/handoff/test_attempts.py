"""Attempts of the customer and suggestions to them are quoted from the sentences that name them."""

import pytest

from policies.handoff.briefings.attempts import suggested, tried
from policies.handoff.gist import is_the_same


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "Hi! I already tried restarting the router, nothing. Help!",
            "I already tried restarting the router, nothing.",
        ),
        ("We've cleared the cache twice.", "We've cleared the cache twice."),
        ("Tried that already, same error", "Tried that already, same error"),
        ("Ich habe das Gerät schon dreimal neu gestartet.", "Ich habe das Gerät schon dreimal neu gestartet."),
        ("Wir haben bereits alles geprüft.", "Wir haben bereits alles geprüft."),
        ("Bonjour. J'ai déjà essayé de redémarrer", "J'ai déjà essayé de redémarrer"),
        ("Ya he probado a reiniciar el router", "Ya he probado a reiniciar el router"),
        ("I have not tried anything", ""),
        ("Ich habe es noch nicht versucht", ""),
        ("You asked me to wait until Friday", ""),
        ("Where is my parcel?", ""),
        ("", ""),
    ],
)
def test_the_customers_attempts_are_heard(text: str, sentence: str) -> None:
    """A sentence about something that the customer did is found in four languages; nothing undone is."""
    assert tried(text) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "I am happy to help! You can follow your order under “My orders”.",
            "You can follow your order under “My orders”.",
        ),
        ("Have you tried the FAQ?", "Have you tried the FAQ?"),
        ("Bitte starten Sie das Gerät neu.", "Bitte starten Sie das Gerät neu."),
        ("Vous pouvez suivre le colis en ligne.", "Vous pouvez suivre le colis en ligne."),
        ("Puede seguir su pedido en Mis pedidos.", "Puede seguir su pedido en Mis pedidos."),
        ("Hello! How can I help you today?", ""),
        ("Sorry, I could not find an answer to that.", ""),
        ("One moment, please wait for a colleague.", ""),
    ],
)
def test_suggestions_of_an_answer_are_heard(text: str, sentence: str) -> None:
    """An answer's advice is found in four languages; greetings and offers to help are none."""
    assert suggested(text) == sentence


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Re: Parcel is late", "Parcel late", True),
        ("Charged twice for June", "I was charged twice for June and need one back", True),
        ("Refund", "AW: refund", True),
        ("Login", "Invoice", False),
        ("Invoice wrong", "Invoice missing", False),
        ("", "", False),
    ],
)
def test_the_same_problem_is_known_by_its_words(one: str, other: str, *, same: bool) -> None:
    """Two conversations are about the same problem where most words of the shorter text are in both."""
    assert is_the_same(one, other) is same
