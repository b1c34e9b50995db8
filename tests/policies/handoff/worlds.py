"""A policy with an assistant and people behind it, and helpers to tell its stories."""

from typing import Any

from policies.running.policy import Policy
from policies.state.effects import (
    AnyEffect,
    AskTeam,
    AttachTranscript,
    GatherContext,
    SendReply,
    SetAssistant,
    TellOwner,
)
from policies.state.events import AssignmentConfirmed, MessageUnderstood
from policies.understanding.understanding import AFTER
from tests.policies.stories import Play, at, policy_of, told

ASSISTED = """
policy: helped
version: 1
timezone: UTC
hours:
  business: {open: "Mo-Fr 09:00-17:00"}
teams:
  robot:  {name: Robot, tier: 0, staffed_by: assistant}
  tier-1: {name: Tier 1, tier: 1, hours: business, sla: standard}
  tier-2: {name: Tier 2, tier: 2, sla: standard}
channels: {web_chat: robot, voice: tier-1}
sla:
  standard: {first_response: 20m, next_response: 20m, resolution: 7h}
"""

ASKS = """
rules:
  - name: asks for a person
    on: understood
    when: event.asks_for_human && conversation.tier < 1
    reason: asked_for_human
    do: [{escalate: tier-1}]
"""

TELLS = """
  - name: on the way
    on: handoff_requested
    do: [{tell: {text: requested, choices: [assistant, wait, callback, channel, manager]}}]
  - name: nobody came
    on: {handoff_waiting: 3m}
    do: [{assign: tier-2}, {tell: still}]
  - name: a manager
    on: choice_made
    when: event.choice == "manager"
    do: [{escalate: tier-2}]
customer_texts:
  requested:
    en: >-
      {{ handoff.team_name }} takes over
      ({{ handoff.reason }}).{% if handoff.answer_by %} By {{ handoff.answer_by }}.{% endif %}
    de: "{{ handoff.team_name }} übernimmt."
  still: {en: "Still looking."}
choices:
  labels: {wait: {en: I wait, de: Ich warte}}
  callback_within: 1h
"""


def helped(*parts: str) -> Policy:
    """Return the policy with the rule for a wish for a person, and with these rules and sections added."""
    return policy_of(ASKS, *parts, base=ASSISTED)


def chat(policy: Policy, **body: Any) -> Play:
    """Begin a conversation with the assistant."""
    return Play(policy, **{"channel": "web_chat", "customer": {"name": "Kim"}, **body})


def asks(play: Play, when: float, text: str = "Can I talk to a person?", **meaning: Any) -> list[tuple[str, ...]]:
    """Let the customer ask for a person and Baton understand it a minute later; return what follows."""
    name = f"m-{when:g}"
    play.tell("message", when, author="customer", text=text, event_id=name)
    given = {"asks_for_human": True, **meaning}
    read = MessageUnderstood(
        event_id=f"{name}/understood", occurred_at=at(when) + AFTER, source="baton", messages=(name,), **given
    )
    return said(play.feed(read, when).effects)


def confirm(play: Play, effect: AnyEffect, when: float) -> list[tuple[str, ...]]:
    """Confirm that the helpdesk has carried out this assignment; return what follows."""
    event = AssignmentConfirmed(
        event_id=f"{effect.key}/confirmed", occurred_at=at(when), source="baton", key=effect.key
    )
    return said(play.feed(event, when).effects)


def said(effects: Any) -> list[tuple[str, ...]]:
    """Return the effects, those of handoffs included, as short tuples."""
    lines: list[tuple[str, ...]] = []
    for effect in effects:
        match effect:
            case SetAssistant():
                lines.append(("mute" if effect.is_muted else "unmute",))
            case GatherContext():
                lines.append(("gather", effect.asked))
            case AskTeam() | TellOwner():
                lines.append((effect.kind, effect.team))
            case AttachTranscript():
                lines.append(("attach", effect.name))
            case SendReply(choices=choices) if choices:
                lines.append(("reply", effect.body, *(offer.choice for offer in choices)))
            case _:
                lines += told([effect])
    return lines
