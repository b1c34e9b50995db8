"""One customer-support conversation, from its first message until nothing can happen in it any more.

The only writer of its state. Handlers store what arrives and return; the loop does everything else, one thing after
another: time, facts, commands, effects, what is shown, the ledger. Must not know what anything means:
`conversations.state` says how the conversation stands and what follows.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.catalog import Catalog, PinnedPolicy, pinned_of, shared
from activities.effects.accepted import Accepted
from policies.contract.requests import COMMANDS
from policies.on_call.deliveries import is_wanted
from policies.state.effects import AnyEffect
from policies.state.events import SIGNALS, EventRejected, MessageUnderstood, PolicyAdopted
from workflows.arrivals.arrivals import Arrivals, RefusedError, WaitingCommand
from workflows.arrivals.beginning import begun_oddly, has_nothing_to_do
from workflows.arrivals.handlers import only, takes, takes_one_payload
from workflows.contract import EDITION, ID_PREFIX, WORKFLOW_TYPE
from workflows.conversations import observing, outcomes, showing
from workflows.conversations.asked_policy import trouble_with
from workflows.conversations.begun import Beginning
from workflows.conversations.carried import Carried, carried_on
from workflows.conversations.details import details
from workflows.conversations.lateness import Lateness
from workflows.conversations.outcomes import EffectOutcome
from workflows.conversations.reading import Reading
from workflows.conversations.state import ConversationState
from workflows.frame.shell import LoopEnd, Shell
from workflows.limits.patience import ADOPT, CHECK
from workflows.outgoing.outbox import Outbox
from workflows.showing.markdown import NO_PAGE
from workflows.showing.unshown import NOT_SHOWN, answered, less_handoff, less_rows, less_state
from workflows.waits.alarm import Alarm

CANCELLED = "conversations end by being resolved; use the update resolve or hold, or Terminate to drop it"
_BEGINNING = "which events were taken in before this run"
_READING = "what messages mean"
log = structlog.wrap_logger(workflow.logger, wrapper_class=structlog.stdlib.BoundLogger)


@workflow.defn(name=WORKFLOW_TYPE)
@takes(SIGNALS, COMMANDS)
class ConversationWorkflow(Shell[ConversationState]):
    """The workflow of one conversation. It starts with one JSON object; see `docs/contract`."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        info = workflow.info()
        self._state = ConversationState(info.workflow_id.removeprefix(ID_PREFIX), self._ask, log)
        self._unread = self._state.read_input(only(inputs))
        body = self._unread.carried
        carried = self._state.restore(body) if body is not None else None
        self._lateness = carried.lateness if carried else Lateness()
        self.arrivals = Arrivals(carried.received if carried else self._unread.received)
        self.arrivals.facts.extend(self._unread.kept())
        waiting = carried.waiting if carried else ()
        self._outbox = Outbox(
            waiting,
            self._was_accepted,
            self._has_failed,
            self._was_withdrawn,
            unwritten=lambda: self._state.journal.messages,
            may_join=lambda: self._state.edition >= 2,
        )
        self._reading = Reading(self._was_read)
        self._alarm = Alarm()
        self._shown = showing.Board()
        self._has_begun = self._is_closing = False

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Wake up for news or the next deadline, until the conversation has closed. Return how it stands then."""
        await self.serve()
        return self._state.outcome()

    async def loop(self) -> LoopEnd:
        """Run one round for each wake-up, until this run ends."""
        if has_nothing_to_do() and not self.has_waiting():
            return LoopEnd.OVER
        if not self._has_begun and (ending := await self._begin()) is not None:
            return ending
        self._state.begin_round()
        while True:
            facts_first = self._state.edition >= 3  # before, time was judged before facts that came with the alarm
            if facts_first:
                await self._take_in_facts()
            time_came = self._take_in_time()
            if not facts_first:
                await self._take_in_facts()
            await self._take_in_commands()
            await self._follow_policy()
            self._state.has_news = False
            self._state.call_people()
            self._show()
            self._withdraw()
            self._outbox.send()
            self._read_messages()
            writes = self._should_write(awake_anyway=time_came)
            may_end = not writes and not self._state.in_task.has_performed
            if may_end and self.should_end() and await self.drain():
                return LoopEnd.CONTINUES
            if self._has_closed() and may_end and await self.close():
                return LoopEnd.OVER
            self._set_alarm()
            if writes:
                await self._state.journal.write()
            self._state.show_lines()
            await self.rest()

    @workflow.query(description="How things stand")
    @takes_one_payload
    def state(self, *_inputs: Any) -> dict[str, Any]:
        """Return the status, team, assignee, clocks, calls and customer: see `docs/contract`."""
        of, waiting = self._state, self._outbox.waiting
        usual = partial(showing.state, of.conversation, of.pinned, waiting, self._lateness, of.aside)
        return answered(log, "state", usual, partial(less_state, of.conversation, of.pinned, waiting, of.aside))

    @workflow.query(description="What happened and what was decided, with reasons")
    @takes_one_payload
    def timeline(self, *_inputs: Any) -> list[dict[str, Any]]:
        """Return the first and the last entries, the oldest first, and how many between them are left out."""
        conversation, now = self._state.conversation, workflow.now()
        less = partial(less_rows, conversation.situation.told.timeline, now)
        return answered(log, "timeline", partial(showing.timeline, conversation), less)

    @workflow.query(description="What will happen, when, and what would cancel it")
    @takes_one_payload
    def upcoming(self, *_inputs: Any) -> list[dict[str, Any]]:
        """Return every deadline, the earliest first."""
        usual = partial(showing.upcoming, self._state.conversation, self._state.policy)
        return answered(log, "upcoming", usual, partial(less_rows, (), workflow.now()))

    @workflow.query(description="What the next person needs in order to answer")
    @takes_one_payload
    def handoff(self, *_inputs: Any) -> dict[str, Any]:
        """Return the customer, the team, the clocks, the last messages and the path through the teams so far."""
        conversation = self._state.conversation
        usual = partial(showing.handoff, conversation, self._state.policy)
        return answered(log, "handoff", usual, partial(less_handoff, conversation))

    @workflow.query(description="The policy it runs under, whole")
    @takes_one_payload
    def policy(self, *_inputs: Any) -> dict[str, Any]:
        """Return the policy's name, digest and document; empty before the policy is looked up."""
        life = self._state.situation.life
        less = {"name": "", "digest": "", "document": {}, "life": life}
        usual = partial(showing.policy, self._state.pinned, life)
        return answered(log, "policy", usual, lambda why: {**less, NOT_SHOWN: why})

    async def _begin(self) -> LoopEnd | None:
        """Pin the policy and read the start, or judge again what an earlier run had set aside.

        None where the loop goes on.
        The run ends at once where an earlier run, which has closed, had taken in all the events that began this one.
        Where an earlier run was lost, the conversation goes on as the ledger knew it.
        """
        self._has_begun = True
        has_more = False
        if self._state.policy is not None:
            has_more = self._state.judge_again()
        elif name := self._state.left_behind:
            if (found := await self.look_up_in_the_end(name)) is None:
                return LoopEnd.CONTINUES
            has_more = self._state.go_on_under(pinned_of(found))
        elif self._unread.is_start:  # else this worker can't read the input, and the run waits for fixed code
            start = self._unread.input
            beginning = Beginning(self._state.id, self.arrivals, self._reset_since(), start)
            asked = start.get("policy") if isinstance(start, Mapping) else ""
            pinned = await self._begun_under(asked if isinstance(asked, str) else "", beginning)
            if pinned is None:
                return LoopEnd.CONTINUES
            start = beginning.start(start)
            if beginning.is_repetition and self._state.is_imported(start) is False:
                self._has_begun = False
                self._state.part("beginning", _BEGINNING, partial(self._state.stand_down, beginning))
                await self.answer_all(self._state.outcome())
                return LoopEnd.OVER
            goes_on = bool(self._state.is_imported(start))
            oddly = begun_oddly(goes_on=goes_on, edition=self._state.edition)
            is_reset = self._reset_since() is not None
            self._state.begin(pinned, start, self._unread.began_at, oddly, is_reset=is_reset)
            self._state.part("beginning", _BEGINNING, partial(self._state.remember, beginning))
            if beginning.outages:
                hear = partial(self._state.hear_of_outages, beginning.outages)
                self._state.part("outages", "which outages are open", hear)
        if self._unread.dropped and self._state.policy is not None:
            self._state.say_dropped(self._unread.dropped)
        if has_more:
            await self._take_in_facts()
            self._state.take_in_time()
        return None

    def _reset_since(self) -> datetime | None:
        """Return when this run began, where a person has reset the workflow; else None.

        The ledger then has this run's own events, too, so only lines from before that time count as taken in earlier.
        """
        info = workflow.info()
        return self._unread.began_at if info.original_execution_run_id != info.run_id else None

    async def _begun_under(self, policy: str, beginning: Beginning) -> PinnedPolicy | None:
        """Return the policy, once all events that began the run were asked about. None where the next run has to."""
        question = partial(self._state.part, "beginning", _BEGINNING, beginning.question)
        while (resolved := await self.look_up_in_the_end(policy, question)) is not None:
            self._state.run_in(resolved.edition)
            if not self._state.part("beginning", _BEGINNING, partial(beginning.hear, resolved)):
                return pinned_of(resolved)
        return None

    def _take_in_time(self) -> bool:
        """Judge the time that has passed, where it has to be.

        Return whether the alarm woke the loop, rather than news.
        """
        time_came = self._alarm.has_rung
        if time_came:
            self._alarm.stop()
        elif self._is_nudged:
            self._alarm.doubt()
            self._shown = showing.Board()
        if time_came or self._is_nudged or self._state.is_behind:
            self._is_nudged = False
            self._state.take_in_time()
        return time_came

    async def _take_in_facts(self) -> None:
        """Read what arrived, then judge it: as much in one workflow task as a task may take."""
        if self._state.policy is None:
            return
        while self.arrivals.facts:
            self._state.read(self.arrivals.take())
            if self.arrivals.facts:
                await self.go_on_later(f"{len(self.arrivals.facts)} more messages to read")
        while self._state.has_unjudged:
            if self._state.judge_facts():
                await self.go_on_later(f"{len(self._state.unjudged)} more messages to judge")

    async def _take_in_commands(self) -> None:
        """Carry commands out, each answered before the next one: as many as one workflow task may.

        None is carried out before the time that has passed is judged: a command would judge that time as well, whatever
        the work.
        """
        while self.arrivals.commands and not self._state.is_behind:
            command = self.arrivals.commands[0]
            self._state.spent += command.steps
            try:
                await self._carry_out(command)
                command.answer = self._state.outcome()
            except RefusedError as refused:
                command.refusal = str(refused)
            self.arrivals.commands.remove(command)
            if self._state.has_done_enough:
                return

    async def _carry_out(self, command: WaitingCommand) -> None:
        accepted = partial(self._state.accept, command.name, command.body, command.number)
        fact = self._state.judged_command(command.name, accepted)
        if isinstance(fact, PolicyAdopted):
            await self._adopt(fact, command.body.get("document"))
        elif fact is not None:
            self._state.carry_out(fact)

    async def _adopt(self, fact: PolicyAdopted, document: Any) -> None:
        """Adopt a policy, or record the wish to. Raises RefusedError where no worker has that policy."""
        edition = self._state.edition
        if fact.mode == "pin" and edition < 3:  # before, any name was recorded
            return self._state.carry_out(fact)
        pinned = await self._pinned_for(fact.policy, document)
        await self.go_on_at_one_time()
        if trouble := trouble_with(pinned, fact, edition=edition):
            raise RefusedError(trouble)
        return self._state.carry_out(fact) if fact.mode == "pin" else self._state.adopt(fact, pinned)

    async def _follow_policy(self) -> None:
        """Adopt a later version of the policy that has closed the queue of the conversation's team."""
        sought = None if self._state.is_behind else self._state.seek()
        if sought is not None and sought.is_due(workflow.now()):
            self._state.take_sought(await self.look_for(sought))

    async def _pinned_for(self, policy: str, document: Any) -> PinnedPolicy:
        """Return the worker's policy of that name, or the document that came with the command, checked as a file is."""
        try:
            if document is None:
                return pinned_of(await self.look_up(policy, ADOPT))
            return await self._check(document)
        except FailureError as error:
            raise RefusedError(f"the policy could not be looked up: send it again ({error})") from None

    async def _check(self, document: Any) -> PinnedPolicy:
        """Check a policy that came with a command. The result is recorded, so that a replay need not check it again."""
        today = workflow.now().date().isoformat()
        return shared(await self._state.in_task.perform(Catalog.check, CHECK, document, today))

    def _ask(self, effects: Any) -> None:
        self._outbox.put(effects)
        for outcome in outcomes.of_calls(effects, workflow.now()):
            self._state.hear(outcome)

    def _was_accepted(self, effect: AnyEffect, accepted: Accepted) -> None:
        now = workflow.now()
        self._state.hear(EffectOutcome("done", effect, now, accepted))
        if accepted.not_sent:
            return
        self._state.note_told(effect, accepted)
        self._lateness = self._lateness.after(effect, accepted.accepted_at)
        observing.accepted(self._state.journal, effect, accepted, now, edition=self._state.edition)

    def _was_withdrawn(self, effect: AnyEffect) -> None:
        self._state.hear(EffectOutcome("withdrawn", effect, workflow.now()))

    def _has_failed(self, effect: AnyEffect, why: str) -> None:
        observing.failed(log, effect, why)
        self._state.hear(EffectOutcome("failed", effect, workflow.now(), why=why))

    def _was_read(self, understood: Callable[[], MessageUnderstood]) -> None:
        """Take in the meaning of the messages that were read.

        Where that raises they stay unread, and the next run asks again.
        """
        fact = self._state.part("reading", _READING, understood)
        self._state.unjudged += [fact] if fact is not None else []
        self._state.has_news = True

    def was_cancelled(self) -> None:
        """Record a cancellation on the timeline. It is only a request: a promise to a customer does not end by it."""
        id, now = self._state.id_of(self.arrivals.number()), workflow.now()
        rejected = EventRejected(event_id=id, occurred_at=now, source="baton", name="cancellation", why=CANCELLED)
        self._state.unjudged.append(rejected)
        self._state.has_news = True

    def _show(self) -> None:
        state = self._state
        if state.policy is not None and state.pinned is not None:
            waiting, name = self._outbox.waiting, state.pinned.name
            values = state.part("lists", "what lists show", partial(showing.attributes, state.situation, state.policy))
            if values is not None:
                self._shown.show({**values, EDITION: state.edition})
            page = partial(details, state.conversation, state.policy, name, waiting, state.aside)
            workflow.set_current_details(state.part("page", "what operators see", page) or NO_PAGE)

    def _withdraw(self) -> None:
        """Take back the effects that are not wanted any more. Where judging that raises, all effects are sent."""
        situation, waiting = self._state.situation, self._outbox.waiting
        unwanted = self._state.part(
            "unwanted",
            "which effects are not wanted any more",
            lambda: [effect for effect in waiting if not is_wanted(effect, situation)],
        )
        self._outbox.withdraw(unwanted or ())

    def _read_messages(self) -> None:
        if self._state.policy is not None:
            aside = self._state.aside.ids("event")
            begin = partial(self._reading.begin, self._state.conversation, self._state.policy, aside)
            self._state.part("reading", _READING, begin)

    def _should_write(self, *, awake_anyway: bool) -> bool:
        """Return whether to write to the ledger by a local activity, at the end of this round.

        Not while effects go out: the commands of a task leave only when its local activities have ended. Nor once the
        conversation closes, which waits for the database by an activity of its own.
        """
        if self._closes_now() or self.is_asked_to_end():
            return False
        if self._outbox.waiting:
            self._state.journal.write_beside_effects()
            return False
        is_at_rest = self._state.situation.lifecycle.is_resolved
        return not self._state.in_task.has_performed and self._state.journal.is_due(is_at_rest or awake_anyway)

    def _set_alarm(self) -> None:
        """Set the alarm for the next deadline, and for what was set aside."""
        ahead, now = self._state.next_deadline(), workflow.now()
        if ahead is not None and not (ahead.kind == "close" and ahead.at <= now):
            # Where closing is due, the run waits for the effects under way, and their results wake the loop.
            self._alarm.set(ahead.at, ahead.what, exactly=self._state.situation.lifecycle.is_resolved)
        self.look_again_for(self._state.sought)
        self.look_again_at_what_is_left_out()

    def _is_awake(self) -> bool:
        # Without a policy nothing that arrives can be judged: if arrivals woke the loop, it would never rest.
        can_judge = self._state.policy is not None
        has_come = self._state.has_news or self.arrivals.commands or self._alarm.has_rung
        has_come = has_come or (can_judge and self.has_waiting())
        is_written = self._is_closing and not self._state.journal.is_writing
        return bool(has_come or self._is_nudged or self.is_asked_to_end() or is_written)

    def _has_closed(self) -> bool:
        """Return whether the conversation is over and the ledger complete.

        While the database is away, the run goes on listening.
        """
        journal = self._state.journal
        is_quiet = not self._outbox.waiting and not self.arrivals and not self._state.unjudged
        self._is_closing = self._closes_now() and is_quiet
        if self._is_closing and not journal.is_complete:
            journal.write_rest()
        return self._is_closing and journal.is_complete

    def _closes_now(self) -> bool:
        closes_at = self._state.situation.lifecycle.closes_at
        return closes_at is not None and closes_at <= workflow.now()

    def hold_effects(self, is_held: bool) -> None:
        """Stop effects from leaving while this run ends, or let them leave again."""
        self._outbox.is_held = is_held

    def is_busy(self) -> bool:
        """Return whether an activity is under way whose result this run would still take in."""
        return self._outbox.is_under_way or self._state.journal.is_writing or self._reading.is_under_way

    def fit(self, state: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return the state, fit for the server's limit, and a sentence on what was dropped."""
        return carried_on(state, workflow.now())

    def memo(self, pinned: PinnedPolicy) -> Mapping[str, Any] | None:
        """Return what lists show of the next run from its beginning."""
        state = self._state
        return state.part("memo", "the memo", partial(showing.memo, state.conversation, pinned, state.aside))

    def snapshot(self, pinned: PinnedPolicy) -> Carried:
        """Return everything that the next run needs."""
        return Carried(
            conversation=self._state.conversation,
            pinned=pinned,
            inbox=tuple(self._state.unjudged),
            waiting=self._outbox.waiting,
            unwritten=self._state.journal.unwritten,
            received=self.arrivals.received,
            lateness=self._lateness,
            aside=self._state.aside,
            judged=self._state.judgements.number,
            trouble=self._state.judgements.trouble,
            news=self._state.news,
        )
