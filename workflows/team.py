"""One team's queue, for as long as the team exists. Only here do its people get conversations.

The only writer of its state. Handlers store what arrives and return; the loop does everything else. Must not know who
is chosen or why: `queues.state` says how the queue stands and what follows.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from temporalio import workflow

from activities.catalog import PinnedPolicy, pinned_of
from activities.ledger.lines import LedgerBatch
from policies.queues.teams.events import Ask, ConversationGone, Message, Unreadable
from policies.queues.teams.messages import COMMANDS, SIGNALS
from workflows.arrivals.arrivals import Arrivals, RefusedError
from workflows.arrivals.handlers import only, takes, takes_one_payload
from workflows.carrying.packing import unpacked
from workflows.contract import EDITION, TEAM, TEAM_PREFIX, TEAM_TYPE
from workflows.frame.shell import LoopEnd, Shell
from workflows.limits.shortening import keyword
from workflows.outgoing.outbox import Outbox
from workflows.queues import showing
from workflows.queues.carried import team_carried_on
from workflows.queues.messenger import Messenger
from workflows.queues.search import Search
from workflows.queues.state import CarriedTeam, TeamState
from workflows.showing.markdown import NO_PAGE
from workflows.showing.unshown import answered, less_rows
from workflows.waits.alarm import Alarm

CANCELLED = "a team's queue is there as long as the team; use Terminate to drop it"
log = structlog.wrap_logger(workflow.logger, wrapper_class=structlog.stdlib.BoundLogger)


@workflow.defn(name=TEAM_TYPE)
@takes(SIGNALS, COMMANDS)
class TeamWorkflow(Shell[TeamState]):
    """The workflow of one team. The first conversation that needs it starts it with `{team, policy}`."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        info = workflow.info()
        self._search = Search(self._is_over)
        self._state = TeamState(info.workflow_id.removeprefix(TEAM_PREFIX), self._tell, self._search.put, log)
        self._unread = self._state.read_input(only(inputs))
        body = self._unread.carried
        carried = self._state.restore(lambda: CarriedTeam.model_validate(unpacked(body))) if body is not None else None
        self.arrivals = Arrivals(carried.received if carried else self._unread.received)
        self.arrivals.facts.extend(self._unread.kept())
        self._messenger = Messenger(carried.waiting if carried else (), self._has_gone)
        nothing = LedgerBatch(conversation_id="", entries=[])
        self._alerts = Outbox(carried.alerts if carried else (), _ignore, _ignore, _ignore, lambda: nothing)
        self._alarm = Alarm()
        self._has_begun = self._has_news = False

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> None:
        """Wake up for news or the next deadline, for ever."""
        await self.serve()

    async def loop(self) -> LoopEnd:
        """Run one round for each wake-up, until this run ends."""
        if not self._has_begun and not await self._begin():
            return LoopEnd.CONTINUES
        self._state.begin_round()
        while True:
            self._take_in_time()
            await self._take_in_events()
            self._take_in_commands()
            self._show()
            self._messenger.send()
            self._search.send()
            self._alerts.put(self._state.alerts())
            self._alerts.send()
            if not self._state.in_task.has_performed and self.should_end() and await self.drain():
                return LoopEnd.CONTINUES
            self._set_alarm()
            await self.rest()

    @workflow.query(description="Who is there, who has what, who waits, and what was granted lately")
    @takes_one_payload
    def state(self, *_inputs: Any) -> dict[str, Any]:
        """Return how the queue stands: see `docs/contract`."""
        state = self._state
        usual = partial(showing.state, state.team, state.policy, state.pinned, workflow.now())
        shown = answered(log, "state", usual, partial(showing.less_state, state.team, state.pinned))
        return {**shown, "set_aside": state.aside.shown(), "unsent": showing.unsent(self._messenger.waiting)}

    @workflow.query(description="What the queue knows of one conversation: {conversation}")
    @takes_one_payload
    def ticket(self, *inputs: Any) -> dict[str, Any]:
        """Return a queue entry's state and its assignee; empty where the team does not have the conversation."""
        return showing.ticket(self._state.team, only(inputs))

    @workflow.query(description="What happened to the queue and why; the last hundred entries")
    @takes_one_payload
    def timeline(self, *_inputs: Any) -> list[dict[str, Any]]:
        """Return the timeline, the oldest entry first."""
        team = self._state.team
        less = partial(less_rows, team.timeline, workflow.now())
        return answered(log, "timeline", partial(showing.timeline, team), less)

    async def _begin(self) -> bool:
        """Pin the policy, or judge again what an earlier run had set aside. Return False where the next run has to."""
        self._has_begun = self._has_news = True
        if self._state.policy is not None:
            self._state.judge_again()
        elif name := self._state.left_behind:
            if (found := await self.look_up_in_the_end(name)) is None:
                return False
            self._state.go_on_under(pinned_of(found))
        elif self._unread.is_start:  # else this worker can't read the input, and the run waits for fixed code
            start = self._unread.input
            stated = start.get("policy") if isinstance(start, Mapping) else ""
            asked = stated if isinstance(stated, str) else ""
            if (found := await self.look_up_in_the_end(asked)) is None:
                return False
            self._state.run_in(found.edition)
            self._state.begin(pinned_of(found), asked)
            workflow.upsert_search_attributes(
                [TEAM.value_set(keyword(self._state.id)), EDITION.value_set(found.edition)]
            )
        if self._state.has_changed_edition:
            workflow.upsert_search_attributes([EDITION.value_set(self._state.edition)])
        if self._unread.dropped and self._state.policy is not None:
            self._state.say_dropped(self._unread.dropped)
        return True

    async def _follow_policy(self) -> None:
        """Look for the policy that conversations say they are under, where it is time to.

        Its people count from then on.
        """
        self._state.seek()
        sought = self._state.sought
        if sought is not None and sought.is_due(workflow.now()):
            self._state.take_sought(await self.look_for(sought))

    def _take_in_time(self) -> None:
        if self._alarm.has_rung:
            self._alarm.stop()
        elif self._is_nudged:
            self._alarm.doubt()
        elif not self._has_news:
            return
        self._has_news = self._is_nudged = False
        self._state.take_in_time()

    async def _take_in_events(self) -> None:
        """Read what arrived, then judge it: as much in one workflow task as a task may take."""
        if self._state.policy is None:
            return
        if not self.should_end():  # no run ends in a task with a look-up: this run ends first, and the next one looks
            await self._follow_policy()
        while self.arrivals.facts or self._state.has_unjudged:
            self._state.read(self.arrivals.take())
            await self._follow_policy()
            if self._state.judge_events() or self.arrivals.facts:
                self._messenger.send()
                await self.go_on_later("more messages to judge")

    def _take_in_commands(self) -> None:
        """Carry commands out, each answered before the next one: as many as one workflow task may."""
        if not self.arrivals.commands:
            return
        while self.arrivals.commands and not self._state.has_done_enough:
            command = self.arrivals.commands.pop(0)
            self._state.spent += command.steps
            try:
                self._state.carry_out(command)
                command.answer = self._state.outcome()
            except RefusedError as refused:
                command.refusal = str(refused)
        self._state.take_in_time()

    def _tell(self, messages: Sequence[Message]) -> None:
        self._messenger.put(messages)

    def _has_gone(self, conversation: str) -> None:
        """Note that a conversation is over. It could not tell the team, or its message is still on the way."""
        self._is_over(Ask(conversation=conversation, ticket=""))

    def _is_over(self, asked: Ask) -> None:
        event_id, now = f"{self._state.id}/gone/{self.arrivals.number()}", workflow.now()
        gone = ConversationGone(
            event_id=event_id, occurred_at=now, conversation=asked.conversation, ticket=asked.ticket
        )
        self._state.unjudged.append(gone)

    def was_cancelled(self) -> None:
        """Record a cancellation on the timeline. A queue does not end by it."""
        id, now = self._state.id_of(self.arrivals.number()), workflow.now()
        rejected = Unreadable(event_id=id, occurred_at=now, name="cancellation", why=CANCELLED, excerpt="")
        self._state.unjudged.append(rejected)

    def _show(self) -> None:
        if (policy := self._state.policy) is not None:
            team, aside = self._state.team, self._state.aside
            page = self._state.part(
                "page", "what operators see", lambda: showing.details(team, policy, workflow.now(), aside)
            )
            workflow.set_current_details(page or NO_PAGE)

    def _set_alarm(self) -> None:
        """Set the alarm for the next deadline, a policy that is sought, and what was set aside."""
        if ahead := self._state.next_deadline():
            self._alarm.set(ahead.at, ahead.what)
        self.look_again_for(self._state.sought)
        self.look_again_at_what_is_left_out()

    def _is_awake(self) -> bool:
        # Without a policy nothing that arrives can be judged: if arrivals woke the loop, it would never rest.
        can_judge = self._state.policy is not None
        has_come = self.arrivals.commands or self._alarm.has_rung or (can_judge and self.has_waiting())
        return bool(has_come or self._has_news or self._is_nudged or self.is_asked_to_end())

    def is_busy(self) -> bool:
        """Return whether messages, a call to people or a search are under way."""
        return self._messenger.is_under_way or self._alerts.is_under_way or self._search.is_under_way

    def hold_effects(self, is_held: bool) -> None:
        """Stop messages and calls from leaving while this run ends, or let them leave again."""
        self._messenger.is_held = self._search.is_held = is_held
        self._alerts.is_held = is_held

    def fit(self, state: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return the state, fit for the server's limit, and a sentence on what was dropped."""
        return team_carried_on(state, workflow.now())

    def snapshot(self, pinned: PinnedPolicy) -> CarriedTeam:
        """Return everything that the next run needs."""
        return CarriedTeam(
            team=self._state.team,
            pinned=pinned,
            inbox=tuple(self._state.unjudged),
            waiting=self._messenger.waiting,
            alerts=self._alerts.waiting,
            received=self.arrivals.received,
            sought=self._state.sought,
            aside=self._state.aside,
        )


def _ignore(*_of_an_alert: Any) -> None:
    """Ignore the outcome of a call to people: their messenger shows it, and a team has no ledger."""
