"""The line under which the Temporal UI shows a conversation from its start."""

from policies.contract.start_summary import start_summary


def test_the_summary_names_subject_customer_and_channel() -> None:
    """The *Summary* is set: the subject, the customer with the tier, and the channel, as far as they are known."""
    customer = {"name": "Ada", "tier": "enterprise"}
    assert start_summary({"subject": "Charged  twice", "customer": customer, "channel": "email"}) == (
        "Charged twice · Ada (enterprise) · email"
    )
    assert start_summary({"customer": {"id": 7}}) == "7"
    assert start_summary({"customer": "Ada", "subject": None}) == ""
    assert len(start_summary({"subject": "ü" * 500}).encode()) <= 300
