"""The kinds of lines on a timeline, of a conversation and of a team's queue: one closed list.

The ledger, the contract and the reports know lines by these names. Must not know what the lines say.
"""

from typing import Annotated, Literal

from pydantic import GetPydanticSchema
from pydantic_core import core_schema

from policies.document.document import SilenceName

EntryKind = (
    Literal[
        # A conversation, from its beginning to its end
        "conversation_started",
        "imported",
        "edition_changed",
        "message",
        "note_added",
        "status_changed",
        "reopened",
        "close_undone",
        "held",
        "released",
        "snoozed",
        "woken",
        "merged",
        "merge_refused",
        "merge_undone",
        "absorbed",
        # What is known of it
        "customer_updated",
        "attribute_changed",
        "tag_added",
        "tag_removed",
        "already_there",
        "priority_set",
        "no_room",
        "unreadable",
        # Who is responsible
        "assigned",
        "reassigned",
        "taken",
        "escalated",
        "deescalated",
        "outside_hours",
        "kept",
        "stays_with_people",
        "unknown_team",
        "given_back",
        "returned",
        # Promises
        "clock_at_risk",
        "clock_breached",
        "clock_overdue",
        "clock_met",
        "clock_late",
        "clock_cancelled",
        "clock_retargeted",
        "clocks_paused",
        "clocks_resumed",
        "pause_budget_used",
        "callback_promised",
        "callback_due",
        # Rules
        "rule_fired",
        "rule_not_evaluated",
        "rule_budget_tripped",
        "rule_muted",
        "rule_unmuted",
        "bug_reported",
        "not_replied",
        "not_done",
        # Calls to people
        "paged",
        "called",
        "already_paging",
        "step_delivered",
        "step_not_delivered",
        "step_passed_over",
        "step_unreachable",
        "nobody_reached",
        "acknowledged",
        "already_acknowledged",
        "lease_over",
        "lease_runs_on",
        "resumed",
        "stood_down",
        "escalation_exhausted",
        "drill_started",
        "drill_ended",
        # The words that Baton brought to people and to the customer
        "note_sent",
        "reply_sent",
        "notification_sent",
        "call_sent",
        # Incidents
        "folded",
        "unfolded",
        "incident_opened",
        "incident_grew",
        "incident_silent",
        "incident_unchanged",
        # Known outages
        "outage_linked",
        "outage_changed",
        "outage_over",
        "outage_left",
        "outage_not_judged",
        "call_withheld",
        # Queues
        "queued",
        "offered",
        "offer_withdrawn",
        "granted",
        "grant_refused",
        "owned",
        "reclaimed",
        "left",
        "too_late",
        "presence",
        "unknown_agent",
        "need_not_evaluated",
        "team_answers",
        "team_silent",
        "team_closed",
        # Handoffs
        "handoff_requested",
        "handoff_accepted",
        "handoff_committed",
        "handoff_reopened",
        "handoff_ended",
        "handed_back",
        "choice_made",
        "choices_recalled",
        "choices_forgotten",
        "briefed",
        # What messages mean
        "understood",
        "not_understood",
        "mentioned",
        "score",
        "tag_proposed",
        "tags_compared",
        "feedback",
        "feedback_asked",
        "rated",
        # Another policy
        "policy_adopted",
        "policy_kept",
        "call_inherited",
        "team_inherited",
        "team_renamed",
        "detail_inherited",
        # What went wrong, or was taken back
        "trouble",
        "effect_failed",
        "retracted",
        "clamped",
        "refused",
        "rejected",
        "repeated",
        "taken_in",
        "set_aside",
        "dropped",
        "ledger_unknown",
        "left_out",
    ]
    | SilenceName
)
RecordedKind = Annotated[EntryKind, GetPydanticSchema(lambda _type, _handler: core_schema.str_schema())]
"""The kind of a line as it is kept: another version may have kept a kind that is not on this list."""
HAPPENED: frozenset[EntryKind] = frozenset(
    (
        "conversation_started",
        "message",
        "tag_added",
        "tag_removed",
        "status_changed",
        "customer_updated",
        "attribute_changed",
        "rated",
        "feedback",
        "step_delivered",
        "step_not_delivered",
    )
)
"""Kinds of lines that say what happened, not what was decided."""
