"""A conversation in the Temporal UI as an operator sees it, in a real browser.

With BATON_SAVE_PICTURES=1 screenshots are saved for the documentation, too.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle

from tests.stories.conftest import Story, next_weekday
from tests.stories.teams import until
from worker.temporal.skipping import Clockwork

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SEEN_WITHIN_MS = 20_000
MONDAY_10_AM = next_weekday(0, 10)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium without a window."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        await opened.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open a tab for one test."""
    opened = await browser.new_page(viewport={"width": 1360, "height": 1000})
    opened.set_default_timeout(SEEN_WITHIN_MS)
    yield opened
    await opened.close()


@pytest.fixture
def address(clockwork: Clockwork, ui_port: int) -> str:
    """Return the address at which the UI lists the server's workflows."""
    return f"http://localhost:{ui_port}/namespaces/{clockwork.client.namespace}/workflows"


@pytest.fixture(scope="module")
async def breached(clockwork: Clockwork) -> Story:
    """Start a conversation that is tagged, waits too long for an answer, and gets an unreadable message."""
    body = {"conversation_id": "acme-4711", "policy": "tiered", "channel": "email", "subject": "Charged twice for June"}
    customer = {"id": "c-1842", "name": "Rosa Diaz", "tier": "enterprise"}
    handle = await clockwork.start({**body, "customer": customer}, MONDAY_10_AM)
    story = Story(handle, clockwork, MONDAY_10_AM, "acme-4711")
    await story.tell("message", author="customer", text="My card 4000-1234 was charged twice.")
    await story.tell("tag_added", tag="billing", by="jane")
    await story.settled()
    await story.after(minutes=61)
    await story.settled()
    await story.handle.signal("message", {"author": "robot", "text": "beep"})
    await story.settled()
    return story


async def test_the_details_tell_an_operator_everything(page: Page, address: str, breached: Story) -> None:
    """The User Metadata tab shows the team, the promises, what comes next, why, and the unreadable message."""
    await page.goto(f"{await _of(breached, address)}/user-metadata")
    details = page.frame_locator("iframe").last.locator("main")
    lines = (
        "Open: Charged twice for June",
        "Team Specialists — Billing",
        "SLA breached",
        "Tags billing",
        "Could not be read",
        "Rejected message: author: write customer, assistant or agent",
        "First response ✗ breached: promised within 1h, due Mon",
        "Resolution ● running: promised within 8h, due",
        "support-on-call: next step, unless an acknowledgement",
        "Specialists — Billing, billing topic",
        "Rule “billing topic”",
        "Rule “first response breached”",
    )
    for line in lines:
        await expect(details).to_contain_text(line, timeout=SEEN_WITHIN_MS)
    await _save(page, "details")


async def test_a_queue_reads_well(page: Page, address: str, clockwork: Clockwork) -> None:
    """A team's page shows who is available and their load, who waits and for which skill, and who got what and why."""
    stories = [await _waits(clockwork, *customer) for customer in WAITING]
    team = clockwork.client.get_workflow_handle("team/specialists")
    await team.execute_update("set_presence", {"actor": "casey", "presence": "available"})
    await until(lambda: _is_offered(team, stories[0].id))
    await team.execute_update("accept", {"actor": "casey", "conversation_id": stories[0].id})
    await until(lambda: _is_offered(team, stories[1].id))
    run_id = (await team.describe()).run_id
    await page.goto(f"{address}/{quote('team/specialists', safe='')}/{run_id}/user-metadata")
    details = page.frame_locator("iframe").last.locator("main")
    lines = (
        "In line 1, the longest since",
        "Available 1 of 2 · Chosen by Baton",
        "casey ● available: has 2 of 4, 1 granted",
        "devon – offline: has 0 of 4",
        "1. ui-login No way to sign in: since",
        "needs technical 1",
        "ui-invoice offered to casey until",
        "Granted ui-refund: casey knows billing, has 0 of 4; not devon lacks billing 2; accepted",
        "Offered ui-invoice: casey knows billing, has 1 of 4; not devon lacks billing 2",
    )
    for line in lines:
        await expect(details).to_contain_text(line, timeout=SEEN_WITHIN_MS)
    await _save(page, "queue")


WAITING = (
    ("ui-refund", "Refund for June", ["refund"]),
    ("ui-invoice", "Which invoice is this?", ["billing"]),
    ("ui-login", "No way to sign in", ["technical-issue"]),
)


async def _waits(clockwork: Clockwork, name: str, subject: str, tags: list[str]) -> Story:
    body = {"conversation_id": name, "policy": "queued", "channel": "email", "subject": subject, "tags": tags}
    story = Story(await clockwork.start(body, MONDAY_10_AM), clockwork, MONDAY_10_AM, name)
    await story.settled()
    return story


async def _is_offered(team: WorkflowHandle[Any, Any], name: str) -> bool:
    state = await team.query("state")
    return name in [row["conversation"] for row in state["with"]]


async def test_lists_show_what_a_team_is_late_with(page: Page, address: str, breached: Story) -> None:
    """A list filter finds the team's breached conversations and no others."""
    await page.goto(f"{address}?query={_late('billing')}")
    row = page.get_by_role("link", name=breached.handle.id, exact=True)
    await expect(row.first).to_be_visible(timeout=SEEN_WITHIN_MS)
    await page.goto(f"{address}?query={_late('returns')}")
    await expect(page.get_by_text("No Workflows")).to_be_visible(timeout=SEEN_WITHIN_MS)


async def test_the_timeline_reads_like_the_playbook(page: Page, address: str, breached: Story) -> None:
    """Activities and timers on the timeline say what they concern and why, so that an operator need not open them."""
    await page.goto(f"{await _of(breached, address)}/timeline")
    for text in ("assign to Specialists — Billing", "notify slack:#support-billing", "Z: First response breached"):
        await expect(page.get_by_text(text).first).to_be_visible(timeout=SEEN_WITHIN_MS)
    await _save(page, "timeline")


async def test_no_summary_names_the_customer(breached: Story) -> None:
    """The summaries beside timers and activities contain neither the customer's name nor their words."""
    summaries = [_summary(event) async for event in breached.handle.fetch_history_events() if _summary(event)]
    assert any(text.startswith('"notify slack:#support-billing') for text in summaries)
    assert [text for text in summaries if "Rosa" in text or "4000" in text or "June" in text] == []


async def _of(story: Story, address: str) -> str:
    run_id = (await story.handle.describe()).run_id
    return f"{address}/{quote(story.handle.id, safe='')}/{run_id}"


def _late(team: str) -> str:
    return quote(f'BatonTeam="{team}" AND BatonSlaState="breached"')


def _summary(event: HistoryEvent) -> str:
    return event.user_metadata.summary.data.decode()


async def _save(page: Page, name: str) -> None:
    if os.environ.get("BATON_SAVE_PICTURES") == "1":
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.set_viewport_size({"width": 1360, "height": 1440})
        await page.screenshot(path=PICTURES / f"{name}.png", clip={"x": 256, "y": 110, "width": 1104, "height": 1300})
