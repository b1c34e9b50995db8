"""Slack for teams that have none yet: messages that would have been sent are kept, and marked as not sent.

Promises to refuse a target that Slack would refuse for a mistake in the policy. Must not send anything to Slack.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.effects.accepted import Accepted, Attempt
from activities.effects.runs import run_of
from activities.incidents.store import IncidentStore
from activities.on_call.overrides import OnCall
from activities.slack.outbox import RecordedMessage, SlackOutbox
from activities.slack.rendering.member_lists import chunks, listing
from activities.slack.rendering.message import render
from activities.slack.rendering.outcome import line
from activities.slack.rendering.text import NO_LINKS, Links
from activities.slack.targets import recipients
from policies.state.effects import ListMembers, Notify, UpdateNotification


class RecordedSlack:
    """The same channel as `Slack`, which writes to `slack_outbox`."""

    REF = "recorded (no Slack token)"

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        links: Links = NO_LINKS,
    ) -> None:
        self._outbox = SlackOutbox(engine)
        self._incidents = IncidentStore(engine)
        self._links = links
        self._roster = OnCall(engine)

    async def notify(self, effect: Notify) -> Accepted:
        """Keep one message for each recipient."""
        attempt = Attempt()
        found = await recipients(effect, attempt.started_at, self._roster, _the_group_itself)
        text, blocks = render(effect, self._links)
        is_new = [await self._outbox.keep(to.key, effect.target, text, blocks, run=run_of(effect)) for to in found]
        reached = tuple(to.who for to in found if to.who)
        return attempt.accepted(self.REF, repeated=not any(is_new), reached=reached)

    async def update(self, effect: UpdateNotification) -> Accepted:
        """Keep the line that would have been written in each thread."""
        attempt = Attempt()
        sent = await self._outbox.of_run(run_of(effect))
        targets = dict.fromkeys(message.target for message in sent)
        is_new = [
            await self._outbox.keep(f"{effect.key}/{target}", f"thread:{target}", line(effect), [])
            for target in targets
        ]
        return attempt.accepted(self.REF, repeated=bool(is_new) and not any(is_new))

    async def list_members(self, effect: ListMembers) -> Accepted:
        """Keep the lists that would have been written in each thread."""
        attempt = Attempt()
        sent = await self._outbox.of_run(run_of(effect))
        for target in dict.fromkeys(message.target for message in sent):
            run = f"{run_of(effect)}/members/{target}"
            for first, last in chunks(await self._outbox.listed(run), effect.total):
                members = await self._incidents.members(effect.conversation_id, first, last)
                text, blocks = listing([call.member for call in members], first, self._links)
                await self._outbox.keep(f"{run}/{first}-{last}", f"thread:{target}", text, blocks, run=run)
        return attempt.accepted(self.REF)

    async def messages(self) -> list[RecordedMessage]:
        """Return all messages that would have been sent, the oldest first."""
        return await self._outbox.messages()


async def _the_group_itself(group: str) -> tuple[str, ...]:
    """Return the group in place of its members: only Slack knows who is in a user group."""
    return (f"!{group}",)
