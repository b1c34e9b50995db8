"""Telemetry: a process's traces, metrics and log lines, read from exporters in memory."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.runtime import MetricBuffer
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from tests.conftest import Story, next_weekday
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, load_policies, make_worker
from worker.process.telemetry import configure_logging, configure_tracing, make_runtime
from worker.temporal.client import connect
from worker.temporal.skipping import Clockwork

MONDAY_10_AM = next_weekday(0, 10)


@dataclass
class Observatory:
    """A worker of its own that replays at every step, with everything it reports."""

    clockwork: Clockwork
    metrics: MetricBuffer
    spans: InMemorySpanExporter
    provider: TracerProvider
    lines: list[dict[str, Any]]

    def measured(self) -> dict[str, list[tuple[float, dict[str, Any]]]]:
        """Return Baton's own measurements by metric: values with their attributes."""
        found: dict[str, list[tuple[float, dict[str, Any]]]] = {}
        for update in self.metrics.retrieve_updates():
            if update.metric.name.startswith("baton_"):
                found.setdefault(update.metric.name, []).append((update.value, dict(update.attributes)))
        return found


class Lines(logging.Handler):
    """A log handler that collects the formatted records."""

    def __init__(self, formatter: logging.Formatter | None) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.parsed: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, which must be JSON."""
        self.parsed.append(json.loads(self.format(record)))


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Yield the root logger and put it back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
async def observatory(
    clockwork: Clockwork, settings: Settings, house: OutsideSystems, root_logger: logging.Logger
) -> AsyncIterator[Observatory]:
    """Start a worker with in-memory exporters on the stories' server."""
    own = settings.model_copy(update={"task_queue": "telemetry", "log_format": "json", "max_cached_workflows": 0})
    configure_logging(own)
    lines = Lines(root_logger.handlers[0].formatter)
    root_logger.handlers[:] = [lines]
    spans, metrics = InMemorySpanExporter(), MetricBuffer(100_000)
    provider = configure_tracing(own, exporter=spans)
    assert provider is not None
    address = clockwork.client.service_client.config.target_host
    client = await connect(address=address, runtime=make_runtime(own, buffer=metrics))
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    async with make_worker(skipper.client, own, house, load_policies(own)):
        yield Observatory(Clockwork(skipper), metrics, spans, provider, lines.parsed)


async def test_a_conversation_can_be_followed(observatory: Observatory) -> None:
    """A conversation's traces, metrics and log lines agree, each line appears once, and ids join them."""
    body = {"conversation_id": "telemetry-1", "policy": "tiered", "channel": "email"}
    handle = await observatory.clockwork.start(body, MONDAY_10_AM, task_queue="telemetry")
    story = Story(handle, observatory.clockwork, MONDAY_10_AM, "telemetry-1")
    await story.settled()  # a tag that comes with the first task would leave one assignment instead of two
    for _ in range(2):
        await story.tell("tag_added", tag="billing", event_id="e-1", at=MONDAY_10_AM)
    await story.handle.signal("nonsense", {})
    await story.tell("message", author="customer", text="Hello?", at=MONDAY_10_AM + timedelta(seconds=1))
    await story.settled()
    _check_metrics(observatory.measured())
    _check_lines(observatory.lines)
    observatory.provider.force_flush()
    names = {span.name for span in observatory.spans.get_finished_spans()}
    assert {"StartWorkflow:Conversation", "RunWorkflow:Conversation", "RunActivity:slack.notify"} <= names


def test_a_failure_in_the_log_of_a_machine(root_logger: logging.Logger) -> None:
    """A line of the JSON log about an exception has its stack trace, as one for people has."""
    configure_logging(Settings(log_format="json"))
    lines = Lines(root_logger.handlers[0].formatter)
    root_logger.handlers[:] = [lines]
    try:
        raise ValueError("bad value")
    except ValueError:
        structlog.get_logger("baton.test").exception("test.failed", conversation="c-1")
        logging.getLogger("another").exception("also failed")
    ours, another = lines.parsed
    assert (ours["event"], ours["conversation"], another["event"]) == ("test.failed", "c-1", "also failed")
    for line in (ours, another):
        assert line["exception"].startswith("Traceback (most recent call last):\n")
        assert line["exception"].endswith("ValueError: bad value")


def _check_metrics(measured: dict[str, list[tuple[float, dict[str, Any]]]]) -> None:
    assert [attributes["rule"] for _, attributes in measured["baton_decisions"]] == ["billing topic"]
    assert [attributes["kind"] for _, attributes in measured["baton_duplicates"]] == ["tag_added"]
    assert [attributes["name"] for _, attributes in measured["baton_rejected_events"]] == ["nonsense"]
    effects = sorted(attributes["effect"] for _, attributes in measured["baton_lateness"])
    assert effects == ["add_internal_note", "assign", "assign", "notify"]
    kinds = sorted(attributes["kind"] for _, attributes in measured["baton_delivery_lag"])
    assert kinds == ["conversation_started", "message", "rejected", "tag_added"]


def _check_lines(lines: list[dict[str, Any]]) -> None:
    """Check the lines of this story; conversations of other stories on the same server have lines of their own."""
    ours = [line for line in lines if line.get("conversation_id") == "telemetry-1"]
    ours = [line for line in ours if line["event"].startswith("conversation.")]
    # Facts that come together are one decision, and so one line.
    because = [kind for line in ours for kind in line.get("because", ())]
    told = ("conversation_started", "message", "rejected", "tag_added")
    assert sorted(kind for kind in because if kind in told) == list(told)
    assert [line["event"] for line in ours].count("conversation.duplicate_dropped") == 1
    assert {line["workflow_id"] for line in ours} == {"conversation/telemetry-1"}
    assert all(len(line["trace_id"]) == 32 for line in ours[:1])
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo == UTC for line in ours)


@pytest.mark.usefixtures("root_logger")
def test_a_log_in_a_file_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A log that is no terminal has no colours, whose codes would stand between the words in a file."""
    configure_logging(Settings(log_format="console"))
    structlog.get_logger().info("worker.started", team="billing")
    said = capsys.readouterr().err
    assert "worker.started" in said
    assert "\x1b" not in said
