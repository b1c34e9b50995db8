"""`baton transcript` as people type it; it needs no Temporal server."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from activities.database.tables import engine
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from migrations import migrate
from worker.cli import app

Baton = Callable[..., Result]
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


@pytest.fixture
def baton(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Baton:
    """A database in which something was said in c-1."""
    address = f"sqlite:///{tmp_path}/baton.db"
    monkeypatch.setenv("BATON_DATABASE_URL", address)
    asyncio.run(said(address))
    return lambda *words: CliRunner().invoke(app, ["transcript", *words])


async def said(address: str) -> None:
    await migrate(address)
    store = engine(address)
    first = {"event_id": "m-1", "author": "customer", "author_id": "ada", "text": "Hello?\n[b]Two\x1b[31m lines[/b]"}
    second = {"event_id": "m-2", "author": "agent", "author_id": "kim", "text": "Our mistake :bug:", "public": False}
    lines = [
        LedgerEntry(seq=number, recorded_at=AT, occurred_at=AT, kind="message", because="", body=body)
        for number, body in enumerate((first, second))
    ]
    await Ledger(store).record(LedgerBatch(conversation_id="c-1", entries=lines))
    await store.dispose()


def test_everything_that_was_said_can_be_read(baton: Baton) -> None:
    """A support lead reads a conversation word for word, and nothing in it does anything to their terminal."""
    assert baton("c-1", "--utc").stdout.splitlines() == [
        "2026-03-02 09:15:00  customer ada",
        "  Hello?",
        "  [b]Two\ufffd[31m lines[/b]",
        "2026-03-02 09:15:00  agent kim (internal)",
        "  Our mistake :bug:",
        "Times in UTC.",
    ]


def test_a_transcript_has_the_times_of_whoever_reads_it(baton: Baton) -> None:
    """Without being asked for UTC, times are those of the machine's zone."""
    local = AT.astimezone()
    head, *_, zone = baton("c-1").stdout.splitlines()
    assert (head, zone) == (f"{local:%Y-%m-%d %H:%M:%S}  customer ada", f"Times in {local.tzname()}.")


def test_a_transcript_for_machines(baton: Baton) -> None:
    """A report reads the same as JSON, with who, when and to whom."""
    first, second = json.loads(baton("c-1", "--json").stdout)
    assert (first["occurred_at"], first["author"], first["public"]) == ("2026-03-02T09:15:00Z", "customer", True)
    assert (second["author_id"], second["public"], second["automatic"]) == ("kim", False, False)


def test_where_nothing_was_said_is_one_sentence(baton: Baton) -> None:
    """A typing error says what would help."""
    refused = baton("c-2")
    assert refused.exit_code == 1
    assert "Nothing is on record that was said in c-2: look for its id with `baton list`." in refused.output
