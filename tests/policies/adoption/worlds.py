"""One conversation under changing policies, with all that people, teams, Slack and other systems may do to it.

Promises that each effect that waits for an answer gets one before the end, and that the state is written to JSON and
read back before each event. Must not know what is right (`promises`).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.adoption.adopting import adopt
from policies.contract import commands
from policies.contract.messages import read_facts, read_start
from policies.decide import decide
from policies.running.policy import Policy
from policies.state.context import Context
from policies.state.conversation import Conversation, Decision, opened
from policies.state.effects import AnyEffect, Assign, GatherContext, Notify
from policies.state.events import (
    AnyEvent,
    AssignmentConfirmed,
    ContextGathered,
    DeadlineReached,
    EffectFailed,
    MessageUnderstood,
    PolicyAdopted,
    StepDelivered,
)
from policies.state.situation import Situation
from policies.understanding.understanding import AFTER, reading_id, unread
from tests.policies.stories import START, minutes

_STATE = TypeAdapter(Conversation)
Act = tuple[Any, ...]


class World:
    """One conversation, and the effects that are on their way to people and other systems."""

    def __init__(self, policy: Policy, began: float, body: dict[str, Any]) -> None:
        self.policy, self.now = policy, START + minutes(began)
        self.conversation = opened("c", self.now)
        self.effects: list[AnyEffect] = []
        self.on_its_way: list[AnyEffect] = []
        self.number = 0
        started, rejected = read_start(body, conversation_id="c", began_at=self.now, now=self.now)
        assert rejected is None
        self.happens(started)

    @property
    def situation(self) -> Situation:
        """Return the conversation's situation."""
        return self.conversation.situation

    def happens(self, event: AnyEvent) -> Decision:
        """Let the policy decide, on the state as it is after a deploy."""
        self.conversation = _STATE.validate_json(_STATE.dump_json(self.conversation))
        return self._keep(decide(self.conversation, event, self.now, policy=self.policy))

    def adopts(self, policy: Policy, mode: str) -> Decision:
        """Adopt another policy."""
        event = self.adoption(policy, mode)
        self.conversation = _STATE.validate_json(_STATE.dump_json(self.conversation))
        decision = adopt(self.conversation, event, self.now, policy=self.policy, adopted=policy)
        self.policy = self.policy if mode == "pin" else policy
        return self._keep(decision)

    def adoption(self, policy: Policy, mode: str) -> PolicyAdopted:
        """Return the adoption's command as an event."""
        body = {"event_id": f"adopted-{self.next()}.", "occurred_at": self.now, "source": "command"}
        return PolicyAdopted.model_validate({**body, "policy": policy.document.policy, "mode": mode, "by": "preview"})

    def waits(self, count: float) -> None:
        """Let so many minutes pass, and the timer ring."""
        self.now += minutes(count)
        self.happens(DeadlineReached(event_id="", occurred_at=self.now, source="baton"))

    def settles(self) -> None:
        """Let each effect on its way succeed, one after another."""
        for _ in range(200):
            if not self.on_its_way:
                return
            self.answers(0, fails=False)
        raise AssertionError("the conversation asks for ever")

    def tells(self, name: str, ago: float = 0, **body: Any) -> None:
        """Send a signal about something that happened so many minutes ago."""
        stated = {"occurred_at": (self.now - minutes(ago)).isoformat(), **body}
        self.happens(read_facts(name, stated, now=self.now, fallback_id=f"e{self.next()}")[0])

    def orders(self, name: str, **body: Any) -> None:
        """Send a command; a refusal is ignored."""
        asked = {"now": self.now, "fallback_id": f"e{self.next()}", "policy": self.policy}
        try:
            event = commands.accept(name, {"actor": "ann", **body}, self.situation, **asked)
        except commands.Refused:
            return
        self.happens(event)

    def answers(self, which: int, *, fails: bool) -> None:
        """Report one effect on its way as done or failed."""
        if not self.on_its_way:
            return
        effect = self.on_its_way.pop(which % len(self.on_its_way))
        said = {"event_id": f"{effect.key}/{fails}", "occurred_at": self.now, "source": "baton"}
        if fails:
            step = effect.page if isinstance(effect, Notify) else ""
            why = {"effect": effect.kind, "key": effect.key, "page": step, "why": "gone"}
            self.happens(EffectFailed.model_validate({**said, **why}))
        elif isinstance(effect, Notify):
            self.happens(StepDelivered.model_validate({**said, "page": effect.page}))
        elif isinstance(effect, GatherContext):
            self.happens(
                ContextGathered(event_id=f"{effect.key}/known", occurred_at=self.now, key=effect.key, context=Context())
            )
        else:
            self.happens(AssignmentConfirmed.model_validate({**said, "key": effect.key}))

    def reads(self, **meaning: Any) -> None:
        """Report the meaning of the messages that were not read yet."""
        if messages := unread(self.conversation, self.policy):
            at = min(messages[-1].occurred_at + AFTER, self.now)
            ids = tuple(message.event_id for message in messages)
            said = {"event_id": reading_id(messages), "occurred_at": at, "source": "baton", "messages": ids}
            self.happens(MessageUnderstood.model_validate({**said, **meaning}))

    def next(self) -> int:
        """Return an unused number."""
        self.number += 1
        return self.number

    def _keep(self, decision: Decision) -> Decision:
        self.conversation = decision.conversation
        self.effects += decision.effects
        self.on_its_way += [effect for effect in decision.effects if _is_answered(effect)]
        return decision


def _is_answered(effect: AnyEffect) -> bool:
    match effect:
        case Notify():
            return bool(effect.page)
        case Assign():
            return effect.confirm
        case _:
            return isinstance(effect, GatherContext)


PEOPLE = st.sampled_from(["ann", "bob", "cid", "zoe", "primary", "anna"])
AGO = st.sampled_from([0, 0, 0, 2, 15, 90])
SPANS = st.sampled_from([0.5, 2, 5, 10, 20, 31, 61, 240, 900])
INDEX = st.integers(0, 30)


def act(name: str, *what: st.SearchStrategy[Any]) -> st.SearchStrategy[Act]:
    """Return a strategy for one act with its arguments."""
    return st.tuples(st.just(name), *what)


MEANING = st.fixed_dictionaries(
    {
        "asks_for_human": st.booleans(),
        "frustration": st.sampled_from([0.0, 1.0]),
        "risks": st.sampled_from([[], ["security"], ["refund"]]),
        "unresolved": st.integers(0, 3),
    }
)
ACTS = st.one_of(
    act("wait", SPANS),
    act("wait", SPANS),
    act("message", st.sampled_from(["customer", "customer", "agent", "assistant"]), PEOPLE, INDEX, AGO),
    act("tag", st.sampled_from(["tag_added", "tag_added", "tag_removed"]), INDEX, AGO),
    act("assign", INDEX, st.sampled_from(["", "", "ann", "zoe", "primary"]), AGO),
    act("status", st.sampled_from(["open", "pending_customer", "on_hold", "resolved"]), AGO),
    act("customer", st.sampled_from(["enterprise", "vip", ""]), AGO),
    act("order", st.sampled_from(["hold", "release", "take", "acknowledge", "wake"]), PEOPLE),
    act("acknowledge", INDEX, PEOPLE),
    act("acknowledge", INDEX, PEOPLE),
    act("call", INDEX),
    act("call", INDEX),
    act("call", INDEX),
    act("escalate"),
    act("snooze", SPANS),
    act("answer", INDEX, st.booleans()),
    act("answer", INDEX, st.just(False)),
    act("read", MEANING),
    act("queue", st.sampled_from(["queued", "offered", "granted", "reclaimed"]), PEOPLE, AGO),
    act("fold", INDEX),
    act("unfold"),
    act("grow", st.integers(1, 9), st.integers(0, 3)),
    act("choose", st.sampled_from(["assistant", "wait", "callback", "channel", "manager"])),
    act("feedback", st.booleans()),
    act("merge", st.booleans()),
)
TEXTS = ("Hello?", "1", "2", "My lawyer", "A person, please. Now!", "I want to go to the press")
TAGS = ("billing", "technical-issue", "outage", "escalate", "help", "more", "refund", "return-request")
STARTS = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["email", "email", "web_chat", "voice", "sms", "pigeon"]),
        "inbox": st.sampled_from(["", "vip", "invoices@acme.example"]),
        "customer": st.sampled_from(
            [{}, {"name": "Kim", "tier": "enterprise", "value": 90000, "account_manager": "ann"}, {"tier": "vip"}]
        ),
        "tags": st.lists(st.sampled_from(TAGS), max_size=1),
    }
)


def performs(world: World, what: str, *args: Any) -> None:
    """Perform one act in the world as it is now."""
    _ACTS[what](world, *args)


def _named(world: World, which: int) -> str:
    runs = world.situation.on_call.runs
    named = ["", *(name for run in runs for name in (run.id, run.step_id, run.escalation))]
    return named[which % len(named)]


def _assign(world: World, which: int, assignee: str, ago: float) -> None:
    teams = [*world.policy.document.teams, "partners"]
    world.tells("reassigned", ago, team=teams[which % len(teams)], assignee=assignee, by="lead")


def _says_the_team(world: World, name: str, agent: str, ago: float) -> None:
    place = world.situation.queue_entry
    body: dict[str, Any] = {"queued": {"position": 2, "present": 1, "told": 1}}.get(name, {"agent": agent})
    if name == "offered":
        body |= {"offer": f"{world.number}", "until": (world.now + timedelta(minutes=2)).isoformat()}
    told = {"team": place.team if place else "first", "ticket": place.ticket if place else "old", "because": "…"}
    world.tells(name, ago, **told, **body)


def _folds(world: World, which: int) -> None:
    runs = [run.id for run in world.situation.on_call.runs]
    if runs:
        world.tells("folded", page=runs[which % len(runs)], incident="incident-1")


def _calls(world: World, which: int) -> None:
    ladders = list(world.policy.document.escalations)
    wanted = [*ladders, *ladders, *ladders, "", "1", "2"]
    world.orders("call", to=wanted[which % len(wanted)])


_ACTS: dict[str, Callable[..., None]] = {
    "wait": World.waits,
    "message": lambda world, author, by, text, ago: world.tells(
        "message", ago, author=author, author_id=by if author == "agent" else "", text=TEXTS[text % len(TEXTS)]
    ),
    "tag": lambda world, name, tag, ago: world.tells(name, ago, tag=TAGS[tag % len(TAGS)]),
    "assign": _assign,
    "status": lambda world, status, ago: world.tells("status_changed", ago, status=status),
    "customer": lambda world, tier, ago: world.tells("customer_updated", ago, tier=tier),
    "order": lambda world, name, who: world.orders(name, actor=who, **({"note": "later"} if name == "hold" else {})),
    "acknowledge": lambda world, which, who: world.tells("acknowledged", by=who, step=_named(world, which)),
    "call": _calls,
    "escalate": lambda world: world.orders("escalate", note={"tried": "a", "think": "b", "need": "c"}),
    "snooze": lambda world, span: world.orders("snooze", until=(world.now + minutes(span)).isoformat()),
    "answer": lambda world, which, fails: world.answers(which, fails=fails),
    "read": lambda world, meaning: world.reads(**meaning),
    "queue": _says_the_team,
    "fold": _folds,
    "unfold": lambda world: world.tells("unfolded", incident="incident-1"),
    "grow": lambda world, total, left: world.tells("incident_grew", total=total, left=left),
    "choose": lambda world, choice: world.tells("choice_made", choice=choice, detail="phone"),
    "feedback": lambda world, needed: world.tells("feedback", by="ann", needed=needed),
    "merge": lambda world, into: world.tells("merged", into="b") if into else world.tells("absorbed", other="d"),
}
