"""One customer-support conversation, from its first message until nobody can expect anything of it any more.

The only writer of its state. Handlers take events in at once and return; the loop in `run` does everything else.
Must not know support: what an event means is decided by `policies.decide`.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.accepted import Accepted
from activities.catalog import Catalog, PinnedPolicy, shared
from policies import commands, importing
from policies.adoption import adopt
from policies.conversation import Conversation, Decision, opened
from policies.deadlines import next_deadline
from policies.decide import decide, order
from policies.effects import AnyEffect
from policies.events import (
    AnyEvent,
    ConversationImported,
    DeadlineReached,
    EventRejected,
    Fact,
    MessageUnderstood,
    PolicyAdopted,
)
from policies.messages import identifier, read_facts, read_start
from policies.policy import Policy, prepare

# The sandbox would run these modules anew for every conversation, schemas and all: half of a worker's CPU time and two
# thirds of its memory. `from workflows import …` would not pass them through: it looks them up as parts of a package.
with workflow.unsafe.imports_passed_through():
    import workflows.observing as observing
    import workflows.outcomes as outcomes
    import workflows.showing as showing
    from workflows.alarm import Alarm
    from workflows.carried import Carried, carried_on
    from workflows.contract import ID_PREFIX, WORKFLOW_TYPE
    from workflows.handlers import only, refusal, takes_one_payload
    from workflows.journal import Journal
    from workflows.lateness import Lateness
    from workflows.listening import Listening
    from workflows.outbox import Outbox
    from workflows.packing import unpacked
    from workflows.patience import CHECK, LOOK_UP, SETTLE
    from workflows.reading import Reading
    from workflows.settling import settle

BATCH = 100
"""Facts taken in within one workflow task; the SDK takes one that runs for two seconds for dead."""
BREATH = timedelta(milliseconds=1)
_LIFE = 12
"""Characters of a run id's end, which is chance; it begins with the time."""
log = structlog.wrap_logger(workflow.logger, wrapper_class=structlog.stdlib.BoundLogger)


@workflow.defn(name=WORKFLOW_TYPE)
class ConversationWorkflow(Listening):
    """Started with one JSON object; see `docs/contract`."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        body = only(inputs)
        goes_on = workflow.info().continued_run_id is not None and isinstance(body, dict)
        carried = Carried.model_validate(unpacked(body["carried"])) if goes_on else None
        self._id = workflow.info().workflow_id.removeprefix(ID_PREFIX)
        self._start = body
        self._inbox: list[Fact] = list(carried.inbox) if carried else []
        self._pinned: PinnedPolicy | None = shared(carried.pinned) if carried else None
        self._policy: Policy | None = prepare(carried.pinned.digest, carried.pinned.document) if carried else None
        self._conversation: Conversation = carried.conversation if carried else self._opened(workflow.now())
        self._received = carried.received if carried else 0
        self._lateness = carried.lateness if carried else Lateness()
        self._journal = Journal(self._id, carried.unwritten if carried else [], self._standing)
        waiting = carried.waiting if carried else ()
        self._outbox = Outbox(waiting, self._was_accepted, self._has_failed, lambda: self._journal.messages)
        self._reading = Reading(self._was_read)
        self._alarm = Alarm()
        self._shown = showing.Board()
        self._has_news = False
        self._is_nudged = False

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Wake for news or the next deadline, until the conversation has closed."""
        if self._policy is None:
            await self._begin()
        while True:
            time_came = self._take_in_time()
            await self._take_in_news()
            self._has_news = False
            self._show()
            self._outbox.send()
            self._read_messages()
            self._write_journal(awake_anyway=time_came)
            if self._is_over() and await self._has_closed():
                return showing.outcome(self._conversation, self._in_force)
            if self._should_continue_as_new():
                await self._continue_as_new()
            self._set_alarm()
            await self._news_or_alarm()

    @workflow.signal(name="nudge", description="Look at the time again: {}. Changes nothing where all is well")
    @takes_one_payload
    def nudge(self, *_inputs: Any) -> None:
        """From `baton audit`: reach what has come due, count on no late ring, publish everything anew."""
        self._is_nudged = True

    @workflow.query(description="How things stand")
    @takes_one_payload
    def state(self, *_inputs: Any) -> dict[str, Any]:
        """Status, team, assignee, clocks, pages, customer: see `docs/contract`."""
        return showing.state(self._conversation, self._pinned, self._outbox.waiting, self._lateness)

    @workflow.query(description="What happened and what was decided, with reasons")
    @takes_one_payload
    def timeline(self, *_inputs: Any) -> list[dict[str, Any]]:
        """The last hundred entries, the oldest first."""
        return showing.timeline(self._conversation)

    @workflow.query(description="What will happen, when, and what would cancel it")
    @takes_one_payload
    def upcoming(self, *_inputs: Any) -> list[dict[str, Any]]:
        """Every deadline, the earliest first."""
        return showing.upcoming(self._conversation, self._policy)

    @workflow.query(description="What the next person needs in order to answer")
    @takes_one_payload
    def handoff(self, *_inputs: Any) -> dict[str, Any]:
        """Customer, team, clocks, last words and the path so far."""
        return showing.handoff(self._conversation, self._policy)

    @workflow.query(description="The policy it runs under, whole")
    @takes_one_payload
    def policy(self, *_inputs: Any) -> dict[str, Any]:
        """Name, digest and document; empty in the first moments."""
        return showing.policy(self._pinned)

    def receive(self, name: str, body: Any) -> None:
        """A fact waits in the inbox for the loop, which takes many at once in the order in which they happened."""
        self._inbox.extend(read_facts(name, body, now=workflow.now(), fallback_id=self._next_id()))

    def refuse(self, name: str, body: Any) -> None:
        """Judge a command as things stand; what is not known yet, in the inbox or of the policy, `carry_out` judges."""
        if self._policy is not None:
            self._accept(name, body)

    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """A command: taken in, or refused to its caller."""
        await workflow.wait_condition(lambda: self._policy is not None and not self._inbox)
        fact = self._accept(name, body)
        self._received += fact is not None
        if isinstance(fact, PolicyAdopted) and fact.mode != "pin":
            await self._adopt(fact, body.get("document"))
        elif fact is not None:
            self._apply(fact)
        return showing.outcome(self._conversation, self._in_force)

    def _accept(self, name: str, body: Any) -> Fact | None:
        """The event a command becomes; None where it was carried out before under the same `command_id`."""
        command_id = body.get("command_id") if isinstance(body, dict) else None
        if command_id and identifier(command_id) in self._conversation.seen:
            return None
        try:
            return commands.accept(
                name,
                body,
                self._conversation.situation,
                now=workflow.now(),
                fallback_id=f"{self._id}/{name}/{self._received}",
                policy=self._in_force,
            )
        except commands.Refused as refused:
            raise refusal(str(refused)) from None

    async def _begin(self) -> None:
        """Pin the policy, take the start in, then everything that came meanwhile."""
        asked = self._start.get("policy") if isinstance(self._start, dict) else ""
        pinned = self._pinned = await self._look_up(asked if isinstance(asked, str) else "")
        known = importing.conversation_of(self._start, self._id)
        if known is not None:
            self._begin_again(known, pinned)
            return
        started, rejected = read_start(
            self._start, conversation_id=self._id, began_at=workflow.info().workflow_start_time, now=workflow.now()
        )
        started = started.model_copy(update={"trouble": pinned.trouble})
        self._conversation = self._opened(started.occurred_at)
        self._policy = prepare(pinned.digest, pinned.document)
        for fact in (started, *((rejected,) if rejected else ())):
            self._apply(fact)

    def _begin_again(self, known: Conversation, pinned: PinnedPolicy) -> None:
        """Go on as the ledger knew the conversation; see `policies.importing`."""
        self._conversation, self._policy = known, prepare(pinned.digest, pinned.document)
        event_id = f"{self._id}/imported/{workflow.info().first_execution_run_id[-_LIFE:]}"
        at, why = known.situation.at, importing.why_lost(self._start)
        self._apply(ConversationImported(event_id=event_id, occurred_at=at, source="baton", why=why))

    async def _adopt(self, event: PolicyAdopted, document: Any) -> None:
        """Go on under another policy: the one that was sent along, or the worker's of that name."""
        pinned = await (self._look_up(event.policy) if document is None else self._check(document))
        if pinned.trouble:
            raise refusal(pinned.unknown or pinned.trouble)
        adopted = prepare(pinned.digest, pinned.document)
        now = workflow.now()
        decision = adopt(self._conversation, event, now, policy=self._in_force, adopted=adopted)
        self._pinned, self._policy = pinned, adopted
        self._keep(decision, event, now)

    @property
    def _in_force(self) -> Policy:
        """What has been pinned before anything was taken in."""
        assert self._policy is not None
        return self._policy

    def _apply(self, event: AnyEvent) -> None:
        """Let the policy decide, and keep what follows."""
        now = workflow.now()
        self._keep(decide(self._conversation, event, now, policy=self._in_force), event, now)

    async def _look_up(self, policy: str) -> PinnedPolicy:
        pinned = await workflow.execute_local_activity_method(
            Catalog.resolve,
            policy,
            start_to_close_timeout=LOOK_UP.attempt_within,
            schedule_to_close_timeout=LOOK_UP.give_up_after,
            retry_policy=LOOK_UP.retry,
        )
        return shared(pinned)

    async def _check(self, document: Any) -> PinnedPolicy:
        """Judge a policy that was sent along; the result is recorded, so that a replay needs no second judgement."""
        pinned = await workflow.execute_local_activity_method(
            Catalog.check,
            args=[document, workflow.now().date().isoformat()],
            start_to_close_timeout=CHECK.attempt_within,
            schedule_to_close_timeout=CHECK.give_up_after,
            retry_policy=CHECK.retry,
        )
        return shared(pinned)

    def _keep(self, decision: Decision, event: AnyEvent, now: datetime) -> None:
        """The only place where the state changes."""
        before, self._conversation = self._conversation.situation, decision.conversation
        self._outbox.put(decision.effects)
        observing.decided(self._journal, log, decision, event, now, before=before)
        self._has_news = True

    async def _news_or_alarm(self) -> None:
        """Sleep. A cancellation is a request, and a promise to a customer does not end by one: it is kept on record."""
        try:
            await workflow.wait_condition(
                lambda: self._has_news or bool(self._inbox) or self._alarm.has_rung or self._is_nudged
            )
        except asyncio.CancelledError:
            why = "conversations end by being resolved; use the update resolve or hold, or Terminate to drop it"
            name, now = "cancellation", workflow.now()
            rejected = EventRejected(event_id=self._next_id(), occurred_at=now, source="baton", name=name, why=why)
            self._apply(rejected)

    def _take_in_time(self) -> bool:
        """Whether time brought the conversation here, rather than news."""
        time_came = self._alarm.has_rung
        if time_came:
            self._alarm.stop()
        elif self._is_nudged:
            self._alarm.doubt()
            self._shown = showing.Board()
        if time_came or self._is_nudged:
            self._is_nudged = False
            now = workflow.now()
            self._apply(DeadlineReached(event_id="", occurred_at=now, source="baton"))
        return time_came

    async def _take_in_news(self) -> None:
        """Empty the inbox. After a backlog of many messages, let go of the task now and then: it must end in time."""
        while self._inbox:
            batch = sorted(self._inbox[:BATCH], key=order)
            del self._inbox[:BATCH]
            for fact in batch:
                self._apply(fact)
            if self._inbox:
                await workflow.sleep(BREATH, summary=f"{len(self._inbox)} more messages")

    def _was_accepted(self, effect: AnyEffect, accepted: Accepted) -> None:
        now = workflow.now()
        observing.accepted(self._journal, effect, accepted, now)
        self._lateness = self._lateness.after(effect.kind, effect.due_at, accepted.accepted_at)
        if (outcome := outcomes.done(effect, accepted, now)) is not None:
            self._apply(outcome)
        self._has_news = True

    def _was_read(self, understood: MessageUnderstood) -> None:
        self._apply(understood)

    def _has_failed(self, effect: AnyEffect, why: str) -> None:
        observing.failed(log, effect, why)
        self._apply(outcomes.failed(effect, why, workflow.now()))

    def _standing(self) -> dict[str, Any]:
        return showing.standing(self._conversation, self._pinned)

    def _opened(self, at: datetime) -> Conversation:
        """The first run's id stays through continue-as-new and resets; an id used again after closing gets another."""
        return opened(self._id, at, life=workflow.info().first_execution_run_id[-_LIFE:])

    def _next_id(self) -> str:
        self._received += 1
        return f"{self._id}/{self._received:08d}"

    def _show(self) -> None:
        assert self._pinned is not None
        self._shown.show(self._conversation, self._in_force, self._pinned, self._outbox.waiting)

    def _read_messages(self) -> None:
        self._reading.begin(self._conversation, self._in_force)

    def _write_journal(self, *, awake_anyway: bool) -> None:
        """Never beside an effect: the commands of a task leave only when its local activities have ended."""
        if not self._outbox.waiting:
            is_at_rest = self._conversation.situation.is_resolved
            self._journal.write_soon(now_is_a_good_moment=is_at_rest or awake_anyway)

    def _set_alarm(self) -> None:
        situation = self._conversation.situation
        deadline = next_deadline(situation, self._in_force)
        if deadline is None or (deadline.kind == "close" and deadline.at <= workflow.now()):
            return  # closing waits for effects under way, which are news of their own
        self._alarm.set(deadline.at, deadline.what, exactly=situation.is_resolved)

    def _is_over(self) -> bool:
        closes_at = self._conversation.situation.closes_at
        is_quiet = not self._outbox.waiting and not self._inbox
        return closes_at is not None and closes_at <= workflow.now() and is_quiet

    async def _has_closed(self) -> bool:
        """Complete the ledger; False where something arrived meanwhile, which is taken in first."""
        try:
            await self._journal.write_rest()
        except ActivityError as error:
            log.exception("conversation.ledger_incomplete", reason=str(error))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return not self._has_news and not self._inbox

    def _should_continue_as_new(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()

    def _is_busy(self) -> bool:
        return self._outbox.is_under_way or self._journal.is_writing or self._reading.is_under_way

    async def _continue_as_new(self) -> None:
        """Take everything along; effects under way get a moment to finish, and are repeated by their key if not."""
        assert self._pinned is not None
        self._outbox.is_closed = True
        await settle(lambda: not self._is_busy(), SETTLE)
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = Carried(
            conversation=self._conversation,
            pinned=self._pinned,
            inbox=tuple(self._inbox),
            waiting=self._outbox.waiting,
            unwritten=self._journal.unwritten,
            received=self._received,
            lateness=self._lateness,
        )
        form, dropped = carried_on(carried, workflow.now())
        if dropped:
            log.warning("conversation.state_dropped", conversation_id=self._id, dropped=dropped)
        workflow.continue_as_new(
            {"carried": form},
            memo=showing.memo(self._conversation, self._pinned),
            initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
        )
