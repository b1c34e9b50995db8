"""The playbook's decision tree as the shipped policy `queued` has it, branch by branch."""

from datetime import date

from policies.loading.load import SHIPPED, load_catalog
from policies.running.policy import build
from policies.state.effects import ReportBug
from policies.state.records.queue_entry import QueueEntry
from tests.policies.stories import Play, told

QUEUED = build(load_catalog(SHIPPED, today=date(2026, 6, 1))["queued"])


def asks(*tags: str, **body: object) -> Play:
    """Start a conversation on a Monday at 14:00 UTC with tags that say what the customer's question is about."""
    return Play(QUEUED, began=240, tags=list(tags), **body)


def answered(play: Play, when: float, *, present: int, told_before: int = 0) -> list[tuple[str, ...]]:
    """Return Baton's effects, except those on queues, when the queue reports that nobody can take the conversation."""
    entry = play.now.queue_entry
    assert isinstance(entry, QueueEntry)
    body = {"team": entry.team, "ticket": entry.ticket, "position": 3, "present": present, "told": told_before + 1}
    decision = play.tell("queued", when, event_id=f"told-{when:g}", because="nobody has room", **body)
    return told(effect for effect in decision.effects if effect.kind not in ("ask_team", "leave_team"))


def test_a_simple_question_stays_with_the_front_line() -> None:
    """A simple question goes to the front line's queue."""
    assert (asks().now.responsible.team, asks("shipping").now.responsible.team) == ("front-line", "front-line")


def test_a_question_for_a_specialist_goes_to_their_queue() -> None:
    """A question about billing, refunds or a technical issue goes to the specialists' queue."""
    play = asks("refund")
    assert play.now.responsible.team == "specialists"
    assert play.now.queue_entry is not None
    assert play.now.queue_entry.team == "specialists"


def test_no_specialist_but_the_front_line_can_with_guidance() -> None:
    """No specialist is there, and the question is a how-to: the front line answers with guidance."""
    play = asks("billing", "how-to")
    assign, note, _ = answered(play, 241, present=0)
    assert assign == ("assign", "front-line")
    assert note[1].startswith("No specialist is there. The knowledge base covers this")


def test_urgent_and_no_specialist_goes_to_a_senior() -> None:
    """No specialist is there, and the question is urgent: the seniors get it; if none is there, people are called."""
    play = asks("billing", priority="urgent")
    assert answered(play, 241, present=0)[:2] == [
        ("assign", "seniors"),
        ("note", "Urgent, and no specialist is there."),
    ]
    assert answered(play, 242, present=0)[0] == ("call", "on-call.1/1.1", "slack:#support-floor")


def test_not_urgent_waits_in_the_queue_and_the_customer_knows() -> None:
    """A question that is not urgent waits in the queue; the customer hears their position or asks for a callback."""
    busy, empty = asks("billing"), asks("billing")
    [reply] = answered(busy, 241, present=2)
    assert reply == ("reply", "All our people are in conversations. You are number 3 in line.")
    [reply] = answered(empty, 241, present=0)
    assert reply[1].endswith("tell us when we may call you back.")
    assert (busy.now.responsible.team, empty.now.responsible.team) == ("specialists", "specialists")
    [reply] = answered(busy, 256, present=2, told_before=1)
    assert reply == ("reply", "You are number 3 in line. Thank you for your patience.")


def test_a_defect_skips_the_tiers() -> None:
    """A bug goes straight to Engineering with a report they can work on, past all tiers."""
    play = asks(subject="Export fails", customer={"name": "Ada", "tier": "enterprise"})
    play.tell("tag_added", 241, tag="bug", by="jane")
    assert play.now.responsible.team == "engineering"
    [report] = play.asked(ReportBug)
    assert isinstance(report, ReportBug)
    assert report.title == "Export fails"
    assert report.steps == "As the customer describes it in conversation c, 0 messages."
    assert report.impact == "Ada (enterprise), priority normal"
    assert report.links == ("conversation c",)
