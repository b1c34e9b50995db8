"""Numbers of orders, invoices, tickets and devices are read with the word before them, and no other numbers are."""

import pytest

from policies.text.reference_numbers import LONGEST, reference_numbers

FOUND = [
    ("Hi! Order 88213 was due on Friday", ("Order 88213",)),
    ("invoice INV-2023-0042 and ticket #55", ("invoice INV-2023-0042", "ticket 55")),
    ("my order number is 4711.", ("order number 4711",)),
    ("Order no. 4711; order #4711 again", ("Order no 4711",)),
    ("order 112-1234567-1234567", ("order 112-1234567-1234567",)),
    ("serial number SN4711-X9, IMEI 490154203237518", ("serial number SN4711-X9", "IMEI 490154203237518")),
    ("tracking number 1Z999AA10123456784", ("tracking number 1Z999AA10123456784",)),
    ("device id D-9981", ("device id D-9981",)),
    ("Meine Bestellnummer: 4711-AB", ("Bestellnummer 4711-AB",)),
    ("Rechnung Nr. 2024-0815 zu Auftragsnummer 123456", ("Rechnung Nr 2024-0815", "Auftragsnummer 123456")),
    ("Auftrag 10045 vom 3.4.", ("Auftrag 10045",)),
    ("la commande n° 445566 et le numéro de série ABC-12345", ("commande n° 445566", "numéro de série ABC-12345")),
    ("numéro de commande : 445566", ("numéro de commande 445566",)),
    ("el pedido n.º 99881, factura 77120", ("pedido n.º 99881", "factura 77120")),
    ("RETURN RMA-5531", ("RETURN RMA-5531",)),
]
NOTHING = [
    # prices and amounts
    "your ticket 1500 EUR",
    "invoice 1200.50",
    "invoice: 1,200",
    "invoice $1200",
    "invoice of 1200",
    "Order 10000 €",
    "order 5000 units",
    "I want to order 5000 bottles",
    "We order 5000 and pay later",
    "order 12 bottles",
    # dates, years and times
    "order 2024-11-05",
    "order 2024",
    "invoice 03/2024",
    "invoice 20231104",
    "order at 10:30",
    "Ticket 4711 10:30",
    "case 24h",
    "My order is 2 weeks late",
    # telephone and card numbers
    "call me about my order, 0171 2345678",
    "order 0171 2345678",
    "order 555-123-4567",
    "order 555-1234",
    "order 4111111111111111",
    # no number, or no word before it
    "88213",
    "in any case 1500 people",
    "device iPhone 15",
    "case AB-CDE",
    "Fall 10 von 12",
    "",
]


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_a_number_is_read_with_the_word_before_it(text: str, found: tuple[str, ...]) -> None:
    """The number of an order, an invoice, a ticket or a device is found in four languages, once."""
    assert reference_numbers(text) == found


@pytest.mark.parametrize("text", NOTHING)
def test_no_other_number_is_taken_for_one(text: str) -> None:
    """Prices, amounts, dates, times, telephone and card numbers are not taken for numbers of orders."""
    assert reference_numbers(text) == ()


def test_the_numbers_of_one_message_are_bounded() -> None:
    """The first twelve numbers of a message with thousands are taken; one that is too long is left out."""
    many = " ".join(f"order {number}" for number in range(10_000, 13_000))
    assert reference_numbers(many) == tuple(f"order {number}" for number in range(10_000, 10_012))
    assert reference_numbers(f"order A1{'B' * LONGEST}") == ()
