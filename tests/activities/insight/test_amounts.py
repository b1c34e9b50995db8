"""What of the numbers in a message is money."""

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
        ("order 4711, 3 items, call 555 1234", None),
        ("version 2.50 of 2026", None),
        ("", None),
        ("$" * 5000 + "1" * 5000, None),
    ],
)
def test_money_is_recognised_by_its_sign_or_name(text: str, amount: float | None) -> None:
    """A number with a currency beside it counts, whatever its commas; order numbers and versions don't."""
    assert highest([text]) == amount
