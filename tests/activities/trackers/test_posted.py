"""Bug reports to any tracker, by a signed POST."""

import json
from collections.abc import AsyncIterator

import pytest

from activities.effects.signing import Signer
from activities.trackers.webhook import PostedTracker
from policies.state.effects import ReportBug
from tests.activities.conftest import STARTED_AT, Attempt
from tests.fakes.rude import RudeServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REPORT = ReportBug(
    key="c-17/rule/bug/0",
    conversation_id="c-17",
    due_at=STARTED_AT,
    because="a defect",
    title="Checkout crashes",
    steps="Press Pay.",
    impact="No orders",
)


@pytest.fixture
async def receiver() -> AsyncIterator[RudeServer]:
    async with RudeServer() as made:
        yield made


@pytest.mark.parametrize(
    ("answer", "ref"),
    [
        (b'{"url": "https://tracker.example/42"}', "https://tracker.example/42"),
        (b'{"url": "javascript:alert(1)"}', "HTTP 200 from 127.0.0.1"),
        (b"thank you", "HTTP 200 from 127.0.0.1"),
        (b"x" * 100_000, "HTTP 200 from 127.0.0.1"),
    ],
)
async def test_a_tracker_gets_the_whole_report(receiver: RudeServer, attempt: Attempt, answer: bytes, ref: str) -> None:
    """A tracker gets the whole report, signed; the timeline gets the address that the tracker answers, if it is one."""
    receiver.says(answer)
    accepted = await attempt(PostedTracker(receiver.url, Signer.of(SECRET)).report, REPORT)
    assert accepted.ref == ref
    (asked,) = receiver.asked
    body = {"type": "bug.reported", "key": REPORT.key, "conversation_id": "c-17", "because": "a defect"}
    words = {"title": "Checkout crashes", "steps": "Press Pay.", "impact": "No orders", "links": []}
    assert json.loads(asked.body) == body | words
    seconds = int(asked.fields["webhook-timestamp"])
    assert 0 <= seconds - STARTED_AT.timestamp() < 300
    resigned = Signer.of(SECRET).headers(REPORT.key, STARTED_AT.fromtimestamp(seconds, STARTED_AT.tzinfo), asked.body)
    assert resigned.items() <= asked.fields.items()
