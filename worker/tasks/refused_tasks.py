"""Logs workflow tasks that the server refuses after the worker has done them.

The SDK logs them at a level that Baton does not show otherwise, and the history has them only once. Promises one line
for each reason and minute, however many conversations are affected. Must not know why tasks are refused.
"""

import logging
import re
import time
from typing import Any

import structlog
from temporalio.runtime import LogForwardingConfig, LoggingConfig

from activities.effects.recent import Recent

log = structlog.get_logger("baton.worker")

_REFUSALS = "temporalio_sdk_core::worker::workflow"
_SAID = re.compile(r'message: "(.*)"', re.DOTALL)
_ONCE_WITHIN = 60.0


class RefusedTasks(logging.Handler):
    """Handles the log records of the SDK's core."""

    def __init__(self, *, once_within: float = _ONCE_WITHIN) -> None:
        super().__init__()
        self._once_within = once_within
        self._told_at = Recent[float]()

    def emit(self, record: logging.LogRecord) -> None:
        """Log the refusal, unless the same was logged within the last minute."""
        core: Any = getattr(record, "temporal_log", None)
        if core is None:
            return
        error = str(core.fields.get("error", ""))
        said = _SAID.search(error)
        reason = said[1] if said else error or str(core.message)
        now = time.monotonic()
        if now - self._told_at.get(reason, -self._once_within) < self._once_within:
            return
        self._told_at[reason] = now
        is_refused = core.target == _REFUSALS and "invalid argument" in error
        tell = log.error if is_refused or record.levelno >= logging.ERROR else log.warning
        tell("worker.task_refused" if error else "worker.core", why=reason, said=core.message)


def core_logging() -> LoggingConfig:
    """Return the logging of the SDK's core: errors, and also warnings about workflow tasks."""
    heard = logging.getLogger("temporalio.core")
    heard.handlers[:] = [RefusedTasks()]
    heard.propagate = False
    return LoggingConfig(filter=f"error,{_REFUSALS}=warn", forwarding=LogForwardingConfig(logger=heard))
