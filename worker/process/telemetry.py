"""Logs, traces and metrics of a process.

Promises that workflow log lines appear once, also when a history is replayed, and carry the conversation, the workflow
and the trace. Must not know what is logged.
"""

import logging
import sys
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from temporalio import activity, workflow
from temporalio.runtime import MetricBuffer as Buffer
from temporalio.runtime import OpenTelemetryConfig, PrometheusConfig, Runtime, TelemetryConfig

from worker.environment.settings import Settings
from worker.tasks.refused_tasks import core_logging
from worker.trouble import TroubleError, missing_extra

_LATENESS_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
_OURS = ("baton_lateness", "baton_delivery_lag")


def configure_logging(settings: Settings) -> None:
    """Log one line for each event to standard error: for people, or as JSON for machines."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    json = settings.log_format == "json"
    machines = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    renderers: list[Any] = machines if json else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("temporalio.activity").setLevel(logging.ERROR)  # Temporal's UI shows failed attempts
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _add_trace(_logger: Any, _method: str, event: Any) -> Any:
    """Add the ids that join a line with its conversation, its workflow run and its trace."""
    info = event.pop("temporal_workflow", None) or event.pop("temporal_activity", None)
    if isinstance(info, dict):
        event["workflow_id"], event["run_id"] = info.get("workflow_id"), info.get("run_id")
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def make_runtime(settings: Settings, *, buffer: Buffer | None = None) -> Runtime:
    """Return the SDK's runtime. Its metrics and ours go to a Prometheus address, an OTLP endpoint or a buffer."""
    buckets: Any = dict.fromkeys(_OURS, _LATENESS_BUCKETS)
    shared: dict[str, Any] = {"durations_as_seconds": True, "histogram_bucket_overrides": buckets}
    metrics: PrometheusConfig | OpenTelemetryConfig | Buffer | None = buffer
    if settings.prometheus:
        metrics = PrometheusConfig(
            bind_address=settings.prometheus,
            counters_total_suffix=True,
            unit_suffix=True,
            **shared,
        )
    elif settings.otlp_endpoint:
        metrics = OpenTelemetryConfig(url=f"{settings.otlp_endpoint.rstrip('/')}/v1/metrics", http=True, **shared)
    telemetry = TelemetryConfig(logging=core_logging(), metrics=metrics, global_tags={"service": "baton"})
    try:
        return Runtime(telemetry=telemetry)
    except ValueError as error:
        remedy = (
            "look at BATON_PROMETHEUS: write an IP address and a free port, such as 127.0.0.1:9464"
            if settings.prometheus
            else "look at BATON_OTLP_ENDPOINT: write an address such as http://collector:4318"
        )
        raise TroubleError(f"Metrics can't be served, {remedy} ({error}).") from None


def configure_tracing(settings: Settings, *, exporter: Any = None) -> TracerProvider | None:
    """Send spans to the OTLP endpoint, or to `exporter`; without either there are no spans. Call it once a process."""
    if exporter is None and settings.otlp_endpoint:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError:
            raise TroubleError(missing_extra("BATON_OTLP_ENDPOINT", "otlp")) from None
        exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    if exporter is None:
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": "baton"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider
