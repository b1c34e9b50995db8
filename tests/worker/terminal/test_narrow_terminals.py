"""Every table of the command line on a terminal of 80 columns: what a person copies or reads as a time is whole."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from activities.audit.findings import AuditReport, Finding
from activities.incidents.store import MemberCall, StoredIncident
from activities.on_call.overrides import AddedOverride
from policies.document.hindsight import QUESTIONS
from policies.document.rotation import Rotation, Shift
from tests.policies.stories import PLAIN
from tests.worker.adoption.test_adopting import AT_RISK, FIRST, SURVEY
from worker.adoption.adopting import Prospect, Survey
from worker.adoption.report import print_survey
from worker.feedback.printing import print_report as print_feedback
from worker.feedback.report import FeedbackReport, Group
from worker.incidents.listing import print_incident, print_incidents
from worker.on_call.printing import print_overrides, print_shifts
from worker.on_call.rotations import Standing
from worker.queues.printing import print_team, print_teams
from worker.tagger.agreement import TagAgreement
from worker.tagger.evaluating import Share
from worker.tagger.printing import print_report as print_agreement
from worker.temporal.listing import ConversationRow
from worker.terminal.printing import local, print_conversation, print_rows
from worker.terminal.terminal import Terminal
from worker.watch.printing import print_report as print_audit

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SUBJECT = "Charged twice for the same order, and nobody has called me back since last week"
TEAM, PERSON = "specialists-for-invoices", "anna-maria-von-hohenstein"
INCIDENT = f"incident-support-on-call-{ID}-1"
ROW = ConversationRow(
    id=ID,
    status="pending_customer",
    team=TEAM,
    assignee=PERSON,
    sla="breached",
    priority="high",
    channel="email",
    tags=(),
    next_deadline=LATER,
    run_id="r",
    subject=SUBJECT,
    customer="Ada Lovelace-Byron (enterprise)",
    late_since=NOW - timedelta(days=3),
)
PERSON_ROW = {
    "agent": PERSON,
    "presence": "available",
    "is_on_shift": False,
    "load": 3,
    "capacity": 5,
    "granted": 12,
    "declined": 3,
    "missed": 4,
    "reclaimed": 5,
}
WAITS = {
    "position": 12,
    "conversation": ID,
    "since": (NOW - timedelta(days=2)).isoformat(),
    "priority": "urgent",
    "needs": ["english", "invoices", "refunds"],
    "estimate": "35m to 1h20m",
    "subject": SUBJECT,
    "state": "waiting",
}
IN_HAND = {
    "conversation": ID,
    "state": "offered",
    "agent": PERSON,
    "until": LATER.isoformat(),
    "is_waiting": True,
    "subject": SUBJECT,
    "since": NOW.isoformat(),
}
QUEUE: Mapping[str, Any] = {
    "team": TEAM,
    "name": "Specialists",
    "policy": {"name": "tiered v2"},
    "people": [PERSON_ROW],
    "line": [WAITS],
    "with": [IN_HAND],
    "timeline": [{"at": NOW.isoformat(), "kind": "queued", "text": SUBJECT}],
    "strangers": [],
    "next": {"at": LATER.isoformat(), "what": "an offer runs out"},
}
STORM = StoredIncident(
    id=INCIDENT,
    policy="acme-support-of-emea",
    escalation="support-on-call",
    rule="first response breached in a team of specialists",
    opened_at=NOW,
    total=120,
    ended_at=LATER,
    ended_by="ben",
)
MEMBER = MemberCall(
    run="r",
    conversation_id=ID,
    page="p",
    called_at=NOW,
    headline=SUBJECT,
    who="Ada Lovelace-Byron (enterprise)",
    incident=INCIDENT,
    number=117,
    informed=True,
    left_why="answered by anna",
    released=False,
)
ROTATION = Rotation.model_validate(
    {"timezone": "UTC", "layers": [{"people": ["anna"], "every": "weekly", "start": "2026-01-05 09:00"}]}
)
STANDING = Standing("acme", TEAM, ROTATION, PLAIN.document.people)
ADDED = AddedOverride(
    id=1234,
    policy="acme",
    rotation=TEAM,
    key="k",
    person=PERSON,
    instead_of="benjamin-of-the-night",
    starts_at=NOW,
    ends_at=LATER,
    added_by="lena-the-support-lead",
    added_at=NOW,
)
GROUP = Group(
    "first response breached in a team of specialists",
    "acme",
    "late",
    123,
    dict.fromkeys(QUESTIONS, Share(13, 120)),
    (4.5,),
)
FOUND = Finding(kind="failing", conversation_id=ID, what=f"{SUBJECT}, so that no worker can go on", since=NOW)
STATE: Mapping[str, Any] = {
    "conversation_id": ID,
    "subject": SUBJECT,
    "status": "open",
    "is_held": False,
    "team": TEAM,
    "tags": [],
    "assignee": PERSON,
    "sla_state": "breached",
    "priority": "high",
    "reason": "",
    "policy": None,
    "clocks": [
        {
            "name": "first_response",
            "episode": 12,
            "state": "breached",
            "reached": [],
            "target": "PT15M",
            "due_at": NOW.isoformat(),
            "ended_at": LATER.isoformat(),
        }
    ],
    "lateness": {"worst": None},
    "waiting_effects": [{"kind": "add_internal_note", "because": SUBJECT}],
}
SHOWN: Mapping[str, Any] = {
    "state": STATE,
    "upcoming": [{"at": LATER.isoformat(), "what": SUBJECT, "unless": "an agent answers the customer"}],
    "timeline": [{"at": NOW.isoformat(), "kind": "conversation_started", "text": SUBJECT}],
}
AT = f"{NOW:%a %d %b %Y %H:%M}"
TABLES: Mapping[str, tuple[Callable[[Terminal], object], tuple[str, ...]]] = {
    "list": (lambda screen: print_rows(screen, [ROW, replace(ROW, id="c-1")], NOW, ""), (ID, TEAM, PERSON)),
    "show": (
        lambda screen: print_conversation(screen, SHOWN, NOW),
        (ID, TEAM, PERSON, local(NOW), local(LATER), local(NOW, seconds=True)),
    ),
    "queues": (lambda screen: print_teams(screen, [QUEUE], NOW), (TEAM,)),
    "queue": (lambda screen: print_team(screen, QUEUE, NOW), (ID, PERSON, "35m to 1h20m", local(NOW, seconds=True))),
    "shifts": (
        lambda screen: print_shifts(screen, [(STANDING, [Shift(NOW, LATER, (PERSON,))], NOW)]),
        (TEAM, PERSON, f"until {LATER:%a %d %b %Y %H:%M}"),
    ),
    "overrides": (lambda screen: print_overrides(screen, [(STANDING, ADDED)]), ("1234", TEAM, PERSON, AT)),
    "incidents": (lambda screen: print_incidents(screen, [STORM]), (INCIDENT, STORM.policy, local(NOW), local(LATER))),
    "incident": (lambda screen: print_incident(screen, STORM, [MEMBER]), (INCIDENT, ID)),
    "adopt": (
        lambda screen: print_survey(
            screen,
            Survey((Prospect(ID, "acme v1", "d", (replace(FIRST, conversation=ID), AT_RISK)), *SURVEY.prospects), 5),
            PLAIN.document,
            "carry",
        ),
        (ID, f"{local(FIRST.due_now)} → {local(FIRST.due_then)}"),
    ),
    "feedback": (lambda screen: print_feedback(screen, FeedbackReport([GROUP], [GROUP], [])), ("11 % (6–18)", "123")),
    "tags": (
        lambda screen: print_agreement(screen, [TagAgreement("invoices-of-last-year", 120, 30, 4, 5, 6)], 0.9),
        ("invoices-of-last-year", "161"),
    ),
    "audit": (
        lambda screen: print_audit(
            screen, AuditReport(at=NOW, looked_at=1, left=1, repaired=0, counts={"failing": 1}, findings=[FOUND])
        ),
        (ID, local(NOW, seconds=True)),
    ),
}


def printed(table: str, **options: Any) -> str:
    """Return what the command prints."""
    screen = StringIO()
    TABLES[table][0](Terminal(file=screen, **options))
    return screen.getvalue()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("width", [80, 60, 132])
def test_ids_and_times_are_whole(table: str, width: int) -> None:
    """Each id, time and number stands whole on one line, and no line but an id alone is wider than the terminal."""
    lines = printed(table, width=width).splitlines()
    for copied in TABLES[table][1]:
        assert any(copied in line for line in lines), f"{copied} in\n" + "\n".join(lines)
    assert [line for line in lines if len(line) > width and INCIDENT not in line] == []


@pytest.mark.parametrize("table", TABLES)
def test_another_program_gets_each_row_on_one_line(table: str) -> None:
    """Into a file or a pipe, where no width is known, nothing is wrapped or cut."""
    text = printed(table)
    assert "…" not in text
    for copied in (*TABLES[table][1], *([SUBJECT] if SUBJECT[:12] in printed(table, width=80) else [])):
        assert copied in text


def test_the_subject_gives_way_first() -> None:
    """In a list, a row that does not fit is cut at its subject, then at its customer; then it gets two lines."""
    row = replace(ROW, id="c-42", team="tier-2", assignee="anna")
    screens = {width: StringIO() for width in (160, 130, 80)}
    for width, screen in screens.items():
        print_rows(Terminal(file=screen, width=width), [row], NOW, "")
    wide, narrow, two_lines = (screen.getvalue().splitlines() for screen in screens.values())
    assert [len(wide), len(narrow), len(two_lines)] == [2, 2, 3]
    assert row.customer in wide[1]
    assert row.customer in narrow[1]
    assert wide[1].endswith("…")
    assert narrow[1].endswith("…")
    assert two_lines[2].startswith(f"  Customer {row.customer} · Subject Charged twice")
