"""One known outage, from its opening until it is over, by hand or because its time has passed.

Its memo holds the news that new conversations hear when they begin; open conversations are told by signals. Promises
that conversations hear of an end by hand as soon as they can be told; an end by time they know themselves, so an outage
that is terminated or can't tell them keeps none of them. Must not know which conversations match: each judges that
itself (`policies.outages`).
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.outages.checking import CheckedOutage, OutageCheck
from activities.outages.open_outages import MEMO
from activities.outages.telling import OutageNews, OutageTelling, OutageTold
from policies.contract.commands import Refused
from policies.contract.outages import SIGNALS, opened
from policies.editions import NEWEST
from policies.running.turn import by
from policies.time.wall_clock import shown
from workflows.arrivals.handlers import Listener, only, refusal, takes, takes_one_payload
from workflows.contract import OUTAGE_PREFIX, OUTAGE_TYPE
from workflows.frame.guarded_state import UnknownEditionError
from workflows.frame.shell import should_continue_as_new
from workflows.limits.patience import OUTAGE_CHECK, OUTAGE_NEWS
from workflows.outages import showing
from workflows.outages.state import STALE, OutageState
from workflows.waits.waiting import settle

CANCELLED = "a cancellation in Temporal"
_CARRIED = "carried"
_LIFE = 12
_PAUSE = timedelta(seconds=20)


@workflow.defn(name=OUTAGE_TYPE)
@takes(SIGNALS, {})
class OutageWorkflow(Listener):
    """The workflow of one outage. It starts with one JSON object; see `docs/contract`."""

    @workflow.init
    @takes_one_payload
    def __init__(self, *inputs: Any) -> None:
        self._input = only(inputs)
        self._arrivals: list[tuple[str, Any, datetime]] = []
        self._state: OutageState | None = None
        self._shown: Any = None

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> dict[str, Any]:
        """Tell conversations of the outage until it is over. Return how it ended. A start that is wrong is refused."""
        loop = asyncio.create_task(self._loop())
        while not loop.done():
            try:
                await workflow.wait_condition(loop.done)
            except asyncio.CancelledError:
                self._arrivals.append(("close", {"by": CANCELLED}, workflow.now()))
        state = loop.result()
        if not state.is_over(workflow.now()):
            workflow.continue_as_new({_CARRIED: state.model_dump(mode="json")})
        return {"outage": state.outage.name, "state": "over", "because": state.how}

    @workflow.query(description="How the outage stands, whom it was told, and what happened")
    @takes_one_payload
    def state(self, *_inputs: Any) -> dict[str, Any]:
        """Return how the outage stands: see `docs/contract`; empty in the first moments."""
        return showing.state(self._state, workflow.now()) if self._state is not None else {}

    async def _loop(self) -> OutageState:
        """Tell, wait and take in signals. Return the state once the outage is over, or has to continue as new."""
        state = self._state = await self._begun()
        while True:
            for name, body, at in self._taken():
                state.take_in(name, body, at)
            self._show(state)
            if state.ended_at is not None:
                await self._tell_end(state)
                return state
            if state.is_over(workflow.now()):
                state.say(workflow.now(), f"Over: {state.how}")
                self._show(state)
                return state
            if should_continue_as_new():
                return state
            if (news := state.news(workflow.now())) is not None:
                began = workflow.now()
                state.was_told(news, began, await self._tell(news))
                continue
            await settle(lambda: bool(self._arrivals), state.next_look() - workflow.now())

    async def _begun(self) -> OutageState:
        """Go on with what the run before handed on, or open the outage. Raises the refusal of a start that is wrong."""
        body, now = self._input, workflow.now()
        if isinstance(body, Mapping) and _CARRIED in body and workflow.info().continued_run_id is not None:
            carried = OutageState.model_validate(cast("Mapping[str, Any]", body)[_CARRIED])
            _check_edition(carried.edition)
            return carried
        name, life = workflow.info().workflow_id.removeprefix(OUTAGE_PREFIX), workflow.info().run_id[-_LIFE:]
        try:
            outage = opened(body, name, life, now)
        except Refused as refused:
            raise refusal(str(refused)) from None
        checked = await self._checked(outage.when, outage.policy)
        _check_edition(checked.edition)
        if checked.trouble:
            raise refusal(checked.trouble)
        state = OutageState(outage=outage, edition=checked.edition)
        state.say(now, f"Opened{by(outage.by)}: known until {shown(outage.until)}")
        return state

    async def _checked(self, when: str, policy: str) -> CheckedOutage:
        try:
            return await workflow.execute_activity_method(
                OutageCheck.check,
                args=[when, policy],
                start_to_close_timeout=OUTAGE_CHECK.attempt_within,
                schedule_to_close_timeout=OUTAGE_CHECK.give_up_after,
                retry_policy=OUTAGE_CHECK.retry,
            )
        except ActivityError:
            return CheckedOutage()

    def _taken(self) -> list[tuple[str, Any, datetime]]:
        taken, self._arrivals = self._arrivals, []
        return taken

    def _show(self, state: OutageState) -> None:
        """Publish the news that new conversations hear, and the page for operators; both only where they changed."""
        now = workflow.now()
        news = None if state.is_over(now) else state.outage.known
        if news != self._shown:
            workflow.upsert_memo({MEMO: news})
            self._shown = news
        workflow.set_current_details(showing.details(state, now))

    async def _tell(self, news: OutageNews) -> OutageTold | None:
        """Tell conversations. None where none could be told."""
        try:
            return await workflow.execute_activity_method(
                OutageTelling.tell,
                news,
                summary=f"tell conversations: {news.name.replace('_', ' ')}",
                start_to_close_timeout=OUTAGE_NEWS.attempt_within,
                schedule_to_close_timeout=OUTAGE_NEWS.give_up_after,
                heartbeat_timeout=OUTAGE_NEWS.heartbeat_within,
                retry_policy=OUTAGE_NEWS.retry,
            )
        except ActivityError:
            return None

    async def _tell_end(self, state: OutageState) -> None:
        """Tell all conversations that it is over, and then those that began meanwhile; until its time has passed."""
        assert state.ended_at is not None
        news, is_last = state.end_news(), False
        while workflow.now() < state.outage.until:
            told = await self._tell(news)
            if told is not None and is_last and not told.untold:
                return
            if told is not None and told.untold:
                news = state.end_news(only=told.untold)
            elif told is not None:
                news, is_last = state.end_news(since=state.ended_at - _PAUSE), True
            await workflow.sleep(
                STALE if is_last else _PAUSE, summary="conversations that began meanwhile are told next"
            )

    def receive(self, name: str, body: Any) -> None:
        """Store a signal for the loop."""
        self._arrivals.append((name, only((body,)), workflow.now()))

    def refuse(self, name: str, body: Any) -> None:
        """Refuse every command: an outage takes signals only."""
        raise refusal(f"an outage takes no command {name}: send a signal")

    async def carry_out(self, name: str, body: Any) -> dict[str, Any]:
        """Refuse every command: an outage takes signals only."""
        raise refusal(f"an outage takes no command {name}: send a signal")


def _check_edition(edition: int) -> None:
    """Raise UnknownEditionError where this worker's code is older than the edition of the run."""
    if edition > NEWEST:
        raise UnknownEditionError(edition)
