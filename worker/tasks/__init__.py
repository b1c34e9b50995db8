"""Workflow tasks on their way from the SDK to a workflow and back: what is held back, added, or told of in the log.

Promises that a workflow gets one task at a time, with everything that came, and that a replay takes the same tasks. Its
face is `one_batch` and `refused_tasks`. Must not know what a workflow does in a task.
"""
