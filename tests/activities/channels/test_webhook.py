"""A program of the team's own that takes notifications, behind a real socket."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import unquote

import pytest
from temporalio.exceptions import ApplicationError

from activities.channels.webhook import Webhook
from activities.effects.posting import ReceiverUnavailableError
from policies.state.effects import Notify
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.rude import RudeServer


@pytest.fixture
async def receiver() -> AsyncIterator[RudeServer]:
    """Yield the program, which takes everything."""
    async with RudeServer() as made:
        made.says(b"", status=204)
        yield made


def notification(url: str) -> Notify:
    return Notify(
        key="c-17/rule/notify/0",
        conversation_id="c-17",
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=f"webhook:{url}",
        headline="First response at risk",
        facts=(("Customer", "Müller & Söhne"),),
    )


@pytest.fixture
def webhook() -> Webhook:
    """Return the channel under test."""
    return Webhook()


async def test_a_program_is_told_everything(webhook: Webhook, receiver: RudeServer, attempt: Attempt) -> None:
    """A team's own program gets what people would read, and a key by which it recognizes a repeat."""
    accepted = await attempt(webhook.notify, notification(f"{receiver.url}secret"))
    assert accepted.ref == "HTTP 204 from 127.0.0.1"
    body = {
        "headline": "First response at risk",
        "because": "75% of 15m have passed",
        "facts": {"Customer": "Müller & Söhne"},
        "conversation_id": "c-17",
        "key": "c-17/rule/notify/0",
    }
    (asked,) = receiver.asked
    assert (asked.fields["idempotency-key"], json.loads(asked.body)) == ("c-17/rule/notify/0", body)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 301])
async def test_a_program_that_refuses_is_not_asked_again(
    webhook: Webhook, receiver: RudeServer, attempt: Attempt, status: int
) -> None:
    """A program that refuses is not asked again; the sentence names its host, not its secret address."""
    receiver.says(b"", status=status)
    with pytest.raises(ApplicationError, match=rf"The webhook at 127\.0\.0\.1 .*\(HTTP {status}\)") as refused:
        await attempt(webhook.notify, notification(f"{receiver.url}secret"))
    assert refused.value.non_retryable
    assert "secret" not in refused.value.message


@pytest.mark.parametrize("status", [408, 500, 502, 503])
async def test_a_program_in_trouble_is_asked_again(
    webhook: Webhook, receiver: RudeServer, attempt: Attempt, status: int
) -> None:
    """A program in passing trouble, HTTP 408 or 5xx, is asked again."""
    receiver.says(b"", status=status)
    with pytest.raises(ReceiverUnavailableError, match=f"HTTP {status}"):
        await attempt(webhook.notify, notification(f"{receiver.url}secret"))


async def test_a_program_says_when_to_come_back(webhook: Webhook, receiver: RudeServer, attempt: Attempt) -> None:
    """A program that asks to be called later is called after that time."""
    receiver.says(b"", status=429, more={"Retry-After": "7"})
    with pytest.raises(ApplicationError, match=r"The webhook at 127\.0\.0\.1 asked to be called again in 7 s"):
        await attempt(webhook.notify, notification(f"{receiver.url}secret"))


async def test_a_program_that_is_away_is_asked_again(webhook: Webhook, attempt: Attempt) -> None:
    """A program that can't be reached is asked again."""
    with pytest.raises(ReceiverUnavailableError, match=r"The webhook at 127\.0\.0\.1 cannot be reached"):
        await attempt(webhook.notify, notification("http://127.0.0.1:9/secret"))


@pytest.mark.parametrize("address", ["", "hooks.example/x", "ftp://hooks.example/x", "https://"])
async def test_an_address_that_is_none_is_refused(webhook: Webhook, attempt: Attempt, address: str) -> None:
    """A malformed address is refused with a sentence that says how to correct the policy."""
    with pytest.raises(ApplicationError, match=r"Correct the policy: webhook:https://host/path") as refused:
        await attempt(webhook.notify, notification(address))
    assert refused.value.non_retryable


@pytest.mark.parametrize("key", ["c-17/é/1", "c 17/1", "c-17/line\r\nbreak/1", "c-17/\u65e5\u672c"])
async def test_a_key_of_any_letters_is_a_header(
    webhook: Webhook, receiver: RudeServer, attempt: Attempt, key: str
) -> None:
    """A conversation id may have any letters: the program is told, with a key by which it recognizes repeats."""
    await attempt(webhook.notify, notification(f"{receiver.url}secret").model_copy(update={"key": key}))
    (asked,) = receiver.asked
    assert (unquote(asked.fields["idempotency-key"]), json.loads(asked.body)["key"]) == (key, key)


@pytest.mark.parametrize(("wait", "seconds"), [("9" * 40, 3600), ("7200", 3600), ("soon", None), ("\u0667", None)])
async def test_a_program_cannot_ask_for_silence_without_end(
    webhook: Webhook, receiver: RudeServer, attempt: Attempt, wait: str, seconds: int | None
) -> None:
    """A program may ask for at most an hour's wait, and a time that can't be read is ignored."""
    receiver.says(b"", status=429, more={"Retry-After": wait})
    with pytest.raises(ApplicationError) as raised:
        await attempt(webhook.notify, notification(f"{receiver.url}secret"))
    assert raised.value.next_retry_delay == (timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "127.0.0.1:99999", "[::1"])
async def test_a_host_that_is_none_is_refused(webhook: Webhook, attempt: Attempt, host: str) -> None:
    """An address with an impossible host is a mistake in the policy, and refused at once."""
    with pytest.raises(ApplicationError, match="Correct the policy") as refused:
        await attempt(webhook.notify, notification(f"http://{host}/secret"))
    assert refused.value.non_retryable
    assert "secret" not in refused.value.message
