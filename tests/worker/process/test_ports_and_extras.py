"""Ports and optional parts that a worker can't have: one sentence each, before it takes any work."""

import asyncio
import sys
from pathlib import Path

import pytest

from worker.environment.database import bring_up_to_date
from worker.environment.settings import Settings
from worker.environment.tagger_file import open_tagger
from worker.process.health import health_server
from worker.process.telemetry import configure_tracing, make_runtime
from worker.trouble import TroubleError

CHOOSE = "choose others with BATON_HTTP_HOST and BATON_HTTP_PORT; port 0 serves nothing."
PROMETHEUS = "look at BATON_PROMETHEUS: write an IP address and a free port, such as 127.0.0.1:9464"
OTLP = "look at BATON_OTLP_ENDPOINT: write an address such as http://collector:4318"


async def well() -> str:
    """Answer that all is well."""
    return ""


async def serve(host: str, port: int) -> None:
    """Serve health questions for a moment."""
    async with health_server(host, port, alive=well, ready=well):
        pass


async def test_a_port_of_another_program() -> None:
    """A worker does not begin where another program listens on its port."""
    async with await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        with pytest.raises(TroubleError) as told:
            await serve("127.0.0.1", port)
    assert str(told.value) == f"http://127.0.0.1:{port} can't be served (Address already in use): {CHOOSE}"


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("192.0.2.1", "Cannot assign requested address"),
        ("nowhere.invalid", "no machine has this name"),
        ("two words", "no machine has this name"),
    ],
)
async def test_an_address_of_another_machine(host: str, why: str) -> None:
    """A worker does not begin with an address that this machine does not have."""
    with pytest.raises(TroubleError) as told:
        await serve(host, 8081)
    assert str(told.value) == f"http://{host}:8081 can't be served ({why}): {CHOOSE}"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            Settings(prometheus="localhost:9464"),
            f"{PROMETHEUS} (Invalid Prometheus address: invalid socket address syntax).",
        ),
        (
            Settings(prometheus="192.0.2.1:9464"),
            f"{PROMETHEUS} (Failed starting Prometheus exporter: Cannot assign requested address (os error 99)).",
        ),
        (
            Settings(otlp_endpoint="collector"),
            f"{OTLP} (Invalid OTel URL: relative URL without a base).",
        ),
    ],
)
def test_metrics_that_can_t_be_served(settings: Settings, sentence: str) -> None:
    """A worker does not begin with an address for metrics that can't be used, and names the variable."""
    with pytest.raises(TroubleError) as told:
        make_runtime(settings)
    assert str(told.value) == f"Metrics can't be served, {sentence}"


def extra(what: str, name: str) -> str:
    """Return the sentence about a part that is not installed."""
    return f"{what} needs the extra `{name}`: run `pip install '.[{name}]'` in Baton's clone. The image has it."


async def test_postgres_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database on PostgreSQL without the driver is answered with what to install."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(TroubleError) as told:
        await bring_up_to_date("postgresql://a:b@127.0.0.1:9/x")
    assert str(told.value) == extra("PostgreSQL", "postgres")


def test_traces_without_their_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces without the exporter are answered with what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TroubleError) as told:
        configure_tracing(Settings(otlp_endpoint="http://127.0.0.1:9"))
    assert str(told.value) == extra("BATON_OTLP_ENDPOINT", "otlp")


def test_a_tagger_without_its_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A tagger without the library that it needs is answered with what to install."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(TroubleError) as told:
        open_tagger(tmp_path / "trained.tagger")
    assert str(told.value) == extra("A tagger", "tagger")
