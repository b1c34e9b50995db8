"""The Slack manifest: the app that a new user makes from it is the one that Baton needs."""

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "slack-manifest.yaml").read_text()
MANIFEST: Any = YAML(typ="safe").load(TEXT)


def test_the_readme_shows_the_manifest() -> None:
    """The manifest in the README is the file itself."""
    shown = re.search(r"   ```yaml\n(.*?)   ```\n", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert dedent(shown[1]) == TEXT


def test_the_app_may_do_what_baton_does() -> None:
    """The app asks for the permissions that Baton's Slack activity names, and for no other."""
    named = re.findall(
        r"[a-z]+:[a-z]+(?:\.[a-z]+)?", (ROOT / "activities" / "slack" / "real.py").read_text().split('"""')[1]
    )
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == set(named)


def test_the_buttons_work() -> None:
    """Buttons reach Baton without a public address, as the README's steps assume."""
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert MANIFEST["settings"]["socket_mode_enabled"] is True


def test_slack_accepts_the_texts() -> None:
    """The manifest's texts are short enough for Slack."""
    assert len(MANIFEST["display_information"]["name"]) <= 35
    assert len(MANIFEST["display_information"]["description"]) <= 140
    assert len(MANIFEST["features"]["bot_user"]["display_name"]) <= 80
