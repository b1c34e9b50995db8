"""The worker's reading of BATON_NOTIFY when it starts."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from activities.channels.apprise import is_installed
from policies.loading.load import load_policy
from tests.cases import case
from tests.worker.conftest import Baton
from worker.environment.channels import read_channels, warn_of_missing
from worker.trouble import TroubleError

needs_apprise = pytest.mark.skipif(not is_installed(), reason="needs `notify`")

POLICY = case("worker/environment/channels")
MALFORMED = (
    "BATON_NOTIFY: address 2 of `sms` can't be read by apprise. Try it with the command `apprise -vv --dry-run`."
)


def test_addresses_come_as_json_or_from_a_file(tmp_path: Path) -> None:
    """A channel's name has one address or several, given as JSON or in a file; an empty setting has none."""
    (tmp_path / "channels.yaml").write_text("sms: json://a.example\nboth: [json://b.example, json://c.example]\n")
    expected = {"sms": ("json://a.example",), "both": ("json://b.example", "json://c.example")}
    assert read_channels(str(tmp_path / "channels.yaml")) == expected
    assert read_channels(json.dumps(expected)) == expected
    assert read_channels("") == {}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('{"sms": ', "BATON_NOTIFY is not JSON (line 1, column 9): write a name and its apprise address"),
        ('{"sms": []}', "BATON_NOTIFY has no address for `sms`: write a name and its apprise address"),
        ('{"sms": 7}', "BATON_NOTIFY: the address of `sms` can't be read by apprise. Try it with the command"),
        ("{folder}/none.yaml", "The file that BATON_NOTIFY names cannot be read (No such file or directory): {folder}"),
        ("{folder}/bad.yaml", "{folder}/bad.yaml:3 is not YAML: write a name and its apprise address"),
        ("{folder}/list.yaml", "BATON_NOTIFY is not a mapping: write a name and its apprise address"),
    ],
)
def test_an_unreadable_channel_is_one_sentence(tmp_path: Path, written: str, sentence: str) -> None:
    """A mistake in BATON_NOTIFY stops the worker with what to write instead, and without the secrets."""
    (tmp_path / "bad.yaml").write_text("sms: json://hush@a.example\nmail: [json://hush@b.example\n")
    (tmp_path / "list.yaml").write_text("- json://hush@a.example\n")
    with pytest.raises(TroubleError) as refused:
        read_channels(written.replace("{folder}", str(tmp_path)))
    assert str(refused.value).startswith(sentence.replace("{folder}", str(tmp_path)))
    assert "hush" not in str(refused.value)


@needs_apprise
@pytest.mark.parametrize("malformed", ["nosuch://hush@a.example", "hush", "tgram://hush"])
def test_a_malformed_address_is_refused(malformed: str) -> None:
    """A malformed address is refused, because pages would go nowhere; the sentence names the channel only."""
    with pytest.raises(TroubleError) as refused:
        read_channels(json.dumps({"sms": ["json://a.example", malformed]}))
    assert str(refused.value) == MALFORMED


@needs_apprise
@pytest.mark.slow
def test_a_malformed_address_stops_the_worker(baton: Baton) -> None:
    """A worker does not start with an address that cannot be read."""
    done = baton("worker", BATON_NOTIFY=json.dumps({"sms": ["json://a.example", "hush"]}))
    assert (done.returncode, done.stderr) == (1, f"✗ {MALFORMED}\n")


def test_a_channel_without_an_address_is_told_at_the_start() -> None:
    """A worker's log names each policy that calls people by a channel that is not configured, and the place."""
    document = load_policy(POLICY, file="acme.yaml", today=datetime.now(UTC).date())
    with capture_logs() as logged:
        warn_of_missing({"sms": ("json://a.example",)}, {"acme": document})
    warned = [(line["policy"], line["channel"], line["where"]) for line in logged if line["event"] == "channel.unknown"]
    assert warned == [
        ("acme", "mail", "escalation nights, step 3"),
        ("acme", "pager", "rule urgent"),
        ("acme", "desk", "alert"),
    ]
