"""Standard Webhooks: the signature of what Baton posts."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.effects.signing import Signer

SECRET, NEXT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "QUJD" * 8
AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_signature_is_that_of_the_reference() -> None:
    """A body is signed as the reference of Standard Webhooks signs it, by OpenSSL's HMAC of id, time and body."""
    headers = Signer.of(SECRET).headers("c-17/rule/notify/0", AT, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_4ce16eead39475d3b50e4ba03c8b2054",
        "webhook-timestamp": "1767225600",
        "webhook-signature": "v1,Ys95cCB/zjsqdVP2NYG9h2YdMU1sIcJsc/DYKXMbRSk=",
    }


def test_a_repeat_has_the_same_id_and_another_time() -> None:
    """A repeat of a message has the id of the first, so that a receiver drops it; its time is its own."""
    signer = Signer.of(SECRET)
    first, second = (signer.headers("key", AT + timedelta(minutes=count), b"{}") for count in (0, 5))
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_during_a_change_of_secrets_both_sign() -> None:
    """While a secret is changed, each message is signed with the old one and the new one."""
    both = Signer.of(f"{SECRET} {NEXT}").headers("key", AT, b"{}")["webhook-signature"].split()
    alone = [Signer.of(secret).headers("key", AT, b"{}")["webhook-signature"] for secret in (SECRET, NEXT)]
    assert both == alone


def test_without_a_secret_nothing_is_signed() -> None:
    """Without a secret, a message has no signature."""
    assert Signer.of("").headers("key", AT, b"{}") == {}


@pytest.mark.parametrize(
    "secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_QUJD", "whsec_ä", "whsec_=" * 9]
)
def test_a_secret_of_another_form_is_refused(secret: str) -> None:
    """A secret that is too short or not in base64 is refused, in a sentence that does not show it."""
    with pytest.raises(ValueError, match="24 to 64 bytes in base64") as refused:
        Signer.of(secret)
    assert secret not in str(refused.value).replace("whsec_ and", "")
