"""The facts that conditions and texts see of a conversation: its situation as typed records.

Must not know who asks.
"""

from datetime import date, datetime
from typing import Any

from policies.running.facts import (
    WEEKDAYS,
    Attribute,
    ConversationFacts,
    CustomerFacts,
    EventFacts,
    Facts,
    NowFacts,
    PreferenceFacts,
)
from policies.running.own_fields import own_values
from policies.running.turn import Turn
from policies.state.records.told import EXCERPT
from policies.state.situation import Situation
from policies.text.redaction import without_secrets


def facts_of(turn: Turn, event: EventFacts) -> Facts:
    """Return the conversation and its customer as they stand in this turn, with the event."""
    s = turn.situation
    return Facts(_conversation_facts(turn, s), _customer_facts(turn, s), event, _now(turn))


def _now(turn: Turn) -> NowFacts:
    local = turn.at.astimezone(turn.policy.zone_of_team(turn.situation.responsible.team))
    return NowFacts(WEEKDAYS[local.weekday()], local.hour, f"{local:%H:%M}", f"{local:%Y-%m-%d}")


def _conversation_facts(turn: Turn, s: Situation) -> ConversationFacts:
    return turn.policy.fact_types.conversation(
        id=s.conversation_id,
        channel=s.contact.channel,
        inbox=s.contact.inbox,
        direction=s.contact.direction,
        subject=s.contact.subject,
        status=s.lifecycle.status,
        team=s.responsible.team,
        team_name=turn.policy.team_name(s.responsible.team),
        tier=turn.policy.tier(s.responsible.team),
        assignee=s.responsible.assignee,
        priority=s.contact.priority,
        tags=s.contact.tags,
        reopened=s.lifecycle.reopened,
        messages=s.told.messages,
        is_waiting=s.is_waiting,
        unanswered=s.understanding.meaning.unresolved if s.understanding.meaning else 0,
        unsure=s.understanding.unsure,
        at_a_loss=s.understanding.at_a_loss,
        is_settled=s.understanding.meaning.settled if s.understanding.meaning else False,
        **_words(s),
        score=s.understanding.score.points if s.understanding.score else 0,
        attributes=_attributes(turn, s),
    )


def _words(s: Situation) -> dict[str, str]:
    """Return the customer's first and last words, without passwords."""
    said = [said.text for said in s.told.recent if said.is_customers_word]
    first = s.briefing.opening if s.briefing and s.briefing.opening else "".join(said[:1])
    return {"first_words": without_secrets(first[:EXCERPT]), "last_words": without_secrets("".join(said[-1:]))}


def _years(since: str, at: datetime) -> int:
    """Return the whole years since a date; 0 where it is no date, or lies ahead."""
    try:
        began = date.fromisoformat(since[:10])
    except ValueError:
        return 0
    years = at.year - began.year - ((at.month, at.day) < (began.month, began.day))
    return max(0, years)


def _attributes(turn: Turn, s: Situation) -> Any:
    """Return the declared attributes by name, or all of them as a list where the policy declares none."""
    if declared := turn.policy.document.attributes:
        record = turn.policy.fact_types.conversation.__dataclass_fields__["attributes"].type
        return record(**own_values(declared, dict(s.contact.attributes)))
    return tuple(Attribute(name, value) for name, value in s.contact.attributes)


def _customer_facts(turn: Turn, s: Situation) -> CustomerFacts:
    c = s.contact.customer
    remembered = dict(s.handoffs.memory.choices) if s.handoffs.memory is not None else {}
    liked = {
        name: c.preferences.get(name, "") or remembered.get(name, "") for name in PreferenceFacts.__dataclass_fields__
    }
    return turn.policy.fact_types.customer(
        id=c.id,
        name=c.name,
        tier=c.tier,
        plan=c.plan,
        locale=c.locale,
        value=c.value,
        account_manager=c.account_manager,
        timezone=c.timezone,
        since=c.since,
        years=_years(c.since, turn.at),
        health=c.health,
        preferences=PreferenceFacts(**liked),
        **own_values(turn.policy.document.customer_fields, c.model_extra or {}),
    )
