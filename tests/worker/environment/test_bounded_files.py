"""Files that BATON_* variables name: read with a bound, whatever they are."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from policies.loading.load import FILE_LIMIT, PolicyError, load_catalog
from worker.environment.channels import read_channels
from worker.environment.sources import read_sources
from worker.environment.tagger_file import open_tagger
from worker.trouble import TroubleError

TODAY = date(2031, 1, 6)
READERS: dict[str, Callable[[Path], object]] = {
    "BATON_NOTIFY": lambda path: read_channels(str(path)),
    "BATON_CONTEXT": lambda path: read_sources(str(path), 1.0),
    "BATON_TAGGER": open_tagger,
    "BATON_POLICIES": lambda path: load_catalog(path.parent, today=TODAY),
}


@pytest.mark.parametrize("variable", READERS)
def test_a_file_without_an_end_is_refused(variable: str, tmp_path: Path) -> None:
    """A device, a pipe and a file that is too long are refused in a sentence, and no reader waits for them."""
    file = tmp_path / "named.yaml"
    refused = (TroubleError, PolicyError)
    file.symlink_to("/dev/zero")
    with pytest.raises(refused, match="it is no plain file"):
        READERS[variable](file)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(refused, match="it is no plain file"):
        READERS[variable](file)
    file.unlink()
    with file.open("wb") as long:
        long.truncate(80 * 1024**2)
    with pytest.raises(refused, match="bytes"):
        READERS[variable](file)


def test_a_policy_of_usual_length_is_read(tmp_path: Path) -> None:
    """A policy with long comments is read as before."""
    text = "policy: acme\nversion: 1\nteams: {a: {name: A}}\nchannels: {email: a}\n"
    (tmp_path / "acme.yaml").write_text(text + "# why\n" * 10_000)
    assert len(text) + 60_000 < FILE_LIMIT
    assert [*load_catalog(tmp_path, today=TODAY)] == ["acme"]
