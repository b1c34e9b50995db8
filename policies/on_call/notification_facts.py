"""The facts that a called person sees at a glance.

Promises that the parts of a customer's words that the policy redacts are hidden. Must not know how a message looks.
"""

from policies.running.turn import Turn
from policies.state.effects import Promise
from policies.text.redaction import redact, without_secrets


def facts(turn: Turn) -> tuple[tuple[str, str], ...]:
    """Return the conversation's facts, as far as known; none for an incident, which shows its list instead."""
    s = turn.situation
    if s.on_call.incident is not None:
        return ()
    customer = " · ".join(filter(None, (s.contact.customer.name or s.contact.customer.id, s.contact.customer.tier)))
    said = next((said.text for said in reversed(s.told.recent) if said.is_customers_word), "")
    rows = (
        ("Customer", customer),
        ("Team", turn.policy.team_name(s.responsible.team)),
        ("Assignee", s.responsible.assignee),
        ("Subject", without_secrets(s.contact.subject)),
        ("Priority", s.contact.priority if s.contact.priority != "normal" else ""),
        ("Last words", redact(without_secrets(said), turn.policy.document.redact)),
    )
    return tuple((name, value) for name, value in rows if value)


def promises(turn: Turn) -> tuple[Promise, ...]:
    """Return the promises that the customer still waits for, the most urgent first."""
    promises = turn.situation.sla.open_promises
    return tuple(
        Promise(
            title=clock.kind.title,
            state="at risk" if clock.is_at_risk else clock.state,
            due_at=clock.due_at,
        )
        for clock in sorted(promises, key=lambda clock: (clock.due_at is None, clock.due_at or clock.started_at))
    )
