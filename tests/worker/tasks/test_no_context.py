"""The payloads of a task need nothing of the workflow that they belong to."""

from temporalio.converter import WorkflowSerializationContext

from workflows.payloads.decoding import data_converter


def test_payloads_are_read_and_written_alike_for_every_workflow() -> None:
    """The same words are read and written alike in every conversation, so no worker has to ask for which one it is."""
    of_one = WorkflowSerializationContext(namespace="default", workflow_id="conversation/c-1")
    assert data_converter.with_context(of_one) is data_converter
    assert data_converter.external_storage is None
