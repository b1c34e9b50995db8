"""The demonstration's conversations, played on the stories' server."""

import asyncio
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from policies.document.document import Document
from tests.fakes.slack import FakeSlack
from worker.demo.calendar import Calendar, calendar_of
from worker.demo.player import demo
from worker.demo.record import DemoRecord, records_of, summary_of
from worker.demo.script import Script, load_scripts
from worker.demo.stage import Played, close, play
from worker.demo.table import WIDTH, show
from worker.demo.verdict import clock_states
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies
from worker.temporal.skipping import Clockwork
from worker.terminal.terminal import Terminal

pytestmark = pytest.mark.slow
SCRIPTS = {script.name: script for script in load_scripts()}
AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Season:
    """The results of all demonstration conversations: played once, and again with each event delivered twice."""

    document: Document
    calendar: Calendar
    once: dict[str, Played]
    twice: dict[str, Played]


@pytest.fixture(scope="module")
async def season(clockwork: Clockwork, settings: Settings) -> Season:
    """Play all scripts, on the worker with a cache: without one, queries and ledger writes disturb each other."""
    document = load_policies(settings)["tiered"]
    calendar, room, now = calendar_of(document), asyncio.Semaphore(AT_ONCE), datetime.now(UTC)

    async def perform(script: Script, copies: int) -> Played:
        async with room:
            opened_at, name = calendar.opening(script, now), f"demo-{script.name}-{copies}"
            played = await play(clockwork, script, opened_at, conversation_id=name, copies=copies)
            await close(clockwork, played)
            return played

    jobs = [perform(script, copies) for copies in (1, 2) for script in SCRIPTS.values()]
    played = await asyncio.gather(*jobs)
    by_name = [{one.script.name: one for one in half} for half in (played[: len(SCRIPTS)], played[len(SCRIPTS) :])]
    return Season(document, calendar, *by_name)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_conversation_ends_as_written(season: Season, name: str) -> None:
    """Each demonstrated conversation ends with the team, path, promises and record that its script names."""
    assert season.once[name].unmet == []


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_repeated_delivery_changes_nothing(
    season: Season, name: str, house: OutsideSystems, slack: FakeSlack
) -> None:
    """A helpdesk that reports everything twice gets the same result, notes and Slack messages as with one report."""
    once, twice = season.once[name], season.twice[name]
    assert twice.unmet == []
    assert await _result(twice, house, slack) == await _result(once, house, slack)


async def test_the_table_fits_a_terminal(season: Season, house: OutsideSystems) -> None:
    """The demo is one line a conversation, three of them drawn, in 80 columns; the rest comes with `--verbose`."""
    records = await records_of(house, season.once.values())
    names = {team: known.name for team, known in season.document.teams.items()}
    short, long = (_printed(records, season, names, verbose=verbose) for verbose in (False, True))
    assert max(len(line) for line in (*short, *long)) <= WIDTH
    assert len(short) < 160 < len(long)
    assert [sum("╵" in line for line in lines) for lines in (short, long)] == [3, len(SCRIPTS)]
    text = " ".join(" ".join(long).split())
    assert all(script.title in text for script in SCRIPTS.values())
    assert "Rule “billing topic”" in text
    assert "Reply to the customer: “" in text
    assert "To try next:" in short
    assert f"{len(SCRIPTS)} of {len(SCRIPTS)} conversations ended as expected" in text


def _printed(records: list[DemoRecord], season: Season, names: dict[str, str], *, verbose: bool) -> list[str]:
    paper = io.StringIO()
    summary = summary_of(records, 1.0)
    show(Terminal(file=paper, width=WIDTH), records, summary, names, season.calendar, verbose=verbose)
    return paper.getvalue().splitlines()


async def test_the_demonstration_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """One command plays a conversation on a server of its own and prints nothing but JSON."""
    assert await demo(json=True, only=["billing-charged-twice"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["summary"]["as_expected"] == 1
    (conversation,) = told["conversations"]
    assert [stint["team"] for stint in conversation["path"]] == ["tier-1", "billing"]
    assert conversation["notes"] == ["Auto-routed: billing topic detected", "Refunded 38.00; plan corrected."]
    assert [message["target"] for message in conversation["slack"]] == ["slack:#support-billing"]


async def test_an_unknown_conversation_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped name is answered with one sentence, and no server is started."""
    assert await demo(only=["billing-charged-twise"]) == 1
    told = capsys.readouterr().err
    assert told == "There is no conversation `billing-charged-twise`: did you mean `billing-charged-twice`?\n"


def _anywhere(body: str, played: Played) -> str:
    """Return a note's text without what differs between two plays of the same script.

    Each script is played several times for the same customer, so that a briefing lists the other plays; a correction's
    "Why:" and the conversation's id are left out, too.
    """
    alone = re.sub(r"\nOther conversations\n(- .*\n?)+", "", body)
    return alone.replace(played.conversation_id, "c").split(" Why:")[0]


async def _result(played: Played, house: OutsideSystems, slack: FakeSlack) -> dict[str, Any]:
    """Return everything that must not depend on how often an event was delivered."""
    state = played.state
    prefix = f"{played.conversation_id}/"
    return {
        **{name: state[name] for name in ("team", "status", "assignee", "priority", "tags", "reopened", "messages")},
        "path": [stint["team"] for stint in state["path"]],
        "clocks": clock_states(state),
        "notes": sorted(_anywhere(note.body, played) for note in await house.desk.notes(played.conversation_id)),
        "slack": sorted(message.channel for message in slack.messages if message.key.startswith(prefix)),
    }
