"""Tells people by further channels, such as SMS and mail: one message for each address of an `apprise:` target.

Promises that no error, log line or row shows an address, because addresses hold secrets; that a channel that hangs
delays no other; and that a message which apprise is known to have taken is not sent again. Apprise passes no
idempotency key on, so a message that may or may not have arrived is sent again: twice is better than never. Must not
know why people are told.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.effects.accepted import Accepted, Attempt
from activities.effects.errors import permanent
from activities.effects.optional import unless_slow
from activities.effects.recent import Recent
from activities.slack.outbox import SlackOutbox
from activities.slack.rendering.text import NO_LINKS, Links
from policies.document.targets import Target
from policies.state.effects import Notify

_AT_ONCE = 4
"""The most messages that one channel sends at a time: calls that hang occupy no more threads than this."""
_TALKATIVE = ("urllib3", "requests_oauthlib", "oauthlib", "markdown")


class ChannelUnavailableError(Exception):
    """The channel did not take the message, or did not confirm it; the next attempt may succeed."""


def is_installed() -> bool:
    """Return whether the extra `notify` is installed."""
    return find_spec("apprise") is not None


def can_be_read(address: str) -> bool:
    """Return whether apprise understands an address. Nothing is sent."""
    _hush()
    from apprise import Apprise

    return Apprise.instantiate(address) is not None


class AppriseChannels:
    """The channels that the environment names, each with its addresses."""

    def __init__(
        self, addresses: Mapping[str, Sequence[str]], store: AsyncEngine | None = None, *, links: Links = NO_LINKS
    ) -> None:
        """Keep the channels. `store` remembers sent messages beyond the life of this worker."""
        self._addresses = addresses
        self._links = links
        self._outbox = SlackOutbox(store) if store is not None else None
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._under_way: dict[str, asyncio.Task[bool]] = {}
        self._until: dict[str, float] = {}
        self._sent = Recent[None]()

    async def notify(self, effect: Notify) -> Accepted:
        """Tell every address of the channel; a retry tells only those that have not taken the message."""
        attempt = Attempt()
        until = time.monotonic() + attempt.seconds
        addresses = self._known(effect.target)
        keys = [f"{effect.key}/{number}" for number in range(len(addresses))]
        try:
            async with asyncio.timeout(attempt.seconds):
                known = await asyncio.gather(*map(self._was_sent, keys))
                # A send of the previous attempt may have succeeded while the database was asked.
                was_sent = [is_known or key in self._sent for key, is_known in zip(keys, known, strict=True)]
                each = [
                    self._sending(effect, key, address, until)
                    for key, address, is_done in zip(keys, addresses, was_sent, strict=True)
                    if not is_done
                ]
                # Shielded: a thread can't be stopped, and a late success must still be written down.
                has_taken = await asyncio.gather(*map(asyncio.shield, each))
        except TimeoutError:
            raise ChannelUnavailableError(f"{effect.target} did not answer in time.") from None
        if not all(has_taken):
            raise ChannelUnavailableError(
                f"{effect.target} did not take the message at {has_taken.count(False)} of {len(addresses)} addresses, "
                "and apprise does not say why. Try the addresses with the command `apprise -vv`."
            )
        return attempt.accepted(f"{len(addresses)} sent by {effect.target}", repeated=all(was_sent))

    def _known(self, target: str) -> Sequence[str]:
        name = Target.of(target).name
        addresses = self._addresses.get(name, ())
        if not addresses:
            remedy = f"Write it under `{name}` into what BATON_NOTIFY names, and start the workers again."
            raise permanent(f"There is no address for {target}. {remedy}")
        if not is_installed():
            remedy = "Run pip install '.[notify]' in the clone that the workers run from."
            raise permanent(f"{target} needs the extra `notify`. {remedy}")
        return addresses

    def _sending(self, effect: Notify, key: str, address: str, until: float) -> "asyncio.Task[bool]":
        """Return the task that sends to an address: the previous attempt's task where it still runs."""
        self._until[key] = until
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._send(effect, key, address))
            self._under_way[key].add_done_callback(lambda _: self._forget(key))
        return self._under_way[key]

    def _forget(self, key: str) -> None:
        del self._under_way[key], self._until[key]

    async def _send(self, effect: Notify, key: str, address: str) -> bool:
        threads = self._threads.get(effect.target)
        if threads is None:
            threads = self._threads[effect.target] = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="apprise")
        sending = partial(_send, address, effect.headline or "Baton", self._body(effect), partial(self._is_late, key))
        has_taken = await asyncio.get_running_loop().run_in_executor(threads, sending)
        if has_taken:
            self._sent[key] = None
            if self._outbox is not None:
                await unless_slow(self._outbox.keep(key, effect.target, effect.headline, []), False)
        return has_taken

    def _is_late(self, key: str) -> bool:
        """Return whether the attempt is over. The thread asks this when it starts, perhaps after a long wait."""
        return time.monotonic() > self._until[key]

    async def _was_sent(self, key: str) -> bool:
        if key in self._sent or self._outbox is None:
            return key in self._sent
        return await unless_slow(self._outbox.place(key), None) is not None

    def _body(self, effect: Notify) -> str:
        facts = [f"{name}: {value}" for name, value in effect.facts]
        lines = (
            effect.because,
            *facts,
            f"Conversation {effect.conversation_id}",
            *self._links.plain(effect.conversation_id),
        )
        return "\n".join(line for line in lines if line)


def _send(address: str, title: str, body: str, is_late: Callable[[], bool]) -> bool:
    """Send one message with apprise. Runs in a thread, because apprise blocks."""
    if is_late():
        return False
    _hush()
    from apprise import Apprise, AppriseAsset, NotifyFormat

    from activities.channels.apprise_answers import bound_answers

    bound_answers()
    try:
        # A new object each time: a kept one pauses between messages and is not safe for threads. Redirects are off, so
        # that an address with its secrets is not followed to another host; an address may allow it with `redirect=yes`.
        channel = Apprise(asset=AppriseAsset(http_redirects=False))
        return bool(channel.add(address) and channel.notify(body, title, body_format=NotifyFormat.TEXT))
    except Exception as error:  # the error's text may hold the address
        logging.getLogger(__name__).warning("apprise.raised", extra={"why": type(error).__name__})
        return False


def _hush() -> None:
    """Silence the logs of apprise and of the libraries it calls, because they show addresses."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
