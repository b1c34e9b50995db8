"""The writer's own words of a mail, without quotes and signatures."""

import time

import pytest

from policies.text.written import written

QUOTE = "> Attached. If your account was hacked, or for a refund, reply human."
SENT = "Mon, 3 Nov 2025 at 10:00"


@pytest.mark.parametrize(
    "beneath",
    [
        f"On {SENT}, ACME Assistant <help@acme.example> wrote:\n{QUOTE}",
        f"On {SENT}, ACME Assistant <help@acme.example> wrote:\n\n{QUOTE}\n>\n>> Hello",
        f"On {SENT}, ACME Assistant\n<help@acme.example> wrote:\n{QUOTE}",
        f"On {SENT}, ACME Assistant from the help desk of ACME\nin Cork <help@acme.example>\nwrote:\n{QUOTE}",
        f"Am 03.11.2025 um 10:00 schrieb ACME:\n{QUOTE}",
        f"Am Mo., 3. Nov. 2025 um 10:00 Uhr schrieb ACME\n<help@acme.example>:\n{QUOTE}",
        f"Le lun. 3 nov. 2025 à 10:00, ACME <help@acme.example> a écrit :\n{QUOTE}",
        f"El lun, 3 nov 2025 a las 10:00, ACME (<help@acme.example>) escribió:\n{QUOTE}",
        f"Il giorno lun 3 nov 2025 alle ore 10:00 ACME <help@acme.example> ha scritto:\n{QUOTE}",
        f"Em seg., 3 de nov. de 2025 às 10:00, ACME <help@acme.example> escreveu:\n{QUOTE}",
        f"Op ma 3 nov 2025 om 10:00 schreef ACME <help@acme.example>:\n{QUOTE}",
        f"Den mån 3 nov. 2025 kl 10:00 skrev ACME <help@acme.example>:\n{QUOTE}",
        f"man. 3. nov. 2025 kl. 10:00 skrev ACME <help@acme.example>:\n{QUOTE}",
        f"pon., 3 lis 2025 o 10:00 ACME <help@acme.example> napisał(a):\n{QUOTE}",
        f"On {SENT}, ACME <help@acme.example> wrote:\n\nIf your account was hacked, reply human.\n\nACME",
        "-----Original Message-----\nFrom: ACME\n\nIf your account was hacked, reply human.",
        "-----Ursprüngliche Nachricht-----\nVon: ACME\n\nWurde Ihr Konto gehackt?",
        "From: ACME <help@acme.example>\nSent: Monday, November 3, 2025 10:00 AM\nTo: Kim\nSubject: Re: x\n\nHacked?",
        "*From:* ACME\n*Sent:* Monday, November 3, 2025 10:00 AM\n*To:* Kim\n\nHacked?",
        "Von: ACME\nGesendet: Montag, 3. November 2025 10:00\nAn: Kim\nBetreff: x\n\nGehackt?",
        "De : ACME\nEnvoyé : lundi 3 novembre 2025 10:00\nÀ : Kim\nObjet : x\n\nPiraté ?",
        "De: ACME\nEnviado: lunes, 3 de noviembre de 2025 10:00\nPara: Kim\nAsunto: x\n\n¿Hackeado?",
        "&gt; Attached.\n&gt; Anything else?",
        "-- \nKim Larsen\n\nThis e-mail is confidential. If it is not for you, call our lawyers.",
        "--\nKim Larsen\nHead of Operations",
        "Sent from my iPhone",
        "Get Outlook for Android",
        "Von meinem iPhone gesendet",
        f"--\nKim\n\nOn {SENT}, ACME <help@acme.example> wrote:\n{QUOTE}",
    ],
)
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_quoted_mail_beneath_is_not_the_writers(beneath: str, break_: str) -> None:
    """Only the answer of a mail is read, whatever program and language quoted our mail beneath it."""
    assert written(f"Thanks, all good.\n\n{beneath}".replace("\n", break_)).split() == ["Thanks,", "all", "good."]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> Is it broken?\nYes, it is.\n> A refund?\nPlease.", "Yes, it is.\nPlease."),
        (f"On {SENT}, ACME <help@acme.example> wrote:\n{QUOTE}\n\nI want a refund.", "\nI want a refund."),
        (f"Hello\nOn {SENT}, ACME wrote:\n> A refund?\nYes.", "Hello\nYes."),
        ("Hello\n--\nKim\n\nI want to talk to a human", "Hello\n\nI want to talk to a human"),
    ],
)
def test_answers_between_the_lines_are_kept(text: str, own: str) -> None:
    """A customer who answers point by point, or beneath the quote, is read in full."""
    assert written(text) == own


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, where is my order 4711?",
        "First line\r\nsecond line\n",
        "On Monday your agent wrote:\nwe refund you.\nNothing came.",
        "On 3 November your agent wrote:\nwe refund you.\nNothing came.",
        "From: Berlin\nTo: Paris\nDate: 3 November\nPlease book this.",
        "From: Berlin\nDate: 3 November\nTo: Paris\nPlease book this.",
        "Please help\nSent from my account without my permission: $400",
        "Please see below.\n---------- Forwarded message ---------\nFrom: thief@example.com\nPay or else",
        "Two things:\n--\nno light\n--\nno heat",
        "I paid twice -- or thrice\n---\nPlease look",
    ],
)
def test_words_that_only_look_like_a_quotation_stay(text: str) -> None:
    """Journeys, stories about who wrote what, dashes and forwarded mail are the writer's own and stay unchanged."""
    assert written(text) == text


@pytest.mark.parametrize(
    "text", [QUOTE, f"{QUOTE}\n> Bye", f"On {SENT}, ACME <help@acme.example> wrote:\n{QUOTE}\n\n---", "-- \nKim"]
)
def test_nothing_but_quotes_is_read_whole(text: str) -> None:
    """A message that is nothing but a quote or a signature is read whole."""
    assert written(text) == text


@pytest.mark.parametrize(
    "piece",
    ["\n", ">\n", "1\n", "on 1\n", "on 1 wrote\n", "on 1 " + "wrote " * 50 + ":\n", "from:\nsent: 1:11\n", "--\n", "-"],
)
def test_no_text_holds_a_worker(piece: str) -> None:
    """A text that repeats the start of a quote a hundred thousand times is read in time proportional to its length."""
    began = time.process_time()
    written(piece * (200_000 // len(piece)) + "\nend")
    assert time.process_time() - began < 5
