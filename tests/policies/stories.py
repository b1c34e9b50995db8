"""Stories of one conversation, told in minutes after Monday, 10 o'clock: the small language of the core's tests."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from policies.adoption.adopting import adopt
from policies.contract.commands import accept
from policies.contract.messages import read_fact, read_start
from policies.decide import decide
from policies.loading.load import load_policy
from policies.running.policy import Policy, build
from policies.state.conversation import Conversation, Decision, opened
from policies.state.effects import (
    AddInternalNote,
    AddTag,
    AnyEffect,
    AskIncident,
    Assign,
    EndIncident,
    LeaveIncident,
    ListMembers,
    Notify,
    RemoveTag,
    SendReply,
    SetPriority,
    SetStatus,
    TellConversation,
    UpdateNotification,
)
from policies.state.events import (
    AnyEvent,
    ConversationStarted,
    DeadlineReached,
    EffectFailed,
    Fact,
    PolicyAdopted,
    StepDelivered,
    StepTried,
)
from policies.state.situation import Clock, Page, Situation

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
"""A Monday, an hour after opening."""

ACME = """
policy: acme
version: 1
timezone: UTC
hours:
  business: {open: "Mo-Fr 09:00-17:00; PH off", holidays: [2026-01-06]}
teams:
  tier-1: {name: Tier 1, tier: 1, hours: business, after_hours: on-call, sla: standard}
  on-call: {name: On-Call, tier: 1, sla: night}
  tier-2: {name: Tier 2, tier: 2, sla: senior}
  billing: {name: Billing, tier: 3, sla: quick}
channels: {email: tier-1, "email:invoices": billing, chat: tier-2}
sla:
  standard: {first_response: 20m, next_response: 40m, resolution: 7h, at_risk: 50%, hours: business}
  night: {extends: standard, hours: always}
  senior: {extends: night, first_response: 40m}
  quick: {extends: night, first_response: 10m, next_response: 10m}
"""

RULES = """
rules:
  - name: billing topic
    on: tag_added
    when: event.tag == "billing"
    do:
      - assign: billing
      - note: "Routed: {{ event.tag }}"
      - tag: routed
  - name: late
    on: {clock: first_response, at: breach}
    do:
      - escalate: tier-2
      - tag: late
      - notify: people
escalations:
  people:
    steps:
      - {notify: "slack:#first", wait: 5m}
      - {notify: "slack:#second", wait: 10m}
    repeat: 2
"""


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)


def at(count: float) -> datetime:
    """The instant so many minutes after the story's beginning."""
    return START + minutes(count)


def policy_of(*parts: str, base: str = ACME) -> Policy:
    """A policy from YAML, ACME with the parts behind it."""
    return build(load_policy("".join((base, *parts)), file="acme.yaml", today=date(2026, 1, 1)))


PLAIN = policy_of()
FULL = policy_of(RULES)


def started(began: float = 0, **body: Any) -> ConversationStarted:
    """The event a conversation begins with; by e-mail unless said otherwise."""
    event, rejected = read_start({"channel": "email", **body}, conversation_id="c", began_at=at(began), now=at(began))
    assert rejected is None
    return event


def fact(name: str, when: float, /, *, event_id: str = "", **body: Any) -> Fact:
    """A signal that says when it happened."""
    stated = {"occurred_at": at(when).isoformat(), **body}
    return read_fact(name, stated, now=at(when), fallback_id=event_id or f"{name}-{when:g}")


def wake_up(when: float) -> DeadlineReached:
    """The timer rang."""
    return DeadlineReached(event_id="", occurred_at=at(when), source="baton")


class Play:
    """One conversation, fed by hand. Keeps every decision and every effect that was asked for."""

    def __init__(self, policy: Policy = PLAIN, *, delivers: bool = False, began: float = 0, **body: Any) -> None:
        self.policy = policy
        self.delivers = delivers
        self.conversation: Conversation = opened("c", at(began))
        self.decisions: list[Decision] = []
        self.effects: list[AnyEffect] = []
        self.feed(started(began, **body), began)

    @property
    def now(self) -> Situation:
        """How things stand."""
        return self.conversation.situation

    def feed(self, event: AnyEvent, seen: float) -> Decision:
        """Let the policy decide; where steps are delivered, at once."""
        decision = decide(self.conversation, event, at(seen), policy=self.policy)
        self.conversation = decision.conversation
        self.decisions.append(decision)
        self.effects.extend(decision.effects)
        for effect in decision.effects:
            if isinstance(effect, Notify) and effect.page:
                self.tried(effect, seen)
                if self.delivers:
                    self.delivered(effect, seen)
        return decision

    def tell(self, name: str, when: float, /, *, seen: float | None = None, **body: Any) -> Decision:
        """Something happened; seen at once unless said otherwise."""
        return self.feed(fact(name, when, **body), when if seen is None else seen)

    def customer(self, when: float, *, seen: float | None = None) -> Decision:
        """The customer wrote."""
        return self.tell("message", when, seen=seen, author="customer", text="Hello?", event_id=f"customer-{when:g}")

    def answer(self, when: float, *, seen: float | None = None, by: str = "anna") -> Decision:
        """A person answered the customer."""
        return self.tell(
            "message", when, seen=seen, author="agent", author_id=by, text="Hello.", event_id=f"answer-{when:g}"
        )

    def command(self, name: str, when: float, *, actor: str = "anna", **body: Any) -> Decision:
        """Somebody asked Baton for something."""
        body = {"actor": actor, **body}
        return self.feed(
            accept(name, body, self.now, now=at(when), fallback_id=f"{name}-{when:g}", policy=self.policy), when
        )

    def wake(self, when: float) -> Decision:
        """The timer rang."""
        return self.feed(wake_up(when), when)

    def tried(self, effect: Notify, when: float) -> None:
        """The notification was handed over to be sent."""
        event = StepTried(event_id=f"{effect.key}/tried", occurred_at=at(when), source="baton", page=effect.page)
        self.conversation = decide(self.conversation, event, at(when), policy=self.policy).conversation

    def delivered(self, effect: Notify, when: float) -> Decision:
        """The notification reached its target."""
        event_id = f"{effect.key}/delivered"
        return self.feed(StepDelivered(event_id=event_id, occurred_at=at(when), source="baton", page=effect.page), when)

    def failed(self, effect: AnyEffect, when: float, why: str = "not found") -> Decision:
        """The outside system refused the effect for good."""
        named = ("target", "to", "incident")
        target = next((str(getattr(effect, name)) for name in named if hasattr(effect, name)), "")
        event = EffectFailed(
            event_id=f"{effect.key}/failed",
            occurred_at=at(when),
            source="baton",
            effect=effect.kind,
            key=effect.key,
            target=target,
            page=effect.page if isinstance(effect, Notify) else "",
            why=why,
        )
        return self.feed(event, when)

    def clock(self, clock_id: str) -> Clock:
        """One promise."""
        return next(clock for clock in self.now.clocks if clock.id == clock_id)

    def page(self, page_id: str) -> Page:
        """One run of a ladder."""
        return next(page for page in self.now.pages if page.id == page_id)

    def asked(self, kind: type[AnyEffect]) -> list[AnyEffect]:
        """All effects of that kind, in the order in which they were asked for."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


def change_over(play: Play, to: Policy, mode: str, when: float) -> Decision:
    """Somebody adopts another policy; from then on the story goes on under it."""
    asked: dict[str, Any] = {"event_id": f"adopt-{when:g}", "occurred_at": at(when), "source": "command"}
    event = PolicyAdopted.model_validate({**asked, "policy": to.document.policy, "mode": mode, "by": "lead"})
    decision = adopt(play.conversation, event, at(when), policy=play.policy, adopted=to)
    play.conversation = decision.conversation
    play.decisions.append(decision)
    play.effects.extend(decision.effects)
    play.policy = play.policy if mode == "pin" else to
    for effect in decision.effects if play.delivers else ():
        if isinstance(effect, Notify) and effect.page:
            play.delivered(effect, when)
    return decision


_TELLING: dict[type[AnyEffect], Callable[[Any], tuple[str, ...]]] = {
    Assign: lambda e: ("assign", e.team, e.assignee) if e.assignee else ("assign", e.team),
    AddInternalNote: lambda e: ("note", e.body),
    SendReply: lambda e: ("reply", e.body),
    AddTag: lambda e: ("tag", e.tag),
    RemoveTag: lambda e: ("untag", e.tag),
    SetPriority: lambda e: ("priority", e.priority),
    SetStatus: lambda e: ("status", e.status),
    TellConversation: lambda e: ("tell", e.to),
    LeaveIncident: lambda e: ("leave", e.incident, e.page, e.why),
    AskIncident: lambda e: ("ask", e.incident, e.page),
    EndIncident: lambda e: ("end", e.by),
    ListMembers: lambda e: ("list", e.page, str(e.total)),
    UpdateNotification: lambda e: ("update", e.page, e.outcome),
    Notify: lambda e: ("page", e.page, e.target) if e.page else ("notify", e.target, e.headline),
}


def told(effects: Iterable[AnyEffect]) -> list[tuple[str, ...]]:
    """Effects as people would say them."""
    return [_TELLING[type(effect)](effect) for effect in effects]


def reasons(decision: Decision) -> list[str]:
    """Why, sentence by sentence."""
    return [entry.text for entry in decision.because]


def remarks(play: Play) -> list[str]:
    """What depended on the order of arrival."""
    return [entry.text for entry in play.conversation.remarks]
