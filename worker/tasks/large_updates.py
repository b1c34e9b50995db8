"""Leaves updates unanswered that the worker could not send back.

A worker answers an update, refused or accepted, with the whole update in its answer. More than two megabytes in one
update fail the task again and again; more than four in all updates of a task make the server end the workflow for good.
An update that a task does not answer is rejected by the server, which tells its caller so, and leaves nothing in the
history: a replay sees none of it.
"""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation

from workflows.limits.server import SENT_BACK_LIMIT


def hold_back(act: WorkflowActivation) -> None:
    """Remove from a task the updates that are too large together; the first ones stay.

    An update that is replayed was accepted once, and always stays.
    """
    room = SENT_BACK_LIMIT
    for job in list(act.jobs):
        if job.HasField("do_update") and job.do_update.run_validator:
            room -= job.ByteSize()
            if room < 0:
                act.jobs.remove(job)
