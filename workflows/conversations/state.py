"""How one conversation stands, and the only code that changes it: facts, time and commands are judged here.

Promises that a fact or deadline which raises when it is judged is set aside, that a command which raises is refused,
and that any other part of the work which raises is left out until the next run; nothing else suffers. Waits for nothing
and sends nothing. Must not know support: `policies.decide` decides what an event means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast

from temporalio import workflow

from activities.catalog import PinnedPolicy, shared
from activities.effects.accepted import Accepted
from policies import importing
from policies.adoption.adopting import adopt, go_on_from
from policies.adoption.changing_over import Known
from policies.contract import commands
from policies.contract.messages import identifier, is_numbered, read_facts, read_start
from policies.deadlines import Deadline, deadlines, next_deadline
from policies.decide import decide, decide_all, order, repeated
from policies.queues.queueing import has_to_follow
from policies.recorded.judgements import How, Opened
from policies.running.policy import Policy, prepare
from policies.running.workload import WORK_LIMIT
from policies.state.conversation import Conversation, Decision, opened
from policies.state.effects import AnyEffect
from policies.state.events import (
    FACT,
    ConversationImported,
    ConversationStarted,
    DeadlineReached,
    EditionChanged,
    Fact,
    OutageKnown,
    PolicyAdopted,
)
from policies.state.limits import REMARKS_LIMIT, TOLD_LIMIT
from policies.state.records.told import Entry
from policies.state.setting_aside import LeftOut
from policies.state.situation import Situation
from workflows.arrivals.arrivals import Arrival, RefusedError
from workflows.arrivals.beginning import Unread
from workflows.carrying.fitting import DROPPED
from workflows.carrying.packing import unpacked
from workflows.carrying.pinned import prepared
from workflows.contract import STATUS
from workflows.conversations import observing, outcomes, showing
from workflows.conversations.begun import Beginning
from workflows.conversations.carried import Carried
from workflows.conversations.judgements import PARTS_DROPPED, RecordedJudgements
from workflows.conversations.late_news import LateNews, foreseen, is_behind
from workflows.conversations.outcomes import EffectOutcome
from workflows.frame.guarded_state import GuardedState, Value
from workflows.frame.sought_policy import SoughtPolicy
from workflows.outgoing.journal import Journal
from workflows.setting_aside.guard import Raised
from workflows.setting_aside.judging import Judge, Judging, aside_of
from workflows.setting_aside.set_aside import SetAside

_LIFE = 12
"""Characters kept of a run id's end. They are random, while a run id begins with the time."""
_OUTCOME = "outcome"


class ConversationState(GuardedState[Fact]):
    """The state of one conversation. `ask` gets the effects of every decision.

    `news` is late news that is being caught up with, over as many tasks as that takes.
    """

    subject, id_field = "conversation", "conversation_id"

    def __init__(self, conversation_id: str, ask: Callable[[Sequence[AnyEffect]], None], log: Any) -> None:
        """Begin with a conversation of which nothing is known yet."""
        super().__init__(conversation_id, log)
        blank = Situation(conversation_id, opened_at=workflow.now(), at=workflow.now(), life=_life())
        self.conversation = Conversation(blank, blank)
        self.journal = Journal(conversation_id, [], self.in_task, self._standing)
        self.judgements = RecordedJudgements(_life())
        self.has_news = False
        self.news: LateNews | None = None
        self.sought: SoughtPolicy | None = None
        self._ask = ask
        self._has_stopped = False

    @property
    def situation(self) -> Situation:
        """The situation: how the conversation stands."""
        return self.conversation.situation

    def restore(self, body: Any) -> Carried | None:
        """Take over the state that the run before handed on; None where this worker's code can't read it."""
        found = self._guard.attempt(lambda: _restored(body))
        if isinstance(found, Raised):
            self.keep_unread(found.why)
            return None
        carried, self.policy = found
        self.conversation = carried.conversation
        if self.policy is not None:
            self.pinned = shared(carried.pinned)
        else:
            self.left, self.left_behind = carried.pinned, carried.pinned.document["policy"]
        self.unjudged = [*self._edition_changed(carried.conversation), *carried.inbox]
        self.aside = carried.aside
        self.journal = Journal(self.id, carried.unwritten, self.in_task, self._standing)
        self.judgements.go_on(carried.judged, carried.trouble)
        self.news = carried.news
        return carried

    def begin(
        self, pinned: PinnedPolicy, start: Any, began_at: datetime, trouble: str, *, is_reset: bool = False
    ) -> None:
        """Begin under a policy with what `start` says, or as the ledger knew a conversation whose run was lost."""
        self.pinned = pinned
        found = self._guard.attempt(lambda: self._begun(pinned, start, began_at, trouble))
        if isinstance(found, Raised):
            return self.keep_unread(found.why)
        self.policy, self.conversation, facts = found
        self.unjudged = [*facts, *self.unjudged]
        if isinstance(facts[0], ConversationStarted):  # a run that was reset judges anew what was on time
            self.news = LateNews(known_at=workflow.now() if is_reset else began_at)
        return None

    def hear_of_outages(self, news: Sequence[dict[str, Any]]) -> None:
        """Take in, after the start, the news of the outages that are open. Each is as a signal would bring it.

        An earlier run, which has closed, may have had the same news: then they get an id of their own.
        """
        now = workflow.now()
        for body in news:
            if body.get("event_id") in self.conversation.seen:
                body = {**body, "event_id": f"{body['event_id']}/{_life()}"}
            told = read_facts("outage_known", body, now=now, fallback_id="", edition=self.edition)
            self.unjudged += [fact for fact in told if isinstance(fact, OutageKnown)]

    def is_imported(self, start: Any) -> bool | None:
        """Return whether `start` continues a conversation whose run was lost; None where that can't be told."""
        known = partial(importing.conversation_of, start, self.id)
        return self.part("imported", "whether the ledger knew this conversation", lambda: known() is not None)

    def stand_down(self, beginning: Beginning) -> None:
        """End as a run that has nothing to do. Lists show it as resolved, which the audit leaves alone."""
        self.conversation = beginning.stood_down(self.conversation, workflow.now())
        workflow.upsert_search_attributes([STATUS.value_set(self.situation.lifecycle.status)])

    def remember(self, beginning: Beginning) -> None:
        """Remember the events that an earlier, closed run took in.

        Say so on the timeline where the ledger could not be asked.
        """
        now = workflow.now()
        remembered, doubt = beginning.remembered(self.conversation, now), beginning.doubt(now)
        self.conversation = replace(remembered, remarks=(*remembered.remarks, *doubt))
        for entry in doubt:
            observing.note(self.journal, entry, now, team="")

    def _begun(
        self, pinned: PinnedPolicy, start: Any, began_at: datetime, trouble: str
    ) -> tuple[Policy, Conversation, Sequence[Fact]]:
        policy, known = prepare(pinned.digest, pinned.document), importing.conversation_of(start, self.id)
        told = " ".join(filter(None, (pinned.trouble, trouble)))
        if known is not None:
            self.judgements.break_off("it went on from the state that the ledger had, because its run was lost")
            left = self.part("left over", "what the lost run had not judged", partial(self._left_over, start)) or ()
            imported = self._imported(pinned, start, known.situation.at, told)
            return policy, known, (imported, *self._edition_changed(known), *left)
        read = partial(read_start, conversation_id=self.id, began_at=began_at, edition=self.edition)
        started, rejected = read(start, now=workflow.now())
        started = started.model_copy(update={"trouble": told})
        self.judgements.begin(Opened(at=started.occurred_at, edition=self.edition, policy=pinned.digest))
        return policy, self._opened(started.occurred_at), (started, rejected) if rejected else (started,)

    def _edition_changed(self, before: Conversation) -> Sequence[Fact]:
        """Return the fact that this run has another edition than the one before; nothing where it has the same."""
        if before.situation.edition == self.edition:
            return ()
        id = f"{self.id}/edition/{workflow.info().run_id}"
        fact = EditionChanged(event_id=id, occurred_at=workflow.now(), source="baton", edition=self.edition)
        return (fact,)

    def _left_over(self, start: Any) -> Sequence[Fact]:
        """Return the messages that a lost run was handed and that no run has judged. They get new numbers."""
        body = start[importing.FIELD].get(importing.HANDED_ON)
        if not isinstance(body, Mapping):
            return ()
        handed_on = Unread.handed_to_lost(cast("Mapping[str, Any]", body), workflow.info())
        inbox, aside = handed_on.unjudged()
        facts = [FACT.validate_python(each) for each in inbox]
        facts += [fact for item in aside.items if item.kind == "event" for fact in self._read_again(item)]
        facts += [fact for arrival in handed_on.kept() for fact in self.read_one(arrival)]
        return [self._numbered_apart(fact) for fact in facts]

    def _numbered_apart(self, fact: Fact) -> Fact:
        if not is_numbered(self.id, fact.event_id):
            return fact
        return fact.model_copy(update={"event_id": f"{fact.event_id}/before/{_life()}"})

    def _imported(self, pinned: PinnedPolicy, start: Any, at: datetime, trouble: str) -> ConversationImported:
        """Return the fact that the run was lost, and which policy it was under where that is not this one."""
        run, (name, digest) = _life(), importing.policy_before(start)
        is_same = digest == pinned.digest if digest else name in ("", pinned.name)
        return ConversationImported(
            event_id=f"{self.id}/imported/{run}",
            occurred_at=at,
            source="baton",
            why=importing.why_lost(start),
            run=run,
            under="" if is_same else name or "another policy",
            trouble=trouble,
            ladders={} if is_same else importing.ladders_before(start),
        )

    def _standing(self) -> dict[str, Any] | None:
        return self.part("standing", "how the ledger knows the conversation to stand", self._stands())

    def _stands(self) -> Callable[[], dict[str, Any] | None]:
        """Return the function that tells how the conversation stands.

        A run that can't read what it began with knows nothing of that: the ledger keeps what it knows. A blank state
        there would count as that of a lost run, and the next run would go on with it.
        """
        return partial(showing.standing, self.conversation, self.pinned) if self.policy is not None else lambda: None

    def show_lines(self) -> None:
        """Let this worker write the ledger's lines that wait for long. A part of the workflow that may be left out."""
        self.journal.show_waiting(self._stands())

    def _opened(self, at: datetime) -> Conversation:
        """Open the conversation.

        Its `life` comes from the first run's id, which stays through continue-as-new and resets.
        A conversation id that is used again after closing gets another `life`.
        """
        return opened(self.id, at, life=_life(), edition=self.edition)

    # Facts and time

    def read_one(self, arrival: Arrival) -> Sequence[Fact]:
        """Read a signal into facts."""
        id = self.id_of(arrival.number)
        return read_facts(arrival.name, arrival.body, now=arrival.at, fallback_id=id, edition=self.edition)

    def read_kept(self, kept: dict[str, Any]) -> Sequence[Fact]:
        """Read a fact that was set aside, or make the fact about an effect's outcome."""
        if _OUTCOME not in kept:
            return [FACT.validate_python(kept)]
        fact = outcomes.fact_of(outcomes.OUTCOME.validate_python(kept[_OUTCOME]))
        return [fact] if fact is not None else []

    def hear(self, outcome: EffectOutcome) -> None:
        """Take in the outcome of an effect. Set it aside where the fact about it can't be made."""
        found = self._guard.attempt(lambda: outcomes.fact_of(outcome))
        if isinstance(found, Raised):
            what = f"that {outcome.effect.kind.replace('_', ' ')} was {outcome.kind}"
            kept = {_OUTCOME: outcomes.OUTCOME.dump_python(outcome, mode="json")}
            self.aside.add(SetAside(id=outcome.id, kind="part", what=what, why=found.why, since=outcome.at, fact=kept))
        elif found is not None:
            self.unjudged.append(found)
        self.has_news = True

    def id_of(self, number: int) -> str:
        """Return the id of a message that came without one."""
        return f"{self.id}/{number:08d}"

    def judge_facts(self) -> bool:
        """Judge as many facts as one workflow task may, in the order in which they happened.

        Return whether more wait.
        """
        if len(self.unjudged) > 1:
            happening = order(self.conversation, self.unjudged)
            in_order = self.part("order", "the order of facts", lambda: sorted(self.unjudged, key=happening))
            self.unjudged = in_order or self.unjudged
        batch, self.unjudged = self.unjudged, []
        self.take_in(batch)
        return bool(self.unjudged)

    def take_in(self, messages: Sequence[Fact]) -> None:
        """Judge facts together.

        A fact that raises is set aside; facts that are too much work for this task stay unjudged.
        """
        now = workflow.now()

        def judging(conversation: Conversation, facts: Sequence[Fact], left_out: LeftOut) -> Decision:
            return decide_all(conversation, facts, now, policy=self.in_force, left_out=left_out, limit=WORK_LIMIT)

        failed, left = self._judged(self._without_duplicates(messages), judging, "facts")
        for fact, why in failed:
            self.aside.add(aside_of(fact, why, now))
        self.unjudged = [*left, *self.unjudged]
        self._end_news()
        self.remark_on_set_aside()

    def _without_duplicates(self, facts: Sequence[Fact]) -> list[Fact]:
        known = self.aside.ids("event")
        # Judging drops repeated facts, too; here they are counted and logged.
        repetitions = partial(repeated, self.conversation, facts)
        counted = self.part("repeated", "which messages came before", repetitions) or ()
        again = [*counted, *(fact for fact in facts if fact.event_id in known)]
        for fact in again:
            observing.duplicate(self._log, fact, self.id)
        repeated_ids = {id(fact) for fact in again}
        return [fact for fact in facts if id(fact) not in repeated_ids]

    def take_in_time(self) -> None:
        """Judge every deadline that has passed."""
        if self.policy is None or self.is_left_out("time"):
            return
        now = workflow.now()
        reached = DeadlineReached(event_id="", occurred_at=now, source="baton")

        def judging(conversation: Conversation, _facts: Sequence[Fact], left_out: LeftOut) -> Decision:
            return decide(conversation, reached, now, policy=self.in_force, left_out=left_out, limit=WORK_LIMIT)

        self._judged((), judging, "time")
        self._end_news()
        self.remark_on_set_aside()

    @property
    def is_behind(self) -> bool:
        """True where time has passed that the last judgement left for the next task."""
        ahead = self.next_deadline() if self._has_stopped else None
        return ahead is not None and ahead.kind != "close" and ahead.at <= workflow.now()

    def _judged(self, facts: Sequence[Fact], judging: Judging, how: How) -> tuple[list[tuple[Fact, str]], list[Fact]]:
        """Keep what was decided.

        Return the facts that could not be judged, with the reasons, and those left for later.
        """
        failed: list[tuple[Fact, str]] = []
        left: list[Fact] = []
        for judged in Judge(self._guard, self.aside).judge(self.conversation, facts, workflow.now(), judging):
            left += judged.left
            if judged.decision is not None:
                self._keep(judged.decision, judged.facts, how)
            else:
                failed += [(fact, judged.why) for fact in judged.facts]
        return failed, left

    def _keep(self, decision: Decision, facts: Sequence[Fact], how: How) -> None:
        """Keep a decision. Nothing else changes the conversation, except the lines that `_remark` adds."""
        before, self.conversation = self.conversation, decision.conversation
        self.spent += decision.work
        self._has_stopped = decision.work >= WORK_LIMIT
        now = workflow.now()
        is_news = bool(facts) or self.news is not None
        self._ask(self._with_news(decision.effects, before, now) if is_news else decision.effects)
        record = partial(observing.recorded, decision, facts, now, before=before.situation)
        lines = self.piece("ledger", "what the ledger says of a decision", record) or observing.plainly(decision)
        observing.decided(self.journal, self._log, decision, facts, now, lines)
        self._put_on_record(how, decision, facts, now)
        self.has_news = True

    def _put_on_record(self, how: How, decision: Decision, facts: Sequence[Fact], now: datetime) -> None:
        if self.edition < 3 or decision.is_duplicate:
            return
        if self.aside.items:
            self.judgements.break_off("something could not be judged and was set aside")
        record = partial(self.judgements.record, self.journal, how, decision, facts, now)
        self.piece("judgements", "what a decision was made from", record)

    # Commands

    def carry_out(self, fact: Fact) -> None:
        """Judge the event that a command became. Raises RefusedError where judging raises, so that the caller knows."""
        now = workflow.now()

        def judging(conversation: Conversation, facts: Sequence[Fact], left_out: LeftOut) -> Decision:
            return decide_all(conversation, facts, now, policy=self.in_force, left_out=left_out)

        self._carry_out(fact, judging, "command")

    def adopt(self, event: PolicyAdopted, pinned: PinnedPolicy) -> None:
        """Go on under another policy. Raises RefusedError."""
        adopted = self._guard.attempt(lambda: prepare(pinned.digest, pinned.document))
        if isinstance(adopted, Raised):
            raise RefusedError(f"the policy can't be used: {adopted.why}")
        now = workflow.now()

        def judging(conversation: Conversation, _facts: Sequence[Fact], left_out: LeftOut) -> Decision:
            return adopt(conversation, event, now, policy=self.in_force, adopted=adopted, left_out=left_out)

        self.judgements.adopt(pinned.digest)
        self._carry_out(event, judging, "adopted")
        self.pinned, self.policy = pinned, adopted

    def seek(self) -> SoughtPolicy | None:
        """Return the policy to look for, because a later version of it has closed the queue of the conversation's team.

        A run that begins looks for it at once.
        """
        wanted = partial(has_to_follow, self.situation)
        version = self.part("following", "which version to follow", wanted) if self.policy is not None else 0
        if version is None:
            return None
        name = self.in_force.document.policy if version else ""
        self.sought = (self.sought or SoughtPolicy(policy=name)).named(name, version) if version else None
        return self.sought

    def take_sought(self, shown: PinnedPolicy | None) -> None:
        """Adopt the policy that a look has shown, where it is the one sought. Where that fails, look again later."""
        assert self.sought is not None
        before, now = self.sought, workflow.now()
        self.sought = before.looked(before.version_of(shown), now)
        if shown is None or not self.sought.is_found:
            return
        event = PolicyAdopted(
            event_id=f"{self.id}/policy/{workflow.info().run_id}/{now.isoformat()}",
            occurred_at=now,
            source="baton",
            policy=before.policy,
            digest=shown.digest,
            mode="carry",
            by="baton",
        )
        try:
            self.adopt(event, shown)
        except RefusedError as refused:
            self.warn("policy_not_followed", policy=shown.name, reason=str(refused))
            self.sought = before.looked(0, now)

    def change_over(self, pinned: PinnedPolicy) -> None:
        """Go on under this policy instead of the one that was left behind, as when a policy is adopted."""
        now, left = workflow.now(), self.left
        event = PolicyAdopted(
            event_id=f"{self.id}/policy/{workflow.info().run_id}",
            occurred_at=now,
            source="baton",
            policy=pinned.document["policy"],
            digest=pinned.digest,
            mode="carry",
            by="baton",
        )
        known: dict[str, Any] = left.document.get("escalations", {}) if left is not None else {}
        under = left.name if left is not None else self.left_behind
        before = Known(under, importing.readable_ladders(known), pinned.trouble)

        def judging(conversation: Conversation, _facts: Sequence[Fact], left_out: LeftOut) -> Decision:
            return go_on_from(conversation, event, now, before, policy=self.in_force, left_out=left_out)

        self.judgements.break_off("it went on under another policy than the one that it had left behind")
        failed, _ = self._judged([event], judging, "adopted")
        self._end_news()
        for fact, why in failed:
            self.aside.add(aside_of(fact, why, now))
        self.remark_on_set_aside()

    def outcome(self) -> dict[str, Any]:
        """Return what the caller of a command is told, and what a closed conversation has as its result."""
        shown = self.part("outcome", "what callers are told", lambda: showing.outcome(self.conversation, self.policy))
        return shown or {"conversation_id": self.id}

    def _carry_out(self, fact: Fact, judging: Judging, how: How) -> None:
        failed, left = self._judged([fact], judging, how)
        self._end_news()
        self.remark_on_set_aside()
        what = fact.kind.replace("_", " ")
        for _, why in failed:
            raise RefusedError(f"{what} could not be judged, nothing was changed: {why}")
        if left:
            raise RefusedError(f"{what} could not be judged beside what else raises: send it again")

    def accept(self, name: str, body: Any, number: int) -> Fact | None:
        """Return the event that a command becomes; None where it was carried out before. Raises `Refused`."""
        command_id = body.get("command_id") if isinstance(body, Mapping) else None
        if command_id and identifier(command_id) in self.conversation.seen:
            return None
        return commands.accept(
            name,
            body,
            self.situation,
            now=workflow.now(),
            fallback_id=f"{self.id}/{name}/{number}",
            policy=self.in_force,
        )

    # Items that were set aside, and parts that were dropped

    def say_dropped(self, sentence: str) -> None:
        """Say on the timeline and in the ledger what was dropped."""
        self.judgements.break_off(PARTS_DROPPED)
        self._remark(Entry(workflow.now(), DROPPED, sentence))

    def remark_on_set_aside(self) -> None:
        """Write a line of the timeline and the ledger for each thing newly set aside."""
        now = workflow.now()
        for item in self.aside.take_news():
            self._remark(Entry(now, "set_aside", f"Could not be judged, set aside: {item.what} ({item.why})"))

    def _remark(self, entry: Entry) -> None:
        kept = (*self.conversation.remarks, entry)[-REMARKS_LIMIT:]
        self.conversation = replace(self.conversation, remarks=kept)
        observing.note(self.journal, entry, workflow.now(), team=self.situation.responsible.team)
        self.has_news = True

    def _with_news(self, effects: Sequence[AnyEffect], before: Conversation, now: datetime) -> Sequence[AnyEffect]:
        """Return the effects; those that only late news brought carry the time at which the news came."""
        if self.news is None and (self._has_stopped or any(effect.due_at < now for effect in effects)):
            known = partial(foreseen, before, now, self.in_force, LeftOut(self.aside.ids("deadline")))
            self.news = LateNews(known_at=now, foreseen=self._measured(known, ()))
        return self.news.mark(effects) if self.news is not None else effects

    def _end_news(self) -> None:
        """Forget the news once everything that it brought has been judged."""
        left_out = LeftOut(self.aside.ids("deadline"))
        behind = partial(is_behind, self.situation, workflow.now(), self.in_force, left_out)
        if not self.unjudged and not (self._has_stopped and self._measured(behind, False)):
            self.news = None

    def _measured(self, work: Callable[[], Value], otherwise: Value) -> Value:
        """Do work that nothing depends on. It is no numbered attempt: histories from before it must still replay."""
        try:
            return work()
        except Exception as error:
            self.say_raised("lateness_not_told", error)
            return otherwise

    def note_told(self, effect: AnyEffect, accepted: Accepted) -> None:
        """Put the words that an outside system has accepted on the timeline. The ledger has them with the effect."""
        if self.edition < 3:
            return
        line = self.piece("told", "which words people got", partial(outcomes.told_by, effect, accepted))
        if line is not None:
            told = (*self.conversation.told, replace(line, at=min(line.at, workflow.now())))[-TOLD_LIMIT:]
            self.conversation = replace(self.conversation, told=told)

    def call_people(self) -> None:
        """Call the people under `alert` about what was set aside, where it is time to."""
        if self.policy is not None and self.aside.ids("deadline"):
            found = self.part("deadlines", "the deadlines", lambda: deadlines(self.situation, self.in_force))
            if found is not None:
                self.aside.forget((ahead.id for ahead in found), "deadline")
        self.remark_on_set_aside()
        self._ask(self.calls_about_aside(self.situation.life))

    def next_deadline(self) -> Deadline | None:
        """Return the earliest deadline: the next thing that happens by time alone."""
        if self.policy is None or self.is_left_out("time"):
            return None
        left_out = LeftOut(self.aside.ids("deadline"))
        return self.part("deadlines", "the deadlines", lambda: next_deadline(self.situation, self.in_force, left_out))


def _life() -> str:
    return workflow.info().first_execution_run_id[-_LIFE:]


def _restored(body: Any) -> tuple[Carried, Policy | None]:
    carried = Carried.model_validate(unpacked(body))
    return carried, prepared(carried.pinned)
