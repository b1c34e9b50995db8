"""The worker's reading of BATON_CONTEXT when it starts."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.environment.settings import Settings
from worker.environment.sources import read_sources
from worker.trouble import TroubleError


def test_sources_come_as_json_or_from_a_file(tmp_path: Path) -> None:
    """A source has an address, or an address and a token; sources are asked in the order in which they are written."""
    (tmp_path / "context.yaml").write_text(
        "crm: {url: https://crm.example/baton, token: hush}\nkb: https://kb.example\n"
    )
    written = {"crm": {"url": "https://crm.example/baton", "token": "hush"}, "kb": "https://kb.example"}
    for value in (str(tmp_path / "context.yaml"), json.dumps(written)):
        assert [(source.name, source.within) for source in read_sources(value, 0.5)] == [("crm", 0.5), ("kb", 0.5)]
    assert read_sources("", 0.2) == ()


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('{"crm": ', "BATON_CONTEXT is not JSON (line 1, column 9): write a name and its address, or {url: address"),
        (
            "{folder}/none.yaml",
            "The file that BATON_CONTEXT names cannot be read (No such file or directory): {folder}",
        ),
        ("{folder}/bad.yaml", "{folder}/bad.yaml:2 is not YAML: write a name and its address"),
        ("{folder}/list.yaml", "BATON_CONTEXT is not a mapping: write a name and its address"),
        ('{"crm": 7}', "BATON_CONTEXT: the address of `crm` is not a web address: write https://host/path"),
        ('{"crm": "hush"}', "BATON_CONTEXT: the address of `crm` is not a web address: write https://host/path"),
        ('{"crm": "ftp://hush@a.example"}', "BATON_CONTEXT: the address of `crm` is not a web address"),
        ('{"crm": "https://[hush"}', "BATON_CONTEXT: the address of `crm` is not a web address"),
        ('{"crm": {"token": "hush"}}', "BATON_CONTEXT: the address of `crm` is not a web address"),
        (
            '{"crm": {"url": "https://a.example", "key": "hush"}}',
            "BATON_CONTEXT: `crm` has unknown fields (key): write a name",
        ),
        ('{"crm": {"url": "https://a.example", "token": "hush\\n"}}', "BATON_CONTEXT: the token of `crm` can't be"),
        ('{"": "https://hush.example"}', "BATON_CONTEXT: a name has 1 to 40 characters that can be read"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, written: str, sentence: str) -> None:
    """A mistake in BATON_CONTEXT stops the worker with what to write instead, and without the secrets."""
    (tmp_path / "bad.yaml").write_text("crm: [https://hush@a.example\n")
    (tmp_path / "list.yaml").write_text("- https://hush@a.example\n")
    with pytest.raises(TroubleError) as refused:
        read_sources(written.replace("{folder}", str(tmp_path)), 0.2)
    assert str(refused.value).startswith(sentence.replace("{folder}", str(tmp_path)))
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("within", [0, -1, 1.6, 60])
def test_a_handoff_does_not_wait_long_for_a_source(within: float) -> None:
    """A setting that lets sources take longer than a handoff can wait is refused."""
    with pytest.raises(ValidationError):
        Settings(context_within=within)
