"""The opening of channels and helpdesks when a worker starts."""

from pathlib import Path

import pytest

from activities.database.tables import engine
from policies.document.channels import CHANNELS
from tests.examples.teams.settings import TeamsSettings
from tests.examples.zen.settings import ZenSettings
from worker.environment.settings import Settings, own
from worker.process.channels import OPENINGS
from worker.process.desks import open_desk
from worker.trouble import TroubleError


def test_each_channel_that_a_policy_may_name_is_opened() -> None:
    """A policy can name no channel that a worker does not open, and a worker opens none that no policy can name."""
    assert OPENINGS.keys() == CHANNELS.keys()


def test_an_unknown_helpdesk_is_one_sentence(tmp_path: Path) -> None:
    """A worker does not start with a helpdesk that Baton can't speak to, and names those that it can."""
    with pytest.raises(TroubleError, match=r"^BATON_DESK is zen, but there are only built-in$"):
        open_desk(Settings(desk="zen"), engine(f"sqlite:///{tmp_path}/unused.db"))


def test_own_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel with variables of its own gets them, and a mistake in one is a sentence without its value."""
    monkeypatch.setenv("BATON_TEAMS_URL", "https://teams.example")
    assert own(TeamsSettings).url == "https://teams.example"
    with pytest.raises(TroubleError, match=r"^BATON_ZEN_URL: it is needed, so set it$"):
        own(ZenSettings)
    monkeypatch.setenv("BATON_TEAMS_PEOPLE", "{hush")
    with pytest.raises(TroubleError, match=r"^BATON_TEAMS_PEOPLE: write JSON$"):
        own(TeamsSettings)
