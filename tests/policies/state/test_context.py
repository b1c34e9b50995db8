"""Facts and articles from other systems, cleaned for a briefing."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from policies.state.context import (
    ADDRESS,
    ARTICLES,
    EARLIER,
    FACTS,
    MISSING,
    REPLIES,
    Article,
    Context,
    ContextFact,
    Earlier,
    Reply,
    joined,
)
from policies.state.events import Customer

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("2 open invoices", "2 open invoices"),
        ("  two\nlines,\ta tab\r\n", "two lines, a tab"),
        ("line\u2028separator\u2029and\x85more", "line separator and more"),
        ("bell\x07 and \x1b[31mred\x00", "bell and [31mred"),
        ("safe\u202eevil\u2066\u200b\ufeff", "safeevil"),
        ("hidden\U000e0041\U000e0042 orders", "hidden orders"),
        ("شركة 👩\u200d💻 می\u200cخواهم", "شركة 👩\u200d💻 می\u200cخواهم"),
        ("half \ud83d", "half \ufffd"),
        ("x" * 160, "x" * 160),
        ("x" * 161, "x" * 159 + "…"),
        ("word " * 100, "word " * 31 + "word…"),
        (" " * 700 + "far", "…"),
    ],
)
def test_a_value_of_a_system_is_one_readable_line(said: str, shown: str) -> None:
    """A value from a CRM becomes one short readable line, which can't break, hide, reorder or flood a briefing."""
    assert ContextFact(label="Note", value=said).value == shown


@pytest.mark.parametrize("said", ["", " \n", "\u200b\u202e"])
def test_a_fact_that_says_nothing_is_none(said: str) -> None:
    """A fact without a label or without a value is refused."""
    with pytest.raises(ValidationError):
        ContextFact(label="Note", value=said)
    with pytest.raises(ValidationError):
        ContextFact(label=said, value="x")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://help.acme.example/a/1?x=1#top", "https://help.acme.example/a/1?x=1#top"),
        ("http://intranet:8080/", "http://intranet:8080/"),
        ("https://help.example/@acme", "https://help.example/@acme"),
        ("https://wiki.example/Refund_(money)", "https://wiki.example/Refund_%28money%29"),
        ("https://müller.example/größe", "https://müller.example/größe"),
    ],
)
def test_an_address_of_the_web_can_be_opened(address: str, shown: str) -> None:
    """An article's web address is kept so that an agent can open it with one press."""
    assert Article(title="Refunds", url=address).url == shown


@pytest.mark.parametrize(
    "address",
    [
        "",
        "help.acme.example/a",
        "javascript:alert(1)",
        "data:text/html,hi",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:hush@help.example/",
        "https://help.example@evil.example/",
        "https://help.example\\@evil.example/",
        "https://help.example/a b",
        "https://help.example/a\nb",
        "https://help.example/\u202egnp.exe",
        "https://help.example/<b>",
        "https://help.example/|x>",
        "https://help.example:99999/",
        "https://[::1",
        "https://help.example/" + "x" * ADDRESS,
    ],
)
def test_an_address_that_could_mislead_is_refused(address: str) -> None:
    """An address that could lead an agent elsewhere than it says is refused."""
    with pytest.raises(ValidationError, match="an article needs an address of the web"):
        Article(title="Refunds", url=address)


def test_a_briefing_stays_short() -> None:
    """A briefing shows a few kilobytes at most of everything that other systems know."""
    long = "ü" * 10_000
    everything = Context(
        facts=tuple(ContextFact(label=f"{number} {long}", value=long) for number in range(100)),
        articles=tuple(Article(title=long, url=f"https://x.example/{number}/{'x' * 270}") for number in range(100)),
        earlier=tuple(
            Earlier(conversation_id=f"c-{number}", subject=long, channel=long, status=long, opened_at=NINE)
            for number in range(100)
        ),
        missing=tuple(f"{number}: {long}" for number in range(100)),
        replies=tuple(Reply(text=f"{number} {long}", topic=long, language=long) for number in range(100)),
    )
    lists = (everything.facts, everything.articles, everything.earlier, everything.missing, everything.replies)
    assert [len(entries) for entries in lists] == [FACTS, ARTICLES, EARLIER, MISSING, REPLIES] == [16, 5, 5, 8, 3]
    assert everything.facts[0].label == f"0 {'ü' * 37}…"
    assert len(everything.model_dump_json()) < 10_000


def test_a_fact_that_several_systems_report_is_told_once() -> None:
    """A fact that two systems report alike is shown once."""
    gold, silver = ContextFact(label="Plan", value="gold"), ContextFact(label="Plan", value="silver")
    first = Context(facts=(gold,), missing=("kb: HTTP 500",))
    second = Context(facts=(silver, gold), articles=(Article(title="Plans", url="https://x.example/plans"),))
    assert joined([first, second]) == Context(facts=(gold, silver), articles=second.articles, missing=first.missing)


def test_facts_left_out_are_counted() -> None:
    """A briefing counts the facts it leaves out, so that the agent knows there is more to look up."""
    found = [
        Context(
            facts=tuple(ContextFact(label=f"{system} {number}", value="x") for number in range(10)),
            missing=(f"{system}: HTTP 500",),
        )
        for system in range(8)
    ]
    whole = joined(found)
    assert [fact.label for fact in whole.facts[9:11]] == ["0 9", "1 0"]
    names = [f"{system}: HTTP 500" for system in range(5)]
    assert whole.missing == (*names, "and 3 more", "64 more facts that are not shown")


@pytest.mark.parametrize(
    ("consent", "allowed"),
    [
        ({}, True),
        ({"consent": None}, True),
        ({"consent": True}, True),
        ({"consent": False}, False),
        ({"consent": {}}, True),
        ({"consent": {"context": True}}, True),
        ({"consent": {"context": False}}, False),
        ({"consent": {"marketing": False}}, True),
        ({"consent": {"context": "no"}}, False),
        ({"consent": {"context": None}}, False),
        ({"consent": "2024-05-01"}, False),
    ],
)
def test_consent_decides_in_doubt_against(consent: dict[str, object], allowed: bool) -> None:
    """A customer without a stated consent is looked up; one who refused, or whose answer is unclear, is not."""
    customer = Customer.model_validate(consent)
    assert customer.allows("context") is allowed
    assert customer.model_dump(exclude_unset=True) == consent
