"""The amounts of money in a message."""

import pytest

from activities.insight.amounts import highest


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("I want my $49.90 back", 49.90),
        ("You took 1,234.50 USD and then €20", 1234.50),
        ("Sie haben mir 1.234,50 € abgebucht", 1234.50),
        ("charged me 350 dollars twice", 350.0),
        ("£1000000", 1_000_000.0),
        ("USD1200", 1200.0),
        ("I paid 1,200.00USD", 1200.0),
        ("1200US$, or US$1300", 1300.0),
        ("refund $5k please", 5000.0),
        ("1.5K EUR", 1500.0),
        ("a loss of £2m", 2_000_000.0),
        ("5 million dollars", 5_000_000.0),
        ("1,5 Mio. €", 1_500_000.0),
        ("300,-€", 300.0),
        ("300,-- EUR", 300.0),
        ("CHF 300.-", 300.0),
        ("£1'200", 1200.0),
        ("5 000 € refund", 5000.0),
        ("€1.234.567,89", 1_234_567.89),
        ("₹5,00,000 refund", 500_000.0),
        ("Rs. 12,34,567.50", 1_234_567.5),
        ("499 kr tilbake", 499.0),
        ("-300 € on my statement", 300.0),
        ("order 4711 €20", 20.0),
        ("order #4711 $20, not $30", 30.0),
    ],
)
def test_money_is_recognised_by_its_sign_or_name(text: str, amount: float) -> None:
    """A number with a currency beside it is money, however it is written, with or without a space."""
    assert highest([text]) == pytest.approx(amount)


@pytest.mark.parametrize(
    "text",
    [
        "order 4711, 3 items, call 555 1234",
        "order 2025-11-03/4711 and order no. 1,200",
        "on 3.11.2025 at 10:30, or 11/03/2025 10:30 AM",
        "version 2.50 of 2026",
        "it is at 10:00 EUR time",
        "since 11/2025 EUR invoices fail",
        "since 2025-11 EUR invoices fail",
        "50 % off, 5k run, 10 kg, 3 m",
        "+44 20 7946 0958",
        "an RS232 cable, an RS 485 one, USD",
        "part kr4tM, EUR4x and #12 €",
        "an account ending in 1234567890123 €",
        "",
        "$" * 5000 + "1" * 5000,
        "1," * 5000,
        "1,11" * 5000,
    ],
)
def test_other_numbers_are_no_money(text: str) -> None:
    """Order numbers, dates, times, telephone numbers, percentages, weights and versions are no money."""
    assert highest([text]) is None
