"""Lanes: the effects of one lane go out one after another, those of different lanes do not wait for each other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from activities.ledger.lines import LedgerBatch
from policies.state.effects import AddInternalNote, AnyEffect, Notify
from workflows.limits.server import BATCH_LIMIT, WAITING_LIMIT
from workflows.outgoing.backlog import given_up
from workflows.outgoing.outbox import Outbox
from workflows.outgoing.performing import MOST_TOGETHER, goes_together

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def notice(number: int = 0, **body: Any) -> Notify:
    """Return a notice to one channel."""
    fields = {"key": f"c/{number}", "conversation_id": "c", "due_at": NOW, "because": "…", "headline": "…"}
    return Notify.model_validate({**fields, "target": "slack:#ops", **body})


def note(number: int, body: str = "…") -> AddInternalNote:
    """Return an internal note."""
    return AddInternalNote(key=f"c/note/{number}", conversation_id="c", due_at=NOW, because="…", body=body)


@pytest.mark.parametrize(
    ("body", "lane"),
    [
        ({}, "notice:slack:#ops"),
        ({"page": "people.1/1.1"}, "call:people.1/1.1"),
        ({"offer": "care/7"}, "run:offer:care/7"),
        ({"is_alert": True}, "call:c/0"),
    ],
)
def test_calls_offers_and_alerts_wait_for_no_notice(body: dict[str, Any], lane: str) -> None:
    """Notices to one target go out one after another; calls, offers and alerts do not wait behind them."""
    assert notice(**body).lane == lane


@pytest.mark.parametrize("has_a_round_between", [True, False])
def test_an_empty_lane_begins_anew_behind_the_others(has_a_round_between: bool) -> None:
    """Effects leave in one order, whether or not the loop came round after a lane had become empty."""
    first, again, other = notice(1), notice(2), notice(3, target="slack:#other")
    outbox = Outbox([first], ignore, ignore, ignore, lambda: LedgerBatch(conversation_id="c", entries=[]))
    outbox.is_held = True
    outbox.withdraw([first])
    if has_a_round_between:
        outbox.send()
    outbox.put([other, again])
    assert outbox.waiting == (other, again)


def ignore(*_outcome: Any) -> None:
    """Do nothing with an outcome."""


@pytest.mark.parametrize(
    ("waiting", "leave"),
    [
        pytest.param([note(1)], 1, id="one alone"),
        pytest.param([note(1), note(2)], 2, id="both"),
        pytest.param([note(number) for number in range(MOST_TOGETHER + 2)], MOST_TOGETHER, id="as many as one takes"),
        pytest.param([note(1), note(2, body="x" * BATCH_LIMIT)], 1, id="the second is too large"),
        pytest.param([notice(1), notice(2)], 1, id="notices one after another"),
    ],
)
def test_changes_that_wait_for_the_helpdesk_leave_together(waiting: list[AnyEffect], leave: int) -> None:
    """Changes that wait for the helpdesk leave by one activity, as many as it takes; notices leave one by one."""
    assert goes_together(waiting) == waiting[:leave]


def test_alerts_are_never_given_up() -> None:
    """When thousands of notices wait, the oldest of them are given up, but never an alert."""
    alert = notice(is_alert=True)
    notices = [notice(number) for number in range(1, WAITING_LIMIT + 1)]
    assert given_up([alert, *notices], []) == (notices[0],)
