"""The time from the decision to hand over a long conversation until its briefing and transcript are on the helpdesk.

Both times come from the ledger: the server's clock when the handoff was decided, and when the helpdesk confirmed.
Beside it, the cost of the text alone. Other systems are asked on the way: the conversation's own store, with the
customer's other conversations.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from activities.database.tables import engine
from activities.ledger.lines import Ledger, LedgerEntry
from bench.canonical import BATON, Watch, tell
from bench.report import Figure, median, milliseconds, percentile, say
from bench.stage import Stage
from bench.worker_process import documents
from policies.contract.messages import read_facts, read_start
from policies.decide import decide
from policies.handoff.briefing import text
from policies.running.policy import Policy, build
from policies.state.conversation import opened
from policies.state.situation import Situation

POLICY = "bench-briefing"
TURNS, TALKS = 200, 20
TARGET = timedelta(milliseconds=300)
_SHARES = (("p50", 50), ("p99", 99), ("max", 100))
_CUSTOMER = {"id": "c-81", "name": "Ada", "tier": "pro", "since": "2024-03-01", "value": 4800}
_SAID = (
    ("customer", "The export of my invoices stops at page {n} with error 500, and I need it today."),
    ("assistant", "I am sorry to hear that. Have you tried another browser, number {n} on our list?"),
)
_NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


async def measure(stage: Stage, _rounds: int) -> list[Figure]:
    """Measure one conversation after another, each of two hundred turns."""
    async with stage.worker("baton", "-briefing") as worker:
        for number in range(TALKS):
            await _play(stage, f"briefing-{number}")
        store = engine(worker.database)
        lines = [await Ledger(store).entries(f"briefing-{number}") for number in range(TALKS)]
        await store.dispose()
    say("briefing", f"{TALKS} conversations of {TURNS} turns were handed over")
    notes = [_after_decision(each, "add_internal_note") for each in lines]
    attached = [_after_decision(each, "attach_transcript") for each in lines]
    composing = Figure("briefing", f"… compose the text after {TURNS} turns", f"{_microseconds():.0f} µs")
    return [
        *(_figure("decided → briefing on the desk", name, percentile(notes, share)) for name, share in _SHARES),
        *(_figure("decided → transcript on the desk", name, percentile(attached, share)) for name, share in _SHARES),
        composing,
    ]


async def _play(stage: Stage, identifier: str) -> None:
    body = {"conversation_id": identifier, "policy": POLICY, "channel": "web_chat", "customer": _CUSTOMER}
    handle = await stage.client.start_workflow(
        BATON.workflow, body, id=BATON.workflow_id(identifier), task_queue=BATON.task_queue
    )
    watch = Watch(handle)
    for number in range(TURNS):
        author, said = _SAID[number % 2]
        await tell(handle, number, "message", {"author": author, "text": said.format(n=number)})
    for place, tag in enumerate(("escalate", "over")):
        await watch.until(lambda w, sent=TURNS + place: w.has_settled(sent))
        if tag == "over":  # before the conversation closes, everything is written to the ledger
            await tell(handle, TURNS + place, "status_changed", {"status": "resolved"})
        else:
            await tell(handle, TURNS + place, "tag_added", {"tag": tag})
    await watch.until(lambda w: w.counts["WORKFLOW_EXECUTION_COMPLETED"] > 0)


def _after_decision(lines: Sequence[LedgerEntry], effect: str) -> float:
    """Return the seconds from the decision to the effect, by the server's clock."""
    decided = next(line.recorded_at for line in lines if line.kind == "handoff_requested")
    done = next(line.accepted_at for line in lines if line.body.get("effect") == effect)
    assert done is not None
    return (done - decided).total_seconds()


def _microseconds() -> float:
    policy = build(documents()[POLICY])
    situation = _handed_over(policy)
    taken: list[float] = []
    for _ in range(30):
        began = time.process_time()
        text(situation, policy)
        taken.append((time.process_time() - began) * 1e6)
    return median(taken)


def _handed_over(policy: Policy) -> Situation:
    started, _ = read_start(
        {"channel": "web_chat", "customer": _CUSTOMER}, conversation_id="c", began_at=_NOW, now=_NOW
    )
    conversation = decide(opened("c", _NOW), started, _NOW, policy=policy).conversation
    for number in range(TURNS):
        at = _NOW + timedelta(seconds=number)
        author, said = _SAID[number % 2]
        fact = read_facts(
            "message", {"author": author, "text": said.format(n=number)}, now=at, fallback_id=f"m-{number}"
        )[0]
        conversation = decide(conversation, fact, at, policy=policy).conversation
    return conversation.situation


def _figure(what: str, name: str, seconds: float) -> Figure:
    if name != "p99":
        return Figure("briefing", f"{what}, {name}", milliseconds(seconds))
    is_met = seconds < TARGET.total_seconds()
    return Figure("briefing", f"{what}, {name}", milliseconds(seconds), target="under 300 ms", met=is_met)
