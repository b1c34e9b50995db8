"""Room for a busy machine: limits of a second or two, which are short because people wait, are long in tests.

A test of such a limit asks for the fixture `as_for_people`, and has the limits that a worker has.
"""

import pytest

_LONG = 60.0
_SHORT = (
    "activities.catalog._LEDGER_WITHIN",
    "activities.catalog._SERVER_WITHIN",
    "activities.effects.optional._STORE_WITHIN",
    "worker.slack.interactions.FORM_WITHIN",
    "worker.slack.interactions.LOOK_WITHIN",
)
_WORKER, _LIMIT = "temporalio.worker._workflow._WorkflowWorker", "_deadlock_timeout_seconds"
"""The SDK's limit for a workflow task, which can't be chosen: each worker sets it to two seconds."""


def lengthen(patch: pytest.MonkeyPatch) -> None:
    """Give workflow tasks and the optional parts of an effect a minute."""
    for limit in _SHORT:
        patch.setattr(limit, _LONG)
    patch.setattr(f"{_WORKER}.{_LIMIT}", property(lambda _: _LONG, _keep), raising=False)


def _keep(worker: object, seconds: float | None) -> None:
    """Keep the worker's own limit for `as_for_people`."""
    vars(worker)[_LIMIT] = seconds
