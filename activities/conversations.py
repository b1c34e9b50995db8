"""What one conversation tells another.

Promises that telling twice is harmless: the message carries the effect's key as its event id, which the receiver
remembers. Must not know why there is something to tell.
"""

from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.accepted import Accepted, Attempt
from activities.errors import permanent
from policies.effects import TellConversation


class Conversations:
    """The conversations of this namespace. `id_prefix` is what their workflow ids begin with."""

    def __init__(self, client: Client, id_prefix: str) -> None:
        self._client = client
        self._id_prefix = id_prefix

    @activity.defn(name="conversations.tell")
    async def tell(self, effect: TellConversation) -> Accepted:
        """Report that a conversation was merged into another one. Permanent where that one is over."""
        attempt = Attempt()
        body = {"event_id": effect.key, "occurred_at": effect.due_at.isoformat(), "other": effect.conversation_id}
        if effect.waiting_since is not None:
            body["waiting_since"] = effect.waiting_since.isoformat()
        try:
            await self._client.get_workflow_handle(self._id_prefix + effect.to).signal("absorbed", body)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise permanent(
                    f"Conversation {effect.to} is not running: reopen it, or merge the other way."
                ) from error
            raise
        return attempt.accepted(f"told {effect.to}")
