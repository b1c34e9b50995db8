"""Answers that no program should give, from Slack and from webhooks: each is handled as a failure, and costs little."""

import json
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.channels.webhook import Webhook
from activities.effects.posting import ReceiverUnavailableError
from activities.slack.errors import SlackUnavailableError
from activities.slack.real import Slack
from activities.slack.unknown import TRIES
from activities.slack.workspace import client
from policies.state.effects import Notify
from tests.activities.conftest import PATIENT, STARTED_AT, Attempt
from tests.fakes.rude import RudeServer

MB = 1_000_000
Rudely = Callable[[RudeServer, RudeServer], None]
TARGETS = ["slack:#support", "slack:@U024BE7LH"]


def body(said: bytes, **how: Any) -> Rudely:
    return lambda server, _: server.says(said, **how)


def bytes_of(answer: bytes) -> Rudely:
    return lambda server, _: server.sends(answer)


def elsewhere(status: int) -> Rudely:
    """Redirect to another host, which is the same machine by another name."""
    return lambda server, other: server.says(
        b"", status=status, more={"Location": other.url.replace("127.0.0.1", "localhost")}
    )


def to_itself(status: int) -> Rudely:
    return lambda server, _: server.says(b"", status=status, more={"Location": f"{server.url}chat.postMessage"})


def packed(megabytes: int) -> bytes:
    """Return the start of a gzip file of so many megabytes of blanks: one packed megabyte, again and again."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    blanks = packer.compress(b" " * MB) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + blanks * megabytes


NO_ANSWERS: dict[str, Rudely] = {
    "HTML": body(b"<html>Sign in to the hotel's network</html>", kind="text/html"),
    "HTML called JSON": body(b"<html>"),
    "an empty list": body(b"[]"),
    "null": body(b"null"),
    "a text": body(b'"ok"'),
    "a number": body(b"17"),
    "nothing": body(b""),
    "half an object": body(b'{"ok": tr'),
    "ok as a text": body(b'{"ok": "true", "channel": "C1", "ts": "1.2"}'),
    "ok as a number": body(b'{"ok": 1, "channel": "C1", "ts": "1.2"}'),
    "ok as NaN": body(b'{"ok": NaN}'),
    "an archive": body(b"PK", kind="application/gzip"),
    "bytes that are no text": body(b"\xff\xfe\x00\xff"),
    "an error that is a list": body(b'{"ok": false, "error": ["a", "b"]}'),
    "an error that is an object": body(b'{"ok": false, "error": {"code": 7}}'),
    "half a character": body(b'{"ok": false, "error": "cut \\ud83d"}'),
    "an error in bytes that are no text": body(b'{"ok": false, "error": "\xff"}'),
    "an endless error": body(b'{"ok": false, "error": "' + b"e" * 900_000 + b'"}'),
    "an unknown character set": body(b'{"ok": false, "error": "x"}', kind="application/json; charset=\udcff"),
    "lists in lists": body(b"[" * (MB // 10)),
    "50 MB": body(b'{"ok": true, "ts": "' + b"9" * 50 * MB + b'"}'),
    "a gigabyte in a megabyte": body(packed(1_000), more={"Content-Encoding": "gzip"}),
    "no end": lambda server, _: server.pours(b'{"ok": true, "ts": "', b"9"),
    "another protocol": bytes_of(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    "no status": bytes_of(b"HTTP/1.1 099 Odd\r\n\r\n"),
    **{f"HTTP {status} to another host": elsewhere(status) for status in (301, 302, 303, 307, 308)},
    **{f"HTTP {status} to itself": to_itself(status) for status in (301, 307)},
}
TROUBLES: dict[str, Rudely] = {
    "a body that breaks off": bytes_of(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"ok": true}'),
    "a broken chunk": bytes_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
    "packed with nothing in it": body(b"{}", more={"Content-Encoding": "gzip"}),
    "another program": bytes_of(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "nothing at all": bytes_of(b""),
    "an endless header": bytes_of(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 5 * MB + b"\r\n\r\n"),
    "endless headers": bytes_of(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 300_000 + b"\r\n"),
    "an outage that talks on": lambda server, _: server.pours(b"<html>", b"a", status=503),
    "a drop at a time": lambda server, _: server.drips(b'{"ok": '),
}
WAITS = {"-5": None, "1e9": None, "soon": None, "0.5": None, "Wed, 21 Oct 2099 07:28:00 GMT": None, "9" * 5_000: 3600}


@pytest.fixture
async def server() -> AsyncIterator[RudeServer]:
    """Yield the server that Baton calls."""
    async with RudeServer() as made:
        yield made


@pytest.fixture
async def other() -> AsyncIterator[RudeServer]:
    """Yield another host, which takes everything and answers as Slack does."""
    async with RudeServer() as made:
        made.says(b'{"ok": true, "channel": "C1", "ts": "1.2"}')
        yield made


@pytest.fixture
def slack(server: RudeServer) -> Slack:
    """Return a worker's Slack without a database, whose address is the rude server."""
    return Slack(client("xoxb-secret", server.url, within=PATIENT))


def call(target: str = "slack:#support", **fields: Any) -> Notify:
    return Notify(
        key="c-17/page:on-call.1/1.1",
        conversation_id="c-17",
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=target,
        headline="First response at risk",
        page="on-call.1/1.1",
        **fields,
    )


async def fails(
    attempt: Attempt, channel: Slack | Webhook, effect: Notify, number: int = 1, seconds: float = PATIENT
) -> Exception:
    """Return the error of a failed attempt, which has to be a known one with a short, printable message."""
    with pytest.raises((SlackUnavailableError, ReceiverUnavailableError, ApplicationError)) as raised:
        await attempt(channel.notify, effect, number=number, seconds=seconds)
    assert len(str(raised.value)) < 500
    assert str(raised.value).encode()
    return raised.value


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rudely", NO_ANSWERS)
async def test_no_answer_of_slacks_is_tried_without_end(
    slack: Slack, server: RudeServer, other: RudeServer, attempt: Attempt, target: str, rudely: str
) -> None:
    """An answer that can't be Slack's is tried four times and not read to its end, and no other host gets anything."""
    NO_ANSWERS[rudely](server, other)
    for number in range(1, TRIES):
        assert isinstance(await fails(attempt, slack, call(target), number), SlackUnavailableError)
    last = await fails(attempt, slack, call(target), TRIES)
    assert isinstance(last, ApplicationError)
    assert last.non_retryable
    assert other.asked == []
    assert server.poured < 20 * MB * len(server.asked)  # the operating system buffers some megabytes of each connection


@pytest.mark.parametrize("rudely", TROUBLES)
async def test_a_broken_answer_of_slacks_is_tried_again(
    server: RudeServer, other: RudeServer, attempt: Attempt, rudely: str
) -> None:
    """A broken answer does not say whether Slack took the message, so it is tried again while the ladder goes on."""
    TROUBLES[rudely](server, other)
    slack = Slack(client("xoxb-secret", server.url, within=1))  # because one of them never ends
    assert isinstance(await fails(attempt, slack, call(), seconds=1), SlackUnavailableError)
    assert server.poured < 20 * MB * len(server.asked)


@pytest.mark.parametrize("wait", WAITS)
async def test_an_odd_time_to_wait_is_none(slack: Slack, server: RudeServer, attempt: Attempt, wait: str) -> None:
    """When Slack's waiting time can't be read, the usual pauses hold; the longest that Baton waits is an hour."""
    server.says(b"{}", status=429, more={"Retry-After": wait})
    failure = await fails(attempt, slack, call())
    assert isinstance(failure, ApplicationError)
    seconds = WAITS[wait]
    assert failure.next_retry_delay == (timedelta(seconds=seconds) if seconds else None)


async def test_the_time_to_wait_counts_although_the_answer_has_no_end(
    slack: Slack, server: RudeServer, attempt: Attempt
) -> None:
    """Slack's waiting time is in the headers of its answer, and Baton does not wait for the answer's end."""
    server.drips(b"{", status=429, more={"Retry-After": "7"})
    failure = await fails(attempt, slack, call())
    assert isinstance(failure, ApplicationError)
    assert failure.next_retry_delay == timedelta(seconds=7)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "place",
    [
        {},
        {"channel": "C1"},
        {"channel": "C1", "ts": None},
        {"channel": "C1", "ts": 1700000000.000001},
        {"channel": "C1", "ts": "9" * 500_000},
        {"channel": "C1", "ts": ["1.2"]},
        {"channel": 17, "ts": "1.2"},
        {"channel": "x" * 500_000, "ts": "1.2"},
        {"channel": ["C1"], "ts": "1.2"},
    ],
    ids=range(9),
)
async def test_a_message_without_a_place_counts_as_sent(
    slack: Slack, server: RudeServer, attempt: Attempt, target: str, place: dict[str, Any]
) -> None:
    """Slack takes a message and names no usable place for it: the step is delivered, and history stays small."""
    server.says(json.dumps({"ok": True, **place}).encode())
    accepted = await attempt(slack.notify, call(target, facts=(("Last words", "word " * 1_000),)))
    assert accepted.ref == "sent, but it is not known where"
    posts = [asked for asked in server.asked if "chat.postMessage" in asked.line]
    assert len(posts) == 1  # without a known thread there is no place for the long text
    await attempt(slack.notify, call(target).model_copy(update={"key": "another"}))
    assert json.loads(server.asked[-1].body)["channel"] == target.removeprefix("slack:").removeprefix("@")


@pytest.mark.parametrize("opened", [None, "", 17, "D1 and more", {"no": "id"}, "D" * 5_000], ids=range(6))
async def test_a_direct_channel_that_is_none_costs_no_call(
    slack: Slack, server: RudeServer, attempt: Attempt, opened: Any
) -> None:
    """When Slack names no usable direct channel, the person is called by their member ID, the next time, too."""
    server.says(json.dumps({"ok": True, "channel": {"id": opened}, "ts": "1.2"}).encode())
    for key in ("first", "second"):
        await attempt(slack.notify, call("slack:@U024BE7LH").model_copy(update={"key": key}))
        assert json.loads(server.asked[-1].body)["channel"] == "U024BE7LH"


async def test_a_direct_channel_that_is_gone_is_forgotten(slack: Slack, server: RudeServer, attempt: Attempt) -> None:
    """When a direct channel is gone, Baton forgets it and calls the person by their member ID."""
    server.says(b'{"ok": true, "channel": {"id": "D1"}}')
    await attempt(slack.notify, call("slack:@U024BE7LH"))
    server.says(b'{"ok": false, "error": "channel_not_found"}')
    await fails(attempt, slack, call("slack:@U024BE7LH").model_copy(update={"key": "second"}))
    posts = [asked for asked in server.asked if "chat.postMessage" in asked.line]
    assert [json.loads(asked.body)["channel"] for asked in posts] == ["D1", "D1", "U024BE7LH"]


@pytest.mark.parametrize("users", [None, "U1U2", {"U1": 1}, [17], [["U1"]], ["U1 U2"], 5], ids=range(7))
async def test_a_group_that_is_none_is_a_failure(
    slack: Slack, server: RudeServer, attempt: Attempt, users: Any
) -> None:
    """When Slack does not say who is in a group, nobody is called, and the ladder gets a failure."""
    server.says(json.dumps({"ok": True, "users": users}).encode())
    for number in range(1, TRIES + 1):
        last = await fails(attempt, slack, call("slack:!S0614TZR7"), number)
    assert isinstance(last, ApplicationError)
    assert {asked.line.split()[1].partition("?")[0] for asked in server.asked} == {"/api/usergroups.users.list"}


async def test_an_odd_member_of_a_group_costs_the_others_no_call(
    slack: Slack, server: RudeServer, attempt: Attempt
) -> None:
    """A group's list has odd entries: all members with a proper ID are called."""
    server.says(json.dumps({"ok": True, "users": [None, "U0ANNA", {"id": "U0BEN"}, "U0 CARL", "U0DORA"]}).encode())
    assert (await attempt(slack.notify, call("slack:!S0614TZR7"))).reached == ("U0ANNA", "U0DORA")


@pytest.mark.parametrize("cursor", ["again", 7, ["again"]])
async def test_a_list_of_channels_without_an_end_costs_no_call(
    slack: Slack, server: RudeServer, attempt: Attempt, cursor: Any
) -> None:
    """Slack always has one more page of channels: ten are read, and the call goes out."""
    server.says(json.dumps({"ok": True, "channels": [], "response_metadata": {"next_cursor": cursor}}).encode())
    await attempt(slack.notify, call(), number=2)
    assert len(server.asked) == 11


@pytest.mark.parametrize("rudely", NO_ANSWERS)
async def test_a_webhook_is_judged_by_its_status(
    server: RudeServer, other: RudeServer, attempt: Attempt, rudely: str
) -> None:
    """A webhook that answers 2xx has taken the message, whatever its body is; other hosts get nothing."""
    NO_ANSWERS[rudely](server, other)
    target = f"webhook:{server.url}secret"
    if rudely.startswith(("HTTP 3", "another protocol", "no status")):
        failure = await fails(attempt, Webhook(), call(target))
        assert isinstance(failure, ApplicationError)
        assert failure.non_retryable
        assert "secret" not in str(failure)
    else:
        assert (await attempt(Webhook().notify, call(target))).ref == "HTTP 200 from 127.0.0.1"
    assert other.asked == []
    assert server.poured < 20 * MB
