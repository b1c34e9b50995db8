"""The small language of the core's tests: stories of one conversation, told in minutes after Monday 10:00 UTC."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from policies.adoption.adopting import adopt
from policies.contract.commands import accept
from policies.contract.messages import read_facts, read_start
from policies.decide import decide
from policies.editions import NEWEST
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
from policies.state.records.on_call import OnCallRun
from policies.state.records.sla import Clock
from policies.state.situation import Situation
from tests.cases import case

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
"""The instant at which stories begin: a Monday, an hour after opening."""

ACME = case("policies/acme")

RULES = case("policies/acme_rules")


def minutes(count: float) -> timedelta:
    """Return a span of `count` minutes."""
    return timedelta(minutes=count)


def at(count: float) -> datetime:
    """Return the instant `count` minutes after the story's beginning."""
    return START + minutes(count)


@cache
def policy_of(*parts: str, base: str = ACME) -> Policy:
    """Return a policy built from YAML: `base` (ACME) followed by `parts`; without briefings, unless a part has some."""
    text = "".join((base, *parts))
    briefing = "" if "briefing:" in text else "\nbriefing: off\n"
    return build(load_policy(f"{text}{briefing}", file="acme.yaml", today=date(2026, 1, 1)))


PLAIN = policy_of()
FULL = policy_of(RULES)


def started(began: float = 0, **body: Any) -> ConversationStarted:
    """Return the event that a conversation begins with, by e-mail unless `body` names another channel."""
    event, rejected = read_start({"channel": "email", **body}, conversation_id="c", began_at=at(began), now=at(began))
    assert rejected is None
    return event


def fact(name: str, when: float, /, *, event_id: str = "", **body: Any) -> Fact:
    """Return the fact read from a signal that happened at minute `when`."""
    stated = {"occurred_at": at(when).isoformat(), **body}
    return read_facts(name, stated, now=at(when), fallback_id=event_id or f"{name}-{when:g}")[0]


def wake_up(when: float) -> DeadlineReached:
    """Return the event of the timer that rang at minute `when`."""
    return DeadlineReached(event_id="", occurred_at=at(when), source="baton")


class Play:
    """A conversation fed by hand that keeps every decision and every effect requested so far."""

    def __init__(
        self,
        policy: Policy = PLAIN,
        *,
        delivers: bool = False,
        began: float = 0,
        edition: int = NEWEST,
        **body: Any,
    ) -> None:
        self.policy = policy
        self.delivers = delivers
        first = started(began, **body)
        self.conversation: Conversation = opened("c", first.occurred_at, edition=edition)
        self.decisions: list[Decision] = []
        self.effects: list[AnyEffect] = []
        self.feed(first, began)

    @property
    def now(self) -> Situation:
        """The conversation's present situation."""
        return self.conversation.situation

    def feed(self, event: AnyEvent, seen: float) -> Decision:
        """Let the policy decide about `event`; report calls as tried, and as delivered where the play delivers."""
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
        """Feed a fact that happened at `when` and was seen at `seen`, or at once where `seen` is left out."""
        return self.feed(fact(name, when, **body), when if seen is None else seen)

    def customer(self, when: float, *, seen: float | None = None) -> Decision:
        """Let the customer write."""
        return self.tell("message", when, seen=seen, author="customer", text="Hello?", event_id=f"customer-{when:g}")

    def answer(self, when: float, *, seen: float | None = None, by: str = "anna") -> Decision:
        """Let an agent answer the customer."""
        return self.tell(
            "message", when, seen=seen, author="agent", author_id=by, text="Hello.", event_id=f"answer-{when:g}"
        )

    def command(self, name: str, when: float, *, actor: str = "anna", **body: Any) -> Decision:
        """Let `actor` send Baton a command; raises `Refused` where the command is not accepted."""
        body = {"actor": actor, **body}
        return self.feed(
            accept(name, body, self.now, now=at(when), fallback_id=f"{name}-{when:g}", policy=self.policy), when
        )

    def wake(self, when: float) -> Decision:
        """Let the timer ring."""
        return self.feed(wake_up(when), when)

    def tried(self, effect: Notify, when: float) -> None:
        """Report that the notification was handed over to be sent."""
        event = StepTried(event_id=f"{effect.key}/tried", occurred_at=at(when), source="baton", page=effect.page)
        self.conversation = decide(self.conversation, event, at(when), policy=self.policy).conversation

    def delivered(self, effect: Notify, when: float) -> Decision:
        """Report that the notification reached its target."""
        event_id = f"{effect.key}/delivered"
        return self.feed(StepDelivered(event_id=event_id, occurred_at=at(when), source="baton", page=effect.page), when)

    def failed(self, effect: AnyEffect, when: float, why: str = "not found") -> Decision:
        """Report that the outside system refused the effect for good."""
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
        """Return the clock with this id."""
        return next(clock for clock in self.now.sla.clocks if clock.id == clock_id)

    def on_call_run(self, run_id: str) -> OnCallRun:
        """Return the on-call run with this id."""
        return next(run for run in self.now.on_call.runs if run.id == run_id)

    def asked(self, kind: type[AnyEffect]) -> list[AnyEffect]:
        """Return all effects of that kind, in the order in which they were requested."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


def change_over(play: Play, to: Policy, mode: str, when: float) -> Decision:
    """Let the lead adopt another policy, under which the story goes on unless `mode` is `pin`."""
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
    Notify: lambda e: ("call", e.page, e.target) if e.page else ("notify", e.target, e.headline),
}


def told(effects: Iterable[AnyEffect]) -> list[tuple[str, ...]]:
    """Return each effect as a short tuple: a word for the kind, then the fields that matter."""
    return [_TELLING[type(effect)](effect) for effect in effects]


def reasons(decision: Decision) -> list[str]:
    """Return the decision's reasons, sentence by sentence."""
    return [entry.text for entry in decision.because]


def remarks(play: Play) -> list[str]:
    """Return the conversation's remarks: sentences that depended on the order of arrival."""
    return [entry.text for entry in play.conversation.remarks]
