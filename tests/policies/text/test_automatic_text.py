"""Automatic messages are recognised by headers and subject: measured on forms with sources, and on people's words."""

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from policies.text.automatic import has_automatic_subject, headers_in, is_automatic, unread_headers

CORPUS = YAML(typ="safe", pure=True).load((Path(__file__).parent / "auto_replies.yaml").read_text(encoding="utf-8"))
DATA = Path(__file__).parents[4] / "shared" / "data"


def headers_of(form: dict[str, Any]) -> dict[str, str]:
    """Return the headers of a form."""
    return {name: str(value) for name, value in form.items() if name not in ("source", "missed")}


def test_nine_of_ten_automatic_messages_are_recognised() -> None:
    """Nine in ten of at least 150 forms, each with its source, are recognised; the others are named as missed."""
    forms = CORPUS["forms"]
    assert len(forms) >= 150
    assert {form["source"] for form in forms} <= {*CORPUS["sources"]}
    missed = [form["Subject"] for form in forms if not is_automatic(headers_of(form))]
    assert missed == [form["Subject"] for form in forms if form.get("missed")]
    assert 1 - len(missed) / len(forms) >= 0.9


def _texts() -> Iterator[str]:
    with (DATA / "topics" / "banking77_train.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["text"] for row in csv.DictReader(file))
    with (DATA / "conversations" / "multidogo_software.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        yield from ((row["utterance"] or "").rpartition(">")[2] for row in rows)
    for line in (DATA / "conversations" / "tweetsumm_valid.jsonl").read_text(encoding="utf-8").splitlines():
        yield from (turn["text"] for turn in json.loads(line)["turns"])


def test_peoples_words_are_not_taken_for_a_machines() -> None:
    """At most one of ten thousand texts that people wrote is taken for an automatic message."""
    if not DATA.is_dir():
        pytest.skip(f"needs texts beside the project's root, in {DATA.parent.name}/{DATA.name}/: see its README.md")
    texts = [text for text in _texts() if text]
    assert len(texts) > 10_000
    alarms = [text for text in texts if has_automatic_subject(text)]
    assert len(alarms) <= len(texts) / 10_000, alarms


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Automatic reply: Your order",
        "AW: Abwesenheitsnotiz",
        "Sv: Autosvar: Din bestilling",
        "Fwd: Undeliverable: Your order",
        "Out of office software does not start",
        "Delivery failed again",
        "Return receipt for my parcel",
        "Ticket received twice",
        "Read my last message",
        "Auto: scratch in the door",
        "Thank you for your message - still broken",
        "Thank you for your email",
        "Vielen Dank für Ihre Anfrage, aber",
        "Vielen Dank für Ihre Nachricht",
        "Gracias por su mensaje",
        "Thanks for your inquiry, here are the details",
        "Thank you for contacting me, but",
        "Thank you for contacting us, but",
        "Wir haben Ihre Nachricht erhalten, aber",
        "We received your request - please explain",
        "Nous avons bien reçu votre message : merci de rappeler",
        "Absent: missing parts",
        "Away: shipping address",
        "Ausente: paquete no llegó",
        "Read: the manual was missing",
        "Lu: question",
        "Lida: where is my order",
        "Letto: manca una gamba",
        "Låst: kontot går inte att öppna",
        "Abwesenheit: Mitarbeiter fehlt in der Liste",
        "Empfangsbestätigung: Paket kam nie an",
        "Accusé de réception : colis perdu",
        "Request received but no answer",
        "Request received: no answer",
        "Ticket received - still no answer",
        "Automatic reply does not work in your product",
        "Automatic reply from your bot is wrong",
        "Automatic reply? I want a person",
        "Out of office message is not sent",
        "Out of office, so please call me",
        "Failure notice from your printer",
        "Postmaster notify",
        "Vacation notice",
        "",
    ],
)
def test_a_person_who_writes_about_it_is_no_machine(subject: str) -> None:
    """A customer who answers a notice, or writes about a parcel, is a person: nothing of theirs is left unanswered."""
    assert not is_automatic({"Subject": subject})


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "no"},
        {"auto-submitted": "NO"},
        {"Precedence": "list"},
        {"Precedence": "first-class"},
        {"X-Auto-Response-Suppress": "OOF"},
        {"X-Auto-Response-Suppress": "DR, RN, NRN"},
        {"X-Auto-Response-Suppress": "None"},
        {"Return-Path": "<ada@example.com>"},
        {"Content-Type": "text/plain"},
        {"Subject": "=?utf-8?B?broken"},
        {"Return-Path": ""},
        {"X-Autoreply": "0"},
        {"X-Failed-Recipients": ""},
        {"From": "support@postmaster-shop.example"},
        {"From": "Postmaster Services <ada@postmaster.example>"},
        {"From": "Mailer-Daemon Fans <ada@example.com>"},
    ],
)
def test_headers_of_peoples_mail_count_for_nothing(headers: dict[str, str]) -> None:
    """Mail of people through a list, or of people whose server wants no notices back, is their own word."""
    assert not is_automatic(headers)


AWAY = {"auto-submitted": "auto-replied", "subject": "Your order"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied", "Subject": "Your order", "X-Mailer": None},
        {"Auto-Submitted": ["auto-replied", "no"], "Subject": ["Your order"]},
        [{"name": "Auto-Submitted", "value": "auto-replied"}, {"name": "Subject", "value": "Your order"}],
        [{"Name": "Auto-Submitted", "Value": "auto-replied"}, {"key": "Subject", "value": "Your order"}],
        [{"Auto-Submitted": "auto-replied"}, {"Subject": "Your order"}],
        [["Auto-Submitted", "auto-replied"], ("Subject", "Your order")],
        ["Auto-Submitted: auto-replied", "Subject: Your order"],
        "Auto-Submitted: auto-replied\r\nSubject: Your order\r\n",
        "Subject: Your\r\n order\r\nAuto-Submitted:\r\n\tauto-replied\r\n\r\nPrecedence: this is the text",
        "Auto-Submitted: auto-replied\nSubject: Your order",
    ],
)
def test_headers_are_read_in_each_common_form(headers: Any) -> None:
    """The headers of a mail may be an object, pairs, lines or one text: each tells the same."""
    assert (headers_in(headers), unread_headers(headers)) == (AWAY, "")


@pytest.mark.parametrize("headers", [7, "auto-replied", ["auto-replied"], [["a", "b", "c"]], {"Precedence": {"a": 1}}])
def test_headers_that_cannot_be_read_are_told(headers: Any) -> None:
    """Headers in a form that Baton does not know count for nothing, and the sender is told the forms that it knows."""
    assert headers_in(headers) == {}
    assert "list of {name, value}" in unread_headers(headers)


def test_no_headers_are_nothing_to_tell() -> None:
    """A message without headers, or with none in them, is no matter for a line."""
    assert [unread_headers(headers) for headers in (None, {}, [], "")] == ["", "", "", ""]


def test_any_subject_is_looked_at_in_no_time() -> None:
    """A subject of any length and content takes less than a hundredth of a second."""
    subjects = ["[" * 100_000, "[a] " * 50_000, "automatic " * 20_000, "ä" * 200_000, "=?utf-8?Q?" * 20_000]
    began = time.process_time()
    assert not any(map(has_automatic_subject, subjects))
    assert (time.process_time() - began) / len(subjects) < 0.01
