"""The audit as people and machines run it."""

import json
import subprocess

import pytest
from temporalio.client import Client

from tests.stories.audit.audits import end_like_the_server
from tests.worker.conftest import BATON, WITHIN, Baton, until

NOTHING = "no run of it is left; the ledger does not know how it stood"


@pytest.mark.slow
def test_the_audit_from_the_command_line(baton: Baton) -> None:
    """Exit code 0 says that all is well; a conversation without a worker is reported to people and to machines."""
    baton("register")
    clean = baton("audit", "--json")
    assert (clean.returncode, json.loads(clean.stdout)["findings"]) == (0, [])
    assert baton("audit").stdout == "✓ 0 left, 0 repaired; 0 conversations looked at.\n"
    baton("start", "c-1", "channel=email")
    until('"kind":"no_answer"', baton, "audit", "--json", "--grace", "1s")
    found = baton("audit", "--grace", "1s")
    assert found.returncode == 1
    assert "c-1" in found.stdout
    assert "no worker answers on task queue baton" in found.stdout
    assert found.stdout.startswith("✗ 1 left, 0 repaired; 1 conversation looked at.\n\nc-1  no answer  since ")
    assert found.stdout.endswith("\n  → baton worker, on that task queue\n")


@pytest.mark.slow
def test_the_schedule_from_the_command_line(baton: Baton) -> None:
    """The audit's Schedule is made and removed by one option, and a wrong duration is refused with a sentence."""
    assert baton("audit", "--schedule", "every=5m").stdout == "The Schedule baton-audit runs every 5m.\n"
    assert baton("audit", "--unschedule").stdout == "The Schedule baton-audit is gone.\n"
    refused = baton("audit", "--schedule", "every=soon")
    assert (refused.returncode, refused.stderr.startswith("✗ --schedule: `soon` is not a duration: ")) == (1, True)


@pytest.mark.slow
async def test_ended_conversations_are_told_and_resumed_by_command(
    baton: Baton, environment: dict[str, str], address: str
) -> None:
    """A terminated conversation is told once; one that the server ended is resumed, or restarted, by one command."""
    client = await Client.connect(address)
    assert baton("start", "dropped", "channel=email").returncode == 0
    await client.get_workflow_handle("conversation/dropped").terminate(reason="spam")
    until('"kind":"terminated"', baton, "audit", "--json", "--grace", "1h", "--no-repair")
    told = baton("audit", "--grace", "1h")
    assert (told.returncode, "terminated it: spam" in told.stdout) == (0, True)
    assert "dropped" not in baton("audit", "--grace", "1h").stdout
    assert baton("start", "c-9", "channel=email", "subject=Refund").returncode == 0
    worker = subprocess.Popen([BATON, "worker"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until("Refund", baton, "show", "c-9")
        await end_like_the_server(client, client.get_workflow_handle("conversation/c-9"))
        told = baton("audit", "--grace", "1h")
        assert (told.returncode, "taken up again from its last good task" in told.stdout) == (0, True)
        again = baton("restart", "c-9")
        assert (again.returncode, again.stdout) == (0, "c-9 goes on in a new run, in the state it had before\n")
        assert "goes on in a new run as the ledger knew it" in baton("show", "c-9").stdout
        unknown = baton("restart", "c-10", "c-9", "--team", "nope")
        assert (unknown.returncode, unknown.stdout, unknown.stderr.splitlines()) == (
            1,
            "c-9 goes on in a new run, in the state it had before\n",
            [f"✗ {subject} was not begun again: {NOTHING}" for subject in ("c-10", "team nope")],
        )
        assert baton("retry", "c-10").stderr == "✗ c-10 is not running: `baton audit` says why\n"
        assert baton("retry", "c-9").stdout == "c-9 has nothing set aside\n"
        told = {"subject": "c-9", "is_done": True, "text": "has nothing set aside"}
        assert json.loads(baton("retry", "c-9", "--json").stdout) == [told]
        assert baton("retry").returncode == 2
    finally:
        worker.terminate()
        worker.wait(WITHIN)
