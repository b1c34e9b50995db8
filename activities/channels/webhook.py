"""Tells a program of the team's own: one POST for each notification.

Promises what `effects.posting` promises. Must not know what the receiver does with the notification.
"""

from typing import Any

from activities.effects.accepted import Accepted, Attempt
from activities.effects.posting import Posting
from activities.effects.signing import Signer
from policies.document.targets import Target
from policies.state.effects import Notify

_REMEDY = "Correct the policy: webhook:https://host/path."


class Webhook:
    """A channel for any address that takes JSON."""

    def __init__(self, signer: Signer | None = None, proxy: str | None = None) -> None:
        self._posting = Posting("The webhook", _REMEDY, signer=signer, proxy=proxy)

    async def notify(self, effect: Notify) -> Accepted:
        """Post the notification within the time of this attempt. The confirmation names the status and the host."""
        attempt = Attempt()
        address = Target.of(effect.target).name
        answered, _ = await self._posting.post(address, _body(effect), effect.key, attempt)
        return attempt.accepted(answered)


def _body(effect: Notify) -> dict[str, Any]:
    return {
        "headline": effect.headline,
        "because": effect.because,
        "facts": dict(effect.facts),
        "conversation_id": effect.conversation_id,
        "key": effect.key,
    }
