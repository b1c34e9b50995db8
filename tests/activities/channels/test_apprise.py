"""Further channels through apprise: a gateway behind a real socket, and everything that can go wrong with it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.channels.apprise import AppriseChannels, ChannelUnavailableError
from activities.database.tables import engine as connect
from activities.slack.rendering.text import Links
from policies.state.effects import Notify
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.gateway import FakeGateway
from tests.fakes.rude import RudeServer
from tests.stories.teams import until

pytest.importorskip("apprise", reason="needs the extra `notify`")

TEXT = """\
75% of 15m have passed
Customer: Müller & Söhne
Conversation c-17
https://desk.example/c-17?a=1&b=2"""


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    """Yield a stand-in for an SMS gateway."""
    async with FakeGateway() as made:
        yield made


@pytest.fixture
def channels(gateway: FakeGateway, engine: AsyncEngine) -> AppriseChannels:
    """Return a channel with one address and one with two."""
    return of(gateway, engine)


def of(gateway: FakeGateway, engine: AsyncEngine, *, patience: float = 30) -> AppriseChannels:
    kim, lee = (gateway.address(to, patience=patience) for to in ("kim", "lee"))
    return AppriseChannels(
        {"sms": (kim,), "both": (kim, lee)}, engine, links=Links("https://desk.example/{conversation_id}?a=1&b=2")
    )


def notification(conversation_id: str, to: str = "sms") -> Notify:
    return Notify(
        key=f"{conversation_id}/rule/notify/0",
        conversation_id="c-17",
        due_at=STARTED_AT,
        because="75% of 15m have passed",
        target=f"apprise:{to}",
        headline="First response at risk",
        facts=(("Customer", "Müller & Söhne"),),
    )


async def test_a_person_without_slack_gets_an_sms(
    channels: AppriseChannels, gateway: FakeGateway, attempt: Attempt, conversation_id: str
) -> None:
    """An SMS says what happened, to which customer, why now, and where to look."""
    accepted = await attempt(channels.notify, notification(conversation_id))
    assert (accepted.ref, accepted.repeated) == ("1 sent by apprise:sms", False)
    assert gateway.taken == [("kim", "First response at risk", TEXT)]


async def test_another_worker_does_not_tell_it_again(
    channels: AppriseChannels, gateway: FakeGateway, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """A worker dies right after it sent a message: another worker reads so in the database, and sends no second."""
    await attempt(channels.notify, notification(conversation_id))
    accepted = await attempt(of(gateway, engine).notify, notification(conversation_id), number=2)
    assert (accepted.repeated, gateway.asked) == (True, 1)


async def test_a_missing_database_holds_back_no_message(gateway: FakeGateway, attempt: Attempt) -> None:
    """Without a database the worker itself remembers what it sent."""
    channels = AppriseChannels({"sms": [gateway.address("kim")]})
    for number in (1, 2):
        await attempt(channels.notify, notification("alone"), number=number)
    assert gateway.asked == 1


async def test_only_those_are_told_again_who_were_not(
    channels: AppriseChannels, gateway: FakeGateway, attempt: Attempt, conversation_id: str
) -> None:
    """One of two phones can't be reached: the retry sends to that phone only."""
    gateway.refused = {"lee"}
    with pytest.raises(ChannelUnavailableError, match="did not take the message at 1 of 2 addresses"):
        await attempt(channels.notify, notification(conversation_id, "both"))
    gateway.refused = set()
    await attempt(channels.notify, notification(conversation_id, "both"), number=2)
    assert sorted(to for to, _, _ in gateway.taken) == ["kim", "lee"]


async def test_a_gateway_that_hangs_is_not_asked_twice_at_once(
    channels: AppriseChannels, gateway: FakeGateway, attempt: Attempt, conversation_id: str
) -> None:
    """An attempt that timed out left its request running: the next one waits for it, and sends no second SMS."""
    with gateway.hanging():
        for number in (1, 2):
            with pytest.raises(ChannelUnavailableError, match=r"^apprise:sms did not answer in time\.$"):
                await attempt(channels.notify, notification(conversation_id), number=number, seconds=0.2)
    await attempt(channels.notify, notification(conversation_id), number=3)
    assert (len(gateway.taken), gateway.asked) == (1, 1)


async def test_a_gateway_that_hangs_holds_back_no_other(
    gateway: FakeGateway, engine: AsyncEngine, attempt: Attempt, conversation_id: str
) -> None:
    """Mail goes out although many messages wait for a hanging SMS gateway."""

    async def is_occupied() -> bool:
        return gateway.asked == 4

    async with FakeGateway() as mail:
        channels = AppriseChannels({"sms": [gateway.address("kim")], "mail": [mail.address("kim")]}, engine)
        keys = [f"{conversation_id}-{number}" for number in range(6)]
        with gateway.hanging():
            under_way = asyncio.gather(*(attempt(channels.notify, notification(key)) for key in keys[:4]))
            await until(is_occupied)
            behind = (attempt(channels.notify, notification(key), seconds=0.2) for key in keys[4:])
            failures = await asyncio.gather(*behind, return_exceptions=True)
            assert {type(failure) for failure in failures} == {ChannelUnavailableError}
            await attempt(channels.notify, notification(conversation_id, "mail"))
            assert len(mail.taken) == 1
            assert gateway.asked == 4
        await under_way
        # All at once, so that some of them find their message being taken at that moment.
        await asyncio.gather(*(attempt(channels.notify, notification(key), number=2) for key in keys))
    assert (len(gateway.taken), gateway.asked) == (6, 6)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_a_refusal_is_tried_again_and_names_no_address(
    channels: AppriseChannels,
    gateway: FakeGateway,
    attempt: Attempt,
    conversation_id: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Apprise gives no reason, so Baton tries again; no log line shows the address with its password."""
    caplog.set_level(logging.DEBUG)
    gateway.status = status
    with pytest.raises(ChannelUnavailableError) as refused:
        await attempt(channels.notify, notification(conversation_id))
    assert str(refused.value) == (
        "apprise:sms did not take the message at 1 of 1 addresses, and apprise does not say why. "
        "Try the addresses with the command `apprise -vv`."
    )
    assert refused.value.__cause__ is None
    shown = [line for line in caplog.text.splitlines() if "hush" in line or "/kim" in line]
    assert [line for line in shown if "aiohttp" not in line] == []


@pytest.mark.parametrize("address", ["json://127.0.0.1:9/kim", "mailto://", "nonsense"])
async def test_a_gateway_that_is_away_is_tried_again(attempt: Attempt, address: str, engine: AsyncEngine) -> None:
    """A gateway that can't be reached is tried again."""
    with pytest.raises(ChannelUnavailableError, match="did not take the message"):
        await attempt(AppriseChannels({"sms": [address]}, engine).notify, notification(address))


async def test_a_channel_without_an_address_is_refused(channels: AppriseChannels, attempt: Attempt) -> None:
    """A channel without an address fails at once, and the sentence says what to configure where."""
    with pytest.raises(ApplicationError) as refused:
        await attempt(channels.notify, notification("c", "pager"))
    assert refused.value.non_retryable
    assert refused.value.message == (
        "There is no address for apprise:pager. Write it under `pager` into what BATON_NOTIFY names, and start the "
        "workers again."
    )


async def test_a_missing_extra_is_refused(
    channels: AppriseChannels, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library is not installed, the sentence says how to install it."""
    monkeypatch.setattr("activities.channels.apprise.find_spec", lambda _name: None)
    with pytest.raises(ApplicationError, match=r"Run pip install '\.\[notify\]' in the clone") as refused:
        await attempt(channels.notify, notification("c"))
    assert refused.value.non_retryable


@pytest.mark.slow
@pytest.mark.usefixtures("as_for_people")
async def test_a_channel_of_many_addresses_does_not_wait_for_a_dead_database(
    gateway: FakeGateway, attempt: Attempt, conversation_id: str, tmp_path: Path
) -> None:
    """Twenty people are told in one attempt, though the database answers about none of them."""
    store = connect(f"sqlite:///{tmp_path}/baton.db")
    addresses = tuple(gateway.address(f"person-{number}", patience=30) for number in range(20))
    async with store.connect():  # the database's only connection is taken, so that all others wait
        accepted = await attempt(AppriseChannels({"sms": addresses}, store).notify, notification(conversation_id))
    assert accepted.ref == "20 sent by apprise:sms"
    assert len(gateway.taken) == 20
    await store.dispose()


@pytest.fixture
async def rude() -> AsyncIterator[RudeServer]:
    """Yield a gateway that answers as no gateway should."""
    async with RudeServer() as made:
        yield made


def rudely(server: RudeServer) -> AppriseChannels:
    host = server.url.split("/")[2]
    return AppriseChannels({"sms": [f"json://baton:hush@{host}/kim?rto=30&+X-Secret=hush"]})


async def test_an_answer_without_an_end_takes_no_memory(rude: RudeServer, attempt: Attempt) -> None:
    """A gateway takes the message and never ends its answer: it counts as sent, and Baton stops reading."""
    rude.pours(b"{", b"a")
    await attempt(rudely(rude).notify, notification("endless"))
    assert rude.poured < 20_000_000


async def test_answers_that_come_a_drop_at_a_time_do_not_block_a_channel(rude: RudeServer, attempt: Attempt) -> None:
    """Four answers that never end occupy a whole channel: seconds later it takes the fifth message."""
    rude.drips(b"{")
    channels = rudely(rude)
    ids = [f"drip-{number}" for number in range(5)]
    accepted = await asyncio.gather(*(attempt(channels.notify, notification(each)) for each in ids))
    assert [each.ref for each in accepted] == ["1 sent by apprise:sms"] * 5


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_secret_goes_to_another_host(rude: RudeServer, attempt: Attempt, status: int) -> None:
    """A gateway that redirects to another host has not taken the message, and that host is sent nothing."""
    async with RudeServer() as other:
        rude.says(b"", status=status, more={"Location": other.url.replace("127.0.0.1", "localhost")})
        with pytest.raises(ChannelUnavailableError, match="did not take the message at 1 of 1 addresses"):
            await attempt(rudely(rude).notify, notification(f"elsewhere-{status}"))
        assert other.asked == []


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"", b"SSH-2.0-OpenSSH_9.6\r\n"])
async def test_a_broken_answer_is_tried_again(rude: RudeServer, attempt: Attempt, answer: bytes) -> None:
    """An answer that breaks off does not count as taken, so the message is tried again."""
    rude.sends(answer)
    with pytest.raises(ChannelUnavailableError):
        await attempt(rudely(rude).notify, notification("broken"))
