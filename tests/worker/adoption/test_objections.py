"""`baton policy check` refuses what can do nothing, though a worker loads it: old policies keep running."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policies.loading.load import load_policy
from worker.cli import app

POLICY = """\
policy: acme
version: 1
teams: {care: {name: Care, queue: {}}}
channels: {email: care}
people: {ann: {team: care, languages: [LANGUAGE]}}
rules:
  - {name: lawyers, on: {mentioned: lawyer}, do: [{tag: lawyer}]}
insight: {keywords: {lawyer: ['PATTERN', 'attorney']}}
"""


@pytest.mark.parametrize(
    ("language", "pattern", "said"),
    [
        ("de_DE", "<b>lawyer", "8:31: this pattern can never match: `<b>lawyer` is removed from texts"),
        ("en", r"a[^\s\S]", r"8:31: this pattern can never match: no character of `[^\s\S]` is in a text"),
        ("jp", "x", "5:40: `jp` is a country and no language: did you mean `ja`?"),
        ("xx", "x", "5:40: `xx` is no language that is known: write a tag such as `de`"),
        ("klingonsk", "x", "5:40: `klingonsk` is no language that is known: write a tag such as `de`"),
    ],
)
def test_a_useless_pattern_is_shown_and_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, pattern: str, said: str
) -> None:
    """A pattern that can never match, or a language that is none, is shown by the check; a worker still starts."""
    monkeypatch.chdir(tmp_path)
    text = POLICY.replace("LANGUAGE", language).replace("PATTERN", pattern)
    Path("acme.yaml").write_text(text)
    done = CliRunner().invoke(app, ["policy", "check", "acme.yaml"])
    assert (done.exit_code, done.stdout) == (1, f"acme.yaml:{said}\n")
    assert load_policy(text, file="acme.yaml", today=date(2026, 1, 1)).policy == "acme"


def test_the_check_says_what_it_does_not_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below its tick, the check says how many patterns it has read, and what about them it does not judge."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    Path("acme.yaml").write_text(POLICY.replace("LANGUAGE", "de").replace("PATTERN", r"\blawyer\b"))
    done = CliRunner().invoke(app, ["policy", "check", "acme.yaml"])
    assert (done.exit_code, done.stderr) == (
        0,
        "✓ acme.yaml: acme version 1, 1 teams, 1 rules\n"
        "  2 patterns: each can be read, and none has a literal part or a set that no text has. "
        "Whether they match what customers write is not judged.\n",
    )


def test_the_check_names_rules_that_are_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`baton policy check` names each rule with `enabled: false`, so that none is forgotten."""
    monkeypatch.chdir(tmp_path)
    text = (
        POLICY.replace("LANGUAGE", "en")
        .replace("PATTERN", "lawyer")
        .replace("name: lawyers", "name: lawyers, enabled: no")
    )
    Path("acme.yaml").write_text(text)
    done = CliRunner().invoke(app, ["policy", "check", "acme.yaml"])
    assert done.exit_code == 0
    told = " ".join(done.stderr.split())
    assert "“lawyers” is turned off (`enabled: false`): it is checked, and never fires." in told
