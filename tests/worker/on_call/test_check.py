"""`baton on-call check`: Slack is asked about every target of your own policies."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.fakes.slack import FakeSlack
from tests.worker.on_call.conftest import POLICY, Baton

LEADS = 'alert: "slack:#leads"\n'


async def test_the_check_from_the_command_line(baton: Baton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1 and one line for each channel or person out of reach; 0 where all can be reached."""
    (tmp_path / "policies" / "acme.yaml").write_text(POLICY + LEADS)
    async with FakeSlack() as slack:
        monkeypatch.setenv("BATON_SLACK_TOKEN", "xoxb-test")
        monkeypatch.setenv("BATON_SLACK_BASE_URL", slack.url)
        slack.channel("#leads", id="C0LEADS")
        slack.people["U1"] = {}
        done = await asyncio.to_thread(baton, "check", "--policy", "acme")
        assert (done.exit_code, done.stdout) == (0, "✓ 0 of 2 Slack targets can't be reached.\n")
        slack.channel("#leads", id="C0LEADS", is_archived=True)
        done = await asyncio.to_thread(baton, "check", "--policy", "acme")
        assert (done.exit_code, done.stdout) == (
            1,
            "✗ 1 of 2 Slack targets can't be reached.\n  acme: #leads (alert): the channel is archived\n",
        )
        done = await asyncio.to_thread(baton, "check", "--policy", "acme", "--json")
        assert [each["name"] for each in json.loads(done.stdout)["findings"]] == ["#leads"]


def test_a_check_without_slack_is_one_sentence(baton: Baton) -> None:
    """Without a Slack token the command says which setting it needs."""
    done = baton("check")
    assert (done.exit_code, done.stderr) == (1, "✗ There is no Slack to ask: set BATON_SLACK_TOKEN.\n")
    done = baton("check", "--policy", "acne")
    assert (done.exit_code, done.stderr) == (1, "✗ There is no policy acne: did you mean `acme`?\n")
