"""Teams on the command line: a person may type the name that they read."""

from pathlib import Path

import pytest

from worker.environment.settings import Settings
from worker.terminal.team_names import key_of_team
from worker.trouble import TroubleError

POLICY = """\
policy: NAME
version: 1
teams: {KEY: {name: Care Team}}
channels: {email: KEY}
"""


def with_policies(folder: Path, **keys: str) -> Settings:
    """Return settings whose policies have a team `Care Team`, each under its own key."""
    for name, key in keys.items():
        (folder / f"{name}.yaml").write_text(POLICY.replace("NAME", name).replace("KEY", key))
    return Settings(policies=folder)


@pytest.mark.parametrize(
    ("typed", "key"), [("care", "care"), ("Care Team", "care"), ("care  team", "care"), ("Other", "Other"), ("", "")]
)
def test_a_team_is_found_by_its_name(tmp_path: Path, typed: str, key: str) -> None:
    """A team is named by its key or its name; a name that no policy has stays as it was typed."""
    assert key_of_team(typed, with_policies(tmp_path, acme="care")) == key


def test_a_name_of_two_teams_is_asked_back(tmp_path: Path) -> None:
    """A name that two policies give to different teams is refused with the keys of both."""
    with pytest.raises(TroubleError, match="Several teams are called care team: write one of care, support"):
        key_of_team("care team", with_policies(tmp_path, acme="care", beta="support"))


def test_a_broken_policy_keeps_no_person_from_a_team(tmp_path: Path) -> None:
    """Where the own policies can't be read, the shipped ones still count."""
    (tmp_path / "broken.yaml").write_text("policy: [")
    assert key_of_team("tier-1", Settings(policies=tmp_path)) == "tier-1"
