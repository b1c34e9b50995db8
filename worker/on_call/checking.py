"""`baton on-call check`: asks Slack about all targets now, or has a Schedule do it regularly.

Promises to check without any worker and without Temporal. Must not judge: `activities.slack.checking` does.
"""

from datetime import timedelta

from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.exceptions import ApplicationError

from activities.slack.checking.findings import TargetReport, TargetRequest
from activities.slack.errors import SlackUnavailableError
from policies.text.spelling import did_you_mean
from worker.environment.settings import Settings
from worker.process.hosting import load_policies, target_check
from worker.temporal import schedules
from worker.trouble import TroubleError
from workflows.audit import CHECK_TYPE

SCHEDULE_ID = "baton-on-call-check"
_GIVE_UP_AFTER = timedelta(hours=1)


async def check(settings: Settings, policy: str) -> TargetReport:
    """Check all targets once. Raises TroubleError where Slack can't be asked."""
    documents = load_policies(settings)
    if policy and policy not in documents:
        raise TroubleError(f"There is no policy {policy}: {did_you_mean(policy, sorted(documents))}")
    try:
        return await target_check(settings, documents).look(_request(policy))
    except ApplicationError as error:
        raise TroubleError(error.message) from None
    except SlackUnavailableError as error:
        raise TroubleError(f"{error} Try again later") from None


async def schedule(client: Client, when: str, policy: str, *, task_queue: str) -> str:
    """Have a worker check all targets regularly, or no more where `when` is empty. Return a sentence."""
    if not when:
        return await schedules.remove(client, SCHEDULE_ID)
    action = ScheduleActionStartWorkflow(
        CHECK_TYPE, _request(policy), id=SCHEDULE_ID, task_queue=task_queue, execution_timeout=_GIVE_UP_AFTER
    )
    return await schedules.keep(client, SCHEDULE_ID, action, when)


def _request(policy: str) -> TargetRequest:
    return TargetRequest(policies=(policy,) if policy else ())
