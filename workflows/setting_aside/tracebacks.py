"""Logs errors that were caught, from inside a workflow.

Promises never to raise itself: the sandbox refuses a formatter that opens source files or imports modules, and that
exception would fail the workflow task in place of the one that was caught. Must not know what is done about the error.
"""

import traceback
from typing import Any

from temporalio import workflow


def log_raised(log: Any, event: str, error: BaseException | None, **about: Any) -> None:
    """Log an error with its traceback as text. Does nothing in a replay."""
    if workflow.unsafe.is_replaying():
        return
    try:
        with workflow.unsafe.sandbox_unrestricted():
            lines = traceback.format_exception(error) if error is not None else []
            log.error(event, **about, error=repr(error), traceback="".join(lines))
    except Exception:
        return
