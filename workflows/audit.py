"""An audit as a workflow, so that a Schedule can run it and its history shows what every pass found.

Promises to end before the next pass is due in any sensible Schedule. Must not judge anything: the activity does.
"""

from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.audit.findings import AuditReport, AuditRequest
from activities.audit.look import Audit
from policies.contract.wrong_fields import explain
from policies.text.undecodable import no_object
from workflows.arrivals.handlers import only, refusal, takes_one_payload
from workflows.limits.patience import Patience
from workflows.waits.beside import perform_beside

AUDIT_TYPE = "Audit"
AUDIT = Patience(timedelta(minutes=4), timedelta(minutes=4), RetryPolicy(maximum_attempts=2))
"""An audit of twenty thousand conversations takes seconds. One that takes minutes fails: something is wrong."""


@workflow.defn(name=AUDIT_TYPE)
class AuditWorkflow:
    """One pass of the audit. The workflow's result is the report."""

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> AuditReport:
        """Run one pass. An input that can't be read fails the workflow with the reason."""
        asked = _asked(only(inputs))
        return await perform_beside(Audit.run, AUDIT, asked, "compare open conversations with what was done")


def _asked(body: Any) -> AuditRequest:
    """Return the audit's options from the workflow's input. Without an input, all options have their defaults."""
    if not isinstance(body, dict | None):
        raise refusal(no_object(body, "input"))
    try:
        return AuditRequest.model_validate(body or {})
    except ValidationError as error:
        raise refusal(explain(error)) from None
