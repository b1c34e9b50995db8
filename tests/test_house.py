"""The repository's own rules: where modules live, what a lock may contain, and that purity is really checked."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.plain_words import findings

ROOT = Path(__file__).parents[1]
PACKAGES = ("policies", "workflows", "activities", "worker")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LOCKS = ("requirements.lock", "requirements-runtime.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

DRAWERS = {
    "util", "utils", "helper", "helpers", "common", "shared", "misc", "lib",
    "model", "models", "manager", "managers", "service", "services",
}  # fmt: skip


def _locked(lock: str) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.M)
    return {canonicalize_name(name): version for name, version in pins}


def test_there_are_no_drawers() -> None:
    """Every module's folder and name say its subject; no folder or module is a general drawer such as `utils`."""
    found = [
        str(path.relative_to(ROOT)) for path in MODULES if DRAWERS & set(path.relative_to(ROOT).with_suffix("").parts)
    ]
    assert found == []


def test_every_module_says_what_it_promises() -> None:
    """Every module begins with a docstring that says what it is for."""
    silent = [str(path.relative_to(ROOT)) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("def test_who_declined_is_not_asked_again(): ...", "who"),
        ("async def test_what_is_over_is_listed(): ...", "what"),
        ("def test_whether_it_fits(): ...", "whether"),
        ("def test_of_a_team(): ...", "of"),
        ("def test_an_offer_that_nobody_answers_expires(): ...", "nobody"),
        ("class TestAgents:\n    def test_an_offer_to_whoever_is_free(self): ...", "whoever"),
        ("def test_a_drill_is_nobodys_conversation(): ...", "nobody"),
        ("def _served_by_somebody(): ...", "somebody"),
        ("class NobodyComes: ...", "Nobody"),
    ],
)
def test_a_name_without_a_subject_is_a_finding(line: str, word: str) -> None:
    """A test whose name has `nobody` in it or begins with `what` is listed, with that word."""
    ((_, sentence),) = findings(line)
    assert f"has `{word}`" in sentence


def test_a_name_with_a_subject_is_plain() -> None:
    """A name that speaks of the offer, the agent or the whole team is not listed."""
    names = ("an_offer_without_an_answer_expires", "whole_messages_are_kept", "offers_end", "an_agent_who_left_is_gone")
    assert [list(findings(f"def test_{name}(): ...")) for name in names] == [[]] * len(names)


def test_no_module_imports_from_a_test_module() -> None:
    """Test modules hold tests alone: what several of them need is in a module named by its subject."""
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line in re.findall(r"^ *from (?:\w+\.)*test_\w+ import .*", path.read_text(), re.M)
    ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    """A lock names no address, so that Baton installs from the registry or mirror that a company has chosen."""
    addressed = re.findall(r"^.*(?:://|\bfile:| @ |^-{1,2}(?!hash)[a-z]).*$", (ROOT / lock).read_text(), re.M)
    assert addressed == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_vouches_for_every_file(lock: str) -> None:
    """Every package in a lock has hashes, so that nothing is installed that differs from what was tested."""
    unvouched = re.findall(r"^\S+==[^\\\n]*$", (ROOT / lock).read_text(), re.M)
    assert unvouched == []


def test_the_lock_covers_what_baton_asks_for() -> None:
    """A library that was added or raised in pyproject.toml is locked too: run `make lock`."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    locked = _locked("requirements.lock")
    for wanted in (Requirement(line) for group in groups for line in group):
        version = locked.get(canonicalize_name(wanted.name))
        assert version, f"{wanted.name} is not locked"
        assert wanted.specifier.contains(version), f"{wanted} is locked at {version}"


def test_production_runs_what_was_tested() -> None:
    """The worker's image holds the very versions that the tests ran with."""
    assert _locked("requirements-runtime.lock").items() <= _locked("requirements.lock").items()


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime; now = datetime.now()",
        "from datetime import date; today = date.today()",
        "import time",
        "import random",
        "import asyncio",
        "import logging",
        "import socket",
        "from uuid import uuid4",
        "import os; zone = os.environ",
        "import sqlalchemy.ext.asyncio",
        "from temporalio import workflow",
    ],
)
def test_a_policy_cannot_look_at_the_world(line: str) -> None:
    """A policy module can't import time, chance, network or logging, so equal facts give equal decisions."""
    assert "TID251" in _lint(line, "policies/example.py")
    assert "TID251" not in _lint(line, "worker/example.py")


def _lint(line: str, filename: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "check", "--no-cache", "--output-format", "concise", "--stdin-filename", filename, "-"]
    return subprocess.run(command, input=line, cwd=ROOT, capture_output=True, text=True).stdout


RANDOM_OR_LATE = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic"} | {
    "random.random", "random.choice", "uuid.uuid4", "uuid4", "os.environ", "os.getenv",
}  # fmt: skip


def test_workflows_ask_the_workflow_for_time_and_chance() -> None:
    """Workflow code does not read clocks or chance; the sandbox would not see it, because the code is loaded once."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in sorted((ROOT / "workflows").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in RANDOM_OR_LATE
    ]
    assert found == []
