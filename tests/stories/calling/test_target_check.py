"""The check of Slack targets as a worker runs it, by a Schedule or at once."""

import pytest
from structlog.testing import capture_logs
from temporalio.client import WorkflowFailureError

from tests.fakes.slack import FakeSlack
from worker.on_call import checking
from worker.temporal.skipping import Clockwork
from workflows.audit import CHECK_TYPE


async def test_a_scheduled_check_names_who_is_out_of_reach(clockwork: Clockwork, slack: FakeSlack) -> None:
    """A Schedule has a worker check all targets; the result and the log name a person whose account is deactivated."""
    slack.people["U0KIM"] = {"deleted": True}
    said = await checking.schedule(clockwork.client, "0 3 * * *", "buttons", task_queue="baton")
    assert said == "The Schedule baton-on-call-check runs at 0 3 * * * (UTC)."
    with capture_logs() as logs:
        found = await clockwork.client.execute_workflow(
            CHECK_TYPE, {"policies": ["buttons"]}, id="checked", task_queue="baton"
        )
    (kim,) = [each for each in found["findings"] if each["places"] == ["people.kim"]]
    assert (kim["name"], kim["what"]) == ("Kim (@U0KIM)", "the person's account is deactivated")
    assert "Kim (@U0KIM)" in [log["name"] for log in logs if log["event"] == "on_call.unreachable"]
    gone = await checking.schedule(clockwork.client, "", "", task_queue="baton")
    assert gone == "The Schedule baton-on-call-check is gone."


async def test_a_check_with_an_unreadable_request_says_so(clockwork: Clockwork) -> None:
    """A check that is started with an unreadable request fails with the reason."""
    with pytest.raises(WorkflowFailureError) as failed:
        await clockwork.client.execute_workflow(CHECK_TYPE, {"policies": 7}, id="unreadable", task_queue="baton")
    assert "policies" in str(failed.value.cause)
