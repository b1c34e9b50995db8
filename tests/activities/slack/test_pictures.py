"""The pictures in docs/slack.md: they are what Baton sends. BATON_SAVE_PICTURES=1 writes them anew."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from activities.slack.digests.message import DigestEntry
from activities.slack.digests.message import render as render_digest
from activities.slack.rendering.member_lists import listing
from activities.slack.rendering.message import render
from activities.slack.rendering.outcome import with_outcome
from activities.slack.rendering.text import Links
from policies.document.hindsight import QUESTIONS
from policies.state.effects import Asking, Members, Notify, Promise, UpdateNotification
from policies.state.events import Member
from tests.fakes.slack_limits import problem_with

DOCS = Path(__file__).parents[3] / "docs"
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
LINKS = Links(
    "https://desk.acme.example/conversations/{conversation_id}",
    "https://temporal.acme.example/namespaces/default/workflows/{workflow_id}",
)
NOTICE = Notify(
    key="acme-4711/billing-topic/notify/0",
    conversation_id="acme-4711",
    due_at=AT,
    because="rule “billing topic”: event.tag is billing",
    target="slack:#support-billing",
    headline="Billing conversation routed to Specialists — Billing",
    facts=(
        ("Customer", "Rosa Diaz · enterprise"),
        ("Team", "Specialists — Billing"),
        ("Subject", "Charged twice for June"),
        ("Last words", "You charged my card [card] twice.\nWrite to [email], I need this today."),
    ),
)
PAGE = NOTICE.model_copy(
    update={
        "key": "acme-4711/page:support-on-call.1/1.1/notify/0",
        "because": "75% of First response (15m) have passed, and the customer is enterprise",
        "target": "slack:#support-escalations",
        "headline": "First response at risk",
        "facts": (*NOTICE.facts[:3], ("Priority", "high"), *NOTICE.facts[3:]),
        "promises": (
            Promise(title="First response", state="at risk", due_at=AT + timedelta(minutes=4)),
            Promise(title="Resolution", state="running", due_at=AT + timedelta(hours=8)),
        ),
        "page": "support-on-call.1/1.1",
    }
)


CUSTOMERS = ("Rosa Diaz · enterprise", "Globex · enterprise", "Initech · standard", "Umbrella · standard")


def members(total: int, left: int = 0) -> Members:
    first = (
        Member(conversation_id=f"acme-{4711 + number}", headline="First response breached — Login", who=who)
        for number, who in enumerate(CUSTOMERS * 5)
    )
    return Members(total=total, left=left, first=tuple(first)[: min(total, 6)])


INCIDENT = Notify(
    key="incident-support-on-call-3f9a1c-1/page:support-on-call.1/1.1/notify/0",
    conversation_id="incident-support-on-call-3f9a1c-1",
    due_at=AT,
    because="4 conversations call for the same reason",
    target="slack:#support-escalations",
    headline="Incident: first response breached",
    page="support-on-call.1/1.1",
    members=members(4),
)


def outcome(what: str, text: str, of: Notify = PAGE, now: Members | None = None, **more: Any) -> dict[str, Any]:
    update = UpdateNotification.model_validate({**dict(of), "kind": "update_notification"} | {
        "page": "support-on-call.1", "outcome": what, "text": text, "members": now, **more,
    })  # fmt: skip
    changed, blocks = with_outcome(update, render(of, LINKS)[1], LINKS)
    return {"text": changed, "blocks": blocks}


def listed() -> dict[str, Any]:
    text, blocks = listing(members(4).first, 1, LINKS)
    return {"text": text, "blocks": blocks}


def digest() -> dict[str, Any]:
    entries = [
        DigestEntry(
            key=f"acme-{number}",
            target="slack:#support-escalations",
            conversation_id=f"acme-{number}",
            run="",
            at=AT + timedelta(seconds=number),
            is_page=is_page,
            headline="First response breached" if is_page else "First response at risk",
            who=who,
            because=f"{share}% of First response (15m) have passed",
            outcome=came,
        )
        for number, who, is_page, share, came in (
            (4712, "Globex · enterprise", True, 100, "✅ Acknowledged by Ben, 10:05"),
            (4713, "Initech · standard", False, 75, ""),
            (4714, "Umbrella · standard", True, 100, ""),
        )
    ]
    text, blocks = render_digest(entries, LINKS)
    return {"text": text, "blocks": blocks}


def sent(effect: Notify) -> dict[str, Any]:
    text, blocks = render(effect, LINKS)
    return {"text": text, "blocks": blocks}


OFFER = PAGE.model_copy(
    update={
        "key": "acme-4711/billing/12/offered/notify/0",
        "because": "offered until Mon 2 Mar 10:18:00 CET",
        "target": "person:kim",
        "headline": "For you? Charged twice for June",
        "page": "",
        "offer": "billing/12",
    }
)


QUESTION = Notify(
    key="acme-4711/resolved/notify/0",
    conversation_id="acme-4711",
    due_at=AT,
    because="From Assistant to Tier 1 — General: asks for a human",
    target="person:anna",
    headline="How did it go? — Charged twice for June",
    hindsight=Asking(about="asked:2026-03-02T09:15:00+00:00", questions=QUESTIONS),
)
SAID = (("needed", True, "Anna"), ("right_team", True, "Anna"), ("repeated", False, "Anna"), ("solved", False, "Anna"))
JUDGED = (("needed", True, "Anna"), ("needed", False, "Ben"), ("right_team", True, "Anna"))
KINDS = {
    "page": sent(PAGE),
    "notice": sent(NOTICE),
    "acknowledged": outcome("acknowledged", "Acknowledged by Ben, 10:05"),
    "stood-down": outcome("stood_down", "Stood down: answered by Anna", asks=True),
    "judged": outcome("stood_down", "Stood down: answered by Anna", asks=True, answers=JUDGED),
    "exhausted": outcome("exhausted", "Nobody acknowledged in 3 rounds"),
    "incident": sent(INCIDENT),
    "incident-grown": outcome("grew", "27 conversations, 3 of them looked after", INCIDENT, members(27, 3)),
    "incident-list": listed(),
    "folded": outcome("folded", "part of incident incident-support-on-call-3f9a1c-1"),
    "offer": sent(OFFER),
    "accepted": outcome("accepted", "it is yours", OFFER),
    "question": sent(QUESTION),
    "answered": outcome("judged", "answered by Anna", QUESTION, answers=SAID),
    "digest": digest(),
    "recorded": {"key": NOTICE.key, "target": NOTICE.target, **sent(NOTICE)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_is_what_is_sent(kind: str) -> None:
    """The documentation shows each message exactly as Baton sends it."""
    picture = DOCS / "pictures" / f"slack-{kind}.json"
    if os.environ.get("BATON_SAVE_PICTURES") == "1":
        picture.write_text(json.dumps(KINDS[kind], ensure_ascii=False, indent=2) + "\n")
    assert json.loads(picture.read_text()) == KINDS[kind]
    assert f"pictures/slack-{kind}.json" in (DOCS / "slack.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_slack_takes_every_kind_of_message(kind: str) -> None:
    """Each kind of message keeps the limits of Block Kit, by Slack's own library and by our stand-in, as strict."""
    blocks = KINDS[kind]["blocks"]
    assert [block.to_dict() for block in Block.parse_all(blocks)] == blocks
    assert problem_with(KINDS[kind]) == ""
