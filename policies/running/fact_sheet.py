"""The facts that conditions and texts see of a conversation: its situation as typed records.

Must not know who asks.
"""

from policies.running.facts import Attribute, ConversationFacts, CustomerFacts, EventFacts, Facts
from policies.running.turn import Turn
from policies.state.situation import Situation


def facts_of(turn: Turn, event: EventFacts) -> Facts:
    """Return the conversation and its customer as they stand in this turn, with the event."""
    return Facts(_conversation_facts(turn, turn.situation), _customer_facts(turn.situation), event)


def _conversation_facts(turn: Turn, s: Situation) -> ConversationFacts:
    return ConversationFacts(
        id=s.conversation_id,
        channel=s.channel,
        inbox=s.inbox,
        subject=s.subject,
        status=s.status,
        team=s.team,
        team_name=turn.policy.team_name(s.team),
        tier=turn.policy.tier(s.team),
        assignee=s.assignee,
        priority=s.priority,
        tags=s.tags,
        reopened=s.reopened,
        messages=s.messages,
        is_waiting=s.is_waiting,
        unanswered=s.understanding.unresolved if s.understanding else 0,
        score=s.score.points if s.score else 0,
        attributes=tuple(Attribute(name, value) for name, value in s.attributes),
    )


def _customer_facts(s: Situation) -> CustomerFacts:
    c = s.customer
    return CustomerFacts(
        id=c.id,
        name=c.name,
        tier=c.tier,
        plan=c.plan,
        locale=c.locale,
        value=c.value,
        account_manager=c.account_manager,
    )
