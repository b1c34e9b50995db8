"""A policy with an assistant and people behind it, and the steps of its stories."""

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
from policies.state.events import AssignmentConfirmed
from tests.cases import case
from tests.policies.stories import Play, at, policy_of, told
from tests.policies.understanding.readings import reading

ASSISTED = case("policies/handoff/assisted")

ASKS = case("policies/handoff/asks")

TELLS = case("policies/handoff/tells")


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
    return said(play.feed(reading(when, name, **{"asks_for_human": True, **meaning}), when).effects)


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
