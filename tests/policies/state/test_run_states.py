"""The state of an on-call run, as its fields tell it together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policies.state.records.on_call import OnCallRun
from policies.state.run_states import (
    AcknowledgedRun,
    CallingRun,
    ExhaustedRun,
    IncidentRun,
    RepeatingRun,
    RunState,
    StoodDownRun,
)

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUN = OnCallRun("people", 1, "late", "Late", NINE)
ACKNOWLEDGED = replace(RUN, ended="acknowledged by anna", acknowledged_by="anna")


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (RUN, CallingRun()),
        (replace(RUN, next_at=NINE, is_delivered=True), CallingRun()),
        (replace(RUN, next_at=NINE, begins_again=True, unheard=1), RepeatingRun()),
        (replace(RUN, incident="incident-1", is_silent=True), IncidentRun("incident-1")),
        (replace(RUN, incident="incident-1", begins_again=True), IncidentRun("incident-1")),
        (ACKNOWLEDGED, AcknowledgedRun("anna")),
        (replace(ACKNOWLEDGED, lease_until=NINE), AcknowledgedRun("anna")),
        (replace(ACKNOWLEDGED, lease_left=timedelta(minutes=5)), AcknowledgedRun("anna")),
        (replace(ACKNOWLEDGED, incident="incident-1"), AcknowledgedRun("anna")),
        (replace(ACKNOWLEDGED, stood_down="answered"), StoodDownRun("answered")),
        (replace(RUN, ended="answered", stood_down="answered"), StoodDownRun("answered")),
        (replace(RUN, ended="nobody acknowledged", incident="incident-1"), ExhaustedRun("nobody acknowledged")),
    ],
)
def test_the_state_of_a_run(run: OnCallRun, state: RunState) -> None:
    """A run calls, repeats, waits for an incident, or has ended: acknowledged, stood down, or all calls in vain."""
    assert run.state == state
