"""Lists the conversations of an incident in the threads of its messages.

Promises that no conversation is missing in the end: an attempt goes on where earlier ones stopped, and a channel that
can't be written to delays no other. Must not know what a list looks like.
"""

from activities.effects.runs import run_of
from activities.incidents.store import IncidentStore
from activities.slack.outbox import SentMessage, SlackOutbox
from activities.slack.rendering.member_lists import chunks, listing
from activities.slack.rendering.text import Links
from activities.slack.revision import first_of_each_channel, unless_failing
from activities.slack.workspace import Workspace
from policies.state.effects import ListMembers


class MemberList:
    """The threads of incidents in one Slack workspace."""

    def __init__(self, workspace: Workspace, outbox: SlackOutbox, incidents: IncidentStore, links: Links) -> None:
        self._workspace = workspace
        self._outbox = outbox
        self._incidents = incidents
        self._links = links

    async def show(self, effect: ListMembers, *, may_be_there: bool) -> int:
        """List the members. Return how many messages were written; a thread that is gone gets none."""
        sent = [message for message in await self._outbox.of_run(run_of(effect)) if message.channel]
        written, failed = 0, list[Exception]()
        for message in first_of_each_channel(sent):
            written += await unless_failing(self._list(effect, message, may_be_there), failed) or 0
        if failed:
            raise failed[0]
        return written

    async def _list(self, effect: ListMembers, message: SentMessage, may_be_there: bool) -> int:
        run, written = f"{run_of(effect)}/members/{message.channel}", 0
        for first, last in chunks(await self._outbox.listed(run), effect.total):
            key = f"{run}/{first}-{last}"
            members = await self._incidents.members(effect.conversation_id, first, last)
            text, blocks = listing([call.member for call in members], first, self._links)
            place = await self._workspace.reply(message.place, text, blocks, key, may_be_there=may_be_there)
            await self._outbox.keep(key, f"thread:{message.target}", text, blocks, place=place, run=run)
            written += 1
        return written
