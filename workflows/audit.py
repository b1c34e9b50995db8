"""An audit, and a check of Slack targets, as workflows: a Schedule can run them, and their history has the findings.

Promises to end before the next pass is due in any sensible Schedule. Must not judge anything: the activities do.
"""

from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.audit.findings import AuditReport, AuditRequest
from activities.audit.look import Audit
from activities.slack.checking.findings import TargetReport, TargetRequest
from activities.slack.checking.look import TargetCheck
from policies.contract.wrong_fields import explain
from policies.text.undecodable import no_object
from workflows.arrivals.handlers import only, refusal, takes_one_payload
from workflows.limits.patience import Patience
from workflows.waits.beside import perform_beside

AUDIT_TYPE, CHECK_TYPE = "Audit", "OnCallCheck"
AUDIT = Patience(timedelta(minutes=4), timedelta(minutes=4), RetryPolicy(maximum_attempts=2))
"""An audit of twenty thousand conversations takes seconds. One that takes minutes fails: something is wrong."""
CHECK = Patience(timedelta(minutes=15), timedelta(minutes=30), RetryPolicy(maximum_attempts=4))
"""A check of targets asks Slack once for each person, and Slack allows about a hundred such calls a minute."""

_Asked = TypeVar("_Asked", bound=BaseModel)


@workflow.defn(name=AUDIT_TYPE)
class AuditWorkflow:
    """One pass of the audit. The workflow's result is the report."""

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> AuditReport:
        """Run one pass. An input that can't be read fails the workflow with the reason."""
        asked = _asked(AuditRequest, only(inputs))
        return await perform_beside(Audit.run, AUDIT, asked, "compare open conversations with what was done")


@workflow.defn(name=CHECK_TYPE)
class OnCallCheckWorkflow:
    """One check of all Slack targets. The workflow's result is the report."""

    @workflow.run
    @takes_one_payload
    async def run(self, *inputs: Any) -> TargetReport:
        """Run one check. An input that can't be read fails the workflow with the reason."""
        asked = _asked(TargetRequest, only(inputs))
        return await perform_beside(TargetCheck.run, CHECK, asked, "ask Slack whether all targets can be reached")


def _asked(kind: type[_Asked], body: Any) -> _Asked:
    """Return the options from the workflow's input. Without an input, all options have their defaults."""
    if not isinstance(body, dict | None):
        raise refusal(no_object(body, "input"))
    try:
        return kind.model_validate(body or {})
    except ValidationError as error:
        raise refusal(explain(error)) from None
