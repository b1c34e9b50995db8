"""Commands that say what they are and what they did."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from migrations import HEAD
from policies.editions import NEWEST
from worker.cli import app
from worker.temporal.listing import ConversationRow
from worker.terminal.printing import local
from worker.terminal.running import give


def test_the_version_is_said() -> None:
    """`baton --version` names the version and the newest edition."""
    said = CliRunner().invoke(app, ["--version"])
    assert (said.exit_code, said.stdout.startswith("baton "), said.stdout.endswith(f", edition {NEWEST}\n")) == (
        0,
        True,
        True,
    )


def test_migrate_says_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`baton migrate` says which steps it took, and the next time that nothing was to be done."""
    monkeypatch.setenv("BATON_DATABASE_URL", f"sqlite:///{tmp_path}/baton.db")
    said = [CliRunner().invoke(app, ["migrate"]).stdout for _ in range(2)]
    assert said == [
        f"The database is up to date: its tables went from step none to {HEAD}.\n",
        "The database is up to date: nothing was to be done.\n",
    ]


def test_instants_in_json_are_of_rfc_3339(capsys: pytest.CaptureFixture[str]) -> None:
    """All JSON has its instants in the form of RFC 3339, with the `T`."""
    at = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
    row = ConversationRow("c", "open", "", "", "", "", "", (), at, "r")
    give(True, [row], lambda: None)
    (told,) = json.loads(capsys.readouterr().out)
    assert told["next_deadline"] == "2026-01-05T10:30:00+00:00"


def test_a_date_of_another_year_has_the_year() -> None:
    """Times of this year are short; dates of another year have the year."""
    now = datetime.now(UTC)
    far = now - timedelta(days=800)
    assert str(far.astimezone().year) in local(far)
    assert str(now.astimezone().year) not in local(now)
