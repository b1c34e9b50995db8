"""One team's queue, for as long as there is the team: the only place where its people get conversations.

The only writer of its state. Handlers take events in at once and return; the loop in `run` does everything else. Must
not know who is chosen or why: that is decided by `policies.teams`.
"""

from datetime import timedelta
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from activities.catalog import Catalog, PinnedPolicy, shared
from policies.commands import Refused
from policies.policy import Policy, prepare
from policies.teams.decide import decide, next_deadline
from policies.teams.events import AnyTeamEvent, ConversationGone, Message, TermsChanged, TimeCame
from policies.teams.messages import accept, read_facts
from policies.teams.state import Team
from policies.teams.terms import has_queue

with workflow.unsafe.imports_passed_through():
    import workflows.team_showing as showing
    from workflows.alarm import Alarm
    from workflows.contract import TEAM, TEAM_PREFIX, TEAM_TYPE
    from workflows.handlers import only, refusal, takes_one_payload
    from workflows.messenger import Messenger
    from workflows.packing import unpacked
    from workflows.patience import LOOK_UP, SETTLE
    from workflows.settling import settle
    from workflows.team_carried import team_carried_on
    from workflows.team_listening import TeamListening

BATCH = 100
"""Facts taken in within one workflow task; the SDK takes one that runs for two seconds for dead."""
BREATH = timedelta(milliseconds=1)
log = structlog.wrap_logger(workflow.logger, wrapper_class=structlog.stdlib.BoundLogger)


class CarriedTeam(BaseModel):
    """What a team takes along when it continues as new: plain JSON, readable by later versions."""

    model_config = ConfigDict(extra="ignore")

    team: Team
    pinned: PinnedPolicy
    inbox: tuple[AnyTeamEvent, ...] = ()
    waiting: tuple[Message, ...] = ()
    received: int = 0
    looked_for: int = 0


@workflow.defn(name=TEAM_TYPE)
class TeamWorkflow(TeamListening):
    """Started with `{team, policy}` by the first conversation that needs it."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        body = only(inputs)
        goes_on = workflow.info().continued_run_id is not None and isinstance(body, dict)
        carried = CarriedTeam.model_validate(unpacked(body["carried"])) if goes_on else None
        self._name = workflow.info().workflow_id.removeprefix(TEAM_PREFIX)
        self._start = body
        self._team = carried.team if carried else Team(self._name, workflow.now())
        self._pinned: PinnedPolicy | None = shared(carried.pinned) if carried else None
        self._policy: Policy | None = prepare(carried.pinned.digest, carried.pinned.document) if carried else None
        self._inbox: list[AnyTeamEvent] = list(carried.inbox) if carried else []
        self._received = carried.received if carried else 0
        self._looked_for = carried.looked_for if carried else 0
        self._messenger = Messenger(carried.waiting if carried else (), self._has_gone)
        self._alarm = Alarm()
        self._is_nudged = False

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> None:
        """Wake for news or the next deadline, for ever."""
        if self._policy is None:
            await self._begin()
        while True:
            self._take_in_time()
            await self._take_in_news()
            self._show()
            self._messenger.send()
            if self._should_continue_as_new():
                await self._continue_as_new()
            self._set_alarm()
            await workflow.wait_condition(lambda: bool(self._inbox) or self._alarm.has_rung or self._is_nudged)

    @workflow.signal(name="nudge", description="Look at the time again: {}. Changes nothing where all is well")
    @takes_one_payload
    def nudge(self, *_inputs: Any) -> None:
        """From `baton audit`: do what has come due, count on no late ring, send what has not left."""
        self._is_nudged = True

    @workflow.query(description="Who is there, who has what, who waits, and what was granted lately")
    @takes_one_payload
    def state(self, *_inputs: Any) -> dict[str, Any]:
        """See `docs/contract`."""
        shown = showing.state(self._team, self._policy, self._pinned, workflow.now())
        return {**shown, "unsent": showing.unsent(self._messenger.waiting)}

    @workflow.query(description="What happened to the queue and why; the last hundred entries")
    @takes_one_payload
    def timeline(self, *_inputs: Any) -> list[dict[str, Any]]:
        """The oldest first."""
        return showing.timeline(self._team)

    def receive(self, name: str, body: Any) -> None:
        """A fact waits in the inbox for the loop."""
        # A heartbeat gets no id of ours: a team that remembered each one would soon forget which events it has had.
        fallback_id = "" if name == "heartbeat" else self._next_id()
        self._inbox.extend(read_facts(name, body, now=workflow.now(), fallback_id=fallback_id))

    def refuse(self, name: str, body: Any) -> None:
        """Judge a command as things stand."""
        if self._policy is not None:
            self._accept(name, body)  # a validator must change nothing

    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """A command: taken in at once, or refused to its caller."""
        await workflow.wait_condition(lambda: self._policy is not None and not self._inbox)
        event = self._accept(name, body)
        self._received += 1
        self._apply(event)
        self._inbox.append(self._time_came())  # so that the loop sends what follows
        return showing.outcome(self._team)

    def _accept(self, name: str, body: Any) -> AnyTeamEvent:
        try:
            fallback_id = f"{self._name}/{name}/{workflow.info().run_id[-12:]}/{self._received}"
            return accept(name, body, self._team, now=workflow.now(), fallback_id=fallback_id)
        except Refused as refused:
            raise refusal(str(refused)) from None

    async def _begin(self) -> None:
        asked = self._start.get("policy") if isinstance(self._start, dict) else ""
        self._pinned = await self._look_up(asked if isinstance(asked, str) else "")
        self._policy = prepare(self._pinned.digest, self._pinned.document)
        self._apply(self._time_came())
        workflow.upsert_search_attributes([TEAM.value_set(self._name)])

    async def _look_up(self, policy: str) -> PinnedPolicy:
        pinned = await workflow.execute_local_activity_method(
            Catalog.resolve,
            policy,
            start_to_close_timeout=LOOK_UP.attempt_within,
            schedule_to_close_timeout=LOOK_UP.give_up_after,
            retry_policy=LOOK_UP.retry,
        )
        return shared(pinned)

    async def _follow_policy(self, event: AnyTeamEvent) -> None:
        """A conversation came under a newer version of the policy than the team's: its people count from now on."""
        assert self._pinned is not None
        document = self._pinned.document
        version = getattr(event, "version", 0)
        is_same = getattr(event, "policy", "") == document["policy"]
        if not is_same or version <= max(self._looked_for, document["version"]):
            return
        self._looked_for = version
        found = await self._look_up(document["policy"])
        if found.document["version"] > document["version"] and not found.trouble:
            policy = prepare(found.digest, found.document)
            is_followed = has_queue(policy, self._name)
            if is_followed:
                self._pinned, self._policy = found, policy
            changed = {"policy": found.document["policy"], "version": found.document["version"]}
            event = TermsChanged(event_id="", occurred_at=workflow.now(), is_followed=is_followed, **changed)
            self._apply(event)

    def _take_in_time(self) -> None:
        has_rung, is_nudged, self._is_nudged = self._alarm.has_rung, self._is_nudged, False
        if has_rung:
            self._alarm.stop()
        elif is_nudged:
            self._alarm.doubt()
        if has_rung or is_nudged:
            self._apply(self._time_came())

    async def _take_in_news(self) -> None:
        """Empty the inbox. After a backlog of many messages, let go of the task now and then: it must end in time."""
        while self._inbox:
            batch = self._inbox[:BATCH]
            del self._inbox[:BATCH]
            for event in batch:
                await self._follow_policy(event)
                self._apply(event, is_last=False)
            self._apply(self._time_came())
            if self._inbox:
                self._messenger.send()
                await workflow.sleep(BREATH, summary=f"{len(self._inbox)} more messages")

    def _apply(self, event: AnyTeamEvent, *, is_last: bool = True) -> None:
        assert self._policy is not None
        decision = decide(self._team, event, workflow.now(), policy=self._policy, is_last=is_last)
        self._team = decision.team
        self._messenger.put(decision.messages)
        if decision.because:
            log.info(f"team.{decision.because[0].kind}", team=self._name, because=[e.kind for e in decision.because])

    def _has_gone(self, conversation: str) -> None:
        """It is over, which it could not tell any more, or did and it is on its way."""
        self._received += 1
        event_id = f"{self._name}/gone/{self._received}"
        gone = ConversationGone(event_id=event_id, occurred_at=workflow.now(), conversation=conversation)
        self._inbox.append(gone)

    def _time_came(self) -> TimeCame:
        return TimeCame(event_id="", occurred_at=workflow.now())

    def _next_id(self) -> str:
        self._received += 1
        return f"{self._name}/{workflow.info().run_id[-12:]}/{self._received:08d}"

    def _show(self) -> None:
        assert self._policy is not None
        workflow.set_current_details(showing.details(self._team, self._policy, workflow.now()))

    def _set_alarm(self) -> None:
        assert self._policy is not None
        if deadline := next_deadline(self._team, workflow.now(), self._policy):
            self._alarm.set(deadline.at, deadline.what)

    def _should_continue_as_new(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()

    async def _continue_as_new(self) -> None:
        """Take everything along; a batch under way gets a moment, and is repeated by its keys if need be."""
        assert self._pinned is not None
        self._messenger.is_closed = True
        await settle(lambda: not self._messenger.is_under_way, SETTLE)
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = CarriedTeam(
            team=self._team,
            pinned=self._pinned,
            inbox=tuple(self._inbox),
            waiting=self._messenger.waiting,
            received=self._received,
            looked_for=self._looked_for,
        )
        form, dropped = team_carried_on(carried.model_dump(mode="json"), workflow.now())
        if dropped:
            log.warning("team.state_dropped", team=self._name, dropped=dropped)
        workflow.continue_as_new(
            {"carried": form},
            initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
        )
