"""Redaction: the parts of a customer's words that are hidden in Slack."""

import signal
from collections.abc import Iterator

import pytest

from policies.document.escalations import Redaction
from policies.text.redaction import redact, without_secrets

ALL: tuple[Redaction, ...] = ("emails", "phones", "cards")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("write to rosa.diaz+billing@acme.example, please", "write to [email], please"),
        ("<rosa@mail.acme.co.uk>", "<[email]>"),
        ("josé@müller.example", "[email]"),
        ("@anna said so at 5 pm", "@anna said so at 5 pm"),
        ("ends with a@b.example.", "ends with [email]."),
    ],
)
def test_email_addresses_are_hidden(words: str, shown: str) -> None:
    """A policy that hides e-mail addresses shows that there was one, and everything around it."""
    assert redact(words, ["emails"]) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("call +49 30 1234567 now", "call [phone] now"),
        ("call (030) 123-4567", "call [phone]"),
        ("0171/2345678.", "[phone]."),
        ("555-123-4567", "[phone]"),
        ("5551234567", "[phone]"),
        ("1 (800) 555-1234", "[phone]"),
        ("call 555-1234", "call [phone]"),
        ("since 2026-11-21 10:05", "since 2026-11-21 10:05"),
        ("since 01.02.2026", "since 01.02.2026"),
        ("order 4711-22", "order 4711-22"),
        ("order 12345678", "order 12345678"),
        ("host 192.168.100.200", "host 192.168.100.200"),
        ("I paid 1,000,000.00", "I paid 1,000,000.00"),
    ],
)
def test_telephone_numbers_are_hidden(words: str, shown: str) -> None:
    """A policy that hides telephone numbers leaves dates, amounts and order numbers readable."""
    assert redact(words, ["phones"]) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("my card 4111 1111 1111 1111 was charged", "my card [card] was charged"),
        ("4111-1111-1111-1111", "[card]"),
        ("378282246310005", "[card]"),
        ("order 12345 4111 1111 1111 1111 and 5500005555555559", "order 12345 [card] and [card]"),
        ("4111 1111 1111 1112 is not a card", "4111 1111 1111 1112 is not a card"),
        ("٤١١١١١١١١١١١١١١١", "[card]"),
    ],
)
def test_card_numbers_are_hidden(words: str, shown: str) -> None:
    """A card number is recognized by its check digit, however it is written and with other digits beside it."""
    assert redact(words, ["cards"]) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            "my name is Christopher and password is 6587589, thanks",
            "my name is Christopher and password is [secret], thanks",
        ),
        ("user joe password 5633", "user joe password [secret]"),
        ("Password: hunter\nUser: joe", "Password: [secret]\nUser: joe"),
        ("pin=1234.", "pin=[secret]."),
        ("My PIN was 0815!", "My PIN was [secret]!"),
        ("the verification code is 481-516", "the verification code is [secret]"),
        ("mein Passwort ist geheim_1", "mein Passwort ist [secret]"),
        ("My password is: hunter2", "My password is: [secret]"),
        ("PIN code: 4711", "PIN code: [secret]"),
        ("PIN number is 4711", "PIN number is [secret]"),
        ("OTP code: 123456", "OTP code: [secret]"),
        ("my password is now hunter2", "my password is now [secret]"),
        ("Passwort lautet geheim1", "Passwort lautet [secret]"),
        ("passwords: hunter2", "passwords: [secret]"),
        ("password (password: hunter2)", "password (password: [secret])"),
        ('the password is "hunter2".', 'the password is "[secret]".'),
        ("Forgot password: can't log in", "Forgot password: can't log in"),
        ("Password: not working", "Password: not working"),
        ("please pin order#4711", "please pin order#4711"),
        ("my password is wrong", "my password is wrong"),
        ("I forgot my password again, order 4711", "I forgot my password again, order 4711"),
        ("the password reset of 5 May", "the password reset of 5 May"),
        ("pinned 1234 spinning", "pinned 1234 spinning"),
    ],
)
def test_passwords_and_codes_are_hidden(words: str, shown: str) -> None:
    """A password, PIN or code that a customer writes is hidden; a sentence about passwords is not."""
    assert without_secrets(words) == shown


def test_all_kinds_together_hide_everything_once() -> None:
    """A message with an address, a phone number and a card number shows all its other words."""
    words = "I am rosa@acme.example, +1 555 123 4567, card 4111 1111 1111 1111: charged twice!"
    assert redact(words, ALL) == "I am [email], [phone], card [card]: charged twice!"


def test_words_hide_all_of_it() -> None:
    """A team that may not show customers' words outside the helpdesk shows none."""
    assert redact("Hello", ["words"]) == ""


def test_nothing_is_hidden_unasked() -> None:
    """A policy that hides nothing shows a customer's words as written."""
    assert redact("rosa@acme.example 4111 1111 1111 1111", []) == "rosa@acme.example 4111 1111 1111 1111"


@pytest.fixture
def one_second_of_work() -> Iterator[None]:
    """Fail the test once this process has computed for a second, however long it had to wait for the machine."""

    def fail(_signal: int, _frame: object) -> None:
        raise AssertionError("more than a second of work")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, 1)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("one_second_of_work")
@pytest.mark.parametrize("kinds", [ALL, ("emails",), ("phones",), ("cards",)])
@pytest.mark.parametrize("pattern", ["1", "1 ", "a@", "+", "(1", "1-", "4111 "])
def test_long_words_are_little_work(kinds: tuple[Redaction, ...], pattern: str) -> None:
    """Pages of digits pasted by a customer are redacted with less than a second of work, and nothing is lost."""
    shown = redact(f"{pattern * 2000} Hello", kinds)
    assert shown.endswith(" Hello")


@pytest.mark.usefixtures("one_second_of_work")
@pytest.mark.parametrize("pattern", ["pin ", "pass ", "password is ", "pin:", "pin code is now ", "1 "])
def test_long_words_with_passwords_are_little_work(pattern: str) -> None:
    """A text that repeats the word “password” is redacted with less than a second of work, up to its last secret."""
    assert without_secrets(f"{pattern * 2000} . Password: hunter2").endswith(" . Password: [secret]")
