"""The state of a conversation at one instant, which events change.

Promises immutable records of plain values, one for each feature that writes it, and JSON in which all their fields
stand side by side (`flat`). Must not know how they come about (`decide`) and holds no policy: names of teams and hours
are looked up in the policy of the moment.
"""

# ruff: noqa: RUF009  the defaults are frozen records

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from policies.editions import FIRST
from policies.state.flat import flat_schema, records_of
from policies.state.keys import root_of
from policies.state.records.briefing import Briefing
from policies.state.records.contact import Contact
from policies.state.records.handoffs import Handoffs
from policies.state.records.hindsight import Hindsight
from policies.state.records.lately import OwnWrites, RuleBudget
from policies.state.records.lifecycle import Lifecycle
from policies.state.records.on_call import Calling
from policies.state.records.outages.known import Outages
from policies.state.records.queue_entry import QueueEntry
from policies.state.records.responsible import Responsible
from policies.state.records.sla import Sla
from policies.state.records.told import ToldSoFar
from policies.state.records.understood import Understood
from policies.state.records.waiting import CustomerWait
from policies.text.languages import languages_in

_IN_JSON = (
    "conversation_id opened_at at channel inbox subject customer page attributes status is_held held_until priority "
    "tags team assignee assigned_by given_by returns_to outside_noted waiting_since answered_at answered_by place "
    "callback_at is_callback_chosen snoozed_until silences clocks pages early path recent messages reopened "
    "escalations reason closes_at merged_into given_away absorbed rating deadline_at firings is_tripped understanding "
    "score mentions handoff briefing is_assistant_muted confirmed offered offered_at preferences tagging drill "
    "incident ended_incidents life run edition moves feedback asked timeline"
)
"""The order of the fields in JSON, as edition 1 had them. A field that is not named here comes after them."""
NAMED = {"OnCallRun": "Page", "QueueEntry": "Place", "TeamMember": "Member", "TeamQueueEntry": "Ticket"}
"""The names that the contract and the documents have for records that have another one here."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that is true of a conversation at `at`, the instant of the latest event."""

    conversation_id: str
    opened_at: datetime
    """The instant at which the customer made contact: the promises run from here."""
    at: datetime
    """The instant of the latest event."""
    life: str = ""
    """The mark that tells a conversation that has closed from one that begins again under the same id."""
    run: str = ""
    """The end of the id of the conversation's first run; empty where it is the same as `life`."""
    edition: int = FIRST
    """The number of the behaviour by which the conversation is judged: see docs/upgrading.md."""
    deadline_at: datetime | None = None
    """The instant of the latest deadline that was judged."""
    contact: Contact = Contact()
    lifecycle: Lifecycle = Lifecycle()
    responsible: Responsible = Responsible()
    waiting: CustomerWait = CustomerWait()
    sla: Sla = Sla()
    on_call: Calling = Calling()
    queue_entry: Annotated[QueueEntry | None, Field(alias="place")] = None
    """The entry in a team's queue, or the agent of that team who has it; null where the team has no queue."""
    understanding: Understood = Understood()
    handoffs: Handoffs = Handoffs()
    briefing: Briefing | None = None
    """The material for briefing the next assignee; null where the policy has no briefings."""
    told: ToldSoFar = ToldSoFar()
    feedback: Hindsight = Hindsight()
    rule_budget: RuleBudget = RuleBudget()
    own_writes: OwnWrites = OwnWrites()
    outages: Outages = Outages()

    @property
    def key_root(self) -> str:
        """The beginning of every effect's key: `<conversation>[/<life>]`."""
        return root_of(self.conversation_id, self.life)

    @property
    def is_waiting(self) -> bool:
        """`True` where the customer waits for a person: unanswered, and the conversation is not paused."""
        return self.waiting.since is not None and not self.lifecycle.is_paused

    @property
    def languages(self) -> tuple[str, ...]:
        """The customer's languages, the best first: by preference, by locale, then as recognised in their messages."""
        return tuple(dict.fromkeys(str(each) for stated in self.languages_stated for each in languages_in(stated)))

    @property
    def languages_stated(self) -> tuple[str, str, str]:
        """The customer's preference, their locale and what was recognised in their messages, as they are written."""
        customer, meaning = self.contact.customer, self.understanding.meaning
        return customer.preferences.get("language", ""), customer.locale, meaning.language if meaning else ""

    def changed(self, record: type[Any], **changes: Any) -> "Situation":
        """Return the situation with fields of one record replaced; the record `Situation` has the fields of its own."""
        if record is Situation:
            return replace(self, **changes)
        name = _RECORDS[record]
        return replace(self, **{name: replace(getattr(self, name), **changes)})

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read and write the fields of all records side by side."""
        return flat_schema(cls, _IN_JSON.split(), handler)


_RECORDS = {kind: name for name, kind in records_of(Situation).items()}
