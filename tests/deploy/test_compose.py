"""The container files: a stack that starts in the right order, from files that exist."""

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.deploy.stack import COMPOSE, DOCKERFILE, ROOT, SERVICES, with_defaults
from worker.temporal.skipping import Clockwork, find_temporal

DURATION = {"type": "string", "pattern": r"^(\d+(ms|s|m|h))+$"}
WORDS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

# The part of the Compose specification that these files use; a key outside it is probably a typing mistake.
SERVICE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string"},
        "build": {"type": "string"},
        "command": WORDS,
        "entrypoint": WORDS,
        "env_file": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "required"],
                "additionalProperties": False,
                "properties": {"path": {"type": "string"}, "required": {"type": "boolean"}},
            },
        },
        "environment": {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}},
        "ports": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
        "volumes": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
        "restart": {"type": "string", "pattern": r"^(no|always|unless-stopped|on-failure(:\d+)?)$"},
        "stop_grace_period": DURATION,
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "additionalProperties": False,
                "properties": {
                    "condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]},
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "required": ["test"],
            "additionalProperties": False,
            "properties": {
                "test": {"type": "array", "minItems": 2, "items": {"type": "string"}},
                "interval": DURATION,
                "timeout": DURATION,
                "start_period": DURATION,
                "retries": {"type": "integer", "minimum": 1},
            },
        },
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "additionalProperties": SERVICE_SCHEMA},
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    },
}


def _is_one_shot(service: dict[str, Any]) -> bool:
    return str(service["restart"]).startswith("on-failure")


def test_the_compose_file_has_the_shape_compose_reads() -> None:
    """An operator's first `docker compose up` does not stop at a misspelt key."""
    jsonschema.Draft202012Validator(SCHEMA).validate(COMPOSE)


def test_docker_itself_accepts_the_compose_file() -> None:
    """Docker Compose accepts the file, where it is installed."""
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("no `docker compose` on this machine")
    checked = subprocess.run(["docker", "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_every_service_waits_for_what_it_needs() -> None:
    """A service starts only after the services it needs are healthy, or done in the case of a preparing job."""
    for name, service in SERVICES.items():
        for needed, wait in service.get("depends_on", {}).items():
            assert needed in SERVICES, f"{name} waits for {needed}, which does not exist"
            if _is_one_shot(SERVICES[needed]):
                assert wait["condition"] == "service_completed_successfully", f"{name} must wait until {needed} is done"
            else:
                assert wait["condition"] == "service_healthy", f"{name} must wait until {needed} is healthy"
                assert "healthcheck" in SERVICES[needed], f"{needed} cannot say that it is healthy"


def test_the_stack_starts_in_one_order() -> None:
    """Database, schema, server, namespace, Baton's own set-up and worker start in this order."""
    order = ["worker", "baton-setup", "temporal-namespace", "temporal", "temporal-schema", "postgres"]
    for later, earlier in pairwise(order):
        assert earlier in SERVICES[later]["depends_on"]


def test_every_mounted_file_is_here() -> None:
    """No container starts with an empty folder where its configuration should be."""
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = with_defaults(volume).split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), f"{name} mounts {source}, which is not in the repository"
            else:
                assert source in COMPOSE["volumes"], f"{name} mounts the volume {source}, which is not declared"


def test_every_image_is_one_known_version() -> None:
    """Every image names its version, so the same files start the same software next year."""
    images = [str(service["image"]) for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    for image in images:
        assert re.search(r":\d+\.\d+", image), f"{image} names no version"
        assert "auto-setup" not in image, "that image gets no more releases"


def test_schema_and_server_are_of_one_version() -> None:
    """The database is prepared by the same release as the server that uses it."""
    versions = {
        str(service["image"]).split(":")[1]
        for service in SERVICES.values()
        if re.match(r"temporalio/(server|admin-tools):", str(service["image"]))
    }
    assert len(versions) == 1


def test_every_port_is_open_to_this_machine_only() -> None:
    """Ports are open to this machine only, because the servers ask for no login."""
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} opens {port} to everybody"


def test_everything_that_stays_up_comes_back() -> None:
    """Services start again after a crash or a reboot of the machine, without anybody logging in."""
    waited_for = {needed for service in SERVICES.values() for needed in service.get("depends_on", {})}
    for name, service in SERVICES.items():
        if not _is_one_shot(service):
            assert service["restart"] == "unless-stopped", name
        else:
            assert name in waited_for, f"nobody waits for the job {name}"


def test_the_image_copies_only_what_is_here() -> None:
    """The image copies only files that exist and that the build may see."""
    sources = [
        source for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M) for source in line.split()[:-1]
    ]
    shown = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), f"the Dockerfile copies {source}, which is not in the repository"
        assert source.rstrip("/") in shown, f"{source} is hidden by .dockerignore"


def test_the_image_runs_without_root() -> None:
    """The worker's container does not run as root."""
    assert re.search(r"^USER (?!root)", DOCKERFILE.split("FROM")[-1], re.M)


@pytest.mark.parametrize("script", ["schema.sh", "namespace.sh"])
def test_the_jobs_are_readable_for_a_plain_shell(script: str) -> None:
    """The preparing jobs' scripts have no syntax error."""
    checked = subprocess.run(["sh", "-n", ROOT / "deploy" / script], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_the_namespace_job_may_run_at_every_start(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting the stack again neither fails nor changes how long finished conversations stay visible."""
    monkeypatch.setenv("PATH", str(Path(find_temporal()).parent), prepend=os.pathsep)
    monkeypatch.setenv("TEMPORAL_ADDRESS", clockwork.client.service_client.config.target_host)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "acme-support")
    said: list[str] = []
    for retention in ("30d", "1d"):
        monkeypatch.setenv("TEMPORAL_RETENTION", retention)
        ran = subprocess.run(["sh", ROOT / "deploy/namespace.sh"], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        said.append(ran.stdout)
    described = subprocess.run(
        ["temporal", "operator", "namespace", "describe", "--output", "json"], capture_output=True, text=True
    )
    assert said[1] == "Namespace acme-support exists.\n"
    assert '"workflowExecutionRetentionTtl": "2592000s"' in described.stdout
