"""The canonical conversation, written by hand for Temporal and nothing else: Baton is measured against it.

As good as a competent engineer would write it: synchronous signal handlers, one loop, the three activities at the same
time where they don't depend on each other, search attributes only when they change. No policy, no clocks, no ledger, no
details, no duplicates, no late events.
"""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from activities.channels.notifying import Notifying
    from activities.desk.port import DeskActivities
    from policies.state.effects import AddInternalNote, Assign, Notify
    from policies.state.events import ConversationStarted, MessageReceived, StatusChanged, TagAdded
    from workflows.contract import CHANNEL, NEXT_DEADLINE, PRIORITY, REASON, SLA_STATE, STATUS, TAGS, TEAM, TIER

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
_OUTWARD: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=20),
    "schedule_to_close_timeout": timedelta(hours=1),
    "retry_policy": _RETRY,
}

Happened = MessageReceived | TagAdded | StatusChanged


@workflow.defn(name="BareConversation")
class BareConversation:
    """A conversation in Tier 1 until a billing tag, then with the specialists, until it is resolved."""

    @workflow.init
    def __init__(self, start: ConversationStarted) -> None:
        self._id = start.event_id
        self._opened_at = start.occurred_at
        self._inbox: list[Happened] = []

    @workflow.signal
    def message(self, event: MessageReceived) -> None:
        self._inbox.append(event)

    @workflow.signal
    def tag_added(self, event: TagAdded) -> None:
        self._inbox.append(event)

    @workflow.signal
    def status_changed(self, event: StatusChanged) -> None:
        self._inbox.append(event)

    @workflow.run
    async def run(self, start: ConversationStarted) -> str:
        """Take events in until the conversation is resolved."""
        self._show(
            STATUS.value_set("open"),
            TEAM.value_set("tier-1"),
            SLA_STATE.value_set("running"),
            PRIORITY.value_set(start.priority),
            CHANNEL.value_set(start.channel),
            TIER.value_set(1),
            self._due(timedelta(minutes=15)),
        )
        while True:
            await workflow.wait_condition(lambda: bool(self._inbox))
            match self._inbox.pop(0):
                case TagAdded(tag="billing") as event:
                    await self._hand_to_billing(event.occurred_at, start.subject)
                case MessageReceived(author="agent"):
                    self._show(self._due(timedelta(hours=8)))
                case StatusChanged(status="resolved"):
                    self._show(STATUS.value_set("resolved"), SLA_STATE.value_set("met"), NEXT_DEADLINE.value_unset())
                    return "resolved"
                case _:
                    pass

    async def _hand_to_billing(self, at: datetime, subject: str) -> None:
        self._show(
            TEAM.value_set("billing"),
            TIER.value_set(3),
            TAGS.value_set(["billing"]),
            REASON.value_set("policy"),
            self._due(timedelta(hours=1)),
        )
        common: dict[str, Any] = {"conversation_id": self._id, "due_at": at, "because": "billing topic"}
        assign = Assign(key=f"{self._id}/assign", team="billing", team_name="Specialists — Billing", **common)
        note = AddInternalNote(key=f"{self._id}/note", body="Auto-routed: billing topic detected", **common)
        notify = Notify(key=f"{self._id}/notify", target="slack:#support-billing", headline=subject, **common)
        outward: list[Any] = [
            workflow.start_activity(DeskActivities.assign, assign, **_OUTWARD),  # pyright: ignore
            workflow.start_activity(DeskActivities.add_internal_note, note, **_OUTWARD),  # pyright: ignore
            workflow.start_activity(Notifying.notify, notify, **_OUTWARD),  # pyright: ignore
        ]
        for activity in outward:
            await activity

    def _due(self, within: timedelta) -> SearchAttributeUpdate[datetime]:
        return NEXT_DEADLINE.value_set(self._opened_at + within)

    @staticmethod
    def _show(*values: SearchAttributeUpdate[Any]) -> None:
        workflow.upsert_search_attributes(values)


@workflow.defn(name="BareDeadline")
class BareDeadline:
    """One timer and one Slack message: the cost of punctuality without anything around it."""

    @workflow.run
    async def run(self, due: Notify) -> None:
        """Sleep until the message is due, then send it."""
        await workflow.sleep(due.due_at - workflow.now())
        await workflow.start_activity(Notifying.notify, due, **_OUTWARD)  # pyright: ignore
