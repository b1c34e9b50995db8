"""The command `baton transcript` as people type it, without a Temporal server."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import Result
from typer.testing import CliRunner

from activities.database.tables import engine
from activities.ledger.lines import Ledger, LedgerBatch, LedgerEntry
from worker.cli import app

Baton = Callable[..., Result]
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


@pytest.fixture
def baton(database: str, monkeypatch: pytest.MonkeyPatch) -> Baton:
    """Return a function that runs `baton transcript` on a database in which c-1 has two messages."""
    monkeypatch.setenv("BATON_DATABASE_URL", database)
    asyncio.run(said(database))
    return lambda *words: CliRunner().invoke(app, ["transcript", *words])


async def said(address: str) -> None:
    store = engine(address)
    first = {"event_id": "m-1", "author": "customer", "author_id": "ada", "text": "Hello?\n[b]Two\x1b[31m lines[/b]"}
    second = {"event_id": "m-2", "author": "agent", "author_id": "kim", "text": "Our mistake :bug:", "public": False}
    second["attachments"] = [{"name": "bill.pdf", "url": "https://files.acme.example/4711", "size": 48_213}]
    lines = [
        LedgerEntry(seq=number, recorded_at=AT, occurred_at=AT, kind="message", because="", body=body)
        for number, body in enumerate((first, second))
    ]
    await Ledger(store).record(LedgerBatch(conversation_id="c-1", entries=lines))
    await store.dispose()


def test_everything_that_was_said_can_be_read(baton: Baton) -> None:
    """A support lead reads a conversation word for word, and no text in it controls their terminal."""
    assert baton("c-1", "--utc").stdout.splitlines() == [
        "2026-03-02 09:15:00  customer ada",
        "  Hello?",
        "  [b]Two\ufffd[31m lines[/b]",
        "2026-03-02 09:15:00  agent kim (internal)",
        "  Our mistake :bug:",
        "  attached: bill.pdf (48 kB) https://files.acme.example/4711",
        "Times in UTC.",
    ]


def test_a_transcript_has_the_time_zone_of_the_machine(baton: Baton) -> None:
    """Without `--utc` a transcript's times are in the machine's time zone."""
    local = AT.astimezone()
    head, *_, zone = baton("c-1").stdout.splitlines()
    assert (head, zone) == (f"{local:%Y-%m-%d %H:%M:%S}  customer ada", f"Times in {local.tzname()}.")


def test_a_transcript_for_machines(baton: Baton) -> None:
    """A transcript as JSON has each message's author, time and whether the customer saw it."""
    first, second = json.loads(baton("c-1", "--json").stdout)
    assert (first["occurred_at"], first["author"], first["public"]) == ("2026-03-02T09:15:00Z", "customer", True)
    assert (second["author_id"], second["public"], second["automatic"]) == ("kim", False, False)


def test_where_nothing_was_said_is_one_sentence(baton: Baton) -> None:
    """A conversation without any message on record is answered with a sentence that says how to find ids."""
    refused = baton("c-2")
    assert refused.exit_code == 1
    assert "The ledger has no message of c-2: look for its id with `baton list`." in refused.output
