"""The audit as people and machines run it."""

import json

import pytest

from tests.worker.conftest import Baton
from tests.worker.test_cli import until


@pytest.mark.slow
def test_the_audit_from_the_command_line(baton: Baton) -> None:
    """Exit code 0 says that all is well; a conversation without a worker is reported to people and to machines."""
    baton("register")
    clean = baton("audit", "--json")
    assert (clean.returncode, json.loads(clean.stdout)["findings"]) == (0, [])
    assert baton("audit").stdout == "✓ 0 conversations looked at, 0 repaired, 0 left.\n"
    baton("start", "c-1", "channel=email")
    until('"kind":"no_answer"', baton, "audit", "--json", "--grace", "1s")
    found = baton("audit", "--grace", "1s")
    assert found.returncode == 1
    assert "c-1" in found.stdout
    assert "no worker answers on task queue baton" in found.stdout
    assert found.stdout.endswith("✗ 1 conversation looked at, 0 repaired, 1 left.\n")


@pytest.mark.slow
def test_the_schedule_from_the_command_line(baton: Baton) -> None:
    """A Schedule is made and removed by one word, and a duration that is none is refused with a sentence."""
    assert baton("audit", "--schedule", "every=5m").stdout == "The Schedule baton-audit runs every 5m.\n"
    assert baton("audit", "--unschedule").stdout == "The Schedule baton-audit is gone.\n"
    refused = baton("audit", "--schedule", "every=soon")
    assert (refused.returncode, refused.stderr.startswith("✗ --schedule: 'soon' is not a duration: ")) == (1, True)
