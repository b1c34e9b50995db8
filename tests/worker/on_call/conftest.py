"""The command `baton on-call` without a server: one policy with two rotations, and a database for each test."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import policies.loading.load
from tests.cases import case
from worker.cli import app

Baton = Callable[..., Result]
_READ_ONCE = cache(policies.loading.load.load_policy)
"""The loader of policies with a cache, because reading the shipped ones takes every command half a second."""
POLICY = case("worker/on_call/rotations")


@pytest.fixture
def baton(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Baton:
    """Return a function that runs one command with a policy and a database of its own."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "acme.yaml").write_text(POLICY)
    monkeypatch.setenv("BATON_POLICIES", str(tmp_path / "policies"))
    monkeypatch.setenv("BATON_DATABASE_URL", database)
    monkeypatch.setenv("USER", "lena")
    monkeypatch.setattr(policies.loading.load, "load_policy", _READ_ONCE)
    return lambda *words: CliRunner().invoke(app, ["on-call", *words])
